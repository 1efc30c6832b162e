"""The pages of the privacy desk: who may, what is due when, what is sealed; erasing with a second look."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.domain.access.roles import LEADERS, RECEPTION
from server.domain.localtime import local_day
from server.rules import retention
from server.services.access.accounts import find_account
from server.services.cases import actions
from server.services.keys import keys
from server.services.privacy import requests, sweep_preview
from server.services.privacy.retention_sweep import sweep
from server.wiring.pages import create_app
from survey_defs.letter import Letter
from tests.support.desk import (
    OFFICER,
    OTHER_OFFICER,
    PASSPHRASE,
    PRINCIPAL,
    ROLES,
    STAFF,
    DeskSchool,
    empty_desk,
)
from tests.support.desk import RECEPTION as DESK
from tests.support.pages import csrf, signed_in, words
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, day_ms

WORDS = "Anh Lê Văn Sáu ở tổ 5 xin xóa."


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    made = empty_desk(tmp_path)
    yield made.at(5, 28)
    made.ctx.store.close()


@pytest.fixture
def app(school: DeskSchool) -> Flask:
    return create_app(school.ctx)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskSchool, Flask, int]]:
    """A school with one request, its app and the request's number; for tests that change nothing."""
    made = empty_desk(tmp_path_factory.mktemp("asked")).at(5, 28)
    yield made, create_app(made.ctx), asks(made, made.comes())
    made.ctx.store.close()


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    token = csrf(client.get("/cai-dat").text)
    return client.post(path, data={"csrf_token": token, **fields})


def asks(
    school: DeskSchool, ref: str | None, kind: str = "delete", said: str = WORDS, actor: str = "sender"
) -> int:
    """A sender asks now, or somebody takes down that one has; the request's number."""
    ctx, row = school.ctx, None
    if ref:
        year, number = map(int, ref.split("-"))
        row = reading(ctx).sql.case_find(school=SCHOOL, year=year, number=number)
    room = row["room"] if row else "complaints"
    box = keys.seal_for_desk(reading(ctx), SCHOOL, room, Letter(said)) if said else None
    n = row["n"] if row else None
    with ctx.write() as work:
        return requests.add_request(work, school=SCHOOL, case_n=n, kind=kind, actor=actor, details_box=box)


def unlocked(app: Flask, login: str = LOGIN) -> FlaskClient:
    client = signed_in(app, login)
    assert send(client, "/mo-khoa", passphrase=PASSPHRASE).status_code == 303
    return client


def denunciation(school: DeskSchool, **more: str) -> str:
    ref = school.comes(about=("khoan-thu",), procedure=None)
    school.does(LOGIN, ref, "petition", kind="to_cao", number="03/ĐTC", date="2026-05-20", **more)
    return ref


# ---- who may


@pytest.mark.parametrize("login", ROLES)
def test_every_role_at_every_page(asked: tuple[DeskSchool, Flask, int], login: str) -> None:
    _, app, n = asked
    client, role = signed_in(app, login), ROLES[login]
    for path in ("/rieng-tu", "/rieng-tu/moi", f"/rieng-tu/{n}"):
        answer = client.get(path)
        assert answer.status_code == (200 if role in RECEPTION else 403), path
        assert WORDS not in answer.text
    for path, roles in (("/rieng-tu/moi", RECEPTION), (f"/rieng-tu/{n}", LEADERS)):
        assert client.post(path, data={"kind": "see"}).status_code == 400  # no token
        assert (send(client, path).status_code == 403) == (role not in roles), path
    if role not in LEADERS:
        assert send(client, f"/rieng-tu/{n}/xoa").status_code == 403
    page = client.get(f"/rieng-tu/{n}").text
    assert ("Ghi câu trả lời" in page) == (role in LEADERS)
    assert ("Dữ liệu cá nhân" in client.get("/cai-dat").text) == (role in RECEPTION)


