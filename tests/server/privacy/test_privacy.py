"""Requests about one's data, erasing for good and the proof of it, backups, and what is kept for how long."""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.domain.problems import Problem
from server.rules.retention import keep_months
from server.services.cases.opening import NewCase, open_case
from server.services.keys.keys import public_key, seal_for_desk
from server.services.privacy import erasure_list, erasure_proof, requests, retention_sweep
from server.services.privacy.erasure import Word, code_mark, erase_case, reapply
from server.services.schools import add_school
from server.services.upkeep.backup import back_up
from server.settings import Settings
from server.wiring import contexts
from survey_defs import complaint
from survey_defs.letter import Contact, Letter
from tests.support.clock import vouch
from tests.support.commands import hailong, run_hailong
from tests.support.complaint_school import PASSWORD, SCHOOL, ComplaintSchool
from tests.support.reading import reading
from tests.support.server import ServerProcess
from tests.support.statements import statements
from tests.support.waiting import wait_until

SUMMARY = "Trích yếu nhắc đến bà Lê Thị Hoa ở tổ 5"
BODY = "Tôi nộp hồ sơ ba tuần rồi. " * 120
CODE_HASH = "5e" * 32


@pytest.fixture
def school(tmp_path: Path) -> Iterator[ComplaintSchool]:
    found = ComplaintSchool(tmp_path / "data")
    yield found
    found.ctx.store.close()


@pytest.fixture
def data(school: ComplaintSchool) -> Path:
    return Path(school.ctx.settings.data)


def code_of(*args: object, **named: object) -> str:
    call, *rest = args
    with pytest.raises(Problem) as caught:
        call(*rest, **named)  # type: ignore[operator]
    return caught.value.code


def rows(school: ComplaintSchool, sql: str, *values: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in school.ctx.store.connection.execute(sql, values)]


def file_case(school: ComplaintSchool, day: str = "2026-05-18", code_hash: str | None = CODE_HASH) -> int:
    """A case with everything that can name somebody, still open; its n."""
    school.go(day)
    public = public_key(reading(school.ctx), SCHOOL)
    assert public is not None
    _, reply = complaint.new_key()
    letter = Letter(BODY, Contact("Lê Thị Hoa", "0900 111 222", "Tôi đồng ý"), reply)
    new = NewCase(
        id=school.ctx.new_id(), school=SCHOOL, channel="kiosk", device="kiosk-1", lang="vi",
        procedure=None, about=("cho-lau",), occurred_at=school.now, received_at=school.now,
        received_on=date.fromisoformat(day), code_hash=code_hash, box=complaint.seal(letter, public),
    )  # fmt: skip
    with school.ctx.write() as work:
        n = open_case(work, new)
    ref = ref_of(school, n)
    school.act(day, ref, "classify", kind="pakn", summary=SUMMARY)
    school.act(
        day, ref, "petition", kind="khieu_nai", number="77/KN-HOA", date="2026-05-17", note="Có chữ ký"
    )
    school.act(day, ref, "note", text="Đã gọi cho bà Hoa")
    return n


def ref_of(school: ComplaintSchool, n: int) -> str:
    ((year, number),) = rows(school, "SELECT year, number FROM cases WHERE n = ?", n)
    return f"{year}-{number}"


def ask(school: ComplaintSchool, n: int, kind: str = "delete") -> int:
    with school.ctx.write() as work:
        return requests.add_request(
            work, school=SCHOOL, case_n=n, kind=kind,
            details_box=seal_for_desk(work, SCHOOL, "complaints", Letter("Xin xóa giúp")),
        )  # fmt: skip


def wishes(desk: ComplaintSchool, /, **wish: Any) -> int:
    with desk.ctx.write() as work:
        return requests.add_request(work, **wish)


def everything(data: Path) -> dict[str, bytes]:
    """The bytes of every file; read by a copy, for opening them here would cost SQLite its locks."""
    return {path.name: path.read_bytes() for path in data.rglob("*") if path.is_file()}


