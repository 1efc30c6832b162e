"""The accused principal's journey: everything that an insider can try to make an accusation vanish.

Told once as a story, by page and by command, as the principal who has an account, the keys of two rooms and
somebody who types commands for them on the server; it ends with the case read by another, in a queue, and its
sender told the truth.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import schools
from server.services.access import people
from server.services.cases import opening, queue
from server.services.dashboard.desk_tasks import desk_tasks
from server.services.devices import complaint_terms, points
from server.services.keys import custody, keys, paper_backup
from server.services.keys.open_keys import unlock
from server.services.upkeep.doctor_keys import key_warnings
from server.wiring.pages import create_app
from survey_defs import complaint
from survey_defs.letter import Letter
from tests.support.commands import run_hailong
from tests.support.desk import OFFICER, PASSPHRASE, PRINCIPAL, RECEPTION, DeskSchool, empty_desk
from tests.support.pages import csrf, signed_in, words
from tests.support.phone import token_of
from tests.support.reading import reading
from tests.support.seed import LOGIN, PASSWORD, SCHOOL, Feeder

DEPUTY = LOGIN
ACCUSES = "Hiệu trưởng nhận quà của phụ huynh lớp 6A để xếp lớp."
GUESS = "đoán mật khẩu của cô phó"
ABOVE = "Chủ tịch UBND phường Mẫu"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[DeskSchool]:
    """A school at this very hour: commands have the machine's clock."""
    made = empty_desk(tmp_path)
    made.clock.ms = round(time.time() * 1000)
    schools.set_school(made.ctx, SCHOOL, superior="UBND phường Mẫu")
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
    return {row.ref for row in queue.queue(reading(school.ctx), school.actor(login), day).rows}


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
    sheet = paper_backup.export_key(
        school.ctx, SCHOOL, "about-principal", unlock(school.ctx, DEPUTY, PASSPHRASE)
    )
    given = {"sheet": sheet.sheet, "code": sheet.code, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    assert send(accused, "/khoa/khoi-phuc", **given).status_code == 409
    assert keys.holders(reading(school.ctx), SCHOOL, "about-principal") == (DEPUTY,)
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
    assert keys.holders(reading(school.ctx), SCHOOL, "about-principal") == (DEPUTY,)
    assert DEPUTY in keys.holders(reading(school.ctx), SCHOOL, "denunciations")
    deputy = unlocked(app, DEPUTY)
    assert ACCUSES in deputy.get(f"/phan-anh/{ref}").text
    assert ref in in_queue(school, DEPUTY)
    told = looked_up(app, school.codes[ref])
    assert "Đã tiếp nhận" in told and "Phản ánh này đã được xóa" not in told
    school.does(DEPUTY, ref, "forward", body=ABOVE, mode="transfer", reason="superior")
    assert "Đã chuyển đến nơi có thẩm quyền" in looked_up(app, school.codes[ref])


def sent(
    school: DeskSchool, room: object = None, *, sealed_to: str = "", code: str = "", box: bytes = b""
) -> tuple[Feeder, dict[str, object]]:
    """What a kiosk sends: the word on whose it is, and a box under the key of that room or another."""
    code = code or complaint.new_code()
    sender = complaint.code_keys(code, keys.code_salt(reading(school.ctx)))
    letter = Letter(ACCUSES, None, sender.public)
    box = box or keys.seal_for_desk(reading(school.ctx), SCHOOL, sealed_to or "about-principal", letter)
    kiosk = Feeder(school.ctx, "kiosk-1")
    event = kiosk.event(school.ctx.now(), {"rating": 1})
    for name in ("survey", "version", "answers", "took_ms"):
        event.pop(name, None)
    event |= {"type": "complaint", "about": ["thai-do"], "code_hash": sender.code_hash}
    event |= {"sealed": complaint.encode_sealed(box)} | ({} if room is None else {"room": room})
    school.codes["sent"] = code
    return kiosk, event


def arrives(school: DeskSchool, room: object = None, **more: Any) -> str:
    """It comes in by the real intake; the name of the newest case."""
    kiosk, event = sent(school, room, **more)
    kiosk.send([event])
    row = school.ctx.store.connection.execute("SELECT year, number FROM cases ORDER BY n DESC").fetchone()
    return f"{row['year']}-{row['number']}"


def seen_by_the_accused(app: Flask) -> str:
    """Every page on which a principal could learn of a case, with both their keys open."""
    accused = unlocked(app, PRINCIPAL)
    paths = (
        "/",
        "/phan-anh",
        "/phan-anh?xem=ended",
        "/so-lieu",
        "/khong-tinh",
        "/bao-cao",
        "/thiet-bi/kiosk-1",
    )
    pages = [words(accused.get(path).text) for path in (*paths, "/so-tiep-cong-dan", "/rieng-tu")]
    # A mark of what has come in at all, answers too, from all schools; and the minute.
    return "\n".join(re.sub(r'revision="\w+"', "", page) for page in pages)


def test_the_sender_says_whom_it_is_about_and_the_accused_learns_of_nothing(
    school: DeskSchool, app: Flask
) -> None:
    """From the tick at the kiosk to the body above: the deputy alone knows of it, the sender of all."""
    assert complaint_terms.terms(reading(school.ctx), SCHOOL).principal_key is None  # type: ignore[union-attr]
    hint = words(signed_in(app, DEPUTY).get("/").text)
    assert "Chưa có khóa phòng hồ sơ về hiệu trưởng" in hint
    assert "hồ sơ về hiệu trưởng" not in words(signed_in(app, PRINCIPAL).get("/").text)
    assert any("do not offer to say so" in line for line in key_warnings(reading(school.ctx)))
    deputy = signed_in(app, DEPUTY)
    own = {"own": PASSPHRASE, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    assert send(deputy, "/khoa/ve-hieu-truong/tao", **own).status_code == 303
    terms = complaint_terms.terms(reading(school.ctx), SCHOOL)
    assert terms is not None
    assert terms.principal_key == keys.public_key(reading(school.ctx), SCHOOL, "about-principal") != terms.key
    assert terms.head["vi"] == ABOVE
    assert not any("do not offer" in line for line in key_warnings(reading(school.ctx)))

    Feeder(school.ctx, "kiosk-1").rate(4)
    before = seen_by_the_accused(app)
    ref = arrives(school, "about-principal")
    assert seen_by_the_accused(app) == before
    accused = unlocked(app, PRINCIPAL)
    for path in (f"/phan-anh/{ref}", f"/phan-anh/{ref}/not_against", f"/phan-anh/{ref}/classify"):
        assert accused.get(path).status_code == 404
    refused = send(accused, "/rieng-tu/moi", kind="delete", ref=ref, details="Người gửi xin xóa.")
    assert "Không có hồ sơ mang số này" in refused.text
    for login in (OFFICER, RECEPTION):
        assert ref not in in_queue(school, login)

    assert ref in in_queue(school, DEPUTY)
    deputy = unlocked(app, DEPUTY)
    page = words(deputy.get(f"/phan-anh/{ref}").text)
    assert ACCUSES in page
    assert "Còn 10 ngày làm việc" in page  # its limit runs as any other's
    assert f"nơi giải quyết là {ABOVE}" in page
    assert f'value="{ABOVE}"' in deputy.get(f"/phan-anh/{ref}/forward").text
    assert "Thụ lý" not in page
    told = looked_up(app, school.codes["sent"])
    assert "Đã đến nhà trường" in told
    assert "hiệu trưởng" not in told, "a code can be lost: what it opens does not say whom it is about"
    school.does(DEPUTY, ref, "receive")
    day = local_day(school.ctx.now()).isoformat()
    school.does(DEPUTY, ref, "petition", kind="to_cao", number="01/BB", date=day)
    assert ref not in in_queue(school, PRINCIPAL), "a form without the tick brings it to no other room"
    school.does(DEPUTY, ref, "forward", body=ABOVE, mode="transfer", reason="superior")
    assert "Đã chuyển đến nơi có thẩm quyền" in looked_up(app, school.codes["sent"])
    assert seen_by_the_accused(app) == before


@pytest.mark.parametrize(
    ("room", "sealed_to"),
    [
        ("about-principal", "complaints"),  # forged, or a kiosk that was told wrongly
        ("phong-moi", "about-principal"),  # of a program newer than this one
        ("phong-moi", "complaints"),
        (None, "about-principal"),  # the word was left out on the way
        ("complaints", "about-principal"),
    ],
)
def test_a_letter_whose_word_and_seal_differ_is_read_by_the_deputy_and_never_by_the_accused(
    school: DeskSchool, app: Flask, room: str | None, sealed_to: str
) -> None:
    custody.make_key(school.ctx, SCHOOL, "about-principal", DEPUTY, PASSPHRASE)
    ref = arrives(school, room, sealed_to=sealed_to)
    assert ACCUSES in unlocked(app, DEPUTY).get(f"/phan-anh/{ref}").text
    page = unlocked(app, PRINCIPAL).get(f"/phan-anh/{ref}")
    assert ACCUSES not in page.text
    assert page.status_code == (200 if room in (None, "complaints") else 404)
    if page.status_code == 200:  # it cannot be opened there; the deputy sets it right
        school.does(DEPUTY, ref, "against")
        assert unlocked(app, PRINCIPAL).get(f"/phan-anh/{ref}").status_code == 404
    assert ACCUSES in unlocked(app, DEPUTY).get(f"/phan-anh/{ref}").text
    for box in school.ctx.store.connection.execute("SELECT box FROM sealed_texts WHERE audience = 'desk'"):
        if room != "about-principal" and sealed_to == "about-principal":
            assert school.open_keys(PRINCIPAL).open("complaints", box["box"]) is None


def test_a_letter_sent_first_without_its_word_goes_to_its_room_when_the_true_one_comes(
    school: DeskSchool, app: Flask
) -> None:
    """A device that repeats somebody's box in its own name gains nothing by being first, or last."""
    custody.make_key(school.ctx, SCHOOL, "about-principal", DEPUTY, PASSPHRASE)
    kiosk, true = sent(school, "about-principal")
    forged = {**true, "id": school.ctx.new_id(), "seq": 2}
    del forged["room"]
    kiosk.send([forged])
    assert len(in_queue(school, PRINCIPAL)) == 1
    kiosk.send([true])
    assert in_queue(school, PRINCIPAL) == set()
    assert len(in_queue(school, DEPUTY)) == 1
    kiosk.send([{**forged, "id": school.ctx.new_id(), "seq": 3}, true])
    assert (in_queue(school, PRINCIPAL), len(in_queue(school, DEPUTY))) == (set(), 1)
    # The same event with another word is no repetition: refused, kept, and shown to nobody.
    other = {**true, "room": "complaints"}
    kiosk.send([other])
    kiosk.send([{**true, "id": school.ctx.new_id(), "seq": 4, "room": 7}])
    kept = school.ctx.store.connection.execute("SELECT code FROM dead_letters ORDER BY n").fetchall()
    assert [row["code"] for row in kept] == ["conflict", "bad-event"]
    assert "about-principal" not in unlocked(app, PRINCIPAL).get("/so-lieu").text
    ref = next(iter(in_queue(school, DEPUTY)))
    assert ACCUSES in unlocked(app, DEPUTY).get(f"/phan-anh/{ref}").text
    # Once the school has said that it is about somebody else, no repetition takes that back.
    school.does(DEPUTY, ref, "not_against", text="Nói về kế toán.")
    kiosk.send([{**true, "id": school.ctx.new_id(), "seq": 5}])
    assert ref in in_queue(school, PRINCIPAL)


def test_a_denunciation_is_moved_apart_later_and_back_with_words(school: DeskSchool, app: Flask) -> None:
    day = local_day(school.ctx.now()).isoformat()
    ref = school.comes(text=ACCUSES, contact=None)
    school.does(DEPUTY, ref, "note", text="Người gửi nói về thầy hiệu trưởng.")
    school.does(DEPUTY, ref, "petition", kind="to_cao", number="01/BB", date=day)
    assert ref in in_queue(school, PRINCIPAL), "the principal holds the key of denunciations"
    accused = unlocked(app, PRINCIPAL)
    assert "Việc này về hiệu trưởng" not in words(accused.get(f"/phan-anh/{ref}").text)
    refused = send(accused, f"/phan-anh/{ref}/against", version="3", sure="1")
    assert refused.status_code == 403

    deputy = unlocked(app, DEPUTY)
    assert "Việc này về hiệu trưởng" in words(deputy.get(f"/phan-anh/{ref}").text)
    assert "Hiệu trưởng không còn thấy" in send(deputy, f"/phan-anh/{ref}/against", version="3").text
    done = send(deputy, f"/phan-anh/{ref}/against", version="3", sure="1", note="Đọc thấy tên thầy.")
    assert done.status_code == 303
    assert ref not in in_queue(school, PRINCIPAL)
    held = school.open_keys(PRINCIPAL)
    boxes = school.ctx.store.connection.execute("SELECT box FROM sealed_texts WHERE audience = 'desk'")
    assert all(held.open(room, row["box"]) is None for row in boxes for room in held.rooms)
    deputy = unlocked(app, DEPUTY)
    page = words(deputy.get(f"/phan-anh/{ref}").text)
    assert ACCUSES in page
    assert "Chuyển vào phòng hồ sơ về hiệu trưởng" in page
    assert "Hạn chuyển tố cáo" in page
    assert "Thụ lý" not in page
    taken = send(deputy, f"/phan-anh/{ref}/accept", version="4")
    assert "Không ai trong trường giải quyết" in taken.text
    told = looked_up(app, school.codes[ref])
    assert "hiệu trưởng" not in told

    # It was a slip: back, with words on record; the sender hears of it.
    empty = send(deputy, f"/phan-anh/{ref}/not_against", version="4", text=" ", sure="1")
    assert empty.status_code == 422
    back = {"version": "4", "text": "Nói về kế toán, không phải hiệu trưởng.", "sure": "1"}
    assert send(deputy, f"/phan-anh/{ref}/not_against", **back).status_code == 303
    assert ref in in_queue(school, PRINCIPAL)
    page = words(unlocked(app, PRINCIPAL).get(f"/phan-anh/{ref}").text)
    assert "Nói về kế toán, không phải hiệu trưởng." in page
    assert "Đưa ra khỏi phòng hồ sơ về hiệu trưởng" in page


def test_an_officer_with_the_key_takes_a_complaint_apart_where_there_is_no_deputy(
    school: DeskSchool, app: Flask
) -> None:
    """Not every school has a deputy: who holds the room's key leads there."""
    ref = school.comes(text=ACCUSES)
    officer = unlocked(app, OFFICER)
    assert "Việc này về hiệu trưởng" in words(officer.get(f"/phan-anh/{ref}").text)
    assert send(officer, f"/phan-anh/{ref}/against", version="1", sure="1").status_code == 303
    assert ref not in in_queue(school, PRINCIPAL)
    assert keys.holders(reading(school.ctx), SCHOOL, "about-principal") == (OFFICER,)
    assert ACCUSES in unlocked(app, OFFICER).get(f"/phan-anh/{ref}").text
    school.does(OFFICER, ref, "forward", body=ABOVE, mode="transfer", reason="superior")
    assert "Đã chuyển đến nơi có thẩm quyền" in looked_up(app, school.codes[ref])


def test_the_sender_is_told_where_the_school_puts_it_back(school: DeskSchool, app: Flask) -> None:
    custody.make_key(school.ctx, SCHOOL, "about-principal", DEPUTY, PASSPHRASE)
    ref = arrives(school, "about-principal")
    school.does(DEPUTY, ref, "not_against", text="Viết về bảo vệ.")
    assert "từ đó hiệu trưởng có thể đọc" in looked_up(app, school.codes["sent"])
    assert ACCUSES in unlocked(app, PRINCIPAL).get(f"/phan-anh/{ref}").text


def test_who_cannot_read_it_decides_nothing_about_it(school: DeskSchool, app: Flask) -> None:
    """A leader without the key sees that it is late and hands it on; no more."""
    ref = school.comes(text=ACCUSES)
    second = "pho-2"
    people.add_user(school.ctx, second, "deputy", SCHOOL, PASSWORD)
    leader = signed_in(app, second)
    page = words(leader.get(f"/phan-anh/{ref}").text)
    assert "Tiếp nhận" in page
    for act, fields in (
        ("close", {"reason": "withdrawn"}),
        ("forward", {"body": ABOVE, "mode": "transfer", "reason": "superior"}),
        ("extend", {"variant": "complex", "reason": "complex"}),
        ("classify", {"kind": "thong_tin", "summary": "Lời khen"}),
        ("note", {"text": "x"}),
        ("against", {}),
    ):
        refused = send(leader, f"/phan-anh/{ref}/{act}", version="1", sure="1", **fields)
        assert refused.status_code == 403, act
        assert "chỉ người giữ khóa" in refused.text, act
    assert school.do(second, ref, "receive").status == "received"
    # Nor do two make it vanish, where the one who does it cannot read it.
    taken = send(leader, "/rieng-tu/moi", kind="delete", ref=ref, details="Người gửi xin xóa.")
    n = taken.headers["Location"].rpartition("-")[2]
    agreed = {"second": RECEPTION, "second-password": PASSWORD}
    assert "chỉ người giữ khóa" in send(leader, f"/rieng-tu/{n}/xoa", **agreed).text
    assert ref in in_queue(school, second), "and that it waits, they go on seeing"


def test_the_history_names_the_second_person(school: DeskSchool, app: Flask) -> None:
    ref = school.comes(text=ACCUSES)
    accused = unlocked(app, PRINCIPAL)
    taken = send(accused, "/rieng-tu/moi", kind="delete", ref=ref, details="Người gửi xin xóa.")
    n = taken.headers["Location"].rpartition("-")[2]
    agreed = {"second": RECEPTION, "second-password": PASSWORD}
    assert send(accused, f"/rieng-tu/{n}/xoa", **agreed).status_code == 200
    page = words(unlocked(app, DEPUTY).get(f"/phan-anh/{ref}").text)
    assert f"Người thứ hai xác nhận: Cán bộ tiếp nhận ({RECEPTION})" in page


def test_by_telephone_and_at_the_desk_the_same_word_protects(school: DeskSchool, app: Flask) -> None:
    points.add(school.ctx, "ban-1", SCHOOL, label="Bàn 1", place="desk", audience="phu-huynh", survey="tthc")
    phone, path = app.test_client(), "/q/ban-1/gop-y"
    desk, new = signed_in(app, RECEPTION), "/so-tiep-cong-dan/moi"
    closed = phone.get(path)
    assert f"hiệu trưởng có thể đọc bài gửi tại đây. Xin gửi đến {ABOVE}" in words(closed.text)
    assert 'name="principal"' not in closed.text
    assert f"Xin hướng dẫn người đến gửi {ABOVE}" in words(desk.get(new).text)
    letter = {"text": ACCUSES, "principal": "1", "advised": "1"}
    refused = phone.post(path, data={"token": token_of(closed.text), **letter})
    assert refused.status_code == 409
    assert "chưa ai đọc được việc về hiệu trưởng" in words(refused.text)
    assert ACCUSES in refused.text, "nothing is lost"
    assert in_queue(school, PRINCIPAL) == set(), "and nothing is taken by another key"
    visit = {"day": local_day(school.ctx.now()).isoformat(), "text": ACCUSES, "people": "1", "name": "Bà Lan"}
    visit |= {"within": "1", "opens": "0", "about_principal": "1"}
    assert send(desk, new, once="a", **visit).status_code == 409

    custody.make_key(school.ctx, SCHOOL, "about-principal", DEPUTY, PASSPHRASE)
    Feeder(school.ctx, "kiosk-1").rate(4)
    before = seen_by_the_accused(app)
    page = phone.get(path)
    assert 'name="principal" value="1" aria' in page.text
    done = phone.post(path, data={"token": token_of(page.text), **letter})
    assert "Xin giữ mã tra cứu này" in words(done.text)
    assert phone.post(path, data={"token": token_of(page.text), **letter}).text == done.text
    unticked = letter | {"principal": ""}
    other = phone.post(path, data={"token": token_of(page.text), **unticked})
    assert other.status_code == 409, "the same form without the word is another letter"
    slip = send(desk, new, once="b", **visit)
    assert slip.status_code == 200
    assert "Mã tra cứu" in words(slip.text)
    assert 'name="about_principal"' not in unlocked(app, PRINCIPAL).get(new).text
    assert send(unlocked(app, PRINCIPAL), new, once="c", **visit).status_code == 422

    assert seen_by_the_accused(app) == before
    assert (in_queue(school, PRINCIPAL), len(in_queue(school, DEPUTY))) == (set(), 2)
    deputy = unlocked(app, DEPUTY)
    for ref in in_queue(school, DEPUTY):
        assert ACCUSES in deputy.get(f"/phan-anh/{ref}").text
    code = "".join(re.findall(r"<b>(\d{4})</b>", done.text))
    assert "Đã đến nhà trường" in looked_up(app, code)


def test_what_waits_for_the_right_time_waits_for_its_own_room(school: DeskSchool) -> None:
    custody.make_key(school.ctx, SCHOOL, "about-principal", DEPUTY, PASSPHRASE)
    kiosk, event = sent(school, "about-principal")
    kiosk.send([event])
    store = school.ctx.store
    row = dict(store.connection.execute("SELECT * FROM cases").fetchone())
    said = {
        name: row[name] for name in ("school", "channel", "device", "lang", "procedure", "code_hash", "room")
    }
    said |= {"id": school.ctx.new_id(), "code_hash": "ab" * 32, "about": ("thai-do",)}
    said |= {"box": complaint.seal(Letter(ACCUSES), complaint.new_key()[0])}
    with school.ctx.write() as work:
        opening.open_later(work, 1, said)
        assert opening.open_waiting(work) == 1
    assert (len(in_queue(school, DEPUTY)), in_queue(school, PRINCIPAL)) == (2, set())


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
        custody.revoke_lost(school.ctx, SCHOOL, "about-principal", DEPUTY)
    school.clock.ms += custody.LOST_AFTER_MS
    custody.revoke_lost(school.ctx, SCHOOL, "about-principal", DEPUTY, by=PRINCIPAL)
    today = local_day(school.ctx.now())
    assert ref not in in_queue(school, DEPUTY)
    assert desk_tasks(reading(school.ctx), school.actor(DEPUTY), today, "vi").unread == 1
    for login in (PRINCIPAL, OFFICER, RECEPTION):
        assert desk_tasks(reading(school.ctx), school.actor(login), today, "vi").unread == 0
    page = words(signed_in(app, DEPUTY).get("/").text)
    assert "1 hồ sơ không còn ai đọc được" in page
    assert ACCUSES not in page
    assert any("1 open case(s) of secret rooms" in line for line in key_warnings(reading(school.ctx)))
    act = keys.log(reading(school.ctx), SCHOOL, "about-principal")[0]
    assert (act.act, act.actor, act.holder) == ("revoked-lost", PRINCIPAL, DEPUTY)


def test_nothing_is_sealed_that_the_principal_alone_would_read(tmp_path: Path) -> None:
    """The first key is the principal's: until another holds it, people are told where to go instead."""
    school = empty_desk(tmp_path, with_keys=False)
    custody.make_key(school.ctx, SCHOOL, "complaints", PRINCIPAL, PASSPHRASE)
    app = create_app(school.ctx)
    assert complaint_terms.terms(reading(school.ctx), SCHOOL) is None
    assert keys.public_key(reading(school.ctx), SCHOOL) is not None
    assert any("the principal alone reads" in line for line in key_warnings(reading(school.ctx)))
    assert "kiosk và điện thoại chưa nhận phản ánh" in words(signed_in(app, PRINCIPAL).get("/khoa").text)
    held = unlock(school.ctx, PRINCIPAL, PASSPHRASE)
    custody.grant(school.ctx, SCHOOL, "complaints", held, holder=OFFICER, passphrase=PASSPHRASE)
    assert complaint_terms.terms(reading(school.ctx), SCHOOL) is not None
    school.ctx.store.close()
