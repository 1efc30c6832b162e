"""The pages of the keys: who sees and does what, what is asked again, and that no secret comes back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.domain.access.roles import LEADERS, READERS
from server.services.access import people
from server.services.keys import custody, keys, paper_backup
from server.services.keys.open_keys import unlock
from server.services.upkeep.doctor import examine
from server.wiring.pages import create_app
from tests.support.desk import (
    OFFICER,
    OTHER_OFFICER,
    PASSPHRASE,
    PRINCIPAL,
    RECEPTION,
    ROLES,
    DeskSchool,
    empty_desk,
)
from tests.support.pages import csrf, signed_in, words
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL

NEW = "cây phượng trước cổng trường"
WRONG = "không phải câu này đâu"
STEPS = ("tao", "thay", "cap", "thu-hoi", "ban-luu")
OWN = ("khoi-phuc", "mat-khau")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    made = empty_desk(tmp_path)
    yield made
    made.ctx.store.close()


@pytest.fixture
def app(school: DeskSchool) -> Flask:
    return create_app(school.ctx)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSchool]:
    """For tests at whose end everything is as it was."""
    made = empty_desk(tmp_path_factory.mktemp("refusing"))
    yield made
    made.ctx.store.close()


@pytest.fixture
def refusing_app(refusing: DeskSchool) -> Flask:
    """Its own counter of tries."""
    return create_app(refusing.ctx)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[DeskSchool]:
    """No key yet."""
    made = empty_desk(tmp_path / "bare", with_keys=False)
    yield made
    made.ctx.store.close()


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    token = csrf(client.get("/cai-dat").text)
    return client.post(path, data={"csrf_token": token, **fields})


def holders(school: DeskSchool, room: str = "complaints") -> set[str]:
    return set(keys.holders(reading(school.ctx), SCHOOL, room))


def grant(client: FlaskClient, to: str, room: str = "phan-anh", **other: str) -> TestResponse:
    fields = {"own": PASSPHRASE, "holder": to, "passphrase": NEW, "again": NEW}
    return send(client, f"/khoa/{room}/cap", **(fields | other))


def withdraw(client: FlaskClient, holder: str, room: str = "phan-anh", **other: str) -> TestResponse:
    """Who loses the key agrees, unless `other` says who does."""
    fields = {"own": PASSPHRASE, "holder": holder, "second": holder, "second-password": PASSWORD}
    return send(client, f"/khoa/{room}/thu-hoi", sure="1", **(fields | other))


# ---- who may


@pytest.mark.parametrize("login", ROLES)
def test_every_role_at_every_page(refusing: DeskSchool, refusing_app: Flask, login: str) -> None:
    client, role = signed_in(refusing_app, login), ROLES[login]
    allowed = {"/khoa": READERS, "/khoa/mat-khau": READERS, "/khoa/khoi-phuc": LEADERS}
    allowed |= {f"/khoa/phan-anh/{step}": LEADERS for step in STEPS}
    for path, roles in allowed.items():
        answer = client.get(path)
        assert answer.status_code < 500
        assert (answer.status_code == 403) == (role not in roles), path
        if path != "/khoa":
            assert client.post(path, data={"own": PASSPHRASE}).status_code == 400  # no token
            assert (send(client, path).status_code == 403) == (role not in roles), path
    assert holders(refusing) == {LOGIN, PRINCIPAL, OFFICER}
    assert ("Khóa của nhà trường" in client.get("/cai-dat").text) == (role in READERS)


def test_a_stranger_is_sent_to_the_login(app: Flask) -> None:
    client = app.test_client()
    for path in ("/khoa", "/khoa/mat-khau", "/khoa/khoi-phuc", *(f"/khoa/phan-anh/{step}" for step in STEPS)):
        assert client.get(path).status_code == 303
        assert client.post(path).status_code in (400, 401, 405)


def test_the_sealed_room_is_known_to_its_holders_alone(school: DeskSchool, app: Flask) -> None:
    people.add_user(school.ctx, "pho-hai", "deputy", SCHOOL, PASSWORD)
    for login in (OFFICER, "pho-hai"):
        client = signed_in(app, login)
        page = words(client.get("/khoa").text)
        assert "tố cáo" not in page
        (sealed,) = keys.keys_of(reading(school.ctx), SCHOOL, "denunciations")
        assert sealed.fingerprint not in page
    for step in (*STEPS, "khong-co"):
        there, nowhere = client.get(f"/khoa/to-cao/{step}"), client.get(f"/khoa/khong-co/{step}")
        assert (there.status_code, words(there.text)) == (404, words(nowhere.text))
        assert send(client, f"/khoa/to-cao/{step}", holder=PRINCIPAL, sure="1").status_code == 404
    assert "Khóa phòng tố cáo" in signed_in(app, PRINCIPAL).get("/khoa").text
    assert holders(school, "denunciations") == {LOGIN, PRINCIPAL}


def test_a_leader_without_the_key_hears_whom_to_ask_and_can_do_nothing(
    school: DeskSchool, app: Flask
) -> None:
    people.add_user(school.ctx, "pho-hai", "deputy", SCHOOL, PASSWORD)
    client = signed_in(app, "pho-hai")
    page = words(client.get("/khoa").text)
    assert (
        "Quý thầy cô chưa giữ khóa này. Xin nhờ người giữ khóa cấp cho: giao-vu (Cán bộ giải quyết)" in page
    )
    assert "pho-hieu-truong (Phó hiệu trưởng)" in page
    assert "Thu hồi" not in page
    for step in STEPS[1:]:
        assert send(client, f"/khoa/phan-anh/{step}", holder=OFFICER, sure="1").status_code == 403
    assert holders(school) == {LOGIN, PRINCIPAL, OFFICER}


def test_what_a_holder_sees_of_their_own(school: DeskSchool, app: Flask) -> None:
    officer = words(signed_in(app, OFFICER).get("/khoa").text)
    (key,) = keys.keys_of(reading(school.ctx), SCHOOL, "complaints")
    assert key.fingerprint in officer
    assert "Chưa mở lần nào".lower() in officer
    assert "Nhật ký khóa" not in officer
    other = words(signed_in(app, OTHER_OFFICER).get("/khoa").text)
    assert "chưa giữ khóa nào" in other
    assert "hieu-truong (Hiệu trưởng)" in other
    assert signed_in(app, OTHER_OFFICER).get("/khoa/mat-khau").status_code == 303
    leader = words(signed_in(app).get("/khoa").text)
    for told in (OFFICER, "do pho-hieu-truong cấp", "Chưa lập lần nào", "Nhật ký khóa", "Cấp khóa"):
        assert told in leader


# ---- making


def test_the_first_key_is_made_and_unlocks(bare: DeskSchool) -> None:
    app = create_app(bare.ctx)
    client = signed_in(app)
    page = words(client.get("/khoa").text)
    assert "Chưa có khóa thì kiosk chưa nhận phản ánh" in page
    assert "Tạo khóa của nhà trường" in page
    assert "Tạo khóa phòng tố cáo" in page
    done = send(client, "/khoa/phan-anh/tao", passphrase=PASSPHRASE, again=PASSPHRASE)
    assert done.status_code == 303
    page = client.get(done.headers["Location"]).text
    assert "lập bản lưu, in ra cho vào két" in page
    assert "Chỉ một người mở được khóa này và chưa có bản lưu" in page
    assert unlock(bare.ctx, LOGIN, PASSPHRASE).rooms == {"complaints"}
    assert client.get("/khoa/phan-anh/tao").status_code == 303
    assert "đã có khóa" in send(client, "/khoa/phan-anh/tao", passphrase=PASSPHRASE).text

    # The second key lies under the passphrase that this person has: typed once, as it is theirs already.
    form = client.get("/khoa/to-cao/tao").text
    assert "đang dùng" in form and 'name="again"' not in form
    refused = send(client, "/khoa/to-cao/tao", passphrase=WRONG)
    assert refused.status_code == 422
    assert "mật khẩu khác" in refused.text
    assert send(client, "/khoa/to-cao/tao", passphrase=PASSPHRASE).status_code == 303
    assert unlock(bare.ctx, LOGIN, PASSPHRASE).rooms == {"complaints", "denunciations"}


@pytest.mark.parametrize(
    ("passphrase", "again", "field", "told"),
    [
        ("ngắn quá", "ngắn quá", "passphrase", "ít nhất 12 ký tự"),
        (" " * 20, " " * 20, "passphrase", "ít nhất 12 ký tự"),
        (NEW, NEW + "!", "again", "không giống nhau"),
        ("x" * 2000, "x" * 2000, "passphrase", "dài quá 1024"),
    ],
)
def test_a_passphrase_that_will_not_do(
    bare: DeskSchool, passphrase: str, again: str, field: str, told: str
) -> None:
    client = signed_in(create_app(bare.ctx))
    answer = send(client, "/khoa/phan-anh/tao", passphrase=passphrase, again=again)
    assert answer.status_code == 400
    assert told in answer.text
    assert re.search(rf'id="{field}"[^>]*aria-describedby="[^"]*wrong"[^>]*aria-invalid="true"', answer.text)
    assert passphrase.strip() == "" or passphrase not in answer.text
    assert keys.public_key(reading(bare.ctx), SCHOOL) is None


# ---- handing on


def test_a_key_is_passed_on_withdrawn_and_renewed(school: DeskSchool, app: Flask) -> None:
    client = signed_in(app)
    assert grant(client, OTHER_OFFICER).status_code == 303
    assert OTHER_OFFICER in holders(school)
    assert unlock(school.ctx, OTHER_OFFICER, NEW).rooms == {"complaints"}
    asked = send(client, "/khoa/phan-anh/thu-hoi", holder=OTHER_OFFICER)
    assert asked.status_code == 200
    assert "Thu hồi khóa của tong-phu-trach?" in asked.text
    assert OTHER_OFFICER in holders(school)
    assert client.get("/khoa/phan-anh/thu-hoi").status_code == 303
    assert withdraw(client, OTHER_OFFICER, own=WRONG).status_code == 422
    for second, password, told in (
        ("", "", "Việc này không ai làm một mình"),
        (LOGIN, PASSWORD, "không xác nhận được"),
        (RECEPTION, PASSWORD, "không xác nhận được"),
        (OTHER_OFFICER, WRONG, "Mật khẩu đăng nhập của “tong-phu-trach” không đúng"),
    ):
        refused = withdraw(client, OTHER_OFFICER, **{"second": second, "second-password": password})
        assert told in refused.text
        assert "password" not in re.findall(r'value="([^"]*)"', refused.text)
        assert WRONG not in refused.text and PASSWORD not in refused.text
    assert OTHER_OFFICER in holders(school)
    assert withdraw(client, OTHER_OFFICER).status_code == 303
    assert OTHER_OFFICER not in holders(school)
    assert "Xác nhận việc thu hồi" in client.get("/khoa").text
    assert "không giữ khóa" in withdraw(client, RECEPTION).text
    before = keys.public_key(reading(school.ctx), SCHOOL)
    assert send(client, "/khoa/phan-anh/thay", own=WRONG).status_code == 422
    assert keys.public_key(reading(school.ctx), SCHOOL) == before
    assert send(client, "/khoa/phan-anh/thay", own=PASSPHRASE).status_code == 303
    assert keys.public_key(reading(school.ctx), SCHOOL) != before
    page = words(client.get("/khoa").text)
    assert "Khóa cũ (1)" in page
    assert "Ngừng dùng khóa cũ" in page


def test_the_last_reader_stays(bare: DeskSchool) -> None:
    client = signed_in(create_app(bare.ctx))
    send(client, "/khoa/phan-anh/tao", passphrase=PASSPHRASE, again=PASSPHRASE)
    assert "Thu hồi khóa của" not in client.get("/khoa").text
    refused = withdraw(client, LOGIN)
    assert refused.status_code == 409
    assert "chưa có ai xác nhận được" in refused.text
    assert holders(bare) == {LOGIN}


def test_the_principal_is_never_the_only_one_who_reads(school: DeskSchool, app: Flask) -> None:
    """What was seen: the principal takes the key of denunciations from the deputy, and the case is gone."""
    accused = signed_in(app, PRINCIPAL)
    for second in (LOGIN, PRINCIPAL):
        refused = withdraw(accused, LOGIN, room="to-cao", second=second)
        assert refused.status_code == 409
    assert "chỉ còn hiệu trưởng mở được khóa này" in withdraw(accused, LOGIN, room="to-cao").text
    assert send(accused, "/khoa/to-cao/thay", own=PASSPHRASE).status_code == 303
    assert holders(school, "denunciations") == {LOGIN, PRINCIPAL}
    for step in STEPS:
        assert accused.get(f"/khoa/ve-hieu-truong/{step}").status_code == 404
        assert send(accused, f"/khoa/ve-hieu-truong/{step}", own=PASSPHRASE).status_code == 404
    assert "về hiệu trưởng" not in words(accused.get("/khoa").text)


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"own": WRONG}, 422, "own"),
        ({"own": ""}, 422, "own"),
        ({"again": "khác hẳn câu kia"}, 400, "again"),
        ({"passphrase": "ngắn", "again": "ngắn"}, 400, "passphrase"),
        ({"holder": RECEPTION}, 409, "holder"),
        ({"holder": "khong-co-ai"}, 400, "holder"),
        ({"holder": ""}, 400, "holder"),
        ({"holder": OFFICER}, 422, "passphrase"),  # holds a key under another passphrase
    ],
)
def test_a_grant_that_is_refused_says_where(
    refusing: DeskSchool, refusing_app: Flask, changed: dict[str, str], status: int, field: str
) -> None:
    answer = grant(signed_in(refusing_app), OTHER_OFFICER, **changed)
    assert answer.status_code == status
    assert answer.text.count('role="alert"') == 1
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text)
    assert holders(refusing) == {LOGIN, PRINCIPAL, OFFICER}
    for secret in (PASSPHRASE, NEW, WRONG, "khác hẳn câu kia"):
        assert secret not in answer.text
    chosen = changed.get("holder", OTHER_OFFICER)
    if chosen == OTHER_OFFICER:
        assert f'<option value="{OTHER_OFFICER}" selected>' in answer.text


def test_nobody_tries_the_passphrase_of_another_here(refusing: DeskSchool, refusing_app: Flask) -> None:
    client = signed_in(refusing_app)
    for number in range(10):
        guess = f"đoán thử lần thứ {number}"
        assert grant(client, OFFICER, passphrase=guess, again=guess).status_code == 422
    blocked = grant(client, OFFICER, passphrase=PASSPHRASE, again=PASSPHRASE)
    assert blocked.status_code == 429
    # The limit is one for all steps, and for each person by themselves.
    assert send(client, "/khoa/phan-anh/ban-luu", own=PASSPHRASE).status_code == 429
    assert send(client, "/khoa/mat-khau", own=PASSPHRASE, passphrase=NEW, again=NEW).status_code == 429


def test_opened_keys_alone_give_nothing_away(refusing: DeskSchool, refusing_app: Flask) -> None:
    client = signed_in(refusing_app)
    assert send(client, "/mo-khoa", passphrase=PASSPHRASE).status_code == 303
    assert grant(client, OTHER_OFFICER, own="").status_code == 422
    assert send(client, "/khoa/phan-anh/ban-luu").status_code == 422
    assert send(client, "/khoa/phan-anh/thay").status_code == 422
    assert holders(refusing) == {LOGIN, PRINCIPAL, OFFICER}


# ---- one's own passphrase, the sheet, and the way back


def test_the_passphrase_changes_for_all_keys(school: DeskSchool, app: Flask) -> None:
    client = signed_in(app)
    refused = send(client, "/khoa/mat-khau", own=WRONG, passphrase=NEW, again=NEW)
    assert refused.status_code == 422
    assert NEW not in refused.text and WRONG not in refused.text
    assert send(client, "/khoa/mat-khau", own=PASSPHRASE, passphrase=NEW, again=NEW).status_code == 303
    assert unlock(school.ctx, LOGIN, NEW).rooms == {"complaints", "denunciations"}


def test_a_sheet_shows_its_code_once_and_brings_a_forgotten_key_back(school: DeskSchool, app: Flask) -> None:
    client = signed_in(app)
    made = send(client, "/khoa/phan-anh/ban-luu", own=PASSPHRASE)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    code = "".join(re.findall(r"<span>([A-Z2-9]{5})</span>", made.text))
    sheet = re.search(r'<pre class="sheet"[^>]*>(.*?)</pre>', made.text, re.DOTALL)
    assert len(code) == 30 and sheet
    assert "Chưa lập lần nào" not in client.get("/khoa").text.split("to-cao-heading")[0]
    assert code not in re.sub("[^A-Z2-9]", "", client.get("/khoa").text)

    # The deputy forgets; the key of denunciations, which is not on this sheet, stays under the old words.
    fields = {"sheet": sheet[1], "code": code.lower(), "passphrase": NEW, "again": NEW}
    assert send(client, "/khoa/khoi-phuc", **fields).status_code == 303
    assert unlock(school.ctx, LOGIN, NEW).rooms == {"complaints"}
    assert unlock(school.ctx, LOGIN, PASSPHRASE).rooms == {"denunciations"}
    held = unlock(school.ctx, LOGIN, PASSPHRASE)
    other = paper_backup.export_key(school.ctx, SCHOOL, "denunciations", held)
    fields |= {"sheet": other.sheet, "code": other.code}
    assert send(client, "/khoa/khoi-phuc", **fields).status_code == 303
    assert unlock(school.ctx, LOGIN, NEW).rooms == {"complaints", "denunciations"}


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"sheet": "chẳng phải bản lưu"}, 400, "sheet"),
        ({"sheet": ""}, 400, "sheet"),
        ({"code": "AAAAA-" * 6}, 422, "code"),
        ({"code": "không phải mã"}, 422, "code"),
        ({"again": "khác hẳn câu kia"}, 400, "again"),
        ({"passphrase": "ngắn", "again": "ngắn"}, 400, "passphrase"),
    ],
)
def test_a_sheet_that_does_not_open_says_why_and_is_kept(
    refusing: DeskSchool, refusing_app: Flask, changed: dict[str, str], status: int, field: str
) -> None:
    made = paper_backup.export_key(
        refusing.ctx, SCHOOL, "complaints", unlock(refusing.ctx, LOGIN, PASSPHRASE)
    )
    fields = {"sheet": made.sheet, "code": made.code, "passphrase": NEW, "again": NEW} | changed
    answer = send(signed_in(refusing_app), "/khoa/khoi-phuc", **fields)
    assert answer.status_code == status
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text)
    for secret in (made.code, NEW, "AAAAA-", "khác hẳn câu kia"):
        assert secret not in answer.text
    if "sheet" not in changed:
        assert "BEGIN HAILONG KEY" in answer.text
    assert unlock(refusing.ctx, LOGIN, PASSPHRASE).rooms == {"complaints", "denunciations"}


def test_nothing_of_a_key_is_logged(
    school: DeskSchool, app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    client = signed_in(app)
    grant(client, OTHER_OFFICER, own=WRONG)
    grant(client, OTHER_OFFICER)
    made = send(client, "/khoa/phan-anh/ban-luu", own=PASSPHRASE).text
    code = re.findall(r"<span>([A-Z2-9]{5})</span>", made)
    said = "".join(capfd.readouterr())
    for secret in (PASSPHRASE, NEW, WRONG, *code):
        assert secret not in said


def test_pages_speak_english_too(app: Flask) -> None:
    client = signed_in(app)
    for path in ("/khoa", "/khoa/phan-anh/cap", "/khoa/khoi-phuc", "/khoa/mat-khau"):
        page = client.get(f"{path}?lang=en").text
        assert '<html lang="en">' in page
        assert "Khóa của nhà trường" not in words(page)


# ---- what hailong doctor says


def test_the_doctor_warns_of_keys_that_hang_on_one_memory(bare: DeskSchool) -> None:
    def told() -> tuple[bool, str]:
        (found,) = [each for each in examine(reading(bare.ctx)) if each.check == "keys"]
        assert found.sound
        return found.warns, found.words

    assert told() == (True, "mau: no key, so its 1 kiosk(s) take no complaints; hailong key make")
    custody.make_key(bare.ctx, SCHOOL, "complaints", LOGIN, PASSPHRASE)
    assert told()[0]
    assert "the key of complaints has one holder (pho-hieu-truong) and no backup" in told()[1]
    held = unlock(bare.ctx, LOGIN, PASSPHRASE)
    custody.grant(bare.ctx, SCHOOL, "complaints", held, holder=PRINCIPAL, passphrase=NEW)
    assert "kiosk(s) do not offer to say so" in told()[1]
    custody.make_key(bare.ctx, SCHOOL, "about-principal", OFFICER, NEW)
    assert "the key of about-principal has one holder (giao-vu)" in told()[1]
    paper_backup.export_key(bare.ctx, SCHOOL, "about-principal", unlock(bare.ctx, OFFICER, NEW))
    assert told() == (False, "every text can be read by somebody, and no key hangs on one memory")
    people.disable_user(bare.ctx, PRINCIPAL)
    assert told()[0]
    paper_backup.export_key(bare.ctx, SCHOOL, "complaints", held)
    assert not told()[0]
    custody.renew(bare.ctx, SCHOOL, "complaints", LOGIN, PASSPHRASE)
    held = unlock(bare.ctx, LOGIN, PASSPHRASE)
    paper_backup.export_key(bare.ctx, SCHOOL, "complaints", held)
    people.disable_user(bare.ctx, LOGIN)
    # Nothing was ever sealed to the old key: that nobody opens it harms nobody.
    assert told() == (True, "mau: nobody opens the key of complaints any more; hailong key restore")
