"""The desk's pages: who may call what, what is shown to whom, and what happens to what was typed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.domain.access.roles import CASE_WORK, CASES, EVERYBODY, READERS
from server.services import schools
from server.services.access import people
from server.services.keys import custody
from server.transport.http.cases import listing
from server.transport.http.cases.forms import DESK_ACTIONS
from server.transport.http.frame.formats import typed_day
from server.transport.http.schools.settings_hub import CARDS
from server.transport.http.security import access
from server.wiring.pages import create_app
from tests.support.desk import (
    CONTACT,
    NASTY,
    OFFICER,
    OTHER_OFFICER,
    PASSPHRASE,
    PRINCIPAL,
    RECEPTION,
    ROLES,
    STAFF,
    TECHNICIAN,
    TEXT,
    Cases,
    DeskSchool,
    empty_desk,
    full_desk,
)
from tests.support.pages import csrf, signed_in, words
from tests.support.seed import LOGIN, SCHOOL

NOT_FOR_YOU = "Tài khoản này không được xem trang này"
NO_CASE = "Không có hồ sơ mang số này"
GETS = {
    "/phan-anh": CASES,
    "/phan-anh/{ref}": CASES,
    **{f"/phan-anh/{{ref}}/{action}": CASE_WORK for action in DESK_ACTIONS},
    "/mau-tra-loi": READERS,
    "/mau-tra-loi/them": READERS,
    "/mau-tra-loi/khong-co": READERS,
    "/mau-tra-loi/khong-co/xoa": READERS,
    "/cai-dat": EVERYBODY,
}
OF_THE_DESK = ("cases", "templates", "settings", "registers", "keys", "privacy")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskSchool, Cases]]:
    """Cases in every state; for looking only."""
    made = full_desk(tmp_path_factory.mktemp("desk"))
    yield made
    made[0].ctx.store.close()


@pytest.fixture(scope="module")
def full_app(full: tuple[DeskSchool, Cases]) -> Flask:
    return create_app(full[0].ctx)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DeskSchool, Flask]]:
    """For acting: each test brings a case of its own."""
    made = empty_desk(tmp_path_factory.mktemp("acting"))
    yield made, create_app(made.ctx)
    made.ctx.store.close()


@pytest.fixture
def school(desk: tuple[DeskSchool, Flask]) -> DeskSchool:
    return desk[0].at(5, 18, 9, 42)


@pytest.fixture
def app(desk: tuple[DeskSchool, Flask]) -> Flask:
    return desk[1]


def unlocked(app: Flask, login: str = LOGIN) -> FlaskClient:
    """Somebody signed in, with their key open."""
    client = signed_in(app, login)
    token = csrf(client.get("/mo-khoa").text)
    assert client.post("/mo-khoa", data={"csrf_token": token, "passphrase": PASSPHRASE}).status_code == 303
    return client


def sought(client: FlaskClient, q: str = "", **fields: str) -> TestResponse:
    """Fill the search form in and send it; the page that it leads to."""
    given = {"csrf_token": csrf(client.get("/phan-anh").text), "q": q, **fields}
    return client.post("/phan-anh", data=given, follow_redirects=True)


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    """The token and the version of a page's form."""
    page = client.get(path).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    return {"csrf_token": csrf(page), "version": version[1]}


def send(client: FlaskClient, ref: str, action: str, **fields: str) -> TestResponse:
    """Fill a form in and send it, through the second look where there is one."""
    path = f"/phan-anh/{ref}/{action}"
    given = form_of(client, path) | fields
    return client.post(path, data=given)


# ---- who may call what


@pytest.mark.parametrize("login", ROLES)
def test_every_role_at_every_page(full: tuple[DeskSchool, Cases], full_app: Flask, login: str) -> None:
    client, role = signed_in(full_app, login), ROLES[login]
    token = csrf(client.get("/cai-dat").text)
    for pattern, roles in GETS.items():
        for method in ("GET", "POST"):
            path = pattern.format(ref=full[1].working)
            answer = client.open(
                path, method=method, data={"csrf_token": token} if method == "POST" else None
            )
            assert "Traceback" not in answer.text
            assert answer.status_code < 500, path
            if role not in roles:
                assert answer.status_code in (403, 405), path
                if answer.status_code == 403:
                    assert NOT_FOR_YOU in answer.text
            elif method == "GET" and not pattern.count("khong-co"):
                # An action that this person may not take now is refused in a sentence.
                assert answer.status_code == 200 or (
                    answer.status_code in (403, 409) and "<h1>" in answer.text
                )
                assert NOT_FOR_YOU not in answer.text


def test_every_route_of_the_desk_names_its_roles(full_app: Flask) -> None:
    for rule in full_app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in OF_THE_DESK:
            assert access.declared_roles(full_app, rule.endpoint), rule.rule


def test_the_section_is_in_nobodys_way(full_app: Flask) -> None:
    for login in ROLES:
        strip = signed_in(full_app, login).get("/").text.split("<main")[0]
        assert ('href="/phan-anh"' in strip) == (ROLES[login] in CASES), login