# ---- requests


def test_a_request_is_due_in_two_working_days(school: ComplaintSchool) -> None:
    n = file_case(school)
    school.go("2026-04-28")  # 30/4 and 1/5 are off, then comes a weekend
    asked = ask(school, n, "see")
    boss = school.actor("hieu.pho")
    (found,) = requests.requests(reading(school.ctx), boss, date(2026, 4, 28))
    assert (found.n, found.kind, found.state, found.actor) == (asked, "see", "open", "sender")
    assert found.deadline.last_day == date(2026, 5, 4)
    assert (found.deadline.days, found.deadline.unit) == (2, "working")
    assert found.remaining == 2
    (late,) = requests.requests(reading(school.ctx), boss, date(2026, 5, 6))
    assert late.remaining == -2
    assert late.reminder == "late"


def test_the_most_urgent_stands_first_and_answered_ones_apart(school: ComplaintSchool) -> None:
    n = file_case(school)
    school.go("2026-05-22")
    second = ask(school, n, "see")
    school.go("2026-05-20")
    first = ask(school, n, "correct")
    boss = school.actor("hieu.pho")
    assert [each.n for each in requests.requests(reading(school.ctx), boss, date(2026, 5, 22))] == [
        first,
        second,
    ]
    requests.answer(school.ctx, boss, second, "done")
    assert [each.n for each in requests.requests(reading(school.ctx), boss, date(2026, 5, 22))] == [first]
    (done,) = requests.requests(reading(school.ctx), boss, date(2026, 5, 22), answered=True)
    assert (done.state, done.answered_by, done.remaining) == ("done", "hieu.pho", None)


def test_the_same_wish_twice_is_one_request(school: ComplaintSchool) -> None:
    n = file_case(school)
    wish = {"school": SCHOOL, "case_n": n, "kind": "delete"}
    first = wishes(school, **wish)
    assert wishes(school, **wish) == first
    assert wishes(school, **(wish | {"kind": "see"})) != first
    assert code_of(wishes, school, **(wish | {"kind": "burn"})) == "unknown-request-kind"


def test_a_request_taken_down_at_the_desk(school: ComplaintSchool) -> None:
    school.go("2026-05-20")
    desk, boss, staff = (school.actor(login) for login in ("le.tan", "hieu.pho", "van.phong"))
    n = requests.take_down(school.ctx, desk, "see", "", "Bà Hoa, tổ 5, muốn xem phiếu của mình")
    assert rows(school, "SELECT actor, case_n FROM privacy_requests") == [("le.tan", None)]
    letter = requests.details(school.ctx, boss, n, school.open_keys("hieu.pho"))
    assert letter == Letter("Bà Hoa, tổ 5, muốn xem phiếu của mình")
    assert code_of(requests.details, school.ctx, boss, n, None) == "key-locked"
    assert code_of(requests.details, school.ctx, desk, n, school.open_keys("hieu.pho")) == "not-yours"
    assert code_of(requests.take_down, school.ctx, desk, "see", "2026-99", "x") == "unknown-case"
    assert code_of(requests.take_down, school.ctx, desk, "see", "", "  ") == "request-needs-words"
    assert code_of(requests.take_down, school.ctx, desk, "see", "", "ế" * 20_000) == "text-too-long"
    assert code_of(requests.take_down, school.ctx, staff, "see", "", "x") == "not-yours"
    assert requests.requests(reading(school.ctx), staff, date(2026, 5, 20)) == ()


def test_reading_a_request_of_a_case_is_noted(school: ComplaintSchool) -> None:
    asked = ask(school, file_case(school), "see")
    requests.details(school.ctx, school.actor("hieu.pho"), asked, school.open_keys("hieu.pho"))
    assert school.readings()[-1] == ("hieu.pho", "privacy")


