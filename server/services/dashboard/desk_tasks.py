"""What the desk has to do today, for the first page: pressing complaints, requests, a key that is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from server.domain.access.roles import CASES, LEADERS, PRINCIPAL, RECEPTION
from server.domain.cases.casework import Actor, sees
from server.rules.limits import neglect_on
from server.services.cases import queue
from server.services.cases.queue import Reminder, Row
from server.services.cases.unreadable import unread_for
from server.services.context import Work
from server.services.keys.keys import intake_key, principal_key
from server.services.privacy import requests
from survey_defs.model import localized
from survey_defs.subjects import builtin_subjects


class CaseTask(NamedTuple):
    """One complaint that presses. `about`: its trích yếu, or its subjects where nobody has written one."""

    kind: str
    """`late`, `today`, `two_days` or `nears_neglect`."""
    ref: str
    number: int
    about: str
    last_day: date | None
    remaining: int | None
    days_old: int
    most_days: int
    """Of a đơn that lies unprocessed."""


class Waiting(NamedTuple):
    """How many there are of something, and the day that says how pressing they are."""

    number: int
    day: date


class DeskTasks(NamedTuple):
    """All of it; empty for whom complaints are no business of theirs."""

    cases: tuple[CaseTask, ...] = ()
    new: Waiting | None = None
    """Complaints that nobody has received yet; the day of the oldest."""
    requests: Waiting | None = None
    """Requests about personal data; the day on which the first is due."""
    spoken: int = 0
    """Ended cases in which the sender has the last word: nobody takes them up by themselves."""
    unread: int = 0
    """Cases of secret rooms that stand in nobody's queue."""
    no_key: bool = False
    """Whether a leader is to hear that devices take no complaints yet: a hint, for it is due on no day."""
    no_principal_key: bool = False
    """Whether a leader who is no principal is to hear that nobody can say that a complaint is about the
    principal; a hint too."""

    def __len__(self) -> int:
        return len(self.cases) + bool(self.new) + bool(self.requests) + bool(self.unread) + bool(self.spoken)


def desk_tasks(work: Work, actor: Actor, today: date, lang: str) -> DeskTasks:
    """What this actor has to do at the desk today; subjects in `lang`."""
    if actor.role not in CASES:
        return DeskTasks()
    waiting = queue.waiting(work, actor, today)
    new = [row for row in waiting if row.status == "new"]
    asked = requests.requests(work, actor, today) if actor.role in RECEPTION else ()
    no_key = intake_key(work, actor.school) is None
    return DeskTasks(
        cases=_pressing(waiting, today, lang),
        new=Waiting(len(new), min(row.received_on for row in new)) if new else None,
        requests=Waiting(len(asked), asked[0].deadline.last_day) if asked else None,
        spoken=queue.spoken(work, actor),
        unread=unread_for(work, actor),
        no_key=actor.role in LEADERS and no_key,
        no_principal_key=actor.role in LEADERS
        and actor.role != PRINCIPAL
        and not no_key
        and principal_key(work, actor.school) is None,
    )


def marks(work: Work, actor: Actor) -> tuple[object, ...]:
    """What changes whenever something happens to a case that this actor may know of, and costs little."""
    if actor.role not in CASES:
        return ()
    sql = work.sql
    counted = (sql.desk_marks, sql.desk_request_marks)
    return tuple(tuple(row) for count in counted for row in count(school=actor.school) if sees(actor, row))


def _pressing(waiting: Iterable[Row], today: date, lang: str) -> tuple[CaseTask, ...]:
    """Each case once, by what presses most; half time is no task of today."""
    found: dict[str, CaseTask] = {}
    for reminder in queue.reminders(waiting):
        if reminder.kind != "half" and reminder.ref not in found:
            found[reminder.ref] = _task(reminder, today, lang)
    return tuple(found.values())


def _task(reminder: Reminder, today: date, lang: str) -> CaseTask:
    row, clock = reminder.row, reminder.clock
    known = {subject.id: localized(subject.text, lang) for subject in builtin_subjects()}
    return CaseTask(
        kind=reminder.kind,
        ref=reminder.ref,
        number=row.number,
        about=row.summary or ", ".join(known.get(each, each) for each in row.about),
        last_day=clock.deadline.last_day if clock else None,
        remaining=clock.remaining if clock else None,
        days_old=(today - row.received_on).days,
        most_days=neglect_on(row.received_on).days,
    )
