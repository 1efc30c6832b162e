"""The lookup page without a browser: no trace, no hint whether a code exists, limits, every state's words."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.domain.problems import Problem
from server.services import schools
from server.services.context import Context
from server.services.sender import follow
from server.services.sender.lookup_gate import ASKED, MISSES, Gate
from server.settings import Settings
from server.wiring.contexts import build
from server.wiring.pages import create_app
from survey_defs.complaint import new_code, spell_code
from tests.support.follow import Reported, lookup_school
from tests.support.pages import signed_in
from tests.support.seed import HOUR, LOGIN, NOW, Clock

DAY = 24 * HOUR
NOT_FOUND = "Không tìm thấy mã này. Xin kiểm tra đủ 16 số."


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW - 10 * DAY)


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = lookup_school(tmp_path, clock)
    yield context
    context.store.close()


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture
def case(ctx: Context) -> Reported:
    reported = Reported(ctx)
    reported.desk("receive")
    reported.desk("classify", kind="pakn", summary="Chờ học bạ")
    return reported.desk("assign", assignee=LOGIN)


def ask(client: FlaskClient, code: str, lang: str = "", **form: object) -> TestResponse:
    return client.post(f"/tra-cuu?lang={lang}" if lang else "/tra-cuu", data={"code": code, **form})


def after(html: str) -> str:
    found = re.search(r'name="after" value="(\d+)"', html)
    assert found
    return found[1]


def plain(html: str) -> str:
    """The page without the filling and without what was typed."""
    return re.sub(r"<!--[0-9a-f]*-->|value=\"[^\"]*\"", "", html)


def test_no_cookie_and_nothing_kept(app: Flask, case: Reported) -> None:
    client = app.test_client()
    answers = [
        client.get("/tra-cuu"),
        client.get("/tra-cuu?lang=en"),
        ask(client, new_code(), "en"),
        ask(client, "sai"),
        ask(client, case.code, "en"),
        ask(client, case.code, act="word", after="1", text="Một lời"),
        client.get("/tra-cuu/xoa?lang=en"),
        client.put("/tra-cuu?lang=en"),
        client.get("/tra-cuu/khong-co?lang=en"),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    for answer in answers[:7]:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Content-Security-Policy" in answer.headers
        assert case.code not in str(answer.headers)
    assert client.get("/tra-cuu", headers={"Accept": "*/*"}).headers.get("Location") is None


def test_a_clerk_stays_signed_in_and_the_page_shows_nothing_of_the_desk(app: Flask, case: Reported) -> None:
    client = signed_in(app)
    page = ask(client, case.code)
    assert "Set-Cookie" not in page.headers
    assert "Tổng quan" not in page.text
    assert "Đăng xuất" not in page.text
    assert client.get("/").status_code == 200


def test_the_language_stays_in_the_address(app: Flask, case: Reported) -> None:
    client = app.test_client()
    page = client.get("/tra-cuu?lang=en").text
    assert '<html lang="en">' in page
    assert 'action="/tra-cuu?lang=en"' in page
    assert 'formaction="/tra-cuu?lang=vi"' in page
    found = ask(client, case.code, "en").text
    assert "Your complaint" in found
    assert 'action="/tra-cuu?lang=vi"' in found, "the other language keeps the case on the screen"
    assert '<html lang="vi">' in client.get("/tra-cuu").text
    assert '<html lang="vi">' in client.get("/tra-cuu?lang=xx").text


def test_nothing_tells_whether_a_code_exists(app: Flask, case: Reported) -> None:
    client = app.test_client()
    right = ask(client, case.code)
    wrong = [
        ask(client, typed) for typed in (new_code(), "", "123", case.code[:-1], "abc", "0" * 16, "9" * 60)
    ]
    assert {page.status_code for page in (right, *wrong)} == {200}
    assert {len(page.data) for page in (right, *wrong)} == {12 * 1024}
    assert {frozenset(page.headers.keys()) for page in (right, *wrong)} == {frozenset(right.headers.keys())}
    assert len({plain(page.text) for page in wrong}) == 1
    assert all(NOT_FOUND in page.text for page in wrong)
    assert NOT_FOUND not in right.text


def test_right_wrong_and_malformed_cost_the_same_work(
    app: Flask, case: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = follow.code_keys
    monkeypatch.setattr(follow, "code_keys", lambda code, salt: calls.append(code) or real(code, salt))
    client = app.test_client()
    for typed in (case.code, spell_code(case.code), new_code(), "", "12 34", "chữ"):
        calls.clear()
        ask(client, typed)
        assert len(calls) == 1
    calls.clear()
    ask(client, case.code, act="word", after="1", text="Một lời")
    assert len(calls) == 1


def test_the_code_is_in_no_log_and_no_address(
    app: Flask, case: Reported, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = app.test_client()
    word = "mèo vàng trên mái"
    pages = [
        ask(client, case.code),
        ask(client, case.code, act="word", after="1", text=word),
        ask(client, "1234"),
    ]
    case.ctx.store.connection.execute("DROP TABLE sealed_texts")
    pages.append(ask(client, case.code, act="word", after="1", text=word))
    assert pages[-1].status_code == 500
    said = [*capfd.readouterr(), caplog.text]
    assert "page-failed" in "".join(said)
    for held in (*said, *(re.sub(r'value="[^"]*"', "", page.text) for page in pages)):
        assert case.code not in held
        assert spell_code(case.code) not in held
    assert word not in "".join(said)
    for page in pages:
        assert not re.search(r'(href|action|src)="[^"]*\d{4}', page.text)


def test_the_page_of_a_case_says_how_it_stands(app: Flask, case: Reported, clock: Clock) -> None:
    clock.ms = NOW
    page = ask(app.test_client(), case.code).text
    for words in (
        "Trường THCS Mẫu", "Phản ánh của quý vị", f"Mã có bốn số cuối {case.code[-4:]}", "Số 1/2026",
        "Trả lời chậm nhất", "thứ Hai 01/06/2026", "Còn 2 ngày làm việc", "Đã tiếp nhận",
        "thứ Hai 18/05/2026, 10:05", "Đang giải quyết", "Trả lời quý vị", "Viết thêm",
        "Xóa khỏi màn hình này",
    ):  # fmt: skip
        assert words in page, words
    clock.ms = NOW + 5 * DAY
    assert "Đã quá hạn 1 ngày làm việc." in ask(app.test_client(), case.code).text


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("answer", {"text": "Xong."}),
        ("return", {"text": "Xin gửi phường.", "reason": "guidance"}),
        ("forward", {"reason": "superior", "data": {"body": "UBND phường", "mode": "transfer"}}),
        ("forward", {"reason": "superior", "data": {"body": "UBND phường", "mode": "urge"}}),
        *(("close", {"reason": each}) for each in (
            "resolved", "withdrawn", "not_eligible", "duplicate", "no_reply", "other",
        )),
    ],
)  # fmt: skip
def test_every_outcome_has_its_words(
    app: Flask, case: Reported, action: str, fields: dict, lang: str
) -> None:  # type: ignore[type-arg]
    case.desk(action, **fields)
    page = ask(app.test_client(), case.code, lang)
    assert page.status_code == 200
    assert ("Đã giải quyết</p>" in page.text) is False
    assert 'class="big"' in page.text


def test_a_parent_writes_accepts_and_asks_again(app: Flask, case: Reported) -> None:
    client = app.test_client()
    page = ask(client, case.code).text
    page = ask(client, case.code, act="word", after=after(page), text="Tôi vẫn chờ ạ.").text
    assert "Nhà trường đã nhận được lời của quý vị." in page
    assert "Tôi vẫn chờ ạ." in page
    case.desk("answer", "Mời quý vị đến nhận.")
    page = ask(client, case.code).text
    assert "Câu trả lời đã giải quyết được việc của quý vị chưa?" in page
    page = ask(client, case.code, act="not_settled", after=after(page), again="Chưa nhận được.").text
    assert "sẽ giải quyết lại" in page
    case.desk("answer", "Đã gửi tận nhà.")
    page = ask(client, case.code).text
    page = ask(client, case.code, act="settled", after=after(page)).text
    assert "Cảm ơn quý vị đã cho biết." in page
    assert case.row["status"] == "closed"
    assert "Việc vẫn chưa xong?" in page


def test_a_reload_counts_once(app: Flask, case: Reported) -> None:
    client = app.test_client()
    form = {"act": "word", "after": after(ask(client, case.code).text), "text": "Một lời"}
    pages = [ask(client, case.code, **form).text for _ in range(3)]
    assert all(page.count(">Một lời<") == 1 for page in pages)
    assert [row["action"] for row in case.entries()].count("word") == 1


@pytest.mark.parametrize(
    ("act", "field"), [("word", "text"), ("not_settled", "again"), ("unsatisfied", "again")]
)
def test_a_text_that_cannot_be_taken_is_kept(app: Flask, case: Reported, act: str, field: str) -> None:
    case.desk("answer", "Xong.")
    client = app.test_client()
    seen = after(ask(client, case.code).text)
    long = "ộ🙂" * 10_000
    page = ask(client, case.code, act=act, after=seen, **{field: long})
    assert page.status_code == 200
    assert "dài 20000 ký tự, nhiều hơn mức 4000" in page.text
    assert long in page.text
    assert "aria-invalid" in page.text
    if act == "word":
        assert "Xin viết vài chữ rồi gửi." in ask(client, case.code, act=act, after=seen, text=" ").text
    assert "word" not in [row["action"] for row in case.entries()]


def test_a_text_of_megabytes_is_refused_in_a_sentence(app: Flask, case: Reported) -> None:
    page = ask(app.test_client(), case.code, act="word", after="1", text="x" * 2_000_000)
    assert page.status_code == 413
    assert "quá dài" in page.text
    assert "Tra cứu phản ánh" in page.text


def test_what_people_write_is_inert(app: Flask, case: Reported) -> None:
    odd = "</textarea><script>alert(1)</script> <img src=x onerror=alert(1)> 👩‍👩‍👧 عربي {{ 7*7 }}"
    client = app.test_client()
    page = ask(client, case.code, act="word", after="1", text=odd).text
    kept = ask(client, case.code, act="word", after="1", text=odd + "x" * 5000).text
    typed = ask(client, odd).text
    for html in (page, kept, typed):
        assert "<script>alert" not in html
        assert "<img" not in html
    assert "{{ 7*7 }}" in page
    assert "👩‍👩‍👧" in page


def test_whatever_is_sent_the_words_in_the_other_fields_come_back(app: Flask, case: Reported) -> None:
    case.desk("answer", "Xong.")
    client = app.test_client()
    seen = after(ask(client, case.code).text)
    typed = {"again": "Chưa xong\nđâu ạ", "text": "Xin hỏi thêm"}
    typed |= {"wish-text": "Tên tôi sai", "wish": "correct"}
    in_english = ask(client, case.code, "en", switch="case-form", after=seen, **typed).text
    assert "Your complaint" in in_english
    assert "settled" not in [row["action"] for row in case.entries()]
    sent = ask(client, case.code, act="word", after=seen, **typed).text
    assert ">Xin hỏi thêm<" in sent
    assert "Xin hỏi thêm</textarea>" not in sent
    for page in (in_english, sent):
        assert "Chưa xong\nđâu ạ</textarea>" in page
        assert "Tên tôi sai</textarea>" in page
        assert 'value="correct" checked' in page
        assert "<details open>" in page


def test_words_that_a_case_takes_no_more_can_still_be_copied(app: Flask, case: Reported) -> None:
    seen = after(ask(app.test_client(), case.code).text)
    case.ctx.store.connection.execute("UPDATE cases SET status = 'moved'")
    page = ask(app.test_client(), case.code, act="word", after=seen, text="Lời của tôi").text
    assert "readonly>\nLời của tôi</textarea>" in page


def test_a_code_that_is_being_typed_goes_along_to_the_other_language(app: Flask, case: Reported) -> None:
    client = app.test_client()
    assert 'formaction="/tra-cuu?lang=en"' in client.get("/tra-cuu").text
    page = ask(client, "4821 0937", "en", switch="code-form").text
    assert 'value="4821 0937"' in page
    assert '<html lang="en">' in page
    assert "wrong" not in page.split("<main")[1]


def test_a_verdict_on_an_answer_that_changed_keeps_the_words(app: Flask, case: Reported) -> None:
    case.desk("answer", "Đầu.")
    client = app.test_client()
    seen = after(ask(client, case.code).text)
    case.desk("answer", "Sửa lại.")
    page = ask(client, case.code, act="not_settled", after=seen, again="Chưa xong đâu ạ").text
    assert "vừa có thay đổi" in page
    assert "Sửa lại." in page
    assert "Chưa xong đâu ạ</textarea>" in page


def test_where_the_school_has_no_key_the_words_are_kept(app: Flask, case: Reported) -> None:
    case.ctx.store.connection.execute("UPDATE seal_keys SET retired_at = 1")
    page = ask(app.test_client(), case.code, act="word", after="1", text="Lời của tôi")
    assert page.status_code == 503
    assert "tạm thời chưa nhận được" in page.text
    assert "Lời của tôi</textarea>" in page.text
    assert page.headers["Retry-After"] == "60"


def test_a_store_that_is_busy_tells_the_public_no_paths(
    app: Flask, case: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Problem("store-busy", path="/var/lib/hailong/hailong.db")

    monkeypatch.setattr(follow, "view", busy)
    page = ask(app.test_client(), case.code, act="word", after="1", text="Lời của tôi")
    assert page.status_code == 503
    assert "/var/lib" not in page.text
    assert "Lời của tôi</textarea>" in page.text


def test_clearing_empties_the_screen_and_over_https_the_browser(tmp_path: Path) -> None:
    for secure in (False, True):
        ctx = build(Settings(data=str(tmp_path / str(secure)), secure_cookies=secure))
        page = create_app(ctx).test_client().get("/tra-cuu/xoa")
        assert "Đã xóa khỏi màn hình này." in page.text
        assert 'name="code" class="code" value=""' in page.text
        assert page.headers.get("Clear-Site-Data") == ('"cache", "storage"' if secure else None)
        ctx.store.close()


def test_a_foreign_page_can_do_nothing_without_the_code(app: Flask, case: Reported) -> None:
    client = signed_in(app)
    before = case.row["version"]
    client.post(
        "/tra-cuu", data={"act": "word", "after": "1", "text": "x"}, headers={"Origin": "https://evil"}
    )
    assert case.row["version"] == before
    assert client.post("/dang-xuat").status_code == 400, "the desk's own forms still need their token"


def test_the_only_school_is_named_and_of_several_none(app: Flask, ctx: Context) -> None:
    client = app.test_client()
    assert "Trường THCS Mẫu" in client.get("/tra-cuu").text
    schools.add_school(ctx, "khac", "Trường THCS Khác")
    page = client.get("/tra-cuu").text
    assert "Trường THCS" not in page
    assert "Hài Lòng" in page


def test_misses_are_limited_by_address_and_right_codes_are_free(
    app: Flask, case: Reported, clock: Clock
) -> None:
    client = app.test_client()
    here, there = {"REMOTE_ADDR": "10.1.2.3"}, {"REMOTE_ADDR": "10.1.2.4"}
    for _ in range(5):
        assert (
            "Phản ánh của quý vị" in client.post("/tra-cuu", data={"code": case.code}, environ_base=here).text
        )
    for _ in range(MISSES):
        assert client.post("/tra-cuu", data={"code": "1"}, environ_base=here).status_code == 200
    for code in (case.code, new_code(), ""):
        page = client.post("/tra-cuu", data={"code": code}, environ_base=here)
        assert page.status_code == 429
        assert "Xin thử lại sau 15 phút." in page.text
        assert page.headers["Retry-After"] == "900"
    kept = client.post("/tra-cuu", data={"code": case.code, "act": "word", "text": "Lời"}, environ_base=here)
    assert kept.status_code == 429
    assert "Lời</textarea>" in kept.text
    assert client.post("/tra-cuu", data={"code": case.code}, environ_base=there).status_code == 200
    assert client.get("/tra-cuu", environ_base=here).status_code == 200
    clock.ms += 10 * 60_000
    assert "sau 5 phút" in client.post("/tra-cuu", data={"code": "1"}, environ_base=here).text
    clock.ms += 5 * 60_000
    assert client.post("/tra-cuu", data={"code": case.code}, environ_base=here).status_code == 200


def put(gate: Gate, address: str, now: int, *, missed: bool = False) -> None:
    with gate.asking(address, now) as question:
        question.missed = missed


def test_the_gate_forgets_with_the_day_and_knows_no_address() -> None:
    gate = Gate(misses=2)
    late = 86_400_000 - 1000
    for _ in range(2):
        put(gate, "2001:db8:1:2::1", late, missed=True)
    with pytest.raises(Problem):
        put(gate, "2001:db8:1:2:ffff::9", late)
    put(gate, "2001:db8:1:3::1", late)
    assert "2001" not in repr(vars(gate))
    put(gate, "2001:db8:1:2::1", late + 1000)
    put(gate, "::ffff:10.0.0.1", late, missed=True)
    put(gate, "10.0.0.1", late, missed=True)
    with pytest.raises(Problem):
        put(gate, "10.0.0.1", late)


def test_the_gate_limits_all_questions_and_its_own_memory() -> None:
    gate = Gate()
    for _ in range(ASKED):
        put(gate, "10.0.0.1", 0)
    with pytest.raises(Problem, match="15 minutes"):
        put(gate, "10.0.0.1", 0)
    for n in range(25_000):
        put(gate, f"11.{n >> 16}.{n >> 8 & 255}.{n & 255}", 1)
    assert len(vars(vars(gate)["_counter"])["_counts"]) == 20_000
    put(gate, "kiosk.local", 1)


def test_only_so_many_codes_are_worked_out_at_once() -> None:
    gate = Gate(at_once=2, waiting=3)
    inside, leave = threading.Semaphore(0), threading.Event()
    at_work: list[int] = []

    def work() -> None:
        with gate.turn():
            at_work.append(1)
            inside.release()
            leave.wait(30)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads[:2]:
        thread.start()
    assert inside.acquire(timeout=30)
    assert inside.acquire(timeout=30)
    threads[2].start()
    while not vars(gate)["_turns"].waiting:  # the third
        threads[2].join(0.01)
    assert len(at_work) == 2
    with pytest.raises(Problem) as refused, gate.turn():
        pass
    assert refused.value.status == 429
    leave.set()
    for thread in threads:
        thread.join(30)
    assert len(at_work) == 3
    with gate.turn():
        pass


def test_a_request_about_ones_data(app: Flask, case: Reported, clock: Clock) -> None:
    clock.ms = NOW
    client = app.test_client()
    page = ask(client, case.code).text
    assert "trong 2 ngày làm việc" in page
    missing = ask(client, case.code, act="privacy", requests="0", **{"wish-text": "Xin xem giúp"}).text
    assert "Xin chọn xem, sửa hoặc xóa." in missing
    assert "Xin xem giúp</textarea>" in missing
    for _ in range(2):
        form = {"act": "privacy", "requests": "0", "wish": "see", "wish-text": "Xin xem giúp"}
        page = ask(client, case.code, **form).text
        assert "trả lời chậm nhất thứ Hai 01/06/2026" in page
        assert page.count("Gửi ngày 28/05/2026") == 1
    case.ctx.store.connection.execute(
        "UPDATE privacy_requests SET state = 'refused', reason = 'not_identified', answered_at = ?", (NOW,)
    )
    assert "không thực hiện được, trả lời ngày 28/05/2026" in ask(client, case.code).text
