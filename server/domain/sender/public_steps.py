"""How a case stands, as its sender reads it: a few public steps instead of the desk's statuses.

A step says no more than what happened: `closed` is not `answered`, and neither means that the matter was
settled; that only the sender says.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

State = Literal["done", "now", "ahead"]

_WORKED_ON = ("accepted", "assigned", "in_progress")
_ENDS = ("returned", "forwarded", "closed")


class Mark(NamedTuple):
    """One thing that happened to a case: the action, the status it led to, when (ms UTC)."""

    action: str
    to_status: str
    at: int


class Step(NamedTuple):
    """One line of the page.

    `name` is `sent` (nobody has looked yet), `received`, `working`, `answered`, `returned`, `forwarded` or
    `closed`; `at` is the moment it was reached, None while it lies ahead.
    """

    name: str
    state: State
    at: int | None


def public_steps(status: str, received_at: int, marks: Sequence[Mark]) -> tuple[Step, ...]:
    """The steps of a case in this status, from what happened to it (oldest first)."""
    began, answered = _last_start(marks), _last(marks, "answered")
    first = Step("sent" if status == "new" else "received", "done", received_at)
    if status in _ENDS:
        end = Step(status, "now", _last(marks, status))
        middle = [Step("working", "done", began)] if began is not None else []
        told = [Step("answered", "done", answered)] if answered is not None else []
        return (first, *middle, *told, end)
    if status == "answered":
        return (first, Step("working", "done", began), Step("answered", "now", answered))
    if status in _WORKED_ON:
        return (first, Step("working", "now", began), Step("answered", "ahead", None))
    return (first._replace(state="now"), Step("working", "ahead", None), Step("answered", "ahead", None))


def _last(marks: Sequence[Mark], status: str) -> int | None:
    """When the case last came into a status."""
    before, found = "", None
    for mark in marks:
        if mark.to_status == status != before:
            found = mark.at
        before = mark.to_status
    return found


def _last_start(marks: Sequence[Mark]) -> int | None:
    """When the work began that is still going on, or was the last: a reopened case begins anew."""
    working, found = False, None
    for mark in marks:
        if mark.to_status in _WORKED_ON and not working:
            found = mark.at
        working = mark.to_status in _WORKED_ON
    return found
