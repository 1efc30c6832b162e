"""The forms of a case's actions: what each field is called, what it offers, what was entered."""

import re
from collections.abc import Mapping
from datetime import date

from server.domain.cases.casework import ACTIONS, TABLE, Action, Actor, Field
from server.services.cases import actions
from server.services.cases.actions import CaseView
from server.services.context import Context
from server.transport.http.cases.page import OPTION_LISTS, Say, variant_label
from server.transport.http.frame import formats
from server.transport.http.frame.language import language
from survey_defs.letter import MAX_TEXT

_AT_DESK = {"lead", "handler", "reception"}
DESK_ACTIONS = tuple(
    name
    for name in ACTIONS
    if name != "open"
    and any(of == name and _AT_DESK & set(cell.who) for (_, of), cells in TABLE.items() for cell in cells)
)
"""What a form of the desk can do; the rest comes from the sender or by itself."""
TWICE = ("answer", "correct", "return", "forward", "close", "petition", "against", "not_against")
"""Asked once more before they are done: the sender reads them, or they cannot be undone."""
_VIETNAMESE_DAY = re.compile(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*")


def entered(action: Action, form: Mapping[str, str]) -> dict[str, str]:
    """What was typed into the action's fields, as it was typed."""
    return {field.name: form.get(field.name, "") for field in action.fields}


def as_meant(action: Action, filled: Mapping[str, str]) -> dict[str, str]:
    """What was typed, with a day written the Vietnamese way as the services read it."""
    meant = dict(filled)
    for field in action.fields:
        day = _VIETNAMESE_DAY.fullmatch(filled[field.name]) if field.form == "date" else None
        if day:
            meant[field.name] = f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}"
    return meant


def label(t: Say, action: str, field: Field) -> str:
    """What a field is called; a text is called after its action."""
    return t(f"field.text-{action}" if field.name == "text" else f"field.{field.name}")


def hint(t: Say, field: Field) -> str:
    """A line on what is to be entered, or nothing."""
    if field.name == "text":
        return t(
            "field.text-hint", most=f"{MAX_TEXT:,}".replace(",", ".") if language() == "vi" else MAX_TEXT
        )
    match field.name:
        case "summary" | "note" | "body" | "against_principal" | "duplicate_of":
            return t(f"field.{field.name}-hint")
    return ""


class Choices:
    """What the fields of one action offer on one case."""

    def __init__(self, t: Say, ctx: Context, actor: Actor, view: CaseView, action: str) -> None:
        """Asks the services once for each list that the action needs."""
        self._t, self._action = t, action
        forms = {field.form for field in ACTIONS[action].fields}
        with ctx.read() as work:
            self._people = actions.assignees(work, actor, view.ref) if "login" in forms else ()
            self._variants = actions.variants(work, actor, view.ref) if "variant" in forms else {}

    def __call__(self, field: Field) -> list[tuple[str, str]]:
        """(value, words) of each choice; empty for what is typed."""
        t = self._t
        match field.form:
            case "login":
                return [
                    (each.login, t("act.assign-holder" if each.reads else "act.assign-no-key",
                                   role=t(f"role.{each.role}"), login=each.login))
                    for each in self._people
                ]  # fmt: skip
            case "variant":
                return [
                    (variant, t("variant.until", name=variant_label(t, variant).capitalize(),
                                day=formats.day(last, language())))
                    for variant, last in self._variants.items()
                ]  # fmt: skip
            case "choice":
                return [(option, self._words(field, option)) for option in field.options]
        return []

    def shown(self, field: Field, value: str) -> str:
        """What was entered, in words."""
        if field.form == "flag":
            return self._t("field.yes") if value else ""
        if field.form == "date":
            try:
                return formats.day(date.fromisoformat(value), language())
            except ValueError:
                return value
        return dict(self(field)).get(value, value)

    def _words(self, field: Field, option: str) -> str:
        if field.name == "kind":
            return self._t(f"kind.{option}")
        if field.name == "mode":
            return self._t(f"option.mode.{option}")
        return self._t(f"option.{OPTION_LISTS[self._action]}.{option}")
