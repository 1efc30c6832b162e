"""Leaving answers out that the rules object to: device by device and day by day, in the counts as well."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from server.domain.answers.accept import choices_of
from server.domain.misuse.misuse import COUNTED, Source, judge, source_kind
from server.domain.misuse.recorded import Recorded
from server.domain.school_hours import read_hours
from server.services import schools
from server.services.answers.rollups import About, Cells
from server.services.context import Context, Work

TOGETHER = 16
"""The most days of devices that one transaction judges."""
MAX_HOLD_MS = 100
"""After so long a transaction ends with the day that it is at: the intake waits meanwhile."""


def review(ctx: Context, limit: int = TOGETHER) -> int:
    """Run the rules over days of devices that are due, the newest first. Returns how many they were.

    Each transaction judges up to `TOGETHER` of them, as far as it gets in `MAX_HOLD_MS`, sets the flags,
    moves what changed in the counts and takes the days off the list: all or nothing of it. A person's label
    stands above the rules.
    """
    done, has_more = 0, True
    while has_more and done < limit:
        judged, has_more = _some(ctx, min(TOGETHER, limit - done))
        done += judged
    return done


def review_again(ctx: Context, school: str, first: date, last: date) -> int:
    """Have the rules run anew over all answers of these days; how many days of devices now wait.

    Raises `Problem("unknown-school")`.
    """
    with ctx.write() as work:
        slug = schools.school(work, school).slug
        work.sql.misuse_due_again(school=slug, first=first.isoformat(), last=last.isoformat())
        return waiting(work, slug)


def waiting(work: Work, school: str) -> int:
    """How many of the school's days of devices are still to be judged."""
    return int(work.sql.misuse_due_count(school=school))


def recount(cells: Cells, row: Any, misuse: str | None) -> None:
    """Move an answer in the counts, where it is left out and was not, or the other way about."""
    before, after = int(row["misuse"] is not None), int(misuse is not None)
    if before == after:
        return
    choices = choices_of(msgspec.json.decode(row["answers"]))
    about = About(row["school"], row["device"], row["survey"], row["channel"], row["procedure"] or "", before)
    cells.add_answer(about, row["day"], row["level"], choices, -1)
    cells.add_answer(about._replace(misuse=after), row["day"], row["level"], choices, 1)


def _some(ctx: Context, count: int) -> tuple[int, bool]:
    """Judge up to `count` days of devices in one transaction: how many, and whether more may be due."""
    with ctx.read() as work:
        if not list(work.sql.misuse_due_some(count=1)):
            return 0, False  # nothing to do: no transaction, which others would wait for
    cells, changed, done = Cells(due=False), [], 0
    with ctx.write() as work:
        began = ctx.running()
        due = list(work.sql.misuse_due_some(count=count))
        for day in due:
            changed += _judge_day(work, day, cells)
            work.sql.misuse_due_done(**day)
            done += 1
            if ctx.running() - began >= MAX_HOLD_MS:
                break
        if changed:
            work.sql.misuse_set(changed)
        cells.write(work)
    return done, done < len(due) or len(due) == count


def _judge_day(work: Work, day: Any, cells: Cells) -> list[dict[str, Any]]:
    """The answers whose reason changes, with the new one; what changes in the counts goes into `cells`.

    They are judged by the hours of the school where they were given, wherever the device stands now.
    """
    rows = list(work.sql.misuse_answers(**day))
    found = work.sql.misuse_source(device=day["device"], school=day["school"])
    if found is None:
        return []
    kind = source_kind(found["kind"], found["place"])
    source = Source(kind, read_hours(found["hours"]), bool(found["single_use"]))
    reasons = judge(_recorded(rows), source)
    changed = []
    for row in rows:
        label = row["label"]
        misuse = reasons.get(row["n"]) if label is None else None if label == COUNTED else label
        if misuse != row["misuse"]:
            recount(cells, row, misuse)
            changed.append({"n": row["n"], "misuse": misuse})
    return changed


def _recorded(rows: Iterable[Any]) -> list[Recorded]:
    return [
        Recorded(
            n=row["n"],
            channel=row["channel"],
            boot=row["boot"],
            up_ms=row["up_ms"],
            occurred_at=row["occurred_at"],
            quality=row["quality"],
            uncertainty_ms=row["uncertainty_ms"],
            procedure=row["procedure"],
            steps=len(msgspec.json.decode(row["answers"])),
            took_ms=row["took_ms"],
            signs=row["signs"],
        )
        for row in rows
    ]