def test_every_page_that_others_lead_to_exists(full_app: Flask) -> None:
    templates = Path(full_app.root_path)
    folder = Path(full_app.template_folder or templates)
    told = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.html"))
    named = set(re.findall(r"""link\(['"]([a-z_.]+)['"]""", told)) | {card.endpoint for card in CARDS}
    assert named >= {"registers.reply_slip", "registers.book_page", "unlocking.form"}
    assert named <= set(full_app.view_functions)


def test_a_form_without_its_token_does_nothing(app: Flask, school: DeskSchool) -> None:
    ref = school.comes()
    client = unlocked(app)
    for action in DESK_ACTIONS:
        answer = client.post(f"/phan-anh/{ref}/{action}", data={"version": "1", "text": "x", "sure": "1"})
        assert answer.status_code == 400
    assert "Xin mở lại trang" in answer.text
    assert "Chờ tiếp nhận" in client.get(f"/phan-anh/{ref}").text
    assert client.post("/mau-tra-loi/them", data={"name": "a", "body": "b"}).status_code == 400


# ---- the room that does not exist


@pytest.mark.parametrize("login", [OFFICER, OTHER_OFFICER, RECEPTION, STAFF])
def test_a_denunciation_is_like_a_case_that_never_was(
    full: tuple[DeskSchool, Cases], full_app: Flask, login: str
) -> None:
    client, cases = signed_in(full_app, login), full[1]
    nowhere = client.get("/phan-anh/2026-999")
    for ref in (cases.to_cao, cases.against):
        page = client.get(f"/phan-anh/{ref}")
        assert (page.status_code, words(page.text)) == (404, words(nowhere.text))
        assert NO_CASE in page.text
        if ROLES[login] in CASE_WORK:
            token = csrf(client.get("/cai-dat").text)
            for action in ("note", "answer", "khong-co"):
                assert client.get(f"/phan-anh/{ref}/{action}").status_code == 404
                sent = {"csrf_token": token, "version": "2", "text": "x"}
                assert client.post(f"/phan-anh/{ref}/{action}", data=sent).status_code == 404
    pages = [
        client.get(path).text for path in ("/phan-anh", "/phan-anh?loai=to_cao", "/", "/phan-anh?xem=ended")
    ]
    for page in [*pages, sought(client, cases.to_cao).text]:
        assert f'href="/phan-anh/{cases.to_cao}"' not in page
        assert "Tố cáo" not in words(page)
    assert "Đang mở 10" in words(client.get("/phan-anh").text)
    assert "Đang mở 12" in words(signed_in(full_app).get("/phan-anh").text)


