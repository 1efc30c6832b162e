"""What somebody typed comes back to them, whatever refused it, and lies open nowhere meanwhile."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.services.access import people
from server.services.devices import points
from server.transport.http.security import access
from server.transport.http.security.access import Access
from server.wiring.pages import create_app
from tests.support.desk import OFFICER, PASSPHRASE, PRINCIPAL, DeskSchool, empty_desk
from tests.support.leaks import Secrets
from tests.support.pages import csrf, signed_in
from tests.support.seed import LOGIN, PASSWORD, SCHOOL

WORDS = "Nhà trường đã kiểm tra sổ tiếp nhận ngày 12/5,\r\nxin báo: “hồ sơ đã xong” & mời đến <quầy 2>."
LINE = "Hồ sơ chuyển trường «chậm» trả & thiếu"
NO_TEXT = {
    "login.leave", "account.end", "unlocking.shut", "templates.delete", "points.retire", "points.bring_back",
    "devices.withdraw", "devices.enrol_file", "devices.retire", "calendar.clear", "server_clock.confirm",
}  # fmt: skip
"""Buttons alone."""


class Written(NamedTuple):
    """A form with something written in it: where, and its fields."""

    path: str
    fields: dict[str, str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskSchool, Flask]]:
    made = empty_desk(tmp_path_factory.mktemp("kept"), public_url="https://hailong.thcs-mau.edu.vn")
    points.add(made.ctx, "ban-1", SCHOOL, label="Bàn số 1", place="desk", audience="phu-huynh")
    points.add(
        made.ctx, "ban-2", SCHOOL, label="Bàn số 2", place="desk", audience="phu-huynh", single_use=True
    )
    yield made, create_app(made.ctx)
    made.ctx.store.close()


@pytest.fixture
def school(desk: tuple[DeskSchool, Flask]) -> DeskSchool:
    return desk[0].at(5, 18, 9, 42)


@pytest.fixture
def app(desk: tuple[DeskSchool, Flask]) -> Flask:
    return desk[1]


def case_of(school: DeskSchool) -> str:
    ref = school.comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Hồ sơ chậm trả")
    school.does(LOGIN, ref, "assign", assignee=OFFICER)
    return ref


def forms(school: DeskSchool) -> dict[str, Written]:
    """Every form of the staff's pages that takes words, each with words in it."""
    ref = case_of(school)
    case = f"/phan-anh/{ref}"
    wish = privacy_request(school)
    return {
        "answer": Written(f"{case}/answer", {"text": WORDS, "version": "3"}),
        "ask": Written(f"{case}/ask", {"text": WORDS, "version": "3"}),
        "note": Written(f"{case}/note", {"text": WORDS, "version": "3"}),
        "return": Written(f"{case}/return", {"text": WORDS, "version": "3"}),
        "summary": Written(f"{case}/summary", {"summary": LINE, "version": "3"}),
        "forward": Written(f"{case}/forward", {"body": LINE, "note": WORDS, "version": "3"}),
        "close": Written(f"{case}/close", {"reason": "other", "note": WORDS, "version": "3"}),
        "template": Written("/mau-tra-loi/them", {"name": LINE, "body": WORDS}),
        "walk-in": Written("/so-tiep-cong-dan/moi", {"text": WORDS, "name": LINE, "day": "18/05/2026"}),
        "privacy": Written("/rieng-tu/moi", {"details": WORDS, "kind": "see"}),
        "privacy-answer": Written(f"/rieng-tu/{wish}", {"outcome": "refused", "reason": ""}),
        "calendar": Written("/lich/them", {"ngay": "01/06/2026", "ten": LINE, "loai": "nghi"}),
        "point": Written("/diem-khao-sat", {"label": LINE, "wifi": "khach", "place": "desk"}),
        "point-change": Written("/diem-khao-sat/ban-1/sua", {"label": LINE, "wifi": "khach"}),
        "point-slips": Written("/diem-khao-sat/ban-2/phieu", {"sheets": "7", "ending": "pdf"}),
        "device": Written("/thiet-bi/moi", {"label": LINE, "kind": "kiosk", "id": "kiosk-moi"}),
        "device-name": Written("/thiet-bi/kiosk-1/ten", {"label": LINE}),
        "device-texts": Written(
            "/thiet-bi/kiosk-1/cai-dat", {"brightness": "55", "volume": "20", "welcome-vi": LINE}
        ),
        "hours": Written("/khong-tinh/gio", {"mo": "06:45", "dong": "17:15"}),
    }


