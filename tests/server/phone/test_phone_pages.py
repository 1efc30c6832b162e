"""The phone's pages without a browser: light, the same for all but for their token, and never at a loss."""

from __future__ import annotations

import gzip
import logging
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.services.context import Context
from server.services.devices import points, slips
from server.services.phone.limits import WRONG_SLIPS, Limits
from server.transport.http.phone import views as phone_room
from server.transport.http.phone.spliced_page import MAX_TAIL, Spliced
from server.transport.http.phone.style import conditions
from server.wiring.pages import create_app
from survey_defs.complaint import spell_code
from survey_defs.model import Choice, Question, Survey
from tests.support.pages import signed_in
from tests.support.phone import DESK, POINTS, phone_school, stored, token_of
from tests.support.reading import reading
from tests.support.seed import HOUR, Clock, add_school

MAX_BYTES = 14 * 1024
GZIP = {"Accept-Encoding": "gzip, deflate, br"}
DAY = 24 * HOUR


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = phone_school(tmp_path, clock)
    yield context
    context.store.close()


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def send(
    client: FlaskClient, page: TestResponse, /, path: str = f"/q/{DESK}", **fields: object
) -> TestResponse:
    """Send the form of a page."""
    names = {name.replace("q_", "q."): value for name, value in fields.items()}
    return client.post(path, data={"token": token_of(page.text), **names})


def wrong(page: TestResponse) -> list[str]:
    """What a page says is wrong."""
    return re.findall(r'class="wrong"[^>]*>([^<]+)', page.text)