def test_the_accused_principal_sees_nothing_of_it(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    principal, deputy, cases = unlocked(full_app, PRINCIPAL), unlocked(full_app), full[1]
    assert principal.get(f"/phan-anh/{cases.to_cao}").status_code == 200
    assert principal.get(f"/phan-anh/{cases.against}").status_code == 404
    assert "Đang mở 11" in words(principal.get("/phan-anh").text)
    page = deputy.get(f"/phan-anh/{cases.against}").text
    assert "Người bị tố cáo là hiệu trưởng" in page
    assert "Hiệu trưởng nhận quà." in page


# ---- reading


def test_a_text_shows_only_with_the_key(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    ref = full[1].working
    locked = signed_in(full_app).get(f"/phan-anh/{ref}").text
    assert TEXT not in locked
    assert "Nội dung đang niêm phong" in locked
    assert f"/mo-khoa?tiep=/phan-anh/{ref}" in locked
    for text in ("Tôi nộp bản chính", "Quý vị nộp học bạ", "Đã đối chiếu"):
        assert text not in locked
    page = words(unlocked(full_app).get(f"/phan-anh/{ref}").text)
    for text in (TEXT, "Tôi nộp bản chính", "Quý vị nộp học bạ", "Đã đối chiếu"):
        assert text in page
    assert "Ghi chú nội bộ · người gửi không thấy Đã đối chiếu" in page


@pytest.mark.parametrize("login", [OTHER_OFFICER, RECEPTION, STAFF])
def test_who_does_not_handle_it_sees_how_far_it_is_and_no_text(
    full: tuple[DeskSchool, Cases], full_app: Flask, login: str
) -> None:
    page = signed_in(full_app, login).get(f"/phan-anh/{full[1].working}").text
    assert "không đọc được nội dung" in page
    assert TEXT not in page
    assert "Hồ sơ chuyển trường chậm trả" in page
    assert "Nhật ký mở nội dung" not in page


def test_each_opening_is_on_record_and_only_the_leaders_see_it(app: Flask, school: DeskSchool) -> None:
    ref = school.comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Chậm trả")
    school.does(LOGIN, ref, "assign", assignee=OFFICER)
    signed_in(app).get(f"/phan-anh/{ref}")
    leader, officer = unlocked(app), unlocked(app, OFFICER)
    assert "Nhật ký mở nội dung (1)" in words(leader.get(f"/phan-anh/{ref}").text)
    assert "Nhật ký" not in officer.get(f"/phan-anh/{ref}").text
    page = words(leader.get(f"/phan-anh/{ref}").text)
    assert "Nhật ký mở nội dung (3)" in page
    assert f"Cán bộ giải quyết ({OFFICER}) trang hồ sơ" in page


def test_contact_and_its_consent(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    client = unlocked(full_app)
    page = client.get(f"/phan-anh/{full[1].late}").text
    assert CONTACT.name in page
    assert CONTACT.reach in page
    assert CONTACT.consent in page
    assert "Người gửi không để lại liên hệ" in client.get(f"/phan-anh/{full[1].working}").text


def test_a_box_that_cannot_be_opened_says_so(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    page = unlocked(full_app).get(f"/phan-anh/{full[1].broken}")
    assert page.status_code == 200
    assert "Không mở được nội dung này" in page.text


def test_who_has_no_code_is_answered_on_paper(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    client, ref = unlocked(full_app), full[1].paper
    assert "chỉ đưa được bằng giấy" in client.get(f"/phan-anh/{ref}").text.lower()


def test_deadlines_of_every_kind(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    client, cases = unlocked(full_app), full[1]
    page = words(client.get(f"/phan-anh/{cases.working}").text)
    assert "Hạn trả lời: thứ Hai 01/06/2026" in page
    assert "10 ngày làm việc, không tính ngày 18/05 · Điều 28 Luật Tiếp công dân" in page
    assert "Còn 2 ngày làm việc" in page
    assert "chưa kiểm chứng" not in page
    page = words(client.get(f"/phan-anh/{cases.khieu_nai}").text)
    assert "Hạn giải quyết lần đầu" in page
    assert "chưa kiểm chứng" in page
    assert "số 12/ĐKN ngày 20/05/2026" in page
    page = words(client.get(f"/phan-anh/{cases.neglected}").text)
    assert "Quá hạn 14 ngày làm việc" in page
    assert "Đã 37 ngày kể từ ngày nhận" in page
    assert "không có hạn trả lời" in client.get(f"/phan-anh/{cases.praise}").text
    assert "Hồ sơ đã kết thúc ngày 13/05/2026" in client.get(f"/phan-anh/{cases.closed}").text


# ---- nothing that was written runs


def test_what_people_wrote_is_only_ever_text(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    client, ref = unlocked(full_app), full[1].nasty
    for address in (
        "/phan-anh",
        "/",
        f"/phan-anh/{ref}",
        f"/phan-anh/{ref}/answer",
        f"/phan-anh/{ref}/classify",
    ):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert not re.search(r"<style|\sstyle=|\son\w+=[\"']|<script(?![^>]*\ssrc=)", page), address
    page = client.get(f"/phan-anh/{ref}").text
    assert page.count("&lt;script&gt;alert(1)") >= 6  # the text, name, reach, consent, summary and note
    assert "49" not in re.findall(r"\{\{7\*7\}\}|alert\(2\)&gt;.{0,12}49", page)
    assert "&lt;script&gt;" in sought(client, "<script>").text


@pytest.mark.parametrize("q", ["'", '"><script>', "%", "\\", "_", "\x00", "🙂" * 150, " " * 300, "{{7*7}}"])
def test_any_search_gives_a_page(full_app: Flask, q: str) -> None:
    client = signed_in(full_app)
    everywhere = {"loai": q, "xem": q, "trang-thai": q, "nguoi": q}
    for page in (
        sought(client, q, **everywhere),
        client.get("/phan-anh", query_string={"tim": q, "q": q, **everywhere}),
    ):
        assert page.status_code == 200
        assert "><script>" not in page.text


# ---- the queue


def test_late_ones_stand_on_top_and_then_what_is_due_first(
    full: tuple[DeskSchool, Cases], full_app: Flask
) -> None:
    page = signed_in(full_app).get("/phan-anh").text
    listed = re.findall(r'<th scope="row"><a href="/phan-anh/(2026-\d+)"', page)
    c = full[1]
    first = [
        c.neglected,
        c.late,
        c.against,  # to be passed on within five working days
        c.to_cao,
        c.working,
        c.broken,
        c.paper,
        c.nasty,
        c.fresh,
        c.khieu_nai,
    ]
    assert listed[:10] == first
    assert set(listed[10:]) == {c.answered, c.praise}


@pytest.mark.parametrize("q", ["chuyển trường", "CHUYEN TRUONG", "chuyen truong cham", "2026-6"])
def test_search_needs_no_marks(full: tuple[DeskSchool, Cases], full_app: Flask, q: str) -> None:
    page = sought(signed_in(full_app), q).text
    assert f'href="/phan-anh/{full[1].working}"' in page
    assert f'href="/phan-anh/{full[1].praise}"' not in page


def test_what_was_sealed_is_not_searched(full_app: Flask) -> None:
    page = sought(signed_in(full_app), "ba lần").text
    assert "Không có phản ánh nào khớp" in page
    assert "Nội dung người gửi viết đang niêm phong nên không tìm trong đó." in page


def test_filters(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    client, c = signed_in(full_app, OFFICER), full[1]

    def listed(page: str) -> set[str]:
        return set(re.findall(r'<th scope="row"><a href="/phan-anh/(2026-\d+)"', page))

    for query, refs in (
        ("xem=mine", {c.late, c.working, c.answered}),
        ("xem=late", {c.late, c.neglected}),
        ("xem=ended", {c.closed, c.forwarded, c.returned}),
        ("xem=answered", {c.answered}),
        ("loai=khieu_nai", {c.khieu_nai}),
        ("trang-thai=in_progress", {c.working}),
    ):
        assert listed(client.get(f"/phan-anh?{query}").text) == refs, query
    assert listed(sought(client, nguoi=OFFICER, xem="late").text) == {c.late}
    assert listed(sought(client, "cho lau", xem="ended").text) == {c.closed}
    page = sought(client, "cho lau").text
    assert "Trong hồ sơ đã kết thúc: 1" in page
    there = re.search(r'href="([^"]+)">Trong hồ sơ đã kết thúc', page)
    assert there
    assert listed(client.get(there[1].replace("&amp;", "&")).text) == {c.closed}


def test_a_long_list_comes_in_pages(
    full: tuple[DeskSchool, Cases], full_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refs(text: str) -> list[str]:
        return re.findall(r'<th scope="row"><a href="/phan-anh/(2026-\d+)"', text)

    client = signed_in(full_app)
    whole = refs(client.get("/phan-anh?loai=pakn").text)
    monkeypatch.setattr(listing, "PAGE_ROWS", 3)
    href, seen = "/phan-anh?loai=pakn", []
    while href:
        page = client.get(href).text
        assert f"{len(whole)} phản ánh" in page
        seen.append(refs(page))
        after = re.search(r'rel="next" href="([^"]+)"', page)
        href = after[1].replace("&amp;", "&") if after else ""
    assert [ref for each in seen for ref in each] == whole
    assert len(seen) > 1 and {len(each) for each in seen[:-1]} == {3}
    assert f"Trang {len(seen)} trong {len(seen)}" in page and 'rel="prev"' in page
    for number, shown in (
        ("0", seen[0]),
        ("-1", seen[0]),
        ("²", seen[0]),
        ("9" * 50, seen[0]),
        ("999", seen[-1]),
    ):
        assert refs(client.get(f"/phan-anh?loai=pakn&trang={number}").text) == shown


def test_what_is_sought_stands_in_no_address(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    client = signed_in(full_app)
    given = {"csrf_token": csrf(client.get("/phan-anh").text), "q": "Nguyễn Thị Hoà", "nguoi": OFFICER}
    leads = client.post("/phan-anh", data=given | {"xem": "late", "loai": "pakn"})
    assert (leads.status_code, leads.headers["Location"]) == (303, "/phan-anh?xem=late&loai=pakn&tim=1")
    page = client.get(leads.headers["Location"]).text
    assert 'value="Nguyễn Thị Hoà"' in page
    assert not [address for address in re.findall(r'(?:href|action)="([^"]+)"', page) if "Ho" in address]
    # Without a word of it in the address, the whole list; and a link to a search finds nothing by itself.
    assert 'value="Nguyễn' not in client.get("/phan-anh").text
    assert 'value="Nguyễn' not in client.get("/phan-anh?q=Nguyễn").text
    assert 'value="Nguyễn' not in signed_in(full_app).get("/phan-anh?tim=1").text


def test_empty_lists_help(tmp_path: Path) -> None:
    bare = empty_desk(tmp_path, with_keys=False)
    app = create_app(bare.ctx)
    page = words(signed_in(app).get("/phan-anh").text)
    assert "Nhà trường chưa nhận được phản ánh" in page
    assert "Tạo khóa của nhà trường" in page
    assert "Chưa có phản ánh nào" in page
    assert "Xin báo hiệu trưởng" in words(signed_in(app, OFFICER).get("/phan-anh").text)
    overview = words(signed_in(app).get("/").text)
    assert "Nhà trường chưa có khóa nên kiosk chưa mời gửi phản ánh. Tạo khóa" in overview
    assert "chưa có khóa" not in words(signed_in(app, OFFICER).get("/").text)
    custody.make_key(bare.ctx, SCHOOL, "complaints", LOGIN, PASSPHRASE)
    assert "Nhà trường chưa nhận được" not in signed_in(app).get("/phan-anh").text


# ---- acting


def test_a_case_from_its_arrival_to_its_end_and_back(app: Flask, school: DeskSchool) -> None:
    ref = school.comes()
    client = unlocked(app)
    assert send(client, ref, "receive").status_code == 303
    assert send(client, ref, "classify", kind="pakn", summary="Hồ sơ chậm trả").status_code == 303
    assert send(client, ref, "assign", assignee=OFFICER, note="Xin xem sổ tiếp nhận.").status_code == 303
    officer = unlocked(app, OFFICER)
    assert send(officer, ref, "start").status_code == 303
    assert send(officer, ref, "ask", text="Quý vị nộp ngày nào?").status_code == 303
    open_place = "Nhà trường xin lỗi.\n\nKết quả có ngày [ngày]."
    seen = send(officer, ref, "answer", text=open_place)
    assert seen.status_code == 422
    assert "Người gửi sẽ thấy như sau" in seen.text
    assert "Còn chỗ chưa điền: [ngày]" in seen.text
    assert "<mark>[ngày]</mark>" in seen.text
    assert 'name="sure"' not in seen.text
    for action in ("answer", "ask"):
        refused = send(officer, ref, action, text=open_place, sure="1")
        assert refused.status_code == 422
        assert "Còn chỗ chưa điền: [ngày]" in refused.text
        assert open_place in text_box(refused.text)
    seen = send(officer, ref, "answer", text="Nhà trường xin lỗi.")
    assert seen.status_code == 200
    assert 'name="sure"' in seen.text
    assert "Đã trả lời" not in words(officer.get(f"/phan-anh/{ref}").text)
    assert send(officer, ref, "answer", text="Nhà trường xin lỗi.", sure="1").status_code == 303
    assert send(officer, ref, "close", reason="resolved", sure="1").status_code == 303
    page = words(client.get(f"/phan-anh/{ref}").text)
    assert "Đóng hồ sơ: Đã giải quyết" in page
    assert "Nhà trường xin lỗi." in page
    assert "Ghi chú nội bộ · người gửi không thấy Giao cho" in page
    assert send(client, ref, "reopen", reason="new_facts").status_code == 303
    page = words(client.get(f"/phan-anh/{ref}").text)
    assert "Mở lại hồ sơ: Có tình tiết mới" in page
    assert "Đang giải quyết" in page


@pytest.mark.parametrize(
    ("action", "fields", "asked"),
    [
        ("close", {"reason": "withdrawn"}, "Đóng hồ sơ này?"),
        (
            "forward",
            {"body": "UBND phường", "mode": "transfer", "reason": "superior"},
            "Chuyển phản ánh này đi?",
        ),
        ("return", {"text": "Xin gửi bưu điện."}, "Trả lại phản ánh này?"),
        ("petition", {"kind": "khieu_nai", "number": "7", "date": "18/05/2026"}, "Chuyển thành khiếu nại"),
    ],
)
def test_what_cannot_be_undone_is_asked_once_more(
    app: Flask, school: DeskSchool, action: str, fields: dict[str, str], asked: str
) -> None:
    ref = school.comes()
    client = unlocked(app)
    look = send(client, ref, action, **fields)
    assert look.status_code == 200
    assert asked in look.text
    assert "Chờ tiếp nhận" in client.get(f"/phan-anh/{ref}").text
    back = send(client, ref, action, **fields, change="1")
    for value in fields.values():
        assert value in back.text or value == "18/05/2026"
    assert "Chờ tiếp nhận" in client.get(f"/phan-anh/{ref}").text
    assert send(client, ref, action, **fields, sure="1").status_code == 303
    assert "Chờ tiếp nhận" not in client.get(f"/phan-anh/{ref}").text


def test_a_denunciation_leaves_the_sight_of_who_made_it_one_only_with_the_key(
    app: Flask, school: DeskSchool
) -> None:
    ref = school.comes()
    principal = unlocked(app, PRINCIPAL)
    fields = {"kind": "to_cao", "number": "9", "date": "2026-05-18", "against_principal": "1"}
    look = send(principal, ref, "petition", **fields)
    assert "phòng niêm phong riêng" in look.text
    assert "người đứng đầu không giải quyết tố cáo về chính mình" in look.text
    refused = send(principal, ref, "petition", **fields, sure="1")
    assert "xin để phó hiệu trưởng chuyển" in refused.text
    custody.make_key(school.ctx, SCHOOL, "about-principal", LOGIN, PASSPHRASE)
    gone = send(principal, ref, "petition", **fields, sure="1")
    assert gone.headers["Location"] == "/phan-anh"
    assert principal.get(f"/phan-anh/{ref}").status_code == 404
    assert TEXT in unlocked(app).get(f"/phan-anh/{ref}").text


@pytest.mark.parametrize(
    ("action", "fields", "sentence"),
    [
        ("classify", {"kind": "pakn", "summary": ""}, "Còn một ô bắt buộc chưa điền"),
        ("classify", {"kind": "to_cao", "summary": "giữ lại"}, "giá trị không dùng được"),
        ("ask", {"text": "   "}, "Chưa có nội dung"),
        ("ask", {"text": "giữ lại " + "ế" * 20_000}, "dài quá 4000 ký tự"),
        ("forward", {"body": "giữ lại", "mode": "transfer", "reason": ""}, "Còn một ô bắt buộc"),
        ("close", {"reason": "other", "note": ""}, "Còn một ô bắt buộc"),
        (
            "close",
            {"reason": "duplicate", "duplicate_of": "2026-77", "note": "giữ lại"},
            "Không tìm thấy hồ sơ",
        ),
        ("close", {"reason": "resolved", "note": "giữ lại"}, "Chưa trả lời người gửi"),
        ("petition", {"kind": "khieu_nai", "number": "giữ lại", "date": "31/02/2026"}, "Ngày chưa đúng"),
        ("petition", {"kind": "khieu_nai", "number": "giữ lại", "date": "19/05/2026"}, "muộn hơn hôm nay"),
        ("petition", {"kind": "khieu_nai", "number": "", "date": "2026-05-18"}, "Còn một ô bắt buộc"),
        ("note", {"text": "🙂 Ưu tiên 中文 العربية " + "x" * 5000}, "dài quá"),
    ],
)
def test_whatever_is_wrong_is_said_and_what_was_typed_stays(
    app: Flask, school: DeskSchool, action: str, fields: dict[str, str], sentence: str
) -> None:
    ref = school.comes()
    school.does(LOGIN, ref, "receive")
    client = unlocked(app)
    answer = send(client, ref, action, **fields, sure="1")
    assert answer.status_code in (409, 422)
    assert sentence in answer.text
    assert 'role="alert"' in answer.text
    for name, value in fields.items():
        assert name == "kind" or typed_day(value.strip()) in answer.text
    assert form_of(client, f"/phan-anh/{ref}/note")["version"] == "2"


def test_two_who_act_at_once(app: Flask, school: DeskSchool) -> None:
    ref = school.comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Chậm trả")
    school.does(LOGIN, ref, "start")
    client = unlocked(app)
    held = form_of(client, f"/phan-anh/{ref}/ask")
    school.does(PRINCIPAL, ref, "note", text="Tôi đã gọi điện cho phụ huynh.")
    late = client.post(f"/phan-anh/{ref}/ask", data=held | {"text": "Câu hỏi đã viết công phu."})
    assert late.status_code == 409
    assert "Vừa có người khác cập nhật hồ sơ này" in late.text
    assert "Câu hỏi đã viết công phu." in late.text
    assert "Tôi đã gọi điện cho phụ huynh." in late.text.split("Việc vừa xảy ra")[1]
    newer = {
        "csrf_token": csrf(late.text),
        "version": re.search(r'name="version" value="(\d+)"', late.text)[1],
    }  # type: ignore[index]
    assert newer["version"] != held["version"]
    sent = client.post(f"/phan-anh/{ref}/ask", data=newer | {"text": "Câu hỏi đã viết công phu."})
    assert sent.status_code == 303
    assert words(client.get(f"/phan-anh/{ref}").text).count("Câu hỏi đã viết công phu.") == 1


def test_an_action_that_is_over_keeps_the_words(app: Flask, school: DeskSchool) -> None:
    ref = school.comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Chậm trả")
    school.does(LOGIN, ref, "start")
    client = unlocked(app)
    held = form_of(client, f"/phan-anh/{ref}/answer")
    school.does(PRINCIPAL, ref, "close", reason="withdrawn")
    for sure in ({}, {"sure": "1"}):
        late = client.post(f"/phan-anh/{ref}/answer", data=held | {"text": "Câu trả lời dài."} | sure)
        assert late.status_code == 409
        assert "Câu trả lời dài." in late.text
    version = re.search(r'name="version" value="(\d+)"', late.text)
    assert version
    over = client.post(
        f"/phan-anh/{ref}/answer", data=held | {"text": "Câu trả lời dài.", "version": version[1]}
    )
    assert over.status_code == 409
    assert "đang ở bước không làm được việc này" in over.text
    assert "Câu trả lời dài." in over.text
    assert client.get(f"/phan-anh/{ref}/answer").status_code == 409


def test_a_key_that_locked_itself_costs_no_word(app: Flask, school: DeskSchool) -> None:
    ref = school.comes()
    client = unlocked(app)
    held = form_of(client, f"/phan-anh/{ref}/return")
    school.clock.ms += 20 * 60_000
    late = client.post(f"/phan-anh/{ref}/return", data=held | {"text": "Lời hướng dẫn.", "sure": "1"})
    assert late.status_code == 403
    assert "Xin mở khóa trước" in late.text
    assert "Lời hướng dẫn." in late.text
    assert 'form="act" name="mo-khoa"' in late.text
    assert "Nội dung đang niêm phong" in client.get(f"/phan-anh/{ref}").text


@pytest.mark.parametrize("version", ["", "-1", "1.5", "x", "9" * 40, "٣"])
def test_a_version_that_makes_no_sense_changes_nothing(app: Flask, school: DeskSchool, version: str) -> None:
    ref = school.comes()
    client = signed_in(app)
    held = form_of(client, f"/phan-anh/{ref}/receive") | {"version": version}
    assert client.post(f"/phan-anh/{ref}/receive", data=held).status_code == 409
    assert "Chờ tiếp nhận" in client.get(f"/phan-anh/{ref}").text


@pytest.mark.parametrize(
    "ref", ["2026-0", "0/2026", "abcd", "2026", "-", "2026-1'--", "٢٠٢٦-1", "2026-99999999999"]
)
def test_a_name_that_is_no_case(full_app: Flask, ref: str) -> None:
    page = signed_in(full_app).get(f"/phan-anh/{ref}")
    assert page.status_code == 404
    assert NO_CASE in page.text


def test_an_extension_within_the_law(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    page = signed_in(full_app).get(f"/phan-anh/{full[1].khieu_nai}/extend")
    assert "Vụ việc phức tạp: hạn mới 06/07/2026" in page.text
    refused = signed_in(full_app).get(f"/phan-anh/{full[1].working}/extend")
    assert refused.status_code == 409


# ---- answer templates


def text_box(page: str) -> str:
    found = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', page, re.S)
    assert found
    return found[1].strip()


def test_what_was_sent_is_corrected_by_a_further_entry(app: Flask, school: DeskSchool) -> None:
    ref = school.comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Chậm trả")
    school.does(LOGIN, ref, "assign", assignee=OFFICER)
    officer = unlocked(app, OFFICER)
    assert officer.get(f"/phan-anh/{ref}/correct").status_code in (403, 409)
    assert "Đính chính" not in officer.get(f"/phan-anh/{ref}").text
    school.does(OFFICER, ref, "answer", text="Kết quả có ngày 31/5.")
    assert text_box(officer.get(f"/phan-anh/{ref}/correct").text) == "Kết quả có ngày 31/5."
    assert send(officer, ref, "correct", text="Kết quả có ngày [ngày].", sure="1").status_code == 422
    seen = send(officer, ref, "correct", text="Kết quả có ngày 29/5.")
    assert "Gửi câu đính chính" in seen.text
    assert send(officer, ref, "correct", text="Kết quả có ngày 29/5.", sure="1").status_code == 303
    page = words(officer.get(f"/phan-anh/{ref}").text)
    assert "Đính chính câu trả lời" in page and "31/5" in page and "29/5" in page
    assert "Đã trả lời" in page
    assert send(officer, ref, "close", reason="resolved", sure="1").status_code == 303
    assert send(officer, ref, "correct", text="Kết quả có ngày 28/5.", sure="1").status_code == 303
    assert "Đã đóng" in words(officer.get(f"/phan-anh/{ref}").text)
    withdrawn = school.comes()
    school.does(LOGIN, withdrawn, "close", reason="withdrawn")
    deputy = unlocked(app)
    assert "Đính chính" not in deputy.get(f"/phan-anh/{withdrawn}").text
    token = csrf(deputy.get("/cai-dat").text)
    forced = {"csrf_token": token, "version": "2", "text": "x", "sure": "1"}
    assert deputy.post(f"/phan-anh/{withdrawn}/correct", data=forced).status_code == 409


def test_a_template_goes_below_what_is_written(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    client, ref = unlocked(full_app), full[1].working
    box = text_box(send(client, ref, "answer", insert="1", mau="dang-xem-xet", text="Kính gửi chị.").text)
    assert box.startswith("Kính gửi chị.")
    assert "Nhà trường đang kiểm tra lại sự việc" in box
    assert "chậm nhất ngày 01/06/2026" in box
    assert text_box(send(client, ref, "answer", insert="1", mau="", text="Giữ lại").text) == "Giữ lại"
    gone = send(client, ref, "answer", insert="1", mau="khong-co", text="Giữ lại")
    assert gone.status_code == 404
    assert text_box(gone.text) == "Giữ lại"
    assert "Đã trả lời" not in words(client.get(f"/phan-anh/{ref}").text)


def test_the_schools_own_templates(app: Flask, school: DeskSchool) -> None:
    client = signed_in(app)
    token = csrf(client.get("/mau-tra-loi/them").text)
    body = "Chào {truong}, {0} " + NASTY
    for strange in ("{so.__class__}", "{la}", "{họ tên}"):
        sent = {"csrf_token": token, "name": "Mẫu", "body": f"Kính gửi {strange} {{so}}"}
        refused = client.post("/mau-tra-loi/them", data=sent)
        assert refused.status_code == 422
        assert f"không điền được {strange}" in refused.text
        assert f"Kính gửi {strange} {{so}}" in refused.text
    made = client.post("/mau-tra-loi/them", data={"csrf_token": token, "name": f"Mẫu {NASTY}", "body": body})
    assert made.status_code == 303
    page = client.get("/mau-tra-loi").text
    assert "<script>alert" not in page
    id = re.search(r'href="/mau-tra-loi/([0-9a-f-]{36})"', page)
    assert id
    ref = school.comes()
    school.does(LOGIN, ref, "classify", kind="pakn", summary="Chậm trả")
    school.does(LOGIN, ref, "start")
    filled = send(unlocked(app), ref, "answer", insert="1", mau=id[1]).text
    assert "Chào Trường THCS Mẫu, {0} &lt;script&gt;" in filled
    wrong = client.post(f"/mau-tra-loi/{id[1]}", data={"csrf_token": token, "name": "", "body": "Giữ lại"})
    assert wrong.status_code == 422
    assert "Giữ lại" in wrong.text
    changed = client.post(
        f"/mau-tra-loi/{id[1]}", data={"csrf_token": token, "name": "Hẹn lại", "body": "Xin hẹn."}
    )
    assert changed.status_code == 303
    assert "Hẹn lại" in client.get("/mau-tra-loi").text
    assert "Xóa mẫu “Hẹn lại”?" in client.get(f"/mau-tra-loi/{id[1]}/xoa").text
    assert client.post(f"/mau-tra-loi/{id[1]}/xoa", data={"csrf_token": token}).status_code == 303
    assert client.get(f"/mau-tra-loi/{id[1]}").status_code == 404
    for builtin in ("dang-xem-xet", "dang-xem-xet/xoa"):
        assert client.get(f"/mau-tra-loi/{builtin}").status_code == 404
        assert client.post(f"/mau-tra-loi/{builtin}", data={"csrf_token": token}).status_code == 404


def test_a_schools_templates_are_its_own(app: Flask, school: DeskSchool) -> None:
    schools.add_school(school.ctx, "khac", "Trường THCS Khác")
    people.add_user(school.ctx, "nguoi-khac", "deputy", "khac", "mat-khau-de-thu")
    client, other = signed_in(app), signed_in(app, "nguoi-khac")
    token = csrf(client.get("/mau-tra-loi/them").text)
    client.post("/mau-tra-loi/them", data={"csrf_token": token, "name": "Của trường Mẫu", "body": "x"})
    assert "Của trường Mẫu" not in other.get("/mau-tra-loi").text
    ref = school.comes()
    assert other.get(f"/phan-anh/{ref}").status_code == 404


# ---- the first page


def test_the_overview_says_what_presses(full: tuple[DeskSchool, Cases], full_app: Flask) -> None:
    page = words(signed_in(full_app).get("/").text)
    assert "Phản ánh số 1 đã quá hạn từ thứ Sáu 08/05" in page
    assert "Phản ánh số 2 đã quá hạn từ thứ Tư 20/05" in page
    assert "Phản ánh số 6 đến hạn thứ Hai 01/06" in page
    assert "Còn 2 ngày làm việc · Hồ sơ chuyển trường chậm trả" in page
    assert "5 phản ánh chờ tiếp nhận, phân loại" in page
    assert f'href="/phan-anh/{full[1].working}"' in signed_in(full_app).get("/").text
    officer = words(signed_in(full_app, OFFICER).get("/").text)
    assert "Phản ánh số 2 đã quá hạn" in officer
    assert "Phản ánh số 1 đã" not in officer  # nobody has given it to this officer
    assert "chờ tiếp nhận" not in officer


@pytest.mark.parametrize("login", ["phong-gd", TECHNICIAN, STAFF])
def test_who_has_nothing_to_do_with_it_hears_nothing(
    full: tuple[DeskSchool, Cases], full_app: Flask, login: str
) -> None:
    page = words(signed_in(full_app, login).get("/").text)
    assert "Phản ánh số" not in page
    assert "chờ tiếp nhận" not in page


def test_the_overview_renews_itself_when_a_case_moves(tmp_path: Path) -> None:
    school = empty_desk(tmp_path)
    app = create_app(school.ctx)
    client, technician = signed_in(app), signed_in(app, TECHNICIAN)

    def revision(of: FlaskClient) -> str:
        found = re.search(r'data-revision="(\w+)"', of.get("/").text)
        assert found
        return found[1]

    before, not_mine = revision(client), revision(technician)
    assert client.get(f"/tong-quan/moi?rev={before}").status_code == 204
    ref = school.comes()
    fresh = client.get(f"/tong-quan/moi?rev={before}")
    assert fresh.status_code == 200
    assert "1 phản ánh chờ tiếp nhận" in words(fresh.text)
    between = revision(client)
    school.does(LOGIN, ref, "receive")
    assert "chờ tiếp nhận" not in words(client.get(f"/tong-quan/moi?rev={between}").text)
    # Whoever may not know of complaints cannot tell from the page's revision that one came.
    assert revision(technician) == not_mine


def test_settings_lead_each_role_where_it_may_go(full_app: Flask) -> None:
    for login in ROLES:
        client = signed_in(full_app, login)
        page = client.get("/cai-dat")
        assert page.status_code == 200
        found = re.findall(r'<h2><a href="([^"]+)"', page.text)
        assert found
        for address in found:
            assert client.get(address).status_code == 200, (login, address)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_page_in_both_languages(full: tuple[DeskSchool, Cases], full_app: Flask, lang: str) -> None:
    client = unlocked(full_app)
    for ref in vars(full[1]).values():
        page = client.get(f"/phan-anh/{ref}?lang={lang}")
        assert page.status_code == 200
        for action in DESK_ACTIONS:
            assert client.get(f"/phan-anh/{ref}/{action}?lang={lang}").status_code in (200, 409)
