"""A case as its page tells it: what happened in sentences, what comes next, and what stands beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from server.domain.cases.casework import ANSWERS, SENDER, SIGNED, spelled
from server.services.cases.actions import CaseView, Entry, Origin
from server.transport.http.frame import formats
from server.transport.http.frame.language import language
from survey_defs.letter import Letter

Say = Callable[..., str]
"""`t` of the templates: a key and its values, in the reader's language."""

PRIMARY: Mapping[str, tuple[str, ...]] = {
    "new": ("receive", "classify"),
    "received": ("classify", "accept"),
    "classified": ("assign", "accept", "start"),
    "accepted": ("assign", "start"),
    "assigned": ("start", "answer", "assign"),
    "in_progress": ("answer", "assign"),
    "answered": ("close",),
    "returned": ("reopen",),
    "forwarded": ("reopen",),
    "closed": ("reopen",),
}
"""What comes next in each status; the first of these that the reader may do is the primary button."""
BUTTONS = ("receive", "classify", "accept", "assign", "start", "answer", "ask", "note")
LINKS = ("correct", "extend", "forward", "return", "petition", "against", "not_against", "reopen", "close")
HINTS = ("correct", "return", "forward", "petition", "against", "not_against", "close", "extend", "reopen")
"""Those with a line under them on what they need."""
BARE = ("receive", "accept", "start")
"""Done at one touch: nothing to fill in."""
OPTION_LISTS: Mapping[str, str] = {
    "close": "close", "forward": "forward", "extend": "extend", "reopen": "reopen",
}  # fmt: skip
_SAID_BY_SENDER = ("word", "settled", "not_settled")
_TO_SENDER = (*ANSWERS, "ask")
_DAYS = ("was_on", "received_on")
"""Of an entry that puts the day of receipt right."""


class People(Protocol):
    """Names for logins."""

    def __call__(self, login: str) -> str:
        """The role and the login, as a page shows somebody."""


@dataclass(frozen=True)
class Line:
    """One entry of the history. `voice`: `staff`, `sender`, `internal`. `text`: what was written with it."""

    seq: int
    when: str
    title: str
    by: str
    voice: str
    details: tuple[str, ...]
    text: str | None
    sealed: str
    """Why a text does not show: `locked`, `broken`, or empty."""


@dataclass(frozen=True)
class Steps:
    """What the reader may do next."""

    primary: str | None
    buttons: tuple[str, ...]
    links: tuple[str, ...]


def steps(view: CaseView) -> Steps:
    """The reader's next steps, the primary one apart."""
    offered = view.moves
    order: tuple[str, ...] = PRIMARY.get(view.status, ())
    if view.status == "classified" and view.kind in SIGNED:
        order = ("accept", *order)
    if view.against_principal:  # nobody at the school settles it
        order = ("forward", *order)
    primary = next((action for action in order if action in offered), None)
    aside = ("classify",) if view.status not in ("new", "received") else ()
    buttons = [
        action for action in BUTTONS if action in offered and action != primary and action not in aside
    ]
    links = [action for action in (*LINKS[:1], *aside, *LINKS[1:]) if action in offered and action != primary]
    return Steps(primary, tuple(buttons), tuple(links))


def action_label(t: Say, view: CaseView, action: str) -> str:
    """What a button says; some say otherwise the second time."""
    again = {
        "classify": view.status not in ("new", "received"),
        "assign": bool(view.assignee),
        "answer": view.status == "answered",
    }
    return t(f"action.{action}-again" if again.get(action) else f"action.{action}")


def history(
    t: Say,
    view: CaseView,
    texts: Mapping[int, Letter | None],
    name: People,
    today: date,
    *,
    origin: Origin | None,
) -> tuple[Line, ...]:
    """The entries as sentences, the newest first. `texts`: what was opened, None where a box cannot be.

    `origin`: None while the key is locked.
    """
    return tuple(
        Line(
            seq=entry.seq,
            when=_when(entry, origin, today),
            title=_title(t, view, entry, texts, name, origin=origin),
            by=_by(t, entry, name),
            voice=_voice(entry),
            details=tuple(_details(t, entry, name)),
            text=_text(entry, texts),
            sealed=_sealed(entry, texts),
        )
        for entry in reversed(view.entries)
    )


