"""The queue: what stands on top, what a search finds, what each person is reminded of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest

from server.services.cases import casefile
from server.services.cases.queue import Queue, attention, queue, reminders, waiting
from server.services.deadlines.calendars import clear_day, set_day
from server.services.keys import keys
from survey_defs.letter import Letter
from tests.support.complaint_school import SCHOOL, ComplaintSchool
from tests.support.reading import reading

DEPUTY, OFFICER, PRINCIPAL, DESK, STAFF, NOBODY = (
    "hieu.pho", "can.bo", "hieu.truong", "le.tan", "van.phong", "ky.thuat",
)  # fmt: skip
TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComplaintSchool]:
    """On Monday 1 June 2026:

    1: new since today. 2: received on 18 May, due today, the officer's. 3: late since 29 May, nobody's.
    4: answered. 5: thanks, new. 6: a tố cáo. 7: closed. 8: in the officer's hands, the sender has
    written. 9: half time.
    """
    school = ComplaintSchool(tmp_path_factory.mktemp("queue"))
    made = [
        school.send(day, about=about)
        for day, about in (
            ("2026-06-01", ("cho-lau",)), ("2026-05-18", ("tre-hen",)), ("2026-05-15", ("thai-do",)),
            ("2026-05-18", ("cho-lau",)), ("2026-05-30", ("khen-ngoi",)), ("2026-05-20", ("khoan-thu",)),
            ("2026-05-11", ("viec-khac",)), ("2026-05-29", ("huong-dan",)), ("2026-05-25", ("hoc-sinh",)),
        )
    ]  # fmt: skip
    assert made == [f"2026-{number}" for number in range(1, 10)]
    for number, summary in (
        (2, "Trả hồ sơ trễ"),
        (4, "Đường vào cổng tối"),
        (8, "Học bạ 50%_đúng"),
        (9, "x"),
    ):
        school.act("2026-05-29", f"2026-{number}", "classify", kind="pakn", summary=summary)
    for number in (2, 4, 8):
        school.act("2026-05-29", f"2026-{number}", "assign", assignee=OFFICER)
    school.act("2026-05-29", "2026-4", "answer", OFFICER, text="Đã lắp đèn")
    school.act("2026-05-29", "2026-8", "start", OFFICER)
    school.act("2026-05-29", "2026-2", "start", OFFICER)
    school.act("2026-05-29", "2026-6", "petition", kind="to_cao", number="1/TC", date="2026-05-28")
    school.act(
        "2026-05-29", "2026-7", "forward", body="Công an phường", mode="transfer", reason="not_competent"
    )
    with school.ctx.write() as work:
        row = work.sql.case_find(school=SCHOOL, year=2026, number=8)
        box = keys.seal_for_desk(work, SCHOOL, "complaints", Letter("Thêm một ý"))
        casefile.append(work, row, actor="sender", action="word", boxes={"desk": box})
    with closing(school.ctx.store):
        yield school


def listed(found: Queue) -> list[int]:
    return [row.number for row in found.rows]


def test_late_ones_stand_on_top_then_by_the_day_they_are_due(school: ComplaintSchool) -> None:
    found = queue(reading(school.ctx), school.actor(DEPUTY), TODAY)
    assert listed(found) == [3, 2, 6, 9, 8, 1, 4, 5]
    assert [row.late for row in found.rows] == [True] + 7 * [False]
    late = found.rows[0]
    assert late.clock is not None
    assert (late.clock.deadline.last_day, late.clock.remaining) == (date(2026, 5, 29), -1)
    due = {
        row.number: row.clock.deadline.last_day
        for row in found.rows
        if row.clock and not row.clock.stopped_on
    }
    assert due == {
        1: date(2026, 6, 15), 2: date(2026, 6, 1), 3: date(2026, 5, 29), 6: date(2026, 6, 8),
        8: date(2026, 6, 12), 9: date(2026, 6, 8),
    }  # fmt: skip


def test_filters_and_counts(school: ComplaintSchool) -> None:
    deputy = school.actor(DEPUTY)
    assert listed(queue(reading(school.ctx), deputy, TODAY, late=True)) == [3]
    assert listed(queue(reading(school.ctx), deputy, TODAY, status="new")) == [3, 1, 5]
    assert listed(queue(reading(school.ctx), deputy, TODAY, kind="to_cao")) == [6]
    assert listed(queue(reading(school.ctx), deputy, TODAY, assignee=OFFICER)) == [2, 8, 4]
    assert listed(queue(reading(school.ctx), deputy, TODAY, assignee="")) == [3, 6, 9, 1, 5]
    assert listed(queue(reading(school.ctx), deputy, TODAY, ended=True)) == [7]
    assert listed(queue(reading(school.ctx), deputy, TODAY, assignee=OFFICER, status="answered")) == [4]
    counts = queue(reading(school.ctx), deputy, TODAY, status="new", q="x").counts
    assert (counts.total, counts.late, counts.unassigned, counts.ended) == (8, 1, 5, 1)
    assert counts.statuses == {"new": 3, "classified": 2, "in_progress": 2, "answered": 1}
    assert counts.kinds == {"pakn": 6, "thong_tin": 1, "to_cao": 1}
    assert counts.assignees == {OFFICER: 3}
    assert queue(reading(school.ctx), school.actor(OFFICER), TODAY).counts.mine == 3


def test_everybody_sees_the_list_but_what_lies_in_the_sealed_room(school: ComplaintSchool) -> None:
    for login in (PRINCIPAL, OFFICER, DESK, STAFF):
        found = queue(reading(school.ctx), school.actor(login), TODAY)
        assert 6 not in listed(found)
        assert found.counts.total == 7
        assert found.counts.kinds == {"pakn": 6, "thong_tin": 1}
        assert sum(found.counts.statuses.values()) == 7
    assert not queue(reading(school.ctx), school.actor(NOBODY), TODAY).rows
    assert queue(reading(school.ctx), school.actor(NOBODY), TODAY, ended=True).counts.ended == 0


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("trễ", [2]), ("TRE hen", [2]), ("hồ sơ trả", [2]), ("duong cong", [4]), ("đường tối", [4]),
        ("cho lau", [1, 4]), ("2026-9", [9]), ("9/2026", [9]), ("số 9/2026", [9]),
        ("Số 09/2026", [9]), ("số 9 năm 2026", [9]), ("８/２０２６", [8]),
        ("long wait", [1, 4]), ("can.bo", [2, 8, 4]), ("50%_", [8]),
        ("%", [8]), ("_", [8]), ("1/TC", [6]), ("tre cong", []), ("\\", []), ("'; DROP TABLE cases; --", []),
        ("Thêm một ý", []), ("Chờ lâu quá", []), ("   ", [3, 2, 6, 9, 8, 1, 4, 5]),
    ],
)  # fmt: skip
def test_search_knows_vietnamese_and_never_what_is_sealed(
    school: ComplaintSchool, q: str, found: list[int]
) -> None:
    assert listed(queue(reading(school.ctx), school.actor(DEPUTY), TODAY, q=q)) == found


def test_a_search_finds_the_body_a_case_went_to(school: ComplaintSchool) -> None:
    deputy = school.actor(DEPUTY)
    assert listed(queue(reading(school.ctx), deputy, TODAY, q="cong an phuong", ended=True)) == [7]
    assert listed(queue(reading(school.ctx), deputy, TODAY, q="cong an phuong")) == []
    assert listed(queue(reading(school.ctx), school.actor(STAFF), TODAY, q="1/TC")) == []


def told(school: ComplaintSchool, login: str, day: date) -> list[tuple[str, int]]:
    return [
        (each.kind, each.row.number)
        for each in reminders(waiting(reading(school.ctx), school.actor(login), day))
    ]


def test_each_is_reminded_of_what_they_can_act_on(school: ComplaintSchool) -> None:
    assert told(school, DEPUTY, TODAY) == [("late", 3), ("today", 2), ("half", 9)]
    assert told(school, OFFICER, TODAY) == [("today", 2)]
    assert told(school, DESK, TODAY) == [("late", 3)]
    assert told(school, STAFF, TODAY) == []
    assert told(school, OFFICER, date(2026, 5, 28)) == [("two_days", 2)]
    later = told(school, DEPUTY, date(2026, 5, 15) + timedelta(days=30))
    assert ("forty_five", 3) in later
    assert later.index(("late", 3)) < later.index(("forty_five", 3))
    assert ("forty_five", 4) not in told(school, DEPUTY, date(2026, 7, 30))  # answered


@pytest.mark.parametrize("of", [SCHOOL, ""])
def test_the_reminders_follow_a_day_that_is_set_and_the_day_it_is(school: ComplaintSchool, of: str) -> None:
    before = [("late", 3), ("today", 2), ("half", 9)]
    assert told(school, DEPUTY, TODAY) == before
    set_day(school.ctx, of, date(2026, 5, 28), worked=False, name="Nghỉ", by=DEPUTY)
    assert told(school, DEPUTY, TODAY) == [("today", 3), ("two_days", 2)]
    assert told(school, DEPUTY, TODAY + timedelta(days=1)) == [("late", 3), ("today", 2), ("half", 9)]
    clear_day(school.ctx, of, date(2026, 5, 28))
    assert told(school, DEPUTY, TODAY) == before


def test_what_asks_for_somebody_today(school: ComplaintSchool) -> None:
    # New: 1, 3, 5; due today: 2; the sender has written: 8.
    assert attention(reading(school.ctx), school.actor(DEPUTY), TODAY) == 5
    assert attention(reading(school.ctx), school.actor(OFFICER), TODAY) == 2
    assert attention(reading(school.ctx), school.actor(DESK), TODAY) == 3
    assert attention(reading(school.ctx), school.actor(STAFF), TODAY) == 0
