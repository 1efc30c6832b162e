"""How complaints stand in a report: the counts of 01/XLD and 01/TCD, what was in time, what is still open.

A report is read by many, so it counts only what anybody at the school may know of: the sealed room and
cases against the principal are left out whole, in whoever's hands the report is made. Nothing of what
people wrote is read here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import msgspec

from server.domain.cases.case_clocks import MAIN_RULES
from server.domain.cases.casework import ENDS
from server.domain.deadlines.deadlines import IsWorked, remaining
from server.domain.figures.periods import Period
from server.domain.registers.petition_counts import (
    THANKS,
    PetitionRow,
    Standing,
    count_petitions,
    count_thanks,
    standing,
)
from server.domain.registers.reception_counts import ReceptionRow, count_receptions
from server.rules.petitions import large_group
from server.services.context import Work
from server.services.deadlines.calendars import calendar
from server.services.keys.keys import public_key
from server.services.registers.case_histories import (
    Clock,
    Known,
    for_everybody,
    known_cases,
    reception_of,
    receptions,
)
from survey_defs.typed import from_json

_SETTLING = frozenset(MAIN_RULES.values())
_SETTLED = ("answered", "closed")


class OpenCase(NamedTuple):
    """A case that was not settled at the end of the period: nothing in it tells who or what.

    `left` are working days up to the last day of its limit, below 0 where that has passed; None where no
    limit ran.
    """

    ref: str
    kind: str
    status: str
    received: date
    due: date | None
    left: int | None


class Answers(NamedTuple):
    """What the limits say, of cases within the school's competence.

    Settled in the period `in_time` or `late`; at its end still open, `running` within their limits or
    `overdue`.
    """

    in_time: int
    late: int
    running: int
    overdue: int


class ReflectionScore(NamedTuple):
    """Kiến nghị – phản ánh by QĐ 766/QĐ-TTg, of those answered in the period or overdue at its end.

    `in_time` of `n` were answered in time or before; `content` of them were neither late nor answered to
    somebody's dissatisfaction. Both are None where `n` is too small to be told apart.
    """

    n: int
    in_time: int | None
    content: int | None


class ComplaintFacts(msgspec.Struct, frozen=True):
    """Everything that a report says of complaints; the figures cover the report's days.

    `taken`: whether the school takes complaints with this program at all. `subjects` are the ids of what
    đơn of the period were most about, where enough people said so, with how many.
    """

    taken: bool
    row: PetitionRow
    thanks: int
    receptions: ReceptionRow
    answers: Answers
    reflections: ReflectionScore
    subjects: tuple[tuple[str, int], ...]
    open: tuple[OpenCase, ...]


class _At(NamedTuple):
    """A case as it stood at the end of the period."""

    case: Known
    stood: Standing


def complaint_facts(work: Work, school: str, shown: Period) -> ComplaintFacts:
    """The facts of those days; to be called within the report's snapshot."""
    first, last = shown.start, shown.end
    cases = known_cases(work, school, for_everybody, first)
    came = [reception_of(row) for row, _ in receptions(work, school, cases)]
    histories = [case.history for case in cases]
    at = [
        _At(case, stood)
        for case in cases
        if (stood := standing(case.history, last)) is not None and stood.entered is not None
    ]
    competent = [each for each in at if _competent(each.stood)]
    reflections = [each for each in competent if each.stood.kind == "pakn"]
    return ComplaintFacts(
        taken=_was_taken(work, school),
        row=count_petitions(histories, first, last),
        thanks=count_thanks(histories, first, last),
        receptions=count_receptions(came, first, last, large_group),
        answers=_answers(competent, first, last),
        reflections=_score(reflections, first, last, work.ctx.settings.small_cell),
        subjects=_subjects(at, first, work.ctx.settings.small_cell),
        open=_open(competent, last, calendar(work, school)),
    )


def _was_taken(work: Work, school: str) -> bool:
    """Whether the school can take complaints, or ever had one that a report may count."""
    ever = work.sql.register_ever(school=school)
    return ever is not None or public_key(work, school) is not None


def _competent(stood: Standing) -> bool:
    """Whether it is, or may yet be, the school's own to settle."""
    return stood.kind != THANKS and stood.outside is None and (stood.processed is None or stood.eligible)


def _running(case: Known, day: date) -> Clock | None:
    """The limit that ran at the end of `day`, the nearest where there were several."""
    running = [
        clock
        for clock in case.clocks
        if clock.deadline.start <= day and (clock.stopped is None or clock.stopped > day)
    ]
    return min(running, key=lambda clock: clock.last_day, default=None)


def _verdict(each: _At, first: date, last: date) -> str | None:
    """`in_time` or `late` for what was settled in the period, `running` or `overdue` for what was open."""
    if each.stood.status not in _SETTLED:
        clock = _running(each.case, last)
        return None if clock is None else "overdue" if last > clock.last_day else "running"
    settled = [
        clock
        for clock in each.case.clocks
        if clock.deadline.rule in _SETTLING and clock.stopped is not None and clock.stopped <= last
    ]
    if not settled:
        return None
    # A case that was reopened has had several: the period is answerable for the last one.
    clock = max(settled, key=lambda each: (each.stopped or last, each.deadline.start))
    if clock.stopped is None or clock.stopped < first:
        return None
    return "in_time" if clock.stopped <= clock.last_day else "late"


def _answers(competent: list[_At], first: date, last: date) -> Answers:
    counts = Counter(_verdict(each, first, last) for each in competent)
    return Answers(*(counts[name] for name in Answers._fields))


def _score(reflections: list[_At], first: date, last: date, small: int) -> ReflectionScore:
    verdicts = [(each, _verdict(each, first, last)) for each in reflections]
    due = [pair for pair in verdicts if pair[1] in ("in_time", "late", "overdue")]
    if len(due) < small:
        return ReflectionScore(len(due), None, None)
    in_time = [each for each, verdict in due if verdict == "in_time"]
    content = sum(each.case.row["satisfied"] != 0 for each in in_time)
    return ReflectionScore(len(due), len(in_time), content)


def _subjects(at: list[_At], first: date, small: int) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for each in at:
        if each.stood.entered is not None and each.stood.entered >= first:
            counts.update(from_json(each.case.row["about"], list[str]))
    return tuple((subject, n) for subject, n in counts.most_common() if n >= small)


def _open(competent: Iterable[_At], last: date, is_worked: IsWorked) -> tuple[OpenCase, ...]:
    """What was not settled, what is due first on top."""
    found = []
    for case, stood in competent:
        if stood.status in (*ENDS, "answered"):
            continue
        clock = _running(case, last)
        due = clock.last_day if clock else None
        left = remaining(clock.deadline, last, is_worked) if clock else None
        found.append(OpenCase(case.ref, stood.kind, stood.status, case.received, due, left))
    return tuple(sorted(found, key=lambda each: (each.due or date.max, each.received)))