def test_answers_need_a_right_a_word_and_happen_once(school: ComplaintSchool) -> None:
    asked = ask(school, file_case(school), "see")
    boss, officer = school.actor("hieu.pho"), school.actor("can.bo")
    assert code_of(requests.answer, school.ctx, officer, asked, "done") == "not-yours"
    assert code_of(requests.answer, school.ctx, boss, asked, "maybe") == "unknown-outcome"
    assert code_of(requests.answer, school.ctx, boss, asked, "refused", "") == "unknown-refusal"
    assert code_of(requests.answer, school.ctx, boss, 99, "done") == "unknown-request"
    requests.answer(school.ctx, boss, asked, "refused", "not_identified")
    assert code_of(requests.answer, school.ctx, boss, asked, "done") == "request-answered"
    assert rows(school, "SELECT state, reason FROM privacy_requests") == [("refused", "not_identified")]


def test_requests_of_the_sealed_room_do_not_exist_for_others(school: ComplaintSchool) -> None:
    day = "2026-05-18"
    ref = school.send(day)
    school.act(day, ref, "classify", kind="pakn", summary="Việc thu chi")
    school.act(day, ref, "petition", kind="to_cao", number="1", date="2026-05-17", against_principal="1")
    ((n,),) = rows(school, "SELECT n FROM cases")
    asked = wishes(school, school=SCHOOL, case_n=n, kind="delete")
    today = date(2026, 5, 19)
    assert [each.n for each in requests.requests(reading(school.ctx), school.actor("hieu.pho"), today)] == [
        asked
    ]
    for login in ("hieu.truong", "can.bo", "le.tan"):
        assert requests.requests(reading(school.ctx), school.actor(login), today) == ()
        assert code_of(requests.answer, school.ctx, school.actor(login), asked, "done") == "unknown-request"


# ---- erasing


def test_erased_means_gone_from_every_byte(school: ComplaintSchool, data: Path) -> None:
    """Found before, nowhere after: the boxes, the code's hash, the summary, the number of the đơn."""
    n = file_case(school)
    asked = ask(school, n)
    school.visit("2026-05-18")  # somebody else's, which must stay
    boxes = [bytes(row[0]) for row in rows(school, "SELECT box FROM sealed_texts WHERE case_n = ?", n)]
    boxes += [bytes(row[0]) for row in rows(school, "SELECT box FROM privacy_requests")]
    others = [bytes(row[0]) for row in rows(school, "SELECT box FROM sealed_texts WHERE case_n <> ?", n)]
    assert len(boxes) >= 4
    assert others
    names = [CODE_HASH.encode(), SUMMARY.encode(), b"77/KN-HOA", b"le thi hoa"]
    before = b"".join(everything(data).values())
    needles = erasure_proof.windows(boxes)
    assert erasure_proof.search(data, needles).found
    assert all(box[:32] in before for box in boxes)
    assert all(name in before for name in names)

    erased = requests.answer(school.ctx, school.actor("hieu.pho"), asked, "done")

    assert erased is not None
    assert erased.boxes == len(boxes)
    assert erased.proof.holds
    assert erased.in_backups_until == date(2026, 6, 17)
    files = everything(data)
    assert {"hailong.db", "hailong.db-wal", "hailong.db-shm", "erasures"} <= files.keys()
    after = b"".join(files.values())
    for box in boxes:
        for start in range(0, len(box) - 32):
            assert box[start : start + 32] not in after
    for name in names:
        assert name not in after
    assert all(box[:32] in after for box in others)
    assert erasure_proof.search(data, needles).found == ()