def test_a_stranger_is_sent_to_the_login(school: DeskSchool, app: Flask) -> None:
    for path in ("/rieng-tu", "/rieng-tu/moi", "/rieng-tu/1"):
        assert app.test_client().get(path).status_code == 303
        assert app.test_client().post(path).status_code in (400, 401, 405)


def test_requests_of_the_sealed_room_exist_for_its_holders_alone(school: DeskSchool, app: Flask) -> None:
    against = asks(school, denunciation(school, against_principal="1"))
    sealed = asks(school, denunciation(school))
    knows = {LOGIN: {sealed, against}, PRINCIPAL: {sealed}, DESK: set()}
    for login, seen in knows.items():
        client = signed_in(app, login)
        page = client.get("/rieng-tu").text
        nowhere = words(client.get("/rieng-tu/999").text)
        for n in (sealed, against):
            assert (f"Yêu cầu số {n}<" in page) == (n in seen)
            there = client.get(f"/rieng-tu/{n}")
            assert there.status_code == (200 if n in seen else 404)
            assert n in seen or words(there.text) == nowhere


# ---- the list


def test_an_empty_list_helps(app: Flask) -> None:
    page = words(signed_in(app).get("/rieng-tu").text)
    assert "Không có yêu cầu nào đang chờ" in page
    assert "bằng mã tra cứu ở trang tra cứu" in page
    assert "Yêu cầu nhận hôm nay thì hạn là thứ Hai, 01/06/2026" in page
    assert "Chưa đóng hồ sơ nào" in page


def test_the_most_urgent_first_and_answered_ones_apart(school: DeskSchool, app: Flask) -> None:
    ref = school.comes()
    school.at(5, 22)
    late = asks(school, ref, "correct")
    school.at(5, 28)
    fresh = asks(school, None, "see")
    school.at(5, 21)
    done = asks(school, ref, "see")
    school.at(5, 28)
    client = signed_in(app)
    assert send(client, f"/rieng-tu/{done}", outcome="done").status_code == 303
    page = client.get("/rieng-tu").text
    assert re.findall(r'id="yeu-cau-(\d+)"', page) == [str(late), str(fresh), str(done)]
    said = words(page)
    assert "Quá hạn 2 ngày làm việc" in said
    assert "Đang chờ trả lời (2)" in said
    assert "Đã trả lời (1)" in said
    assert "Đã thực hiện, pho-hieu-truong ghi lúc" in words(client.get(f"/rieng-tu/{done}").text)


def test_the_times_of_the_rules_stand_there_with_their_sources(school: DeskSchool, app: Flask) -> None:
    page = words(signed_in(app).get("/rieng-tu").text)
    for kind in retention.kinds():
        found = retention.keep_months(kind, local_day(school.ctx.now()))
        assert f"{found.months} tháng" in page
        assert found.source in page
    assert page.count("(chưa kiểm chứng)") == len(retention.kinds())


def test_what_the_next_sweep_takes_is_what_it_then_takes(school: DeskSchool, app: Flask) -> None:
    school.clock.ms = day_ms(2025, 5, 28)
    for _ in range(2):
        thanks = school.comes(about=("khen-ngoi",))
        school.does(LOGIN, thanks, "classify", kind="thong_tin", summary="Cảm ơn")
        school.does(LOGIN, thanks, "close", reason="resolved")
    kept = school.comes()
    school.does(LOGIN, kept, "classify", kind="pakn", summary="Chờ lâu")
    school.does(LOGIN, kept, "close", reason="withdrawn")
    school.clock.ms = day_ms(2025, 6, 20)
    sealed = school.comes()
    school.does(LOGIN, sealed, "classify", kind="pakn", summary="Chờ lâu")
    school.does(LOGIN, sealed, "close", reason="withdrawn")
    school.at(5, 28)
    today = local_day(school.ctx.now())

    def ahead(login: str) -> dict[str, tuple[int, int]]:
        account = find_account(reading(school.ctx), login)
        assert account is not None
        found = sweep_preview.sweeps_ahead(
            reading(school.ctx), actions.actor_of(reading(school.ctx), account), today
        )
        return {each.what: (each.next, each.soon) for each in found}

    told = {"cases": (2, 0), "letters": (1, 1), "visits": (0, 0), "requests": (0, 0)}
    assert ahead(LOGIN) == told
    page = words(signed_in(app).get("/rieng-tu").text)
    assert "Toàn bộ nội dung hồ sơ 2 0 29/05/2026" in page
    assert "Thư đầu tiên có liên hệ 1 1 29/05/2026" in page
    assert "2 thư đầu tiên sắp hết thời gian giữ liên hệ" in page
    swept = sweep(school.ctx, today)
    assert (len(swept.cases), swept.letters) == (0, 0)  # today's sweep takes none of it yet
    swept = sweep(school.ctx, today + timedelta(days=1))
    assert (len(swept.cases), swept.letters) == (2, 1)


