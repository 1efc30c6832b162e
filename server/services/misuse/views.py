"""What people see of answers that were left out: how many and why, in episodes, one by one.

What an answer said is never among it: else the low ones could be picked out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from server.domain.answers.clocks import CERTAIN
from server.domain.figures.periods import Period
from server.domain.figures.rates import Group, hide
from server.domain.localtime import start_of
from server.domain.misuse.misuse import BY_HAND, RULES
from server.domain.problems import Problem
from server.domain.records import Device
from server.services.context import Work
from server.services.devices import registry
from server.services.figures.rates import rates

EPISODES_A_PAGE = 50
ANSWERS_A_PAGE = 200
_APART_MS = 300_000
"""Answers that are flagged alike, further apart than that, are told as two episodes."""


class ReasonCount(NamedTuple):
    """How many answers were left out for one reason; `rated` of them are ratings."""

    reason: str
    n: int
    rated: int

    @property
    def others(self) -> int:
        """Those of surveys that enter no rate."""
        return self.n - self.rated


@dataclass(frozen=True)
class LeftOut:
    """A period's answers that were left out, and the rate without and with them.

    `included` is hidden where the two together would tell what a handful of left-out answers said.
    `returned` ratings were returned to the count by hand, `removed` left out by hand.
    """

    reasons: tuple[ReasonCount, ...]
    counted: Group
    included: Group
    returned: int
    removed: int

    @property
    def n(self) -> int:
        """How many answers were left out, to whatever survey."""
        return sum(reason.n for reason in self.reasons)


@dataclass(frozen=True)
class Episode:
    """Answers of one device that were left out together. `certain`: their times are known."""

    device: str
    label: str
    day: date
    reason: str
    n: int
    first_at: int
    last_at: int
    certain: bool


@dataclass(frozen=True)
class AnswerLine:
    """One answer, without what it said. `misuse`: why it is left out; `label`: what a person said of it."""

    n: int
    at: int
    certain: bool
    channel: str
    procedure: str | None
    took_ms: int | None
    misuse: str | None
    label: str | None


class Asked(NamedTuple):
    """Which answers are asked for: one device's of one day, perhaps of one reason and span (ms) only."""

    device: str
    day: date
    reason: str = ""
    first: int | None = None
    last: int | None = None


def left_out(work: Work, school: str, period: Period, *, both: bool = True) -> LeftOut:
    """What was left out of the period's rates; every reason, also those that did not occur.

    Without `both` the rate with them is hidden: of periods that overlap it would tell what some said.
    """
    sql = work.sql
    span = {"school": school, "first": period.start.isoformat(), "last": period.end.isoformat()}
    found = {row["misuse"]: row for row in sql.misuse_reasons(**span)}
    by_hand = {row["counted"]: row["n"] for row in sql.misuse_labelled(**span)}
    [counted] = rates(work, school, period.start, period.end)
    [included] = rates(work, school, period.start, period.end, misuse_included=True)
    return LeftOut(
        reasons=tuple(
            ReasonCount(reason, found[reason]["n"], found[reason]["rated"])
            if reason in found
            else ReasonCount(reason, 0, 0)
            for reason in (*RULES, *BY_HAND)
        ),
        counted=counted,
        included=hide(included)
        if not both or 0 < counted.misuse < work.ctx.settings.small_cell
        else included,
        returned=by_hand.get(1, 0),
        removed=by_hand.get(0, 0),
    )


def episodes(work: Work, school: str, period: Period, page: int = 1) -> tuple[list[Episode], int]:
    """One page of the period's episodes, the newest first, and how many there are in all."""
    rows = list(
        work.sql.misuse_episodes(
            school=school,
            first=period.start.isoformat(),
            last=period.end.isoformat(),
            apart=_APART_MS,
            count=EPISODES_A_PAGE,
            skipped=(page - 1) * EPISODES_A_PAGE,
        )
    )
    labels = {device.id: device.label for device in registry.devices_ever(work, school)}
    found = [
        Episode(
            device=row["device"],
            label=labels.get(row["device"], row["device"]),
            day=date.fromisoformat(row["day"]),
            reason=row["misuse"],
            n=row["n"],
            first_at=row["first_at"],
            last_at=row["last_at"],
            certain=not row["unsure"],
        )
        for row in rows
    ]
    return found, rows[0]["episodes"] if rows else 0


def device_of(work: Work, school: str, id: str) -> Device:
    """A device that gave answers at the school, also where it stands elsewhere now.

    Raises `Problem`: `unknown-device`.
    """
    for device in registry.devices_ever(work, school):
        if device.id == id:
            return device
    raise Problem("unknown-device", id=id)


def answers(work: Work, school: str, asked: Asked, page: int = 1) -> tuple[list[AnswerLine], int]:
    """One page of the answers asked for, in the order of time, and how many there are in all."""
    sql = work.sql
    values = {
        "school": school,
        "device": asked.device,
        "day": asked.day.isoformat(),
        "first": start_of(asked.day) if asked.first is None else asked.first,
        "last": start_of(asked.day + timedelta(days=1)) if asked.last is None else asked.last,
        "count": ANSWERS_A_PAGE,
        "skipped": (page - 1) * ANSWERS_A_PAGE,
    }
    rows = list(
        sql.misuse_of_reason(misuse=asked.reason, **values) if asked.reason else sql.misuse_of_day(**values)
    )
    lines = [
        AnswerLine(
            n=row["n"],
            at=row["occurred_at"],
            certain=row["quality"] in CERTAIN,
            channel=row["channel"],
            procedure=row["procedure"],
            took_ms=row["took_ms"],
            misuse=row["misuse"],
            label=row["label"],
        )
        for row in rows
    ]
    return lines, rows[0]["found"] if rows else 0