def test_the_tombstone_stays_in_the_counts(school: ComplaintSchool) -> None:
    n = file_case(school)
    counted = rows(school, "SELECT year, number, kind, channel, received_on, about FROM cases")
    school.go("2026-05-20")
    erase_case(school.ctx, "hieu.pho", n, Word("asked"))
    assert (Path(school.ctx.settings.data) / "hailong.db-wal").stat().st_size == 0
    assert rows(school, "SELECT year, number, kind, channel, received_on, about FROM cases") == counted
    ((status, version, code, summary, search, petition, day, erased_at),) = rows(
        school,
        "SELECT status, version, code_hash, summary, search, petition_number, petition_date, erased_at"
        " FROM cases",
    )
    assert (status, code, summary, search, petition, day) == ("closed", None, "", "", None, "2026-05-17")
    assert erased_at == school.now
    entries = rows(school, "SELECT seq, action, actor, data FROM case_entries ORDER BY seq")
    assert [entry[0] for entry in entries] == list(range(1, len(entries) + 1))
    assert (entries[-1][0], entries[-1][1], entries[-1][2]) == (version, "erase", "hieu.pho")
    assert json.loads(str(entries[-1][3])) == {"why": "asked"}
    kinds = [json.loads(str(entry[3])).get("kind") for entry in entries]
    assert kinds == ["pakn", "pakn", "khieu_nai", None, None]


