"""Casework on the real store: full lives of each kind, what is refused, and who sees what."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.domain.localtime import local_day
from server.domain.problems import Clash, Problem
from server.services.access import people
from server.services.cases import actions, casefile, queue
from server.services.cases.actions import CaseView, WalkIn
from server.services.cases.opening import NewCase, open_case, ref
from server.services.dashboard.desk_tasks import marks
from server.services.keys import custody, keys
from server.services.privacy import requests
from server.services.upkeep.doctor import examine
from survey_defs import complaint
from survey_defs.letter import Contact, Letter
from tests.support.complaint_school import PASSPHRASE, PASSWORD, SCHOOL, ComplaintSchool
from tests.support.keys import take_away
from tests.support.reading import reading

DEPUTY, OFFICER, PRINCIPAL, DESK, STAFF = "hieu.pho", "can.bo", "hieu.truong", "le.tan", "van.phong"
PETITION = {"kind": "to_cao", "number": "12/TC", "date": "2026-05-19"}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComplaintSchool]:
    school = ComplaintSchool(tmp_path_factory.mktemp("cases"))
    people.add_user(school.ctx, "can.bo.2", "officer", SCHOOL, PASSWORD)
    with closing(school.ctx.store):
        yield school
        assert all(finding.sound for finding in examine(reading(school.ctx))), examine(reading(school.ctx))


def comes(school: ComplaintSchool, day: str = "2026-05-18", **more: Any) -> tuple[str, complaint.CodeKeys]:
    """A complaint from the kiosk with a code: its ref, and what the code comes to."""
    school.go(day)
    mine = complaint.code_keys(complaint.new_code(), keys.code_salt(reading(school.ctx)))
    public = keys.public_key(reading(school.ctx), SCHOOL)
    assert public is not None
    values: dict[str, Any] = {
        "id": school.ctx.new_id(), "school": SCHOOL, "channel": "kiosk", "device": "kiosk-1", "lang": "vi",
        "procedure": None, "about": ("cho-lau",), "occurred_at": school.now, "received_at": school.now,
        "received_on": date.fromisoformat(day), "code_hash": mine.code_hash,
        "box": complaint.seal(Letter("Chờ lâu quá", Contact("Lan", "09", "có"), mine.public), public),
    }  # fmt: skip
    with school.ctx.write() as work:
        return ref(work, open_case(work, NewCase(**values | more))), mine


def see(school: ComplaintSchool, case: str, by: str = DEPUTY) -> CaseView:
    return actions.find(reading(school.ctx), school.actor(by), case, local_day(school.now))


def rows(school: ComplaintSchool, sql: str, *values: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in school.ctx.store.connection.execute(sql, values)]


def clocks(school: ComplaintSchool, case: str) -> list[tuple[Any, ...]]:
    n = see(school, case).n
    return rows(
        school,
        "SELECT rule, variant, started_on, stopped_on FROM case_clocks WHERE case_n = ? ORDER BY rowid",
        n,
    )


def refused(school: ComplaintSchool, case: str, action: str, by: str = DEPUTY, **fields: str) -> Problem:
    """The action is refused, and has changed nothing."""
    before = rows(school, "SELECT * FROM cases"), rows(school, "SELECT COUNT(*) FROM case_entries")
    version = rows(school, "SELECT version FROM cases WHERE year || '-' || number = ?", case)[0][0]
    own = school.open_keys(by) if by in (DEPUTY, OFFICER, PRINCIPAL) else None
    with pytest.raises(Problem) as caught:
        actions.act(school.ctx, school.actor(by), case, action, version, fields, own)
    assert before == (rows(school, "SELECT * FROM cases"), rows(school, "SELECT COUNT(*) FROM case_entries"))
    assert caught.value.sentence("vi")
    assert caught.value.sentence("en")
    return caught.value


# ---- lives


def test_the_life_of_a_complaint(school: ComplaintSchool) -> None:
    case, mine = comes(school)
    n = see(school, case).n
    assert school.act("2026-05-19", case, "receive", DESK) == "received"
    assert school.act("2026-05-19", case, "classify", kind="pakn", summary="Chờ lâu ở quầy") == "classified"
    assert school.act("2026-05-19", case, "assign", assignee=OFFICER, note="Việc của Lan") == "assigned"
    assert school.act("2026-05-20", case, "start", OFFICER) == "in_progress"
    assert school.act("2026-05-20", case, "note", OFFICER, text="Đã xem sổ") == "in_progress"
    assert school.act("2026-05-20", case, "ask", OFFICER, text="Hôm nào ạ?") == "in_progress"
    with school.ctx.write() as work:
        row = work.sql.case_get(n=n)
        desk = keys.seal_for_desk(work, SCHOOL, "complaints", Letter("Hôm 12"))
        casefile.append(work, row, actor="sender", action="word", boxes={"desk": desk})
    assert school.act("2026-05-25", case, "answer", OFFICER, text="Xin lỗi quý vị") == "answered"
    assert clocks(school, case) == [("citizen_reception.answer", "", "2026-05-18", "2026-05-25")]
    school.go("2026-05-26")
    with school.ctx.write() as work:
        row = work.sql.case_get(n=n)
        casefile.append(work, row, actor="sender", action="settled", reason="resolved")
    view = see(school, case)
    assert (view.status, view.satisfied, view.closed_at) == ("closed", True, school.now)
    assert view.clock is not None
    assert (view.clock.remaining, view.clock.reminder, view.clock.stopped_on) == (5, None, date(2026, 5, 25))
    assert not view.mute
    assert [(e.seq, e.action, e.actor, e.from_status, e.to_status, e.visible) for e in view.entries] == [
        (1, "open", "", "", "new", True),
        (2, "receive", DESK, "new", "received", True),
        (3, "classify", DEPUTY, "received", "classified", True),
        (4, "assign", DEPUTY, "classified", "assigned", True),
        (5, "start", OFFICER, "assigned", "in_progress", True),
        (6, "note", OFFICER, "in_progress", "in_progress", False),
        (7, "ask", OFFICER, "in_progress", "in_progress", True),
        (8, "word", "sender", "in_progress", "in_progress", True),
        (9, "answer", OFFICER, "in_progress", "answered", True),
        (10, "settled", "sender", "answered", "closed", True),
    ]
    # The desk opens all of it; the sender's code what was written to them, and nothing else.
    texts = actions.texts(school.ctx, school.actor(OFFICER), case, school.open_keys(OFFICER))
    said = {seq: letter.text for seq, letter in texts.items() if letter}
    assert said == {
        1: "Chờ lâu quá",
        4: "Việc của Lan",
        6: "Đã xem sổ",
        7: "Hôm nào ạ?",
        8: "Hôm 12",
        9: "Xin lỗi quý vị",
    }
    boxes = dict(
        rows(school, "SELECT seq, box FROM sealed_texts WHERE case_n = ? AND audience = 'sender'", n)
    )
    opened = {seq: complaint.unseal(box, mine.private) for seq, box in boxes.items()}
    assert opened == {7: Letter("Hôm nào ạ?"), 9: Letter("Xin lỗi quý vị")}
    assert rows(school, "SELECT actor, what FROM readings WHERE case_n = ?", n) == [(OFFICER, "page")]
    # Reopened: a limit runs anew.
    assert school.act("2026-06-01", case, "reopen", reason="sender") == "in_progress"
    view = see(school, case)
    assert (view.closed_at, view.clock and view.clock.deadline.start) == (None, date(2026, 6, 1))


def test_the_life_of_a_khieu_nai(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    school.act("2026-05-20", case, "petition", kind="khieu_nai", number="7/KN", date="2026-05-19")
    view = see(school, case)
    assert (view.kind, view.status, view.room) == ("khieu_nai", "classified", "complaints")
    assert (view.petition_number, view.petition_date) == ("7/KN", date(2026, 5, 19))
    assert refused(school, case, "assign", assignee=OFFICER).code == "move-not-allowed"
    assert refused(school, case, "classify", kind="pakn", summary="x").code == "move-not-allowed"
    school.act("2026-05-25", case, "accept")
    assert school.act("2026-05-25", case, "assign", assignee=OFFICER) == "assigned"
    assert set(actions.variants(reading(school.ctx), school.actor(DEPUTY), case)) == {
        "complex", "remote", "remote-complex",
    }  # fmt: skip
    school.act("2026-06-10", case, "extend", OFFICER, variant="complex", reason="complex", note="Nhiều hồ sơ")
    entry = see(school, case).entries[-1]
    assert (entry.reason, entry.data["was"], entry.data["variant"], entry.has_text) == (
        "complex", "", "complex", True,
    )  # fmt: skip
    assert entry.data["last_day"] == "2026-07-09"
    shorter = refused(school, case, "extend", OFFICER, variant="", reason="complex")
    assert shorter.code == "missing-field"
    equal = refused(school, case, "extend", OFFICER, variant="remote", reason="remote")
    assert (equal.code, equal.values["known"]) == ("no-longer-limit", "remote-complex")
    assert (
        refused(school, case, "extend", OFFICER, variant="forever", reason="remote").code == "no-longer-limit"
    )
    school.act("2026-06-20", case, "answer", OFFICER, text="Quyết định giải quyết")
    assert clocks(school, case) == [
        ("citizen_reception.answer", "", "2026-05-18", "2026-05-20"),
        ("khieu_nai.accept", "", "2026-05-19", "2026-05-25"),
        ("khieu_nai.first_instance", "complex", "2026-05-25", "2026-06-20"),
        ("khieu_nai.send_decision", "", "2026-06-20", None),
    ]
    assert school.act("2026-06-22", case, "close", OFFICER, reason="resolved") == "closed"
    assert clocks(school, case)[-1] == ("khieu_nai.send_decision", "", "2026-06-20", "2026-06-22")


def test_the_life_of_a_to_cao(school: ComplaintSchool) -> None:
    visit = WalkIn(
        "Kế toán thu sai", name="Trần Văn Bình", address="Tổ 3", contact="0912", about=("khoan-thu",)
    )
    school.go("2026-05-18")
    case, code = actions.walk_in(school.ctx, school.actor(DESK), visit)
    n = see(school, case).n
    school.act("2026-05-18", case, "classify", kind="pakn", summary="Về khoản thu")
    school.act("2026-05-18", case, "assign", assignee=OFFICER)
    school.act("2026-05-18", case, "note", OFFICER, text="Đã hỏi kế toán")
    with school.ctx.write() as work:
        work.connection.execute(
            "INSERT INTO privacy_requests (school, case_n, kind, asked_on, asked_at, actor, state, box)"
            " VALUES (?, ?, 'see', '2026-05-18', 1, 'sender', 'open', ?)",
            (SCHOOL, n, keys.seal_for_desk(work, SCHOOL, "complaints", Letter("Cho xem"))),
        )
    old = rows(school, "SELECT box FROM sealed_texts WHERE case_n = ?", n)
    school.act("2026-05-20", case, "petition", note="Đơn viết tay", **PETITION)
    view = see(school, case)
    assert (view.room, view.kind, view.status, view.assignee) == (
        "denunciations", "to_cao", "classified", None,
    )  # fmt: skip
    # Every box is another one now, sealed to the other key.
    assert not set(old) & set(rows(school, "SELECT box FROM sealed_texts WHERE case_n = ?", n))
    own = school.open_keys(DEPUTY)
    boxes = rows(school, "SELECT box FROM sealed_texts WHERE case_n = ? AND audience = 'desk'", n)
    boxes += rows(school, "SELECT box FROM receptions WHERE case_n = ?", n)
    boxes += rows(school, "SELECT box FROM privacy_requests WHERE case_n = ?", n)
    assert all(own.open("complaints", box) is None for (box,) in boxes)
    texts = [letter.text for (box,) in boxes if (letter := own.open("denunciations", box))]
    assert texts[:3] == ["Kế toán thu sai", "Đã hỏi kế toán", "Đơn viết tay"]
    assert json.loads(texts[3]) == {"name": "Trần Văn Bình", "address": "Tổ 3", "contact": "0912"}
    assert texts[4] == "Cho xem"
    # Nobody else knows of it: the same as a case that never was.
    for login in (PRINCIPAL, OFFICER, DESK, STAFF):
        actor, today = school.actor(login), date(2026, 5, 20)
        for wanted in (case, "2026-99999"):
            with pytest.raises(Problem) as caught:
                actions.find(reading(school.ctx), actor, wanted, today)
            assert (caught.value.code, caught.value.values) == ("unknown-case", {})
            with pytest.raises(Problem, match="no case"):
                actions.texts(school.ctx, actor, wanted, None)
            with pytest.raises(Problem, match="no case"):
                actions.act(school.ctx, actor, wanted, "note", view.version, {"text": "x"}, None)
        seen = queue.queue(reading(school.ctx), actor, today)
        assert case not in {row.ref for row in seen.rows}
        assert "to_cao" not in seen.counts.kinds
        assert not queue.queue(reading(school.ctx), actor, today, q="12/TC").rows
    assert case in {
        row.ref for row in queue.queue(reading(school.ctx), school.actor(DEPUTY), date(2026, 5, 20)).rows
    }
    # Only who holds that room's key can have it.
    assert refused(school, case, "assign", assignee=OFFICER).code == "move-not-allowed"
    school.act("2026-05-22", case, "accept")
    assert refused(school, case, "assign", assignee=OFFICER).code == "bad-assignee"
    assert {each.login for each in actions.assignees(reading(school.ctx), school.actor(DEPUTY), case)} == {
        DEPUTY
    }
    school.act("2026-06-01", case, "extend", variant="complex", reason="verification")
    school.act("2026-06-02", case, "answer", text="Kết luận nội dung tố cáo")
    assert clocks(school, case) == [
        ("citizen_reception.answer", "", "2026-05-18", "2026-05-20"),
        ("to_cao.intake", "", "2026-05-19", "2026-05-22"),
        ("to_cao.resolve", "complex", "2026-05-22", "2026-06-02"),
    ]
    # The sender still reads with the code what was written to them.
    mine = complaint.code_keys(code, keys.code_salt(reading(school.ctx)))
    ((box,),) = rows(school, "SELECT box FROM sealed_texts WHERE case_n = ? AND audience = 'sender'", n)
    assert complaint.unseal(box, mine.private) == Letter("Kết luận nội dung tố cáo")
    assert school.act("2026-06-03", case, "close", reason="resolved") == "closed"


def test_a_letter_that_comes_again_after_it_was_sealed_anew_is_still_the_same(
    school: ComplaintSchool,
) -> None:
    public = keys.public_key(reading(school.ctx), SCHOOL)
    assert public is not None
    box = complaint.seal(Letter("Tố cáo"), public)
    case, mine = comes(school, box=box)
    school.act("2026-05-20", case, "petition", **PETITION)
    again, _ = comes(school, box=box, code_hash=mine.code_hash)
    assert again == case


def test_a_denunciation_of_the_principal_is_hidden_from_principals(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    custody.grant(
        school.ctx, SCHOOL, "denunciations", school.open_keys(DEPUTY), holder=PRINCIPAL, passphrase=PASSPHRASE
    )
    try:
        assert "denunciations" in school.actor(PRINCIPAL).rooms
        other, _ = comes(school)
        school.act("2026-05-20", other, "petition", **PETITION)
        assert see(school, other, PRINCIPAL).kind == "to_cao"
        school.act("2026-05-20", case, "petition", against_principal="1", **PETITION)
        assert see(school, case).against_principal
        assert see(school, case).entries[-1].data["against_principal"] is True
        with pytest.raises(Problem, match="no case"):
            see(school, case, PRINCIPAL)
        listed = {
            row.ref
            for row in queue.queue(reading(school.ctx), school.actor(PRINCIPAL), date(2026, 5, 20)).rows
        }
        assert other in listed
        assert case not in listed
        assert refused(school, case, "accept").code == "goes-above"
        school.act("2026-05-21", case, "forward", body="UBND", mode="transfer", reason="superior")
        school.act("2026-05-21", case, "reopen", reason="superior")
        assert refused(school, case, "answer", text="Không có gì").code == "goes-above"
        assert refused(school, case, "assign", assignee=PRINCIPAL).code == "bad-assignee"
        # What this principal's pages ask every few seconds does not tell that something happens to it.
        before = (
            marks(reading(school.ctx), school.actor(PRINCIPAL)),
            marks(reading(school.ctx), school.actor(DEPUTY)),
        )
        school.act("2026-05-21", case, "note", text="Đã gửi bưu điện")
        with school.ctx.write() as work:
            requests.add_request(work, school=SCHOOL, case_n=see(school, case).n, kind="see")
        after = (
            marks(reading(school.ctx), school.actor(PRINCIPAL)),
            marks(reading(school.ctx), school.actor(DEPUTY)),
        )
        assert before[0] == after[0]
        assert before[1] != after[1]
    finally:
        take_away(
            school.ctx, "denunciations", PRINCIPAL, DEPUTY, PASSPHRASE, password=PASSWORD, school=SCHOOL
        )


def test_no_open_case_names_one_of_the_sealed_room(school: ComplaintSchool) -> None:
    """Its own page would tell everybody that there is one of that number, and about what."""
    hidden, _ = comes(school)
    school.act("2026-05-20", hidden, "petition", **PETITION)
    case, _ = comes(school)
    said = refused(school, case, "close", reason="duplicate", duplicate_of=hidden)
    assert said.code == "bad-duplicate"
    never = refused(school, case, "close", reason="duplicate", duplicate_of="2026-99999")
    assert (never.code, never.values) == (said.code, said.values)
    # The other way round is no secret of anybody's.
    assert school.act("2026-05-21", hidden, "close", reason="duplicate", duplicate_of=case) == "closed"


def test_the_ends(school: ComplaintSchool) -> None:
    case, mine = comes(school)
    n = see(school, case).n
    assert school.act("2026-05-19", case, "return", text="Xin gửi đến UBND phường") == "returned"
    assert see(school, case).entries[-1].reason == "guidance"
    ((box,),) = rows(school, "SELECT box FROM sealed_texts WHERE case_n = ? AND audience = 'sender'", n)
    assert complaint.unseal(box, mine.private) == Letter("Xin gửi đến UBND phường")
    case, _ = comes(school)
    school.act("2026-05-22", case, "forward", body="UBND phường Mẫu", mode="transfer", reason="regulation")
    assert clocks(school, case) == [
        ("citizen_reception.answer", "", "2026-05-18", "2026-05-22"),
        ("pakn.forward", "", "2026-05-18", "2026-05-22"),
    ]
    found = queue.queue(
        reading(school.ctx), school.actor(STAFF), date(2026, 5, 22), ended=True, q="ubnd phuong MAU"
    )
    assert [row.ref for row in found.rows] == [case]
    other, _ = comes(school)
    assert refused(school, other, "close", reason="resolved").code == "answer-first"
    assert refused(school, other, "close", reason="other").values["field"] == "note"
    assert refused(school, other, "close", reason="duplicate").values["field"] == "duplicate_of"
    for bad in (other, "2026-99999"):
        assert refused(school, other, "close", reason="duplicate", duplicate_of=bad).code == "bad-duplicate"
    assert refused(school, other, "close", reason="duplicate", duplicate_of="x").code == "bad-case-field"
    assert school.act("2026-05-22", other, "close", reason="duplicate", duplicate_of=case) == "closed"
    assert see(school, other).entries[-1].data == {"duplicate_of": case}
    thanks, _ = comes(school, about=("khen-ngoi",))
    assert see(school, thanks).clock is None
    assert school.act("2026-05-22", thanks, "close", reason="resolved") == "closed"


def test_thanks_that_were_a_complaint_have_their_limit_from_the_first_day(school: ComplaintSchool) -> None:
    case, _ = comes(school, about=("khen-ngoi",))
    school.act("2026-05-25", case, "classify", kind="pakn", summary="Góp ý")
    assert clocks(school, case) == [("citizen_reception.answer", "", "2026-05-18", None)]
    school.act("2026-05-26", case, "classify", kind="thong_tin", summary="Khen")
    assert clocks(school, case) == [("citizen_reception.answer", "", "2026-05-18", "2026-05-26")]
    entry = see(school, case).entries[-1]
    assert entry.data == {"kind": "thong_tin", "was": "pakn", "summary": "Khen", "old": "Góp ý"}


# ---- refusals


def test_what_is_refused(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    assert refused(school, case, "start").code == "move-not-allowed"
    assert refused(school, case, "dance").code == "move-not-allowed"
    assert refused(school, case, "open").code == "move-not-allowed"
    assert refused(school, case, "erase").code == "not-yours"
    assert refused(school, case, "word", text="Tôi là người gửi").code == "not-yours"
    assert refused(school, case, "classify", DESK, kind="pakn", summary="x").code == "not-yours"
    assert refused(school, case, "receive", STAFF).code == "not-yours"
    assert refused(school, case, "note", OFFICER, text="x").code == "not-yours"
    assert refused(school, case, "classify", kind="khieu_nai", summary="x").code == "bad-case-field"
    assert refused(school, case, "classify", kind="pakn").values["field"] == "summary"
    assert refused(school, case, "return", text=" \n ").code == "text-empty"
    assert refused(school, case, "return", text="x" * 20_000).values["most"] == 4000
    assert (
        refused(school, case, "forward", body="UBND", mode="urge", reason="other").values["field"] == "note"
    )
    school.act("2026-05-18", case, "classify", kind="pakn", summary="x")
    for login in ("nobody", DESK, STAFF, ""):
        code = refused(school, case, "assign", assignee=login).code
        assert code == ("bad-assignee" if login else "missing-field")
    assert refused(school, case, "petition", **PETITION | {"date": "2026-05-32"}).code == "bad-case-date"
    assert refused(school, case, "petition", **PETITION | {"date": "2026-05-19"}).code == "petition-in-future"
    assert refused(school, case, "petition", **PETITION | {"date": "1950-01-01"}).code == "no-limit-then"
    assert refused(school, case, "extend", variant="complex", reason="complex").code == "no-longer-limit"
    assert "extend" not in see(school, case).moves


def test_without_the_passphrase_nothing_goes_to_the_sender(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    actor = school.actor(DEPUTY)
    for own in (None, school.open_keys(OFFICER)):
        for action, fields in (("return", {"text": "x"}), ("petition", PETITION | {"date": "2026-05-18"})):
            with pytest.raises(Problem) as caught:
                actions.act(school.ctx, actor, case, action, 1, fields, own)
            assert caught.value.code == "key-locked"
        with pytest.raises(Problem) as caught:
            actions.texts(school.ctx, actor, case, own)
        assert caught.value.code == "key-locked"
    # A note is for the desk alone: sealing needs no opened key.
    assert actions.act(school.ctx, actor, case, "note", 1, {"text": "Gọi lại"}, None).version == 2


def test_who_may_read(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    before = rows(school, "SELECT COUNT(*) FROM readings")
    for login in (OFFICER, DESK, STAFF):
        own = school.open_keys(login) if login == OFFICER else None
        assert not see(school, case, login).may_read
        with pytest.raises(Problem) as caught:
            actions.texts(school.ctx, school.actor(login), case, own)
        assert caught.value.code == "not-yours"
    assert rows(school, "SELECT COUNT(*) FROM readings") == before
    school.act("2026-05-18", case, "classify", kind="pakn", summary="x")
    school.act("2026-05-18", case, "assign", assignee=OFFICER)
    for login in (OFFICER, PRINCIPAL, DEPUTY):
        letter = actions.texts(school.ctx, school.actor(login), case, school.open_keys(login), "reply")[1]
        assert letter is not None
        assert letter.contact == Contact("Lan", "09", "có")
    school.act("2026-05-18", case, "assign", assignee="can.bo.2")
    with pytest.raises(Problem) as caught:
        actions.texts(school.ctx, school.actor(OFFICER), case, school.open_keys(OFFICER))
    assert caught.value.code == "not-yours"
    assert not see(school, case, "can.bo.2").may_read  # an officer without the key


@pytest.mark.parametrize("what", ["another key", "truncated", "rubbish"])
def test_a_box_that_cannot_be_opened_is_worked_on_all_the_same(school: ComplaintSchool, what: str) -> None:
    whole = complaint.seal(Letter("x"), complaint.new_key()[0])
    box = {"another key": whole, "truncated": whole[:80], "rubbish": b"\x01" * 48}[what]
    case, _ = comes(school, box=box)
    own = school.open_keys(DEPUTY)
    assert actions.texts(school.ctx, school.actor(DEPUTY), case, own) == {1: None}
    school.act("2026-05-19", case, "return", text="Xin viết lại giúp nhà trường")
    view = see(school, case)
    assert view.mute
    assert (view.entries[-1].has_text, view.entries[-1].sender_text) == (True, False)
    school.act("2026-05-19", case, "reopen", reason="mistake")
    school.act("2026-05-19", case, "petition", **PETITION)
    # It could not be opened before and is not thrown away now.
    n = see(school, case).n
    assert rows(school, "SELECT box FROM sealed_texts WHERE case_n = ? AND seq = 1", n) == [(box,)]
    assert actions.texts(school.ctx, school.actor(DEPUTY), case, own)[1] is None


def test_a_case_without_a_code_is_answered_for_the_desk_alone(school: ComplaintSchool) -> None:
    case, _ = comes(school, code_hash=None)
    school.act("2026-05-19", case, "return", text="Xin đến quầy")
    view = see(school, case)
    assert (view.has_code, view.mute) == (False, True)
    assert rows(school, "SELECT audience FROM sealed_texts WHERE case_n = ? AND seq = 2", view.n) == [
        ("desk",)
    ]


def test_a_denunciation_needs_a_room_that_somebody_else_can_open(tmp_path: Path) -> None:
    school = ComplaintSchool(tmp_path)
    with closing(school.ctx.store):
        case, _ = comes(school)
        with school.ctx.write() as work:  # the principal alone holds that room's key
            work.connection.execute(
                "UPDATE key_holders SET holder = ? WHERE key IN"
                " (SELECT id FROM seal_keys WHERE room = 'denunciations')",
                (PRINCIPAL,),
            )
        # What accuses the principal waits for none of the principal's acts: it has a room of its own.
        accused, _ = comes(school)
        school.go("2026-05-20")
        by_the_accused = actions.act, school.ctx, school.actor(PRINCIPAL), accused, "petition", 1
        named = PETITION | {"against_principal": "1"}
        with pytest.raises(Problem, match="a deputy does so"):
            by_the_accused[0](*by_the_accused[1:], named, school.open_keys(PRINCIPAL))
        school.act("2026-05-20", accused, "petition", **named)
        assert see(school, accused).room == "about-principal"
        assert keys.holders(reading(school.ctx), SCHOOL, "about-principal") == (DEPUTY,)
        assert school.open_keys(DEPUTY).rooms == {"complaints", "about-principal"}
        assert actions.texts(school.ctx, school.actor(DEPUTY), accused, school.open_keys(DEPUTY))[1]
        with pytest.raises(Problem, match="no case"):
            see(school, accused, PRINCIPAL)
        view = actions.act(
            school.ctx, school.actor(DEPUTY), case, "petition", 1, PETITION, school.open_keys(DEPUTY)
        )
        # Who sealed it sees by the answer that it is done, and then no more of it.
        assert (view.room, view.moves, view.may_read) == ("denunciations", (), False)
        with pytest.raises(Problem, match="no case"):
            see(school, case)
        with school.ctx.write() as work:
            work.connection.execute("UPDATE seal_keys SET retired_at = 1 WHERE room = 'denunciations'")
        case, _ = comes(school)
        school.go("2026-05-20")
        assert refused(school, case, "petition", **PETITION).code == "no-denunciation-key"
        with school.ctx.write() as work:
            work.connection.execute("UPDATE seal_keys SET retired_at = 1")
        assert refused(school, case, "note", text="x").code == "no-seal-key"


# ---- two at once


def test_who_comes_second_is_told_and_loses_nothing(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    school.act("2026-05-18", case, "receive")
    with pytest.raises(Problem) as caught:
        actions.act(school.ctx, school.actor(DEPUTY), case, "classify", 1, {}, None)
    assert (caught.value.code, caught.value.status) == ("case-moved", 409)
    assert "Chưa có gì bị mất" in caught.value.sentence("vi")


def test_of_those_who_act_on_what_they_all_saw_one_comes_first(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    actor, ctx = school.actor(DEPUTY), school.ctx
    said: list[str] = []

    def close(reason: str) -> None:
        try:
            actions.act(ctx, actor, case, "close", 1, {"reason": reason}, None)
            said.append("done")
        except Problem as problem:
            said.append(problem.code)
        finally:
            ctx.store.close()

    threads = [
        threading.Thread(target=close, args=(why,)) for why in ("withdrawn", "no_reply", "not_eligible")
    ]
    with ctx.write():  # they all look at the case before the first of them can write
        for thread in threads:
            thread.start()
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    assert sorted(said) == ["case-moved", "case-moved", "done"]
    assert see(school, case).version == 2


def test_many_at_once_in_real_threads(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    actor, ctx = school.actor(DEPUTY), school.ctx
    said: list[str] = []
    gate = threading.Barrier(8)

    def write(text: str) -> None:
        try:
            gate.wait()
            for _ in range(5):
                version = actions.find(reading(ctx), actor, case, date(2026, 5, 18)).version
                try:
                    actions.act(ctx, actor, case, "note", version, {"text": text}, None)
                    said.append(text)
                except Problem as problem:
                    said.append(problem.code)
        finally:
            ctx.store.close()

    threads = [threading.Thread(target=write, args=(f"Người {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [word for word in said if word != "case-moved"]
    assert len(said) == 40
    assert done
    assert all(word.startswith("Người") for word in done)
    view = see(school, case)
    assert view.version == 1 + len(done)
    assert [entry.seq for entry in view.entries] == list(range(1, view.version + 1))
    texts = actions.texts(ctx, actor, case, school.open_keys(DEPUTY))
    assert sorted(letter.text for seq, letter in texts.items() if letter and seq > 1) == sorted(done)


def test_a_stale_row_cannot_be_appended_to(school: ComplaintSchool) -> None:
    case, _ = comes(school)
    n = see(school, case).n
    stale = reading(school.ctx).sql.case_get(n=n)
    school.act("2026-05-18", case, "receive")
    with pytest.raises(Problem) as caught, school.ctx.write() as work:
        casefile.append(work, stale, actor="", action="receive")
    assert caught.value.code == "case-moved"
    with pytest.raises(ValueError, match="reason"), school.ctx.write() as work:
        row = work.sql.case_get(n=n)
        casefile.append(work, row, actor=DEPUTY, action="close")
    assert see(school, case).version == 2


# ---- at the desk


def test_a_citizen_at_the_desk(school: ComplaintSchool) -> None:
    school.go("2026-05-18")
    actor = school.actor(DESK)
    case, code = actions.walk_in(
        school.ctx,
        actor,
        WalkIn(
            "Hồ sơ trễ hẹn", name=" Lê Thị  Mơ ", address="Tổ 1", id_number="001", contact="09",
            about=("tre-hen",), people=3, again=True, by_principal=True, settled_by="Trường", within=True,
            guidance="Chờ trả lời", taken_by="Văn phòng", note="", summary="Trễ hẹn",
        ),
    )  # fmt: skip
    view = see(school, case)
    assert (view.status, view.channel, view.summary, view.has_code) == (
        "received",
        "reception",
        "Trễ hẹn",
        True,
    )
    assert [(entry.action, entry.actor) for entry in view.entries] == [("open", DESK), ("receive", DESK)]
    visits = "SELECT people, again, by_principal, guidance, actor FROM receptions WHERE case_n = ?"
    assert rows(school, visits, view.n) == [(3, 1, 1, "Chờ trả lời", DESK)]
    own = school.open_keys(DEPUTY)
    letter = actions.texts(school.ctx, school.actor(DEPUTY), case, own)[1]
    mine = complaint.code_keys(code, keys.code_salt(reading(school.ctx)))
    assert letter == Letter("Hồ sơ trễ hẹn", Contact("Lê Thị Mơ", "09", "reception"), mine.public)
    assert rows(school, "SELECT code_hash FROM cases WHERE n = ?", view.n) == [(mine.code_hash,)]
    school.act("2026-05-19", case, "return", text="Mời quý vị đến")
    assert not see(school, case).mute


def test_a_visit_that_needs_no_case(school: ComplaintSchool) -> None:
    before = rows(school, "SELECT COUNT(*) FROM cases")
    school.go("2026-05-18")
    visit = WalkIn("Hỏi giờ làm việc", name="Mơ", opens=False, guidance="Đã hướng dẫn", day=date(2026, 5, 15))
    assert actions.walk_in(school.ctx, school.actor(DESK), visit) == ("", "")
    assert rows(school, "SELECT COUNT(*) FROM cases") == before
    ((case_n, day, box),) = rows(school, "SELECT case_n, day, box FROM receptions ORDER BY n DESC LIMIT 1")
    assert (case_n, day) == (None, "2026-05-15")
    letter = school.open_keys(DEPUTY).open("complaints", box)
    assert letter is not None
    assert json.loads(letter.text) == {"name": "Mơ", "text": "Hỏi giờ làm việc"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": " "}, "text-empty"),
        ({"text": "x" * 20_000}, "text-too-long"),
        ({"name": "x" * 201}, "text-too-long"),
        ({"people": 0}, "bad-case-field"),
        ({"kind": "to_cao"}, "bad-case-field"),
        ({"about": ("chu-de-la",)}, "bad-case-field"),
        ({"lang": "<x>"}, "bad-case-field"),
        ({"day": date(2026, 5, 19)}, "bad-case-date"),
        ({"day": date(206, 5, 18)}, "bad-case-date"),
        ({"day": date(2014, 6, 30)}, "bad-case-date"),
        ({"procedure": "Học bạ của Lan"}, "bad-case-field"),
    ],
)
def test_visits_that_are_refused(school: ComplaintSchool, change: dict[str, Any], code: str) -> None:
    school.go("2026-05-18")
    before = rows(school, "SELECT COUNT(*) FROM receptions")
    with pytest.raises(Problem) as caught:
        actions.walk_in(school.ctx, school.actor(DESK), WalkIn("Lời")._replace(**change))
    assert caught.value.code == code
    for login in (OFFICER, STAFF):
        with pytest.raises(Problem) as caught:
            actions.walk_in(school.ctx, school.actor(login), WalkIn("Lời"))
        assert caught.value.code == "not-yours"
    assert rows(school, "SELECT COUNT(*) FROM receptions") == before


def test_entries_are_never_changed(school: ComplaintSchool) -> None:
    comes(school)
    for sql in ("UPDATE case_entries SET actor = 'x'", "DELETE FROM case_entries"):
        with pytest.raises(Clash), school.ctx.write() as work:
            work.connection.execute(sql)
