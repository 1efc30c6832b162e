"""What people say of single answers, which stands above the rules: only ever added to, with who and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from server.domain.access.roles import LEADERS
from server.domain.cases.casework import Actor
from server.domain.misuse.misuse import BY_HAND, COUNTED
from server.domain.problems import Problem
from server.services.answers.rollups import Cells
from server.services.context import Context, Work
from server.services.misuse.review import recount

LABELS = (COUNTED, *BY_HAND)
"""Return it to the count; the machine was tried out; something else, which needs a note."""
MAX_NOTE = 200


class Said(NamedTuple):
    """What one person said at one moment of `n` answers of a device and day.

    `before` is the reason for which they were left out until then; None: they were counted.
    """

    at: int
    actor: str
    label: str
    before: str | None
    note: str
    device: str
    day: date
    n: int


def label(
    ctx: Context, actor: Actor, events: Sequence[int], label: str, note: str = "", *, seen: int | None = None
) -> int:
    """Label answers by their numbers; how many have another label now. Undone by another label.

    `seen` is `newest(ctx, …)` from the page on which they were chosen: where somebody else has labelled one
    of them since, nothing is done. Raises `Problem`: `label-not-yours`, `unknown-label`, `nothing-chosen`,
    `label-note-missing`, `label-note-long`, `unknown-answer`, `label-moved-on`.
    """
    words = _checked(actor, events, label, note)
    misuse = None if label == COUNTED else label
    cells = Cells(due=False)
    lines: list[dict[str, Any]] = []
    with ctx.write() as work:
        for n in dict.fromkeys(events):
            row = work.sql.misuse_answer(school=actor.school, n=n)
            if row is None:
                raise Problem("unknown-answer")
            if seen is not None and work.sql.misuse_labelled_since(event=n, since=seen):
                raise Problem("label-moved-on")
            if label == (row["label"] or row["misuse"] or COUNTED):
                continue
            recount(cells, row, misuse)
            lines.append({"event": n, "before": row["misuse"]})
        if lines:
            work.sql.misuse_label_set(
                [{"n": line["event"], "label": label, "misuse": misuse} for line in lines]
            )
            who = {"school": actor.school, "label": label, "note": words, "actor": actor.login}
            work.sql.misuse_label_add([{**who, "at": work.now, **line} for line in lines])
        cells.write(work)
    return len(lines)


def newest(work: Work, school: str) -> int:
    """The number of the school's newest label, 0 for none."""
    return int(work.sql.misuse_label_last(school=school))


def history(work: Work, school: str, count: int = 50) -> list[Said]:
    """What was said last, the newest first."""
    rows = work.sql.misuse_label_history(school=school, count=count)
    return [Said(**{**row, "day": date.fromisoformat(row["day"])}) for row in rows]


def _checked(actor: Actor, events: Sequence[int], label: str, note: str) -> str:
    if actor.role not in LEADERS:
        raise Problem("label-not-yours")
    if label not in LABELS:
        raise Problem("unknown-label", label=label[:40], known=", ".join(LABELS))
    words = " ".join(note.split())
    if label == "other" and not words:
        raise Problem("label-note-missing")
    if len(words) > MAX_NOTE:
        raise Problem("label-note-long", most=MAX_NOTE)
    if not events:
        raise Problem("nothing-chosen")
    return words