FORMS = (
    "answer", "ask", "note", "return", "summary", "forward", "close", "template", "walk-in", "privacy",
    "privacy-answer", "calendar", "point", "point-change", "point-slips", "device", "device-name",
    "device-texts", "hours",
)  # fmt: skip
PAGES = {
    "/lich/them": "/lich",
    "/diem-khao-sat/ban-2/phieu": "/diem-khao-sat/ban-2",
    "/thiet-bi/kiosk-1/cai-dat": "/thiet-bi/kiosk-1",
    "/khong-tinh/gio": "/khong-tinh",
}
"""Where a form stands that has no page of its own."""
_made: dict[int, dict[str, Written]] = {}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, school: DeskSchool) -> Written:
    if id(school) not in _made:
        _made[id(school)] = forms(school)
    return _made[id(school)][request.param]


def privacy_request(school: DeskSchool) -> int:
    client, path = signed_in(create_app(school.ctx)), "/rieng-tu/moi"
    given = {
        "csrf_token": csrf(client.get(path).text),
        "kind": "see",
        "details": "Cho xem lời đã gửi.",
    }
    answer = client.post(path, data=given)
    return int(re.findall(r"yeu-cau-(\d+)", answer.headers["Location"])[0])


def shown(page: str) -> str:
    """What stands in the fields of a page's forms, as a person sees it."""
    main = page.split("<main", 1)[1]
    areas = re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", main, re.DOTALL)
    inputs = re.findall(r'<input[^>]*?value="([^"]*)"', main)
    chosen = re.findall(r'<option value="([^"]*)" selected', main)
    return "\n".join(unescape(each) for each in (*areas, *inputs, *chosen))


def holds(page: str, form: Written) -> None:
    """The page's form holds all that was typed."""
    found = shown(page).replace("\r\n", "\n")
    for name, value in form.fields.items():
        if name not in ("version", "ending"):
            assert value.replace("\r\n", "\n") in found, name


def token(client: FlaskClient) -> str:
    """The token of a page that is open since this session began."""
    return csrf(client.get("/cai-dat").text)


def box_of(page: str) -> str:
    found = re.search(r'name="dang-viet" value="([^"]+)"', page)
    return found[1] if found else ""


def unlock(client: FlaskClient, page: str, passphrase: str = PASSPHRASE, **more: str) -> str:
    data = {"csrf_token": csrf(page), "dang-viet": box_of(page), "passphrase": passphrase, **more}
    return client.post("/mo-khoa", data=data).text


def sign_in(app: Flask, page: str, login: str = LOGIN) -> tuple[FlaskClient, str, int]:
    """Sign in at the page that stands where a form was; the client, its answer and status."""
    client = app.test_client()
    data = {"csrf_token": csrf(client.get("/dang-nhap").text), "dang-viet": box_of(page)}
    answer = client.post("/dang-nhap", data=data | {"login": login, "password": PASSWORD})
    return client, answer.text, answer.status_code


def test_an_old_token_gives_the_form_back_with_a_fresh_one(app: Flask, form: Written) -> None:
    old, client = token(signed_in(app)), signed_in(app)
    answer = client.post(form.path, data={"csrf_token": old, **form.fields})
    assert answer.status_code == 400
    assert "Trang đã mở quá lâu" in answer.text
    holds(answer.text, form)
    assert csrf(answer.text) != old
    again = client.post(form.path, data={**form.fields, "csrf_token": csrf(answer.text)})
    assert "Trang đã mở quá lâu".encode() not in again.data


