"""The accused principal's journey: everything that an insider can try to make an accusation vanish.

Told once as a story, by page and by command, as the principal who has an account, the keys of two rooms and
somebody who types commands for them on the server; it ends with the case read by another, in a queue, and its
sender told the truth.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import admin, case_queue, complaint_terms, key_backup, key_custody, keys
from server.services.desk_tasks import desk_tasks
from server.services.doctor_keys import key_warnings
from server.services.open_keys import unlock
from server.transport.http.app import create_app
from tests.support.commands import run_hailong
from tests.support.desk import OFFICER, PASSPHRASE, PRINCIPAL, RECEPTION, DeskSchool, empty_desk
from tests.support.pages import csrf, signed_in, words
from tests.support.seed import LOGIN, PASSWORD, SCHOOL

DEPUTY = LOGIN
ACCUSES = "Hiệu trưởng nhận quà của phụ huynh lớp 6A để xếp lớp."
GUESS = "đoán mật khẩu của cô phó"
ABOVE = "Chủ tịch UBND phường Mẫu"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    """A school at this very hour: commands have the machine's clock."""
    made = empty_desk(tmp_path)
    made.clock.ms = round(time.time() * 1000)
    admin.set_school(made.ctx, SCHOOL, superior="UBND phường Mẫu")
    yield made
    made.ctx.store.close()


@pytest.fixture
def app(school: DeskSchool) -> Flask:
    return create_app(school.ctx)


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf(client.get("/cai-dat").text), **fields})


def unlocked(app: Flask, login: str) -> FlaskClient:
    client = signed_in(app, login)
    assert send(client, "/mo-khoa", passphrase=PASSPHRASE).status_code == 303
    return client


def looked_up(app: Flask, code: str) -> str:
    """What the sender reads who types the code at home."""
    return words(app.test_client().post("/tra-cuu", data={"code": code}).text)


def accusation(school: DeskSchool) -> str:
    """It comes from the kiosk; the deputy has a signed record of it and says whom it accuses."""
    ref = school.comes(text=ACCUSES, about=("thai-do",), procedure=None, contact=None)
    day = local_day(school.ctx.now()).isoformat()
    school.does(DEPUTY, ref, "petition", kind="to_cao", number="01/BB", date=day, against_principal="1")
    return ref


def in_queue(school: DeskSchool, login: str) -> set[str]:
    day = local_day(school.ctx.now())
    return {row.ref for row in case_queue.queue(school.ctx, school.actor(login), day).rows}