def where_from(t: Say, view: CaseView, origin: Origin | None) -> str:
    """The device by its label where the key is open; else the channel."""
    return (origin.device_label if origin else None) or t(f"channel.{view.channel}")


def _when(entry: Entry, origin: Origin | None, today: date) -> str:
    """The day, and the minute of what the school did; of what the sender did where the key is open."""
    at = origin.moments.get(entry.seq) if origin else entry.at
    day = (formats.day_month if entry.on.year == today.year else formats.day)(entry.on, language())
    return day if at is None else f"{day} {formats.clock(at)}"


def _title(
    t: Say,
    view: CaseView,
    entry: Entry,
    texts: Mapping[int, Letter | None],
    name: People,
    *,
    origin: Origin | None,
) -> str:
    data, key = entry.data, f"entry.{entry.action}"
    values: dict[str, object] = {}
    match entry.action:
        case "open":
            first = texts.get(1)
            key = "entry.open" if first is not None and not first.reply_key else "entry.open-code"
            values = {"where": where_from(t, view, origin)}
        case "classify":
            values = {"kind": _kind(t, data)}
        case "forward":
            key = f"entry.forward-{data['mode']}"
            values = {"body": data["body"]}
        case "assign":
            values = {"who": name(data["assignee"])}
        case "extend":
            values = {"variant": variant_label(t, data["variant"]), "reason": _reason(t, entry)}
        case "redate":
            if data["was"] != data["ref"]:
                key = "entry.redate-number"
            days = {each: formats.day(date.fromisoformat(data[each]), language()) for each in _DAYS}
            values = {"was": spelled(str(data["was"])), "ref": spelled(str(data["ref"])), **days}
        case "close" if "duplicate_of" in data:
            key, values = "entry.close-duplicate", {"ref": spelled(str(data["duplicate_of"]))}
        case "note":
            return ""  # its mark says it already
        case "close" | "reopen":
            values = {"reason": _reason(t, entry)}
        case "petition":
            day = formats.day(date.fromisoformat(data["date"]), language())
            values = {"kind": _kind(t, data).lower(), "number": data["number"], "day": day}
    return t(key, **values)


def _kind(t: Say, data: Mapping[str, object]) -> str:
    return t(f"kind.{data['kind']}")


def variant_label(t: Say, variant: object) -> str:
    """A limit's variant in words."""
    return t(f"variant.{variant or 'plain'}")


def _reason(t: Say, entry: Entry) -> str:
    return t(f"option.{OPTION_LISTS[entry.action]}.{entry.reason}")


def _details(t: Say, entry: Entry, name: People) -> list[str]:
    told = []
    if entry.action == "forward" and entry.reason:
        told.append(t("entry.reason", reason=_reason(t, entry)))
    if entry.action in ("classify", "summary") and entry.data.get("summary"):
        told.append(str(entry.data["summary"]))
    if entry.action == "summary" and entry.data.get("old"):
        told.append(t("entry.summary-was", old=entry.data["old"]))
    if entry.data.get("second"):
        told.append(t("entry.second", who=name(str(entry.data["second"]))))
    return told


def _by(t: Say, entry: Entry, name: People) -> str:
    if entry.actor == SENDER:
        return t("case.by-sender")
    return name(entry.actor) if entry.actor else t("case.by-itself")


def _voice(entry: Entry) -> str:
    if entry.action in _SAID_BY_SENDER:
        return "sender"
    noted = entry.has_text and entry.action not in (*_TO_SENDER, "open")
    return "internal" if noted or entry.action == "note" else "staff"


def _text(entry: Entry, texts: Mapping[int, Letter | None]) -> str | None:
    letter = texts.get(entry.seq)
    # The first text has a panel of its own.
    return None if letter is None or entry.seq == 1 else letter.text


def _sealed(entry: Entry, texts: Mapping[int, Letter | None]) -> str:
    if not entry.has_text or entry.seq == 1:
        return ""
    if entry.seq not in texts:
        return "locked"
    return "broken" if texts[entry.seq] is None else ""