# ---- taking down


def test_a_request_is_taken_down_sealed(school: DeskSchool, app: Flask) -> None:
    ref = school.comes()
    year, number = ref.split("-")
    client = signed_in(app, DESK)
    for typed in (ref, f" {number}/{year} "):
        done = send(client, "/rieng-tu/moi", kind="correct", ref=typed, details=WORDS)
        assert done.status_code == 303
        page = client.get(done.headers["Location"])
        assert "Đã ghi yêu cầu" in page.text
        assert WORDS not in page.text
    assert "tiep-nhan ghi tại quầy" in words(page.text)
    stored = b"".join(
        path.read_bytes() for path in Path(school.ctx.settings.data).iterdir() if path.is_file()
    )
    assert WORDS.encode() not in stored


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"kind": ""}, None, "xem, sửa, xóa"),
        ({"kind": "burn"}, None, "xem, sửa, xóa"),
        ({"ref": "999/2026"}, "ref", "Không có hồ sơ mang số này"),
        ({"ref": "<script>"}, "ref", "Không có hồ sơ mang số này"),
        ({"details": "   "}, "details", "ghi rõ người yêu cầu muốn gì"),
        ({"details": "ế" * 20_000}, "details", "dài quá 4000 ký tự"),
    ],
)
def test_bad_input_is_told_and_what_was_typed_stays(
    asked: tuple[DeskSchool, Flask, int], changed: dict[str, str], field: str | None, told: str
) -> None:
    given = {"kind": "see", "ref": "", "details": "Xin xem hồ sơ của tôi."} | changed
    answer = send(signed_in(asked[1], DESK), "/rieng-tu/moi", **given)
    assert answer.status_code in (404, 422)
    assert answer.text.count('role="alert"') == 1
    assert told in answer.text
    if field:
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text)
    if given["details"].strip():
        assert given["details"] in answer.text
    assert "<script>" not in answer.text
    assert given["kind"] != "see" or re.search(r'value="see" checked', answer.text)
    assert "Đang chờ trả lời (1)" in words(signed_in(asked[1]).get("/rieng-tu").text)


def test_without_a_key_nothing_is_taken_down_in_the_clear(tmp_path: Path) -> None:
    bare = empty_desk(tmp_path / "bare", with_keys=False)
    answer = send(signed_in(create_app(bare.ctx), DESK), "/rieng-tu/moi", kind="see", details=WORDS)
    assert answer.status_code == 409
    assert "chưa có khóa" in answer.text
    bare.ctx.store.close()


# ---- reading and answering


def test_what_was_said_opens_with_the_key_and_the_reading_is_noted(school: DeskSchool, app: Flask) -> None:
    n = asks(school, school.comes())
    client = signed_in(app)
    locked = client.get(f"/rieng-tu/{n}")
    assert WORDS not in locked.text
    assert f"/mo-khoa?tiep=/rieng-tu/{n}" in locked.text

    def readings() -> list[tuple[str, str]]:
        rows = school.ctx.store.connection.execute("SELECT actor, what FROM readings")
        return [(row["actor"], row["what"]) for row in rows]

    assert readings() == []
    opened = unlocked(app).get(f"/rieng-tu/{n}")
    assert WORDS in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    assert readings() == [(LOGIN, "privacy")]
    assert "Chỉ hiệu trưởng và phó hiệu trưởng" in signed_in(app, DESK).get(f"/rieng-tu/{n}").text