def heading(page: TestResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_an_ending_on_a_compressed_beginning_is_one_gzip_member() -> None:
    head = "Kính mời quý phụ huynh đánh giá. ".encode() * 400
    spliced = Spliced(head)
    for tail in (b"", b"x", bytes(range(256)) * 3, b"y" * MAX_TAIL):
        packed = spliced.gzipped(tail)
        assert gzip.decompress(packed) == head + tail == spliced.plain(tail)
        reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert reader.decompress(packed) + reader.flush() == head + tail
        assert reader.eof
        assert reader.unused_data == b""
    with pytest.raises(ValueError, match="short"):
        spliced.gzipped(b"z" * (MAX_TAIL + 1))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("point", POINTS)
def test_every_survey_fits_into_one_light_answer(client: FlaskClient, point: str, lang: str) -> None:
    for _ in range(2):  # as it is made, and as it is handed out again
        page = client.get(f"/q/{point}?lang={lang}", headers=GZIP)
        assert page.status_code == 200
        assert page.headers["Content-Encoding"] == "gzip"
        head = sum(len(name) + len(value) + 4 for name, value in page.headers)
        assert len(page.data) + head <= MAX_BYTES, len(page.data) + head
        html = gzip.decompress(page.data).decode()
        assert token_of(html)
        assert not re.search(r'\b(?:src|href)="(?!data:|\?lang=|/q/|#)', html), "nothing else is asked for"
        assert f'<html lang="{lang}">' in html


def test_a_page_handed_out_again_is_the_same_but_for_its_token(client: FlaskClient, app: Flask) -> None:
    first, again = client.get(f"/q/{DESK}"), client.get(f"/q/{DESK}")
    assert token_of(first.text) != token_of(again.text)
    assert first.text.replace(token_of(first.text), "") == again.text.replace(token_of(again.text), "")
    besides = ("Content-Length", "Vary")
    kept = {name: value for name, value in first.headers if name not in besides}
    assert kept == {name: value for name, value in again.headers if name not in besides}
    packed, plain = client.get(f"/q/{DESK}", headers=GZIP), client.get(f"/q/{DESK}")
    refuses = client.get(f"/q/{DESK}", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in refuses.headers
    html = gzip.decompress(packed.data).decode()
    assert html.replace(token_of(html), "") == plain.text.replace(token_of(plain.text), "")
    assert "Accept-Encoding" in plain.headers["Vary"]
    for page in (packed, plain):
        assert int(page.headers["Content-Length"]) == len(page.data)
    assert client.head(f"/q/{DESK}").status_code == 200


def test_a_page_is_never_older_than_what_it_shows(ctx: Context, client: FlaskClient, clock: Clock) -> None:
    client.get(f"/q/{DESK}")
    assert "phụ huynh đánh giá" in client.get(f"/q/{DESK}").text
    points.set_point(ctx, DESK, audience="giao-vien")
    assert heading(client.get(f"/q/{DESK}")) == "Kính mời quý thầy cô đánh giá"
    ctx.store.connection.execute("UPDATE schools SET name = 'Trường THCS Bãi Cháy'")
    assert "Trường THCS Bãi Cháy" in client.get(f"/q/{DESK}").text
    assert "Tuyển sinh lớp 6" in client.get(f"/q/{DESK}").text
    ctx.store.connection.execute("UPDATE procedures SET until = ? WHERE slug = 'tuyen-sinh-6'", (clock.ms,))
    assert "Tuyển sinh lớp 6" not in client.get(f"/q/{DESK}").text
    assert "/gop-y" in client.get(f"/q/{DESK}").text
    ctx.store.connection.execute("UPDATE seal_keys SET retired_at = 1")
    assert "/gop-y" not in client.get(f"/q/{DESK}").text
    points.retire(ctx, DESK)
    assert client.get(f"/q/{DESK}").status_code == 410
    points.bring_back(ctx, DESK)
    assert client.get(f"/q/{DESK}").status_code == 200


def test_no_cookie_and_no_trace(client: FlaskClient, app: Flask, ctx: Context) -> None:
    clerk = signed_in(app)
    clerk.get("/?lang=en")
    page = client.get(f"/q/{DESK}?lang=en")
    letter = client.get(f"/q/{DESK}/gop-y?lang=en")
    answers = [
        page,
        client.get(f"/q/{DESK}?lang=en"),
        letter,
        send(client, page, q_rating="5"),
        send(client, client.get(f"/q/{DESK}")),
        send(client, letter, f"/q/{DESK}/gop-y?lang=en", text="Một lời"),
        client.get("/q/khong-co?lang=en"),
        client.get(f"/q/{DESK}/abcdefgh?lang=en"),
        client.get("/q/a/b/c?lang=en"),
        client.put(f"/q/{DESK}?lang=en"),
        clerk.get(f"/q/{DESK}"),
        clerk.post(f"/q/{DESK}", data={"token": token_of(clerk.get(f"/q/{DESK}").text), "q.rating": "4"}),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "Đăng xuất" not in answer.text
    assert '<html lang="vi">' in answers[-2].text, "the staff's cookie says nothing here"
    assert '<html lang="en">' in answers[6].text


def test_an_answer_is_stored_with_what_was_chosen(ctx: Context, client: FlaskClient, clock: Clock) -> None:
    page = client.get(f"/q/{DESK}?lang=en")
    clock.ms += 9_000
    chosen = {"q_rating": "2", "q_reasons": ["thoi-gian", "giay-to"]}
    done = send(client, page, f"/q/{DESK}?lang=en", procedure="hoc-ba", q_timeliness="tre-hen", **chosen)
    assert heading(done) == "Thank you."
    assert "Your answer has been recorded." in done.text
    (row,) = stored(ctx)
    assert (row["device"], row["channel"], row["lang"], row["level"]) == (DESK, "qr", "en", 2)
    assert (row["procedure"], row["took_ms"]) == ("hoc-ba", 9_000)
    assert '"reasons":["thoi-gian","giay-to"]' in row["answers"].replace(" ", "")
    again = send(client, page, f"/q/{DESK}?lang=en", procedure="hoc-ba", q_timeliness="tre-hen", **chosen)
    assert again.text == done.text
    other = send(client, page, q_rating="5")
    assert (other.status_code, heading(other)) == (409, "Đã có đánh giá")
    assert len(stored(ctx)) == 1


def test_not_in_the_list_is_no_procedure(ctx: Context, client: FlaskClient) -> None:
    send(client, client.get(f"/q/{DESK}"), q_rating="5", procedure="-")
    send(client, client.get(f"/q/{DESK}"), q_rating="5", procedure="")
    assert [row["procedure"] for row in stored(ctx)] == [None, None]


def test_an_empty_form_is_told_beside_the_question_and_above_the_button(client: FlaskClient) -> None:
    page = client.get(f"/q/{DESK}")
    for fields in ({}, {"q_timeliness": "dung-hen", "procedure": "chuyen-truong"}):
        answer = send(client, page, **fields)
        assert answer.status_code == 422
        assert wrong(answer) == ["Xin chọn một khuôn mặt."] * 2
        assert 'aria-invalid="true"' in answer.text
        assert token_of(answer.text) == token_of(page.text), "the same form goes on"
    assert '<option value="chuyen-truong" selected>' in answer.text
    assert 'value="dung-hen" checked' in answer.text
    assert "<details open>" in answer.text
    nothing = send(client, client.get("/q/phong-cho"), "/q/phong-cho")
    assert wrong(nothing) == ["Xin trả lời ít nhất một câu."]


@pytest.mark.parametrize(
    "fields",
    [
        {"q.rating": "9"}, {"q.rating": "0"}, {"q.rating": "4.0"}, {"q.rating": ""}, {"q.rating": "４"},
        {"q.rating": ["1", "2"]}, {"q.rating": ["4"] * 10}, {"q.rating": "=HYPERLINK(1)"},
        {"q.khong-co": "1", "q.rating": "4"}, {"q.": "1"}, {"q.rating": "4", "q.timeliness": "x"},
        {"q.rating": "1", "q.reasons": "'); DROP TABLE answers;--"}, {"q.rating": "4", "procedure": "<b>"},
        {"q.rating": "1", "q.reasons": ["giay-to"] * 2}, {"q.rating": "4", "q.timeliness": ["tre-hen"] * 2},
        {"q.rating": "4", "procedure": "cua-truong-khac"},
        {f"q.{number}": "1" for number in range(5_000)},
    ],
)  # fmt: skip
def test_what_the_page_does_not_offer_is_refused(
    ctx: Context, client: FlaskClient, fields: dict[str, object]
) -> None:
    page = client.get(f"/q/{DESK}")
    answer = client.post(f"/q/{DESK}", data={"token": token_of(page.text), **fields})
    assert answer.status_code == 422
    assert wrong(answer) == ["Chưa gửi được vì có câu trả lời không nằm trong các lựa chọn. Xin chọn lại."]
    assert "DROP TABLE" not in answer.text
    assert stored(ctx) == []
    assert heading(send(client, answer, q_rating="4")) == "Cảm ơn quý vị."


def test_too_much_is_one_sentence(client: FlaskClient) -> None:
    for path, size in ((f"/q/{DESK}", 70_000), (f"/q/{DESK}/gop-y", 600_000)):
        answer = client.post(path, data={"text": "x" * size})
        assert answer.status_code == 413
        assert wrong(answer) == ["Nội dung gửi lên quá dài nên chưa được nhận. Xin rút ngắn rồi gửi lại."]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", '"><script>alert(1)</script>', "é" * 9, "x" * 5_000])
def test_a_forged_form_comes_back_with_a_token_of_its_own(
    ctx: Context, client: FlaskClient, token: str
) -> None:
    fields = {"token": token, "q.rating": "5", "procedure": "hoc-ba"}
    answer = client.post(f"/q/{DESK}", data=fields)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert re.search(r'name="q.rating" value="5" checked', answer.text)
    assert '<option value="hoc-ba" selected>' in answer.text
    assert heading(send(client, answer, q_rating="5")) == "Cảm ơn quý vị."
    assert stored(ctx)[0]["took_ms"] is None, "how long it took is not known"


def test_a_form_of_another_point_or_of_yesterday_is_asked_again(
    ctx: Context, client: FlaskClient, clock: Clock
) -> None:
    other = client.get("/q/phong-cho")
    answer = send(client, other, q_rating="5")
    assert answer.status_code == 422
    page = client.get(f"/q/{DESK}")
    clock.ms += 2 * DAY
    late = send(client, page, q_rating="3")
    assert wrong(late) == ["Chưa gửi được vì trang mở đã lâu. Xin xem lại rồi bấm gửi một lần nữa."]
    assert re.search(r'name="q.rating" value="3" checked', late.text)
    assert heading(send(client, late, q_rating="3")) == "Cảm ơn quý vị."
    assert len(stored(ctx)) == 1


def test_a_point_retired_meanwhile_still_takes_the_form_that_was_open(
    ctx: Context, client: FlaskClient, clock: Clock
) -> None:
    page, slow = client.get(f"/q/{DESK}"), client.get(f"/q/{DESK}")
    clock.ms += 60_000
    points.retire(ctx, DESK)
    gone = client.get(f"/q/{DESK}")
    assert gone.status_code == 410
    assert "Trường THCS Mẫu" in gone.text
    assert wrong(gone) == ["Mã này không còn dùng nữa. Xin quét mã mới tại trường, hoặc gặp cán bộ tại quầy."]
    empty = send(client, slow)
    assert wrong(empty) == ["Xin chọn một khuôn mặt."] * 2
    assert heading(send(client, empty, q_rating="2")) == "Cảm ơn quý vị."
    assert heading(send(client, page, q_rating="4")) == "Cảm ơn quý vị."
    assert len(stored(ctx)) == 2


def test_a_survey_changed_meanwhile_still_takes_the_form_that_was_open(
    ctx: Context, client: FlaskClient
) -> None:
    page = client.get(f"/q/{DESK}")
    points.set_point(ctx, DESK, survey="sipas")
    assert heading(send(client, page, q_rating="4")) == "Cảm ơn quý vị."
    assert stored(ctx)[0]["survey"] == "tthc"


def test_slips(ctx: Context, client: FlaskClient) -> None:
    points.set_point(ctx, DESK, single_use=True)
    slip, other = slips.make_slips(ctx, points.find(reading(ctx), DESK))[:2]
    none = client.get(f"/q/{DESK}")
    assert (none.status_code, len(wrong(none))) == (403, 1)
    assert client.get(f"/q/{DESK}/aaaaaaaa").status_code == 404
    page = client.get(f"/q/{DESK}/{slip.upper()}")
    assert page.status_code == 200
    done = send(client, page, f"/q/{DESK}/{slip}", q_rating="5")
    assert heading(done) == "Cảm ơn quý vị."
    assert send(client, page, f"/q/{DESK}/{slip}", q_rating="5").text == done.text
    assert client.get(f"/q/{DESK}/{slip}").status_code == 409
    late = client.get(f"/q/{DESK}/{other}")
    send(client, client.get(f"/q/{DESK}/{other}"), f"/q/{DESK}/{other}", q_rating="4")
    used = send(client, late, f"/q/{DESK}/{other}", q_rating="1")
    assert (used.status_code, heading(used)) == (409, "Đã có đánh giá")
    assert len(stored(ctx)) == 2


def test_slips_are_not_found_by_trying(ctx: Context, client: FlaskClient) -> None:
    points.set_point(ctx, DESK, single_use=True)
    slip = slips.make_slips(ctx, points.find(reading(ctx), DESK))[0]
    for n in range(WRONG_SLIPS):
        assert client.get(f"/q/{DESK}/aaaaaaa{'abcdefghijk'[n % 11]}").status_code == 404
    refused = client.get(f"/q/{DESK}/{slip}")
    assert (refused.status_code, len(wrong(refused))) == (429, 1)
    assert 0 < int(refused.headers["Retry-After"]) <= 900


def test_what_is_filled_in_that_nobody_sees_is_stored_with_its_sign(
    ctx: Context, client: FlaskClient
) -> None:
    assert (
        heading(send(client, client.get(f"/q/{DESK}"), q_rating="1", website="http://x")) == "Cảm ơn quý vị."
    )
    assert stored(ctx)[0]["signs"] == "trap"


def test_how_late_a_form_came(ctx: Context, client: FlaskClient, clock: Clock) -> None:
    for late in ("30000", "-1", "1e3", "", "9" * 30, "x"):
        page = client.get(f"/q/{DESK}")
        clock.ms += 60_000
        assert send(client, page, q_rating="4", late=late).status_code == 200
    assert [row["took_ms"] for row in stored(ctx)] == [30_000] + [60_000] * 5


def test_over_a_limit_the_form_is_kept(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_room, "Limits", lambda: Limits(desk=(2, 2)))
    client = create_app(ctx).test_client()
    for _ in range(2):
        send(client, client.get(f"/q/{DESK}"), q_rating="4")
    page = client.get(f"/q/{DESK}")
    answer = send(client, page, q_rating="3", procedure="hoc-ba")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "Câu trả lời vẫn còn trên trang này" in wrong(answer)[0]
    assert token_of(answer.text) == token_of(page.text)
    assert re.search(r'name="q.rating" value="3" checked', answer.text)
    letter = client.get(f"/q/{DESK}/gop-y")
    held = send(client, letter, f"/q/{DESK}/gop-y", text="Mèo vàng")
    assert held.status_code == 429
    assert "Mèo vàng</textarea>" in held.text


def test_a_server_in_trouble_keeps_what_was_chosen_and_says_nothing_of_it(
    ctx: Context, app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    page, letter = client.get(f"/q/{DESK}"), client.get(f"/q/{DESK}/gop-y")
    ctx.store.connection.execute("ALTER TABLE events RENAME TO away")
    answer = send(client, page, q_rating="5", procedure="hoc-ba")
    assert answer.status_code == 500
    assert wrong(answer) == ["Chưa gửi được. Xin bấm gửi lại sau ít phút; những gì đã chọn vẫn còn."]
    assert re.search(r'name="q.rating" value="5" checked', answer.text)
    written = send(client, letter, f"/q/{DESK}/gop-y", text="Mèo vàng trên mái", name="Nguyễn Thị Mẫu")
    kept = send(client, letter, f"/q/{DESK}/gop-y", text="Mèo vàng trên mái")
    assert written.status_code == 422, "a contact needs a word of consent"
    assert kept.status_code == 500
    assert "Mèo vàng trên mái</textarea>" in kept.text
    said = "".join([*capfd.readouterr(), caplog.text])
    assert "page-failed" in said
    for secret in ("Mèo", "Mẫu", token_of(page.text), token_of(letter.text), "127.0.0.1"):
        assert secret not in said
    ctx.store.connection.execute("ALTER TABLE away RENAME TO events")
    assert heading(send(client, answer, q_rating="5", procedure="hoc-ba")) == "Cảm ơn quý vị."
    assert (
        heading(send(client, kept, f"/q/{DESK}/gop-y", text="Mèo vàng trên mái")) == "Xin giữ mã tra cứu này"
    )
    ctx.store.connection.execute("ALTER TABLE points RENAME TO away")
    lost = client.get(f"/q/{DESK}")
    assert (lost.status_code, len(wrong(lost))) == (500, 1)
    assert "Traceback" not in lost.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/q/khong-co", 404), ("/q/kiosk-1", 404), ("/q/%2e%2e", 404), ("/q/a/b/c", 404), ("/q/'--", 404),
     ("/q/khong-co/gop-y", 404), ("/q/" + "x" * 500, 404), ("/q/", 404), ("/q/%00", 404)],
)  # fmt: skip
def test_a_wrong_address_has_a_sentence(client: FlaskClient, path: str, status: int) -> None:
    for lang in ("vi", "en"):
        page = client.get(f"{path}?lang={lang}")
        assert page.status_code == status
        assert len(wrong(page)) == 1
        assert f'<html lang="{lang}">' in page.text
    assert client.post(path, data={"q.rating": "5"}).status_code in (status, 405)


def test_an_address_may_be_typed(client: FlaskClient) -> None:
    assert client.get(f"/q/{DESK.upper()}").status_code == 200
    assert client.get(f"/q/{DESK}/").status_code == 200
    assert client.get(f"/q/{DESK}/gop-y/").status_code == 200


def test_a_letter_and_its_code(ctx: Context, client: FlaskClient) -> None:
    path = f"/q/{DESK}/gop-y"
    page = client.get(path)
    assert not re.search(r"<input[^>]* checked", page.text), "no box is ticked for anybody"
    fields = {"text": "Tôi chờ đã ba tuần.", "about": ["cho-lau", "tre-hen"]}
    done = send(client, page, path, **fields)
    assert heading(done) == "Xin giữ mã tra cứu này"
    code = "".join(re.findall(r"<b>(\d{4})</b>", done.text))
    assert len(code) == 16
    assert "thứ Năm 11/06/2026" in done.text
    assert f'href="/tra-cuu#{code}"' in done.text
    file = re.search(r'download="ma-tra-cuu.txt"[^>]*href="data:text/plain;charset=utf-8,([^"]+)"', done.text)
    assert file
    text = unquote(file[1])
    assert spell_code(code) in text
    assert "/tra-cuu" in text
    assert "11/06/2026" in text
    assert send(client, page, path, **fields).text == done.text, "the same form, the same code"
    assert done.text.count("Chỉ mở được trong mạng của trường") == 1, "who can open the address"
    assert "(Chỉ mở được trong mạng của trường)" in text
    assert client.get(path, headers=GZIP).headers["Content-Encoding"] == "gzip"
    packed = client.post(path, data={"token": token_of(page.text), **fields}, headers=GZIP)
    assert "Content-Encoding" not in packed.headers
    found = client.post("/tra-cuu", data={"code": code})
    assert "Phản ánh của quý vị" in found.text
    rows = ctx.store.connection.execute("SELECT COUNT(*) FROM cases").fetchone()
    assert rows[0] == 1
    thanks = client.get(f"{path}?da-luu=1")
    assert "Quý vị có thể đóng trang này." in thanks.text
    assert code not in thanks.text


def test_praise_promises_no_day(client: FlaskClient) -> None:
    path = f"/q/{DESK}/gop-y"
    done = send(client, client.get(path), path, text="Cảm ơn cô văn thư.", about="khen-ngoi")
    assert "Nhà trường trả lời chậm nhất" not in unquote(done.text)
    assert "Lời nhắn của nhà trường" in done.text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"text": " \n "}, 422, "Chưa có nội dung."),
        ({"text": "á" * 4001, "about": "cho-lau"}, 422, "4000"),
        ({"text": "Một lời", "name": "Nguyễn <b>Mẫu</b>", "reach": "0912"}, 422, "ô đồng ý"),
        ({"text": "Một lời", "about": "khong-co"}, 422, "không nằm trong các lựa chọn"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_letter(
    client: FlaskClient, fields: dict[str, str], status: int, said: str
) -> None:
    path = f"/q/{DESK}/gop-y"
    page = client.get(path)
    answer = send(client, page, path, **fields)
    assert answer.status_code == status
    assert said in wrong(answer)[-1].replace(".000", "000")
    assert f"{fields['text']}</textarea>" in answer.text
    assert token_of(answer.text) == token_of(page.text)
    if "name" in fields:
        assert 'value="Nguyễn &lt;b&gt;Mẫu&lt;/b&gt;"' in answer.text
        assert "<details open>" in answer.text
        done = send(client, answer, path, consent="1", **fields)
        assert heading(done) == "Xin giữ mã tra cứu này"


def test_advice_comes_before_a_denunciation_is_sent(ctx: Context, client: FlaskClient) -> None:
    path = f"/q/{DESK}/gop-y"
    page = client.get(path)
    advised = send(client, page, path, text="Tôi muốn tố cáo ông X.")
    assert advised.status_code == 422
    for words in ("Luật Tố cáo", "gọi ngay 111", "Tôi muốn tố cáo ông X.</textarea>"):
        assert words in advised.text
    assert ctx.store.connection.execute("SELECT COUNT(*) FROM cases").fetchone()[0] == 0
    done = send(client, advised, path, text="Tôi muốn tố cáo ông X.", advised="1")
    assert heading(done) == "Xin giữ mã tra cứu này"


def test_another_letter_on_the_same_form_is_asked_for_once_more(ctx: Context, client: FlaskClient) -> None:
    path = f"/q/{DESK}/gop-y"
    page = client.get(path)
    first = send(client, page, path, text="Việc thứ nhất")
    second = send(client, page, path, text="Việc thứ hai")
    assert second.status_code == 409
    kept = re.search(r'<b class="kept">([\d ]{19})</b>', second.text)
    assert kept is not None and f"#{kept[1].replace(' ', '')}" in first.text, "the first answer may be lost"
    assert "Việc thứ hai</textarea>" in second.text
    assert heading(send(client, second, path, text="Việc thứ hai")) == "Xin giữ mã tra cứu này"
    assert ctx.store.connection.execute("SELECT COUNT(*) FROM cases").fetchone()[0] == 2


def test_a_school_without_a_key_takes_no_letters(ctx: Context, client: FlaskClient) -> None:
    path = f"/q/{DESK}/gop-y"
    page = client.get(path)
    ctx.store.connection.execute("UPDATE seal_keys SET retired_at = 1")
    assert client.get(path).status_code == 409
    kept = send(client, page, path, text="Mèo vàng")
    assert kept.status_code == 409
    assert "Mèo vàng</textarea>" in kept.text


def test_the_other_language_keeps_what_was_filled_in(client: FlaskClient) -> None:
    empty = send(client, client.get(f"/q/{DESK}"), q_timeliness="dung-hen", procedure="hoc-ba")
    assert 'formaction="?lang=en"' in empty.text
    other = send(client, empty, f"/q/{DESK}?lang=en", q_timeliness="dung-hen", procedure="hoc-ba", switch="1")
    assert other.status_code == 200
    assert '<html lang="en">' in other.text
    assert 'value="dung-hen" checked' in other.text
    assert token_of(other.text) == token_of(empty.text)
    path = f"/q/{DESK}/gop-y"
    letter = send(client, client.get(path), f"{path}?lang=en", text="Mèo vàng", switch="1")
    assert "Mèo vàng</textarea>" in letter.text
    assert heading(letter) == "Comment or complaint"


def test_pupils_are_spoken_to_as_pupils(client: FlaskClient) -> None:
    page = client.get("/q/hoc-sinh-quy")
    assert heading(page) == "Mời các em cho ý kiến"
    assert "Khoảng 30 giây" in page.text
    done = send(client, page, "/q/hoc-sinh-quy", **{"q_cam-nhan": "4"})
    assert heading(done) == "Cảm ơn em."
    assert "Ý kiến của em đã được ghi nhận." in done.text
    assert "Em góp ý, phản ánh về việc gì?" in client.get("/q/hoc-sinh-quy/gop-y").text
    assert "Quý vị" not in client.get("/q/hoc-sinh-quy/gop-y").text


def test_questions_that_follow_from_others_are_hidden_by_style() -> None:
    yes = Choice("co", {"vi": "Có"})
    survey = Survey(
        "thu", 1, {"vi": "Thử"}, ("phu-huynh",),
        (
            Question("muc", "level", {"vi": "Mức"}),
            Question("co", "choice", {"vi": "Có"}, choices=(Choice("khong", {"vi": "Không"}), yes)),
            Question("sau", "level", {"vi": "Sau"}, when={"muc": (1, 2), "co": ("co",)}),
        ),
    )  # fmt: skip
    assert conditions(survey) == (
        "form:not(:has(#q1-1:checked,#q1-2:checked)) #q3:not(:has(:checked)){display:none}"
        "form:not(:has(#q2-2:checked)) #q3:not(:has(:checked)){display:none}"
    )


def test_a_page_of_another_school_says_nothing_of_this_one(ctx: Context, client: FlaskClient) -> None:
    add_school(ctx, "khac", "Trường THCS Khác")
    points.add(ctx, "ban-khac", "khac", label="Bàn", place="desk")
    page = client.get("/q/ban-khac")
    assert "Trường THCS Khác" in page.text
    assert "Trường THCS Mẫu" not in page.text
    assert "/gop-y" not in page.text, "it has no key yet"
    answer = send(client, client.get(f"/q/{DESK}"), "/q/ban-khac", q_rating="5")
    assert answer.status_code == 422
    assert stored(ctx) == []