def test_an_ended_session_gives_the_form_back_after_the_login(app: Flask, form: Written) -> None:
    written = token(signed_in(app))
    page = app.test_client().post(form.path, data={"csrf_token": written, **form.fields})
    assert page.status_code == 401
    assert "Những gì quý vị vừa nhập vẫn được giữ" in page.text
    assert not Secrets(*_texts(form)).within(page.data)
    _, back, status = sign_in(app, page.text)
    assert status == 200
    assert "chưa được gửi" in back
    holds(back, form)


def _texts(form: Written) -> list[str]:
    lines = [each for value in form.fields.values() for each in value.split("\r\n")]
    return [each for each in lines if " " in each] or ["khong-co-chu-nao"]


def test_another_language_in_the_middle_of_writing(app: Flask, form: Written) -> None:
    client = signed_in(app)
    page = client.get(PAGES.get(form.path, form.path)).text
    asked = re.search(r'<button class="link" form="([^"]+)" name="ngon-ngu" value="en"', page)
    assert asked and re.search(rf'<form [^>]*id="{asked[1]}"', page), "the form has no such button"
    shown_in = client.post(form.path, data={"csrf_token": csrf(page), "ngon-ngu": "en", **form.fields})
    assert '<html lang="en"' in shown_in.text
    assert "It has not been sent" in shown_in.text
    assert "aria-invalid" not in shown_in.text, "nothing is wrong with it"
    holds(shown_in.text, form)
    assert '<html lang="en"' in client.get("/cai-dat").text, "the language is kept"


def test_a_very_long_text_is_given_back_whatever_refused_it(app: Flask, school: DeskSchool) -> None:
    path = f"/phan-anh/{case_of(school)}/note"
    client = signed_in(app)
    text = "ữ" * 100_000
    sent = client.post(path, data={"csrf_token": token(client), "version": "3", "text": text})
    assert sent.status_code == 422
    assert text in shown(sent.text)
    fields = {"csrf_token": token(client), "version": "3", "text": "ữ" * 40_000}
    page = app.test_client().post(path, data=fields)
    assert page.status_code == 401
    _, back, _ = sign_in(app, page.text)
    assert fields["text"] in shown(back)


def test_what_is_too_long_for_the_server_is_told_in_one_sentence(app: Flask) -> None:
    client = signed_in(app)
    sent = client.post("/rieng-tu/moi", data={"csrf_token": token(client), "details": "x" * 5_000_000})
    assert sent.status_code == 413
    assert "quá dài nên chưa được nhận. Xin rút ngắn rồi gửi lại." in sent.text


def test_a_changed_password_too(app: Flask, school: DeskSchool) -> None:
    people.add_user(school.ctx, "phong-2", "deputy", SCHOOL, PASSWORD)
    client = signed_in(app, "phong-2")
    fields = {"csrf_token": token(client), "kind": "see", "details": WORDS}
    people.set_password(school.ctx, "phong-2", PASSWORD)
    page = client.post("/rieng-tu/moi", data=fields)
    assert page.status_code == 401
    _, back, _ = sign_in(app, page.text, "phong-2")
    assert WORDS.replace("\r\n", "\n") in shown(back).replace("\r\n", "\n")


def test_a_wrong_password_on_the_way_does_not_lose_it(app: Flask, school: DeskSchool) -> None:
    ref = case_of(school)
    fields = {"csrf_token": token(signed_in(app)), "version": "3", "text": WORDS}
    page = app.test_client().post(f"/phan-anh/{ref}/note", data=fields).text
    client = app.test_client()
    sent = {"csrf_token": csrf(client.get("/dang-nhap").text), "login": LOGIN, "dang-viet": box_of(page)}
    wrong = client.post("/dang-nhap", data=sent | {"password": "sai"})
    assert wrong.status_code == 422
    assert not Secrets(WORDS.split("\r\n", maxsplit=1)[0]).within(wrong.data)
    back = client.post("/dang-nhap", data=sent | {"csrf_token": csrf(wrong.text), "password": PASSWORD})
    assert back.status_code == 200
    assert WORDS.replace("\r\n", "\n") in shown(back.text).replace("\r\n", "\n")