def test_a_box_for_another_key_says_so(school: DeskSchool, app: Flask) -> None:
    n = asks(school, None, "see")
    with school.ctx.write() as work:
        work.connection.execute("UPDATE privacy_requests SET box = ? WHERE n = ?", (b"x" * 80, n))
    assert "Không mở được lời này" in unlocked(app).get(f"/rieng-tu/{n}").text


def test_a_refusal_needs_its_reason(school: DeskSchool, app: Flask) -> None:
    n = asks(school, school.comes())
    client = signed_in(app)
    for outcome, reason, told in (
        ("", "", "đã thực hiện, hoặc từ chối"),
        ("later", "law_keeps", "đã thực hiện, hoặc từ chối"),
        ("refused", "", "cần một lý do"),
        ("refused", "because", "cần một lý do"),
    ):
        answer = send(client, f"/rieng-tu/{n}", outcome=outcome, reason=reason)
        assert answer.status_code == 422
        assert told in answer.text
        assert answer.text.count('role="alert"') == 1
    assert send(client, f"/rieng-tu/{n}", outcome="refused", reason="law_keeps").status_code == 303
    page = words(client.get(f"/rieng-tu/{n}").text)
    assert "Pháp luật buộc nhà trường phải giữ" in page
    again = send(client, f"/rieng-tu/{n}", outcome="refused", reason="law_keeps")
    assert again.status_code == 409
    assert "đã được trả lời" in again.text
    assert send(client, "/rieng-tu/999", outcome="done").status_code == 404


def test_erasing_is_asked_once_more_and_then_shown(school: DeskSchool, app: Flask) -> None:
    ref = school.comes(contact=None)
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Bà Lê Thị Hoa chờ lâu")
    n = asks(school, ref)
    client = unlocked(app)
    sure = send(client, f"/rieng-tu/{n}", outcome="done")
    assert sure.status_code == 200
    page = words(sure.text)
    assert "Xóa hẳn nội dung hồ sơ số 1/2026?" in page
    assert "Hồ sơ chưa kết thúc" in page
    assert "27/06/2026" in page
    assert "Lê Thị Hoa" in client.get(f"/phan-anh/{ref}").text
    assert "Người gửi đã yêu cầu bằng mã tra cứu của mình" in page
    gone = send(client, f"/rieng-tu/{n}/xoa")
    assert gone.status_code == 200
    page = words(gone.text)
    assert "Không còn ở tệp nào trong thư mục dữ liệu" in page
    assert "Lời niêm phong đã xóa 2" in page
    assert "còn giữ đến 27/06/2026" in page
    assert "Lê Thị Hoa" not in client.get(f"/phan-anh/{ref}").text
    assert "Lời của người yêu cầu đã xóa" in client.get(f"/rieng-tu/{n}").text
    assert send(client, f"/rieng-tu/{n}/xoa").status_code == 409


