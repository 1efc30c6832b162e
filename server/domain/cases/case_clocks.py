"""Which limit begins and which ends with what happens to a case; at most one of its clocks runs.

The limits themselves are dated data (`server/rules/limits.yaml`); here stand only their names.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from server.domain.cases.casework import ENDS

ANSWER_RULE = "citizen_reception.answer"
REGULATION_RULE = "pakn.forward"
TRANSFER_RULE = "to_cao.transfer"
MAIN_RULES: Mapping[str, str] = {
    "pakn": ANSWER_RULE,
    "khieu_nai": "khieu_nai.first_instance",
    "to_cao": "to_cao.resolve",
}
"""The limit for settling a case of each kind; thanks have none."""
PETITION_RULES: Mapping[str, str] = {"khieu_nai": "khieu_nai.accept", "to_cao": "to_cao.intake"}
"""The limit that begins with the signed đơn."""
SENDING_RULES: Mapping[str, str] = {"khieu_nai": "khieu_nai.send_decision"}
"""The limit that begins with the answer."""


class Stand(NamedTuple):
    """What the limits of a case depend on."""

    kind: str
    status: str
    received_on: date
    petition_date: date | None
    against_principal: bool = False


class Change(NamedTuple):
    """What becomes of the clocks. `stop`: all that run stop today.

    `start`: a rule, and the day from which it runs. `past`: a limit that began on that day and was met
    or missed today, by the very act.
    """

    stop: bool = False
    start: tuple[str, date] | None = None
    past: tuple[str, date] | None = None


def change(action: str, reason: str | None, before: Stand, after: Stand, today: date) -> Change:  # noqa: PLR0911 - one answer an action
    """What an action does to the clocks of a case that stood like `before` and stands like `after`."""
    kind = after.kind
    if after.status in ENDS:
        return Change(stop=before.status not in ENDS, past=_handed_on(action, reason, after))
    match action:
        case "open" | "classify" if kind != before.kind or not before.status:
            return Change(stop=True, start=(ANSWER_RULE, after.received_on) if kind == "pakn" else None)
        case "petition" if after.against_principal:  # nobody at the school takes it on: it goes on
            return Change(stop=True, start=(TRANSFER_RULE, after.petition_date or today))
        case "petition":
            return Change(stop=True, start=(PETITION_RULES[kind], after.petition_date or today))
        case "against" if kind == "to_cao":
            return Change(stop=True, start=(TRANSFER_RULE, after.petition_date or today))
        case "not_against" if kind == "to_cao" and after.status == "classified":
            return Change(stop=True, start=(PETITION_RULES[kind], after.petition_date or today))
        case "not_against" if kind == "to_cao" and after.status != "answered":
            return Change(stop=True, start=(MAIN_RULES[kind], today))
        case "accept" if kind in PETITION_RULES:
            return Change(stop=True, start=(MAIN_RULES[kind], today))
        case "answer":
            rule = SENDING_RULES.get(kind) if before.status != "answered" else None
            return Change(stop=True, start=(rule, today) if rule else None)
        case "reopen" | "not_settled":
            return Change(stop=True, start=(MAIN_RULES[kind], today) if kind in MAIN_RULES else None)
    return Change()


def _handed_on(action: str, reason: str | None, case: Stand) -> tuple[str, date] | None:
    """The limit that a forwarding met: đơn on regulations and tố cáo go on within days of their own."""
    if action != "forward":
        return None
    if case.kind == "to_cao":
        return TRANSFER_RULE, case.petition_date or case.received_on
    return (REGULATION_RULE, case.received_on) if case.kind == "pakn" and reason == "regulation" else None