def test_the_accused_principals_journey(school: DeskSchool, app: Flask, tmp_path: Path) -> None:
    ref = accusation(school)

    # The deputy sees whose it is to handle, and until when; nobody had to grant a key for that.
    deputy = unlocked(app, DEPUTY)
    page = words(deputy.get(f"/phan-anh/{ref}").text)
    assert ACCUSES in page
    assert f"Xin chuyển đơn đến {ABOVE}" in page
    assert "Hạn chuyển tố cáo" in page
    assert f'value="{ABOVE}"' in deputy.get(f"/phan-anh/{ref}/forward").text

    # The principal, at their own pages, with both their keys open.
    accused = unlocked(app, PRINCIPAL)
    nowhere = accused.get("/phan-anh/2026-999")
    for path in (f"/phan-anh/{ref}", *(f"/phan-anh/{ref}/{act}" for act in ("close", "forward", "note"))):
        there = accused.get(path)
        assert (there.status_code, words(there.text)) == (404, words(nowhere.text)), path
        assert send(accused, path, reason="withdrawn", sure="1", version="2").status_code in (404, 405)
    assert nowhere.status_code == 404
    assert ref not in in_queue(school, PRINCIPAL)
    assert "Hồ sơ về hiệu trưởng" not in words(accused.get("/khoa").text)
    for step in ("tao", "thay", "cap", "thu-hoi", "ban-luu"):
        own = {"own": PASSPHRASE, "holder": DEPUTY, "passphrase": PASSPHRASE, "again": PASSPHRASE}
        assert send(accused, f"/khoa/ve-hieu-truong/{step}", sure="1", **own).status_code == 404
    for room in ("phan-anh", "to-cao"):
        for second, password in ((DEPUTY, GUESS), (PRINCIPAL, PASSWORD), ("", ""), (RECEPTION, PASSWORD)):
            taking = {"own": PASSPHRASE, "holder": DEPUTY, "second": second, "second-password": password}
            refused = send(accused, f"/khoa/{room}/thu-hoi", sure="1", **taking)
            assert refused.status_code in (400, 409, 422), (room, second)
    assert send(accused, "/khoa/to-cao/thay", own=PASSPHRASE).status_code == 303  # leaves nobody out
    refused = send(accused, "/rieng-tu/moi", kind="delete", ref=ref, details="Người gửi xin xóa.")
    assert "Không có hồ sơ mang số này" in refused.text

    # The sheet of the room's key, found in the safe with its code.
    sheet = key_backup.export_key(
        school.ctx, SCHOOL, "about-principal", unlock(school.ctx, DEPUTY, PASSPHRASE)
    )
    given = {"sheet": sheet.sheet, "code": sheet.code, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    assert send(accused, "/khoa/khoi-phuc", **given).status_code == 409
    assert keys.holders(school.ctx, SCHOOL, "about-principal") == (DEPUTY,)
    (tmp_path / "to.txt").write_text(sheet.sheet, encoding="utf-8")
    school.ctx.store.close()

    # Somebody types commands for the principal. None of these is done.
    at, room = ("--school", SCHOOL), ("--room", "about-principal")
    two = f"{PASSPHRASE}\n{GUESS}\n"
    by = ("--by", PRINCIPAL, "--second", DEPUTY, "--passphrase-stdin")
    for stdin, *command in (
        ("", "key", "revoke", *at, *room, "--holder", DEPUTY),
        (two, "key", "revoke", *at, *room, "--holder", DEPUTY, *by),
        (two, "key", "revoke", *at, "--room", "denunciations", "--holder", DEPUTY, *by),
        (f"{PASSPHRASE}\n{PASSWORD}\n", "key", "revoke", *at, "--holder", DEPUTY, "--by", PRINCIPAL,
         "--second", PRINCIPAL, "--passphrase-stdin"),
        ("", "key", "revoke", *at, *room, "--holder", DEPUTY, "--even-last", "--by", PRINCIPAL),
        (f"{PASSPHRASE}\n", "key", "make", *at, *room, "--holder", PRINCIPAL, "--passphrase-stdin"),
        (f"{PASSPHRASE}\n", "key", "renew", *at, *room, "--holder", PRINCIPAL, "--passphrase-stdin"),
        (f"{PASSPHRASE}\n", "key", "renew", *at, *room, "--holder", OFFICER, "--passphrase-stdin"),
        (two, "key", "grant", *at, *room, "--by", PRINCIPAL, "--holder", PRINCIPAL, "--passphrase-stdin"),
        (f"{PASSPHRASE}\n", "key", "backup", *at, *room, "--by", PRINCIPAL, "-o", tmp_path / "x",
         "--passphrase-stdin"),
        (f"{sheet.code}\n{PASSPHRASE}\n", "key", "restore", tmp_path / "to.txt", "--holder", PRINCIPAL,
         "--passphrase-stdin"),
        ("", "user", "disable", DEPUTY),
        ("", "user", "disable", DEPUTY, "--even-last"),
        (f"{PASSWORD}\n", "privacy", "erase", "--case", ref, "--by", PRINCIPAL, "--second", RECEPTION,
         "--passphrase-stdin"),
        ("", "privacy", "prove", "--case", ref, "--by", PRINCIPAL),
    ):  # fmt: skip
        done = run_hailong(*command, "--data", tmp_path, stdin=stdin)
        assert done.returncode != 0, command
        assert len(done.stderr.strip().splitlines()) <= 4, done.stderr
    # Nor does the sweep go by a clock that nobody vouches for.
    assert run_hailong("privacy", "sweep", "--data", tmp_path).returncode != 0

    # It is still read, still in a queue, and its sender hears the truth.
    assert keys.holders(school.ctx, SCHOOL, "about-principal") == (DEPUTY,)
    assert DEPUTY in keys.holders(school.ctx, SCHOOL, "denunciations")
    deputy = unlocked(app, DEPUTY)
    assert ACCUSES in deputy.get(f"/phan-anh/{ref}").text
    assert ref in in_queue(school, DEPUTY)
    told = looked_up(app, school.codes[ref])
    assert "Đã tiếp nhận" in told and "Phản ánh này đã được xóa" not in told
    school.does(DEPUTY, ref, "forward", body=ABOVE, mode="transfer", reason="superior")
    assert "Đã chuyển đến nơi có thẩm quyền" in looked_up(app, school.codes[ref])


def test_an_open_complaint_is_not_ended_in_silence(school: DeskSchool, app: Flask, tmp_path: Path) -> None:
    """One leader alone invents the sender's wish, then finds who agrees; the sender hears of both."""
    ref = school.comes(text=ACCUSES)
    accused = unlocked(app, PRINCIPAL)
    taken = send(accused, "/rieng-tu/moi", kind="delete", ref=ref, details="Người gửi gọi điện xin xóa.")
    n = taken.headers["Location"].rpartition("-")[2]
    assert "nên cần hai người" in words(send(accused, f"/rieng-tu/{n}", outcome="done").text)
    for second, password in (("", ""), (PRINCIPAL, PASSWORD), (RECEPTION, GUESS)):
        alone = send(accused, f"/rieng-tu/{n}/xoa", **{"second": second, "second-password": password})
        assert alone.status_code in (409, 422)
    school.ctx.store.close()
    for command in (("erase", "--case", ref), ("answer", n, "--done")):
        done = run_hailong("privacy", *command, "--by", PRINCIPAL, "--data", tmp_path)
        assert "Nobody does this alone" in done.stderr
    assert ref in in_queue(school, DEPUTY)
    assert "Đã đến nhà trường" in looked_up(app, school.codes[ref])

    # Closing it as withdrawn does not silence the sender either: only the sender withdraws.
    school.does(PRINCIPAL, ref, "close", reason="withdrawn")
    assert "Tôi không rút phản ánh" in looked_up(app, school.codes[ref])
    again = {"code": school.codes[ref], "act": "not_settled", "after": "2", "again": "Tôi không rút."}
    app.test_client().post("/tra-cuu", data=again)
    assert ref in in_queue(school, DEPUTY)

    # Two persons may delete it. The sender is told that it was not on the code's word, when, and by whom.
    agreed = {"second": RECEPTION, "second-password": PASSWORD}
    assert send(accused, f"/rieng-tu/{n}/xoa", **agreed).status_code == 200
    told = looked_up(app, school.codes[ref])
    assert "Phản ánh này đã được xóa" in told
    assert "hiệu trưởng, và cán bộ tiếp nhận xác nhận" in told
    assert "không được gửi bằng mã tra cứu này" in told
    assert "chưa trả lời phản ánh này" in told
    assert f"gửi đơn đến {ABOVE}" in told
    assert "Không tìm thấy mã này" not in told
    assert "Không tìm thấy mã này" in looked_up(app, "1234 5678 1234 5678")


def test_who_ends_it_alone_leaves_the_sender_a_last_word_that_is_heard(
    school: DeskSchool, app: Flask
) -> None:
    ref = school.comes(text=ACCUSES)
    school.does(PRINCIPAL, ref, "close", reason="not_eligible")
    assert "không đủ điều kiện để giải quyết" in looked_up(app, school.codes[ref])
    word = {"code": school.codes[ref], "act": "word", "after": "2", "text": "Tôi không đồng ý."}
    app.test_client().post("/tra-cuu", data=word)
    assert "Người gửi viết thêm vào 1 hồ sơ đã kết thúc" in words(signed_in(app, DEPUTY).get("/").text)


def test_cases_that_nobody_reads_are_counted_for_those_who_can_mend_it(
    school: DeskSchool, app: Flask
) -> None:
    """A passphrase is lost: the case is in nobody's queue. The accused is not told that there is one."""
    ref = accusation(school)
    with pytest.raises(Problem, match="within the last seven days"):
        unlock(school.ctx, DEPUTY, PASSPHRASE)
        key_custody.revoke_lost(school.ctx, SCHOOL, "about-principal", DEPUTY)
    school.clock.ms += key_custody.LOST_AFTER_MS
    key_custody.revoke_lost(school.ctx, SCHOOL, "about-principal", DEPUTY, by=PRINCIPAL)
    today = local_day(school.ctx.now())
    assert ref not in in_queue(school, DEPUTY)
    assert desk_tasks(school.ctx, school.actor(DEPUTY), today, "vi").unread == 1
    for login in (PRINCIPAL, OFFICER, RECEPTION):
        assert desk_tasks(school.ctx, school.actor(login), today, "vi").unread == 0
    page = words(signed_in(app, DEPUTY).get("/").text)
    assert "1 hồ sơ không còn ai đọc được" in page
    assert ACCUSES not in page
    assert any("1 open case(s) of secret rooms" in line for line in key_warnings(school.ctx))
    act = keys.log(school.ctx, SCHOOL, "about-principal")[0]
    assert (act.act, act.actor, act.holder) == ("revoked-lost", PRINCIPAL, DEPUTY)


def test_nothing_is_sealed_that_the_principal_alone_would_read(tmp_path: Path) -> None:
    """The first key is the principal's: until another holds it, people are told where to go instead."""
    school = empty_desk(tmp_path, with_keys=False)
    key_custody.make_key(school.ctx, SCHOOL, "complaints", PRINCIPAL, PASSPHRASE)
    app = create_app(school.ctx)
    assert complaint_terms.terms(school.ctx, SCHOOL) is None
    assert keys.public_key(school.ctx, SCHOOL) is not None
    assert any("the principal alone reads" in line for line in key_warnings(school.ctx))
    assert "kiosk và điện thoại chưa nhận phản ánh" in words(signed_in(app, PRINCIPAL).get("/khoa").text)
    held = unlock(school.ctx, PRINCIPAL, PASSPHRASE)
    key_custody.grant(school.ctx, SCHOOL, "complaints", held, holder=OFFICER, passphrase=PASSPHRASE)
    assert complaint_terms.terms(school.ctx, SCHOOL) is not None
    school.ctx.store.close()