def test_who_is_said_to_have_asked_takes_a_second_person(school: DeskSchool, app: Flask) -> None:
    """What was seen: a leader takes a request down that nobody made, and carries it out alone."""
    ref = school.comes()
    client = signed_in(app)
    n = asks(school, ref, actor=LOGIN)
    page = send(client, f"/rieng-tu/{n}", outcome="done")
    assert "nên cần hai người" in words(page.text)
    choices = re.findall(r'<option value="([^"]+)"', page.text)
    assert choices == sorted([PRINCIPAL, OFFICER, OTHER_OFFICER, DESK])
    for second, password, status, told in (
        ("", "", 422, "Việc này không ai làm một mình"),
        (LOGIN, PASSWORD, 409, "không xác nhận được"),
        (STAFF, PASSWORD, 409, "không xác nhận được"),
        (PRINCIPAL, "không phải mật khẩu", 422, "của “hieu-truong” không đúng"),
    ):
        refused = send(client, f"/rieng-tu/{n}/xoa", **{"second": second, "second-password": password})
        assert (refused.status_code, refused.text.count('role="alert"')) == (status, 1)
        assert told in refused.text
        assert PASSWORD not in refused.text and "không phải mật khẩu" not in refused.text
    assert send(client, f"/rieng-tu/{n}/xoa").status_code == 422
    assert client.get(f"/phan-anh/{ref}").text.count("Đã xóa nội dung") == 0
    done = send(client, f"/rieng-tu/{n}/xoa", **{"second": PRINCIPAL, "second-password": PASSWORD})
    assert "Không còn ở tệp nào" in words(done.text)
    # Whoever may not know of a case cannot agree to its end.
    accusing = school.comes()
    fields = {"kind": "to_cao", "number": "9", "date": "2026-05-04", "against_principal": "1"}
    school.does(LOGIN, accusing, "petition", **fields)
    n = asks(school, accusing, actor=LOGIN)
    told = send(client, f"/rieng-tu/{n}/xoa", **{"second": PRINCIPAL, "second-password": PASSWORD})
    assert "chưa có ai xác nhận được" in told.text


def test_nobody_guesses_the_password_of_the_second_person(school: DeskSchool, app: Flask) -> None:
    n = asks(school, school.comes(), actor=LOGIN)
    client = signed_in(app)
    for number in range(10):
        guess = {"second": PRINCIPAL, "second-password": f"đoán thử lần {number}"}
        assert send(client, f"/rieng-tu/{n}/xoa", **guess).status_code == 422
    right = {"second": PRINCIPAL, "second-password": PASSWORD}
    assert send(client, f"/rieng-tu/{n}/xoa", **right).status_code == 429


def test_what_is_left_in_a_file_is_named(school: DeskSchool, app: Flask) -> None:
    ref = school.comes()
    n = asks(school, ref)
    (box,) = school.ctx.store.connection.execute("SELECT box FROM sealed_texts").fetchone()
    (Path(school.ctx.settings.data) / "ban-sao.db").write_bytes(b"-" * 100 + bytes(box))
    gone = send(signed_in(app), f"/rieng-tu/{n}/xoa")
    assert "Còn ở: ban-sao.db" in words(gone.text)
    assert "Không còn ở tệp nào" not in gone.text


def test_a_wish_without_a_case_is_noted_as_done_without_erasing(school: DeskSchool, app: Flask) -> None:
    n = asks(school, None)
    client = signed_in(app)
    assert "không gắn hồ sơ nào" in client.get(f"/rieng-tu/{n}").text
    assert send(client, f"/rieng-tu/{n}", outcome="done").status_code == 303


def test_nothing_that_people_said_is_logged(
    school: DeskSchool, app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    client = unlocked(app)
    send(client, "/rieng-tu/moi", kind="delete", ref="999/2026", details=WORDS)
    done = send(client, "/rieng-tu/moi", kind="delete", details=WORDS)
    assert WORDS not in done.headers["Location"]
    assert WORDS in client.get("/rieng-tu/1").text
    said = "".join(capfd.readouterr())
    assert "Sáu" not in said and PASSPHRASE not in said


def test_pages_speak_english_too(school: DeskSchool, app: Flask) -> None:
    n = asks(school, school.comes())
    client = signed_in(app)
    for path, told in (
        ("/rieng-tu", "How long it is kept"),
        ("/rieng-tu/moi", "Seal and take down"),
        (f"/rieng-tu/{n}", "Delete as asked"),
    ):
        page = client.get(f"{path}?lang=en").text
        assert '<html lang="en">' in page
        assert told in page