def test_nobody_else_gets_it(app: Flask, school: DeskSchool) -> None:
    ref = case_of(school)
    fields = {"csrf_token": token(signed_in(app)), "version": "3", "text": WORDS}
    page = app.test_client().post(f"/phan-anh/{ref}/note", data=fields).text
    words = Secrets(*WORDS.split("\r\n"))
    client, answer, status = sign_in(app, page, PRINCIPAL)
    assert (status, words.within(answer.encode())) == (303, set())
    stale = client.post(f"/phan-anh/{ref}/note", data=fields)
    assert stale.status_code == 400
    assert not words.within(stale.data)
    forged = box_of(page)[:-8] + "AAAAAAA="
    assert sign_in(app, page.replace(box_of(page), forged))[2] == 303


def test_a_page_of_nobody_is_not_held(app: Flask) -> None:
    page = app.test_client().post("/rieng-tu/moi", data={"csrf_token": "x", "kind": "see", "details": WORDS})
    assert page.status_code == 401
    assert box_of(page.text) == ""


@pytest.mark.parametrize("action", ["answer", "ask", "return", "note"])
def test_unlocking_in_the_middle_of_writing_loses_nothing(
    app: Flask, school: DeskSchool, action: str
) -> None:
    path = f"/phan-anh/{case_of(school)}/{action}"
    form = Written(path, {"text": WORDS, "version": "3"})
    client = signed_in(app)
    page = client.get(path).text
    assert 'name="mo-khoa"' in page
    asked = client.post(path, data={"csrf_token": csrf(page), "mo-khoa": "1", **form.fields}).text
    assert "Những gì quý vị đang viết vẫn được giữ" in asked
    assert not Secrets(*WORDS.split("\r\n")).within(asked.encode())
    wrong = unlock(client, asked, "không phải câu này đâu")
    assert "không đúng" in wrong
    assert re.findall(r'href="([^"]*)" aria-current', wrong) == ["/phan-anh"] * 2, "where they are writing"
    holds(unlock(client, wrong, lai="1"), form)
    back = unlock(client, wrong)
    holds(back, form)
    assert f'action="{path}"' in back
    sent = client.post(path, data={"csrf_token": csrf(back), **form.fields, "sure": "1"})
    assert sent.status_code == 303, sent.text


def test_a_key_that_locked_itself_gives_the_form_back_with_the_way_to_it(
    app: Flask, school: DeskSchool
) -> None:
    path = f"/phan-anh/{case_of(school)}/answer"
    client = signed_in(app)
    fields = {"csrf_token": token(client), "version": "3", "text": WORDS, "sure": "1"}
    locked = client.post(path, data=fields)
    assert locked.status_code == 403
    holds(locked.text, Written(path, {"text": WORDS}))
    assert re.search(r'<button[^>]*form="act" name="mo-khoa"', locked.text)


def test_too_many_tries_keep_it_too(app: Flask, school: DeskSchool) -> None:
    path = f"/phan-anh/{case_of(school)}/note"
    client = signed_in(app, OFFICER)
    asked = client.post(
        path, data={"csrf_token": token(client), "mo-khoa": "1", "version": "3", "text": WORDS}
    ).text
    for _ in range(10):
        asked = unlock(client, asked, "sai")
    refused = unlock(client, asked)
    assert "vẫn được giữ" in refused
    assert re.findall(r'href="([^"]*)" aria-current', refused) == ["/phan-anh"] * 2
    assert box_of(refused) == box_of(asked)


def test_somebody_elses_act_gives_the_form_back_with_what_happened(app: Flask, school: DeskSchool) -> None:
    ref = case_of(school)
    path = f"/phan-anh/{ref}/note"
    client = signed_in(app, OFFICER)
    school.does(LOGIN, ref, "assign", assignee=LOGIN)
    fields = {"csrf_token": token(client), "version": "3", "text": WORDS}
    moved = client.post(path, data=fields)
    assert moved.status_code == 409
    holds(moved.text, Written(path, {"text": WORDS}))
    assert "Việc vừa xảy ra" in moved.text