def test_entries_still_cannot_be_edited(school: ComplaintSchool) -> None:
    n = file_case(school)
    change = school.ctx.store.connection.execute
    with pytest.raises(sqlite3.IntegrityError):
        change("UPDATE case_entries SET data = '{}' WHERE case_n = ?", (n,))
    erase_case(school.ctx, "hieu.pho", n, Word("asked"))
    for wrong in (
        "data = data || ' '",
        "actor = 'x'",
        "at = 1",
        "action = 'open'",
        "reason = 'x'",
        "seq = 77",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            change(f"UPDATE case_entries SET {wrong} WHERE case_n = ?", (n,))
    with pytest.raises(sqlite3.IntegrityError):
        change("DELETE FROM case_entries WHERE case_n = ?", (n,))


def test_an_open_case_is_erased_only_where_its_person_asked(school: ComplaintSchool) -> None:
    n = file_case(school)
    assert code_of(erase_case, school.ctx, "hieu.pho", n, Word("retention")) == "erase-open-case"
    assert code_of(erase_case, school.ctx, "hieu.pho", 99, Word("asked")) == "unknown-case"
    erase_case(school.ctx, "hieu.pho", n, Word("asked"))
    assert code_of(erase_case, school.ctx, "hieu.pho", n, Word("asked")) == "already-erased"


def test_what_fails_in_the_middle_erases_nothing(
    school: ComplaintSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    n = file_case(school)
    before = rows(school, "SELECT * FROM cases"), rows(school, "SELECT * FROM sealed_texts")

    def full(*_: object) -> None:
        raise Problem("cannot-write", path="erasures", reason="full")

    monkeypatch.setattr(erasure_list, "add", full)
    assert code_of(erase_case, school.ctx, "hieu.pho", n, Word("asked")) == "cannot-write"
    assert (rows(school, "SELECT * FROM cases"), rows(school, "SELECT * FROM sealed_texts")) == before


def test_refused_messages_that_carried_the_box_lose_it(school: ComplaintSchool, data: Path) -> None:
    n = file_case(school)
    ((box, id),) = rows(
        school, "SELECT t.box, c.id FROM sealed_texts t JOIN cases c ON c.n = t.case_n WHERE t.seq = 1"
    )
    sealed = complaint.encode_sealed(bytes(box))
    letters = [
        (None, f'{{"v":1,"boot":"x","events":[{{"sealed":"{sealed}"}}]}}', True),
        (id, '{"id":"same event, other content"}', True),
        (None, '{"another":"message"}', False),
    ]
    for number, (event_id, payload, _) in enumerate(letters):
        school.ctx.store.connection.execute(
            "INSERT INTO dead_letters"
            " (school, device, code, event_id, payload, digest, times, first_at, last_at)"
            " VALUES (?, 'kiosk-1', 'conflict', ?, ?, ?, 1, 0, 0)",
            (SCHOOL, event_id, payload.encode(), str(number)),
        )
    assert erase_case(school.ctx, "hieu.pho", n, Word("asked")).proof.holds
    left = [bytes(row[0]) for row in rows(school, "SELECT payload FROM dead_letters ORDER BY n")]
    assert left == [b"" if gone else payload.encode() for _, payload, gone in letters]


def test_who_came_to_the_desk_is_erased_with_the_case(school: ComplaintSchool) -> None:
    ref = school.visit("2026-05-18", name="Lê Thị Hoa", address="Tổ 5")
    assert rows(school, "SELECT box IS NULL FROM receptions") == [(0,)]
    ((n,),) = rows(school, "SELECT n FROM cases")
    assert ref == ref_of(school, n)
    assert erase_case(school.ctx, "hieu.pho", n, Word("asked")).proof.holds
    assert rows(school, "SELECT box, day FROM receptions") == [(None, "2026-05-18")]


def test_proof_names_the_files_in_which_something_still_is(school: ComplaintSchool, data: Path) -> None:
    n = file_case(school)
    aside = data / "before-restore-20260518T000000Z.db"
    back_up(school.ctx, aside)
    erased = erase_case(school.ctx, "hieu.pho", n, Word("asked"))
    assert not erased.proof.holds
    assert erased.proof.found == (aside.name,)


def test_search_finds_across_the_pieces_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needle = os.urandom(erasure_proof.WINDOW)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_bytes(b"x" * 90 + needle + b"y" * 50)
    (tmp_path / "b").write_bytes(b"z" * 300)
    for size in (32, 33, 64, 100, 121, 1000):
        monkeypatch.setattr(erasure_proof, "_CHUNK", size)
        found = erasure_proof._read_back(tmp_path, [needle])
        assert found == erasure_proof.Proof(2, 472, ("sub/a",), ())
        assert not found.holds
    assert erasure_proof.search(tmp_path, [needle]).found == ("sub/a",)
    assert erasure_proof.search(tmp_path, [os.urandom(32)]).holds


# ---- backups


def test_an_older_backup_does_not_bring_it_back(school: ComplaintSchool, data: Path, tmp_path: Path) -> None:
    n = file_case(school)
    box = bytes(rows(school, "SELECT box FROM sealed_texts WHERE seq = 1")[0][0])  # type: ignore[arg-type]
    kept = tmp_path / "sao-luu.db"
    said = hailong("backup", "-o", kept, "--data", data, "--json")
    today = date.today()  # noqa: DTZ011 - the command's own clock, its day at the school or the one before
    assert abs((date.fromisoformat(said["delete_after"]) - today).days - 30) <= 1
    erase_case(school.ctx, "hieu.pho", n, Word("asked"))
    school.ctx.store.close()
    assert box[:32] in kept.read_bytes()
    again = hailong("restore", kept, "--data", data, "--json")
    assert again["erased_again"] == 1
    assert rows(school, "SELECT erased_at IS NULL, code_hash, summary FROM cases") == [(0, None, "")]
    assert rows(school, "SELECT box FROM sealed_texts") == []
    action, actor, data_of = rows(school, "SELECT action, actor, data FROM case_entries ORDER BY seq DESC")[0]
    assert (action, actor) == ("erase", "")
    assert json.loads(str(data_of)) == {"why": "restored", "was": "asked", "at": school.now}
    school.ctx.store.close()
    assert box[:32] not in b"".join(everything(data).values())
    assert reapply(school.ctx) is None


def test_the_list_of_erasures_stands_torn_lines_and_lost_files(school: ComplaintSchool, data: Path) -> None:
    n = file_case(school)
    (data / "erasures").write_bytes(b"00000000-0000-4000-80")  # a power cut in the middle of a line
    erase_case(school.ctx, "hieu.pho", n, Word("asked"))
    ((id, at),) = rows(school, "SELECT id, erased_at FROM cases")
    assert erasure_list.read(school.ctx) == [(id, at, "asked", (), code_mark(CODE_HASH))]
    assert (data / "erasures").read_text().splitlines() == [
        "00000000-0000-4000-80",
        f"{id} {at} asked  {code_mark(CODE_HASH)}",
    ]
    assert set((data / "erasures").read_text()) <= set("0123456789abcdef- asked\n")
    (data / "erasures").unlink()
    assert erasure_list.read(school.ctx) == []
    assert reapply(school.ctx) is None
    assert erasure_list.read(school.ctx) == [(id, at, "", (), "")]
    (data / "erasures").write_text("đây không phải danh sách\n")
    assert code_of(erasure_list.read, school.ctx) == "bad-erasures-file"


# ---- what is kept for how long


def close(school: ComplaintSchool, n: int, day: str) -> None:
    school.act(day, ref_of(school, n), "close", reason="withdrawn")


def test_months_end_with_their_last_day() -> None:
    assert retention_sweep.months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert retention_sweep.months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert retention_sweep.months_after(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert retention_sweep.months_after(date(2026, 11, 30), 120) == date(2036, 11, 30)


def test_the_sweep_erases_what_is_over_and_nothing_else(school: ComplaintSchool, data: Path) -> None:
    old, new, still = (
        school.send(day, name="Lê Thị Hoa") for day in ("2026-01-06", "2026-03-02", "2026-01-06")
    )
    for ref, day in ((old, "2026-01-07"), (new, "2026-03-03")):
        school.act(day, ref, "close", reason="withdrawn")
    months = keep_months("pakn", date(2026, 1, 7)).months
    last = retention_sweep.months_after(date(2026, 1, 7), months)
    school.go(last.isoformat())
    assert retention_sweep.sweep(school.ctx, last).cases == ()
    swept = retention_sweep.sweep(school.ctx, retention_sweep.months_after(date(2026, 1, 8), months))
    assert len(swept.cases) == 1
    assert swept.proof is not None
    assert swept.proof.holds
    states = rows(school, "SELECT number, erased_at IS NULL FROM cases ORDER BY number")
    assert [state[1] for state in states] == [0, 1, 1]
    assert still
    assert retention_sweep.sweep(school.ctx, last).cases == ()


def test_contacts_go_before_their_time_when_somebody_unlocks(school: ComplaintSchool) -> None:
    """The consent promises a day; the text outlives it, without who wrote it."""
    n = file_case(school)
    close(school, n, "2026-05-20")
    months = keep_months("contact", date(2026, 5, 20)).months
    keys = school.open_keys("hieu.pho")
    school.go(retention_sweep.months_after(date(2026, 5, 20), months - 3).isoformat())
    assert retention_sweep.forget_contacts(school.ctx, keys) == 0
    school.go(retention_sweep.months_after(date(2026, 5, 25), months - 1).isoformat())
    before = rows(school, "SELECT box FROM sealed_texts WHERE case_n = ? AND seq = 1", n)
    assert keys.open("complaints", before[0][0]).contact  # type: ignore[union-attr,arg-type]
    assert retention_sweep.forget_contacts(school.ctx, keys) == 1
    ((box,),) = rows(school, "SELECT box FROM sealed_texts WHERE case_n = ? AND seq = 1", n)
    letter = keys.open("complaints", box)  # type: ignore[arg-type]
    assert letter is not None
    assert letter.text == BODY
    assert letter.contact is None
    assert len(letter.reply_key) == 32
    assert retention_sweep.forget_contacts(school.ctx, keys) == 0
    swept = retention_sweep.sweep(school.ctx, retention_sweep.months_after(date(2026, 5, 21), months))
    assert swept.letters == 0
    assert school.readings() == []


def test_contacts_go_together_and_nothing_is_opened_for_none(school: ComplaintSchool) -> None:
    """Neither for what is not due, nor for another school's, which these keys cannot open."""
    cases = [file_case(school, code_hash=f"{n:064x}") for n in range(5)]
    for n in cases:
        close(school, n, "2026-05-20")
    keys = school.open_keys("hieu.pho")
    months = keep_months("contact", date(2026, 5, 20)).months

    def opened(day: date, forgotten: int) -> int:
        school.go(day.isoformat())
        with statements(school.ctx.store) as found:
            assert retention_sweep.forget_contacts(school.ctx, keys) == forgotten
        return sum(each.startswith("BEGIN IMMEDIATE") for each in found)

    due = retention_sweep.months_after(date(2026, 5, 25), months - 1)
    assert opened(retention_sweep.months_after(date(2026, 5, 20), months - 3), 0) == 0
    (spoiled, foreign), connection = cases[:2], school.ctx.store.connection
    connection.execute("UPDATE sealed_texts SET box = x'00' WHERE case_n = ? AND seq = 1", (spoiled,))
    add_school(school.ctx, "khac", "Trường Khác")
    connection.execute("UPDATE cases SET school = 'khac' WHERE n = ?", (foreign,))
    assert opened(due, 3) == 1
    assert opened(due, 0) == 0
    left = "SELECT n FROM cases WHERE contact_gone_at IS NULL ORDER BY n"
    assert rows(school, left) == [(spoiled,), (foreign,)]


def test_a_contact_that_nobody_could_take_out_goes_with_its_letter(school: ComplaintSchool) -> None:
    n = file_case(school)
    close(school, n, "2026-05-20")
    months = keep_months("contact", date(2026, 5, 20)).months
    day = retention_sweep.months_after(date(2026, 5, 21), months)
    school.go(day.isoformat())
    swept = retention_sweep.sweep(school.ctx, day)
    assert (swept.letters, swept.cases) == (1, ())
    assert swept.proof is not None
    assert swept.proof.holds
    assert rows(school, "SELECT COUNT(*) FROM sealed_texts WHERE case_n = ? AND seq = 1", n) == [(0,)]
    assert rows(school, "SELECT COUNT(*) > 0 FROM sealed_texts WHERE case_n = ?", n) == [(1,)]


def test_names_of_visitors_and_stores_put_aside_have_their_day(school: ComplaintSchool, data: Path) -> None:
    school.visit("2026-05-18", name="Lê Thị Hoa", opens=False)
    aside, young = (data / f"before-restore-{day}T010203Z.db" for day in ("20260401", "20260515"))
    for path in (aside, young):
        path.write_bytes(b"an old store")
    school.go("2026-05-20")
    swept = retention_sweep.sweep(school.ctx, date(2026, 5, 20))
    assert swept.asides == (aside.name,)
    assert young.exists()
    assert swept.visits == 0
    later = date(2028, 5, 20)
    school.go(later.isoformat())
    ((without_case,),) = rows(school, "SELECT COUNT(*) FROM receptions WHERE case_n IS NULL")
    assert retention_sweep.sweep(school.ctx, later).visits == without_case


def test_a_running_server_sweeps_by_itself(school: ComplaintSchool, data: Path) -> None:
    """Times of the real clock: what was closed three years before today is gone once it has started."""
    n = file_case(school)
    close(school, n, "2026-05-20")
    school.ctx.store.connection.execute("UPDATE cases SET closed_at = 1500000000000, kind = 'pakn'")
    school.ctx.store.close()
    vouch(data)
    with ServerProcess(data) as server:
        # The log says so last: after the erasure was proved in all files.
        wait_until(lambda: "kept long enough" in server.words(), "the word of the sweep")
        assert rows(school, "SELECT COUNT(*) FROM sealed_texts") == [(0,)]
        assert server.health() == 200
    assert "Hoa" not in server.words()


def test_a_sweep_that_fails_does_not_stop_the_server(school: ComplaintSchool, data: Path) -> None:
    (data / "before-restore-20200101T000000Z.db").mkdir()  # cannot be deleted as a file
    school.ctx.store.close()
    vouch(data)
    with ServerProcess(data) as server:
        wait_until(lambda: "could not be erased" in server.words(), "the word of the sweep")
        assert server.health() == 200


# ---- commands


def test_the_commands_from_request_to_proof(school: ComplaintSchool, data: Path, tmp_path: Path) -> None:
    n = file_case(school)
    asked, ref = ask(school, n), ref_of(school, n)
    kept = tmp_path / "truoc.db"
    back_up(school.ctx, kept)
    school.ctx.store.close()
    by = ("--by", "hieu.pho", "--data", data)
    listed = hailong("privacy", "list", *by, "--json")
    assert [(each["request"], each["kind"], each["case"]) for each in listed["requests"]] == [
        (asked, "delete", ref)
    ]
    assert "working days left" in hailong("privacy", "list", *by)
    found = hailong("privacy", "prove", "--case", ref, *by, "--json")
    assert (found["erased"], "hailong.db" in found["found"]) == (False, True)
    answered = hailong("privacy", "answer", asked, "--done", *by, "--json")
    assert answered["erased"]["proof"]["holds"]
    assert "There is none" in hailong("privacy", "list", *by)
    proved = hailong("privacy", "prove", "--case", ref, "--against", kept, *by, "--json")
    assert proved["erased"]
    assert proved["boxes"] == answered["erased"]["boxes"]
    assert proved["holds"]
    shutil.copy(kept, data / "quen-xoa.db")
    forgotten = run_hailong("privacy", "prove", "--case", ref, "--against", kept, *by)
    assert forgotten.returncode == 1
    assert "quen-xoa.db" in forgotten.stderr


def test_commands_say_what_is_wrong(school: ComplaintSchool, data: Path) -> None:
    n = file_case(school)
    ref = ref_of(school, n)
    school.ctx.store.close()

    def said(*arguments: object, stdin: str | None = None) -> str:
        done = run_hailong("privacy", *arguments, "--data", data, stdin=stdin)
        assert done.returncode != 0
        assert len(done.stderr.strip().splitlines()) == 1
        return done.stderr

    assert "Nobody does this alone" in said("erase", "--case", ref, "--by", "hieu.pho")
    assert "no case" in said("erase", "--case", "2026-999", "--by", "hieu.pho")
    assert "no account" in said("list", "--by", "ai-do")
    assert "either --done or --refused" in said("answer", "1", "--by", "hieu.pho")
    assert "no such request" in said("answer", "1", "--done", "--by", "hieu.pho")
    two = ("--second", "can.bo", "--passphrase-stdin")
    assert said("erase", "--case", ref, "--by", "le.tan", *two, stdin=f"{PASSWORD}\n")
    assert "password of 'can.bo'" in said("erase", "--case", ref, "--by", "hieu.pho", *two, stdin="đoán\n")
    erased = hailong(
        "privacy", "erase", "--case", ref, "--by", "hieu.pho", *two, "--data", data, stdin=f"{PASSWORD}\n"
    )
    assert "Backups made before today still hold it" in erased
    assert "no sealed text" in said("prove", "--case", ref, "--by", "hieu.pho")
    assert "plausible for a day" in said("sweep")  # nobody has watched this machine's clock yet
    vouch(data)
    assert hailong("privacy", "sweep", "--data", data, "--json")["cases"] == []


def test_settings_say_how_long_a_backup_may_be_kept(school: ComplaintSchool, data: Path) -> None:
    n = file_case(school)
    school.ctx.store.close()
    other = contexts.build(Settings(data=str(data), backup_keep_days=7), now=lambda: school.now)
    assert erase_case(other, "hieu.pho", n, Word("asked")).in_backups_until == date(2026, 5, 25)
    other.store.close()