def test_a_case_that_went_out_of_sight_leaves_the_words(app: Flask, school: DeskSchool) -> None:
    ref = case_of(school)
    client = signed_in(app, OFFICER)
    fields = {"csrf_token": token(client), "version": "3", "text": WORDS}
    school.does(LOGIN, ref, "petition", kind="to_cao", number="03/ĐTC", date="2026-05-18")
    gone = client.post(f"/phan-anh/{ref}/note", data=fields)
    assert gone.status_code == 404
    assert WORDS.replace("\r\n", "\n") in shown(gone.text).replace("\r\n", "\n")
    stale = client.post(f"/phan-anh/{ref}/note", data=fields | {"csrf_token": token(signed_in(app, OFFICER))})
    assert stale.status_code == 400
    assert WORDS.replace("\r\n", "\n") in shown(stale.text).replace("\r\n", "\n")


def test_a_walk_in_that_could_not_be_written_may_come_again(
    app: Flask, school: DeskSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = signed_in(app), "/so-tiep-cong-dan/moi"
    page = client.get(path).text
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    fields = {"csrf_token": csrf(page), "once": once[1], "day": "18/05/2026", "people": "1", "text": WORDS,
              "name": "", "within": "1", "opens": "1"}  # fmt: skip

    def broken(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as fault:
        fault.setattr("server.services.cases.walk_ins.open_case", broken)
        failed = client.post(path, data=fields)
    assert failed.status_code == 500
    assert WORDS.replace("\r\n", "\n") in shown(failed.text).replace("\r\n", "\n")
    assert "Mã tra cứu" in client.post(path, data=fields).text


def test_a_search_goes_on_with_an_old_token_and_after_the_login(app: Flask, school: DeskSchool) -> None:
    ref = case_of(school)
    client, fields = signed_in(app), {"q": ref, "csrf_token": token(signed_in(app))}
    found = client.post("/phan-anh", data=fields, follow_redirects=True)
    assert (found.status_code, f"/phan-anh/{ref}" in found.text) == (200, True)
    page = app.test_client().post("/phan-anh", data=fields)
    assert page.status_code == 401
    client, _, status = sign_in(app, page.text)
    assert status == 303
    assert f'value="{ref}"' in client.get("/phan-anh?tim=1").text


def test_a_button_with_an_old_token_leads_to_a_fresh_page(app: Flask) -> None:
    old, client = token(signed_in(app)), signed_in(app)
    answer = client.post(
        "/dong-khoa", data={"csrf_token": old}, headers={"Referer": "http://localhost/khoa?xong=make"}
    )
    assert answer.status_code == 400
    assert 'href="/khoa?xong=make">Mở lại trang' in answer.text


def test_every_form_with_a_text_gives_it_back(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and access.declared(app, rule.endpoint) is Access.STAFF:
            gives = hasattr(app.view_functions[rule.endpoint], "form")
            assert gives != (rule.endpoint in NO_TEXT), rule.endpoint


def test_passwords_are_never_held(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in ("login", "unlocking", "keys"):
            assert getattr(app.view_functions[rule.endpoint], "secret", True), rule.endpoint
    page = app.test_client().post(
        "/khoa/mat-khau", data={"csrf_token": token(signed_in(app)), "own": PASSPHRASE}
    )
    assert (page.status_code, box_of(page.text)) == (401, "")


def test_nothing_of_it_lies_on_the_disk_or_in_the_log(
    app: Flask, school: DeskSchool, capfd: pytest.CaptureFixture[str]
) -> None:
    words = "chiếc đồng hồ quả lắc màu tím"
    path, client = f"/phan-anh/{case_of(school)}/note", signed_in(app)
    fields = {"csrf_token": token(client), "version": "3", "text": words}
    page = app.test_client().post(path, data=fields)
    sign_in(app, page.text)
    client.post(path, data=fields | {"mo-khoa": "1"})
    secrets = Secrets(words, words.replace(" ", "+"))
    assert secrets.in_files(Path(school.ctx.settings.data)) == {}
    heard = capfd.readouterr()
    assert not secrets.within((heard.out + heard.err).encode())
