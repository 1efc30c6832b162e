"""What may happen to a case: one table of moves, who may make them, and what each of them needs.

A case has a kind (what the law takes it for), a status (how far it is) and a room (who may know of it).
Every move is an entry that is only ever added; the case itself is what its entries come to. No move
leads to an end without a reason that stays on record: a text of guidance, a body, or a word of a list.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Protocol

from server.domain.access import roles
from server.domain.problems import Problem
from survey_defs import wire

KINDS = ("pakn", "thong_tin", "khieu_nai", "to_cao")
"""Phản ánh, kiến nghị; thông tin, khen ngợi; khiếu nại; tố cáo."""
UNSIGNED = ("pakn", "thong_tin")
"""Kinds that need no signed đơn."""
SIGNED = ("khieu_nai", "to_cao")
OPEN_ROOM, SEALED_ROOM, PRINCIPAL_ROOM = wire.COMPLAINTS, "denunciations", wire.ABOUT_PRINCIPAL
"""Where a case lies: whoever works with cases knows of the first room, of the others who holds their keys.
The last is for what accuses the principal: no principal ever holds its key."""
ROOMS = (OPEN_ROOM, SEALED_ROOM, PRINCIPAL_ROOM)
SECRET_ROOMS = frozenset({SEALED_ROOM, PRINCIPAL_ROOM})
"""To hold their key is the permission to know of their cases."""

STATUSES = (
    "new", "received", "classified", "accepted", "assigned", "in_progress", "answered",
    "returned", "forwarded", "closed",
)  # fmt: skip
ENDS = ("returned", "forwarded", "closed")
OPEN = tuple(status for status in STATUSES if status not in ENDS)

CLOSE_REASONS = ("resolved", "withdrawn", "not_eligible", "duplicate", "no_reply", "other")
FORWARD_REASONS = ("not_competent", "regulation", "superior", "other")
"""Không thuộc thẩm quyền; phản ánh về quy định hành chính; thuộc cấp trên; lý do khác."""
FORWARD_MODES = ("transfer", "urge")
"""Chuyển đơn; đôn đốc."""
EXTEND_REASONS = ("complex", "verification", "remote", "waiting", "other")
"""Vụ việc phức tạp; cần xác minh thêm; vùng sâu, đi lại khó khăn; chờ cơ quan khác; lý do khác."""
REOPEN_REASONS = ("sender", "new_facts", "mistake", "superior")
"""Người gửi yêu cầu; có tình tiết mới; xử lý chưa đúng; cấp trên yêu cầu."""

SENDER = "sender"
SYSTEM = ""
"""The actor of what happens by itself."""

# Who may make a move: the leads, the reception, whoever the case is assigned to, whoever else holds its
# key, the sender, nobody.
_LEAD, _RECEPTION, _HANDLER, _HOLDER, _SENDER, _SYSTEM = (
    "lead", "reception", "handler", "holder", "sender", "system",
)  # fmt: skip
_STAYS = "="


class Actor(NamedTuple):
    """Whoever acts. `rooms`: those whose private key this person holds."""

    login: str
    role: str
    school: str
    rooms: frozenset[str] = frozenset()


def sender(school: str) -> Actor:
    """The sender of a case, who has its code."""
    return Actor(SENDER, SENDER, school)


class Case(Protocol):
    """What the rights depend on; rows of the store and views of a case have it by name."""

    def __getitem__(self, name: str, /) -> object:
        """One column."""


@dataclass(frozen=True)
class Field:
    """One thing that an action asks for.

    `form`: `text` (long, sealed to the desk), `line` (short, in the clear), `choice` (of `options`),
    `date`, `login`, `ref`, `variant`, `flag`.
    """

    name: str
    form: str
    required: bool = True
    options: tuple[str, ...] = ()
    goes_out: bool = False
    """The sender or another body reads it: no place of a template may be left open in it."""


@dataclass(frozen=True)
class Action:
    """What an action needs, and whether the sender sees it.

    `sender_reads`: its text is sealed for the sender too.
    """

    name: str
    fields: tuple[Field, ...] = ()
    visible: bool = True
    sender_reads: bool = False


_NOTE = Field("note", "text", required=False)
_TEXT = Field("text", "text")
_TO_SENDER = Field("text", "text", goes_out=True)
_SUMMARY = Field("summary", "line", goes_out=True)
ANSWERS = ("answer", "correct", "return")
"""What the school has said last: an answer, its correction, or the guidance of a return."""

_ALL_ACTIONS = (
    Action("open"),
    Action("receive"),
    Action("classify", (Field("kind", "choice", options=UNSIGNED), _SUMMARY)),
    Action("accept"),
    Action("assign", (Field("assignee", "login"), _NOTE)),
    Action("start"),
    Action("answer", (_TO_SENDER,), sender_reads=True),
    Action("correct", (_TO_SENDER,), sender_reads=True),
    Action("ask", (_TO_SENDER,), sender_reads=True),
    Action("extend", (Field("variant", "variant"), Field("reason", "choice", options=EXTEND_REASONS), _NOTE)),
    Action(
        "forward",
        (
            Field("body", "line", goes_out=True),
            Field("mode", "choice", options=FORWARD_MODES),
            Field("reason", "choice", options=FORWARD_REASONS),
            _NOTE,
        ),
    ),
    Action("return", (_TO_SENDER,), sender_reads=True),
    Action(
        "petition",
        (
            Field("kind", "choice", options=SIGNED),
            Field("number", "line"),
            Field("date", "date"),
            Field("against_principal", "flag", required=False),
            _NOTE,
        ),
    ),
    Action(
        "close",
        (
            Field("reason", "choice", options=CLOSE_REASONS),
            _NOTE,
            Field("duplicate_of", "ref", required=False),
        ),
    ),
    Action("against", (_NOTE,)),
    Action("not_against", (_TEXT,)),
    Action("reopen", (Field("reason", "choice", options=REOPEN_REASONS), _NOTE)),
    Action("note", (_TEXT,), visible=False),
    Action("summary", (_SUMMARY,), visible=False),
    Action("word", (_TEXT,), sender_reads=True),
    Action("settled"),
    Action("not_settled", (Field("text", "text", required=False),), sender_reads=True),
    Action("rate"),
    Action("redate", visible=False),
    Action("erase"),
)
ACTIONS: Mapping[str, Action] = {action.name: action for action in _ALL_ACTIONS}
"""Every action, in the order in which a page offers them."""
UNREAD = frozenset({"receive", "assign", "reopen"})
"""What the desk may do to a case whose key it does not hold: it ends nothing and puts nothing off. Whoever
decides what becomes of a complaint can read it."""
CHANGES_ROOM = frozenset({"against", "not_against"})
"""What can be done at any time: no case waits for somebody on account of it."""
_SETTLES = frozenset({"accept", "start", "answer"})
"""What begins or ends the settling of a case at the school: no denunciation of its head is settled there."""


class Move(NamedTuple):
    """One cell of the table: where it leads, who may make it and for which kinds."""

    to: str
    who: tuple[str, ...]
    kinds: tuple[str, ...]


def _rows() -> tuple[tuple[str, tuple[str, ...], str, tuple[str, ...], tuple[str, ...]], ...]:
    lead, handler = (_LEAD,), (_LEAD, _HANDLER)
    busy = ("accepted", "assigned", "in_progress")
    asked = ("received", "classified", *busy)
    return (
        # action, from, to, who, kinds
        ("open", ("",), "new", (_SYSTEM, _LEAD, _RECEPTION), UNSIGNED),
        ("receive", ("new",), "received", (_LEAD, _RECEPTION), KINDS),
        ("classify", ("new", "received", "classified"), "classified", lead, UNSIGNED),
        ("classify", busy, _STAYS, lead, UNSIGNED),
        ("accept", ("received",), "accepted", lead, ("pakn",)),
        ("accept", ("classified",), "accepted", lead, ("pakn", *SIGNED)),
        ("assign", ("classified",), "assigned", lead, UNSIGNED),
        ("assign", ("accepted", "assigned"), "assigned", lead, KINDS),
        ("assign", ("in_progress", "answered"), _STAYS, lead, KINDS),
        ("start", ("classified",), "in_progress", handler, UNSIGNED),
        ("start", ("accepted", "assigned"), "in_progress", handler, KINDS),
        ("answer", (*busy, "answered"), "answered", handler, KINDS),
        # What went out is never edited: a further entry puts it right, and nothing else moves.
        ("correct", ("answered", "closed", "returned"), _STAYS, handler, KINDS),
        ("ask", (*asked, "answered"), _STAYS, handler, KINDS),
        ("extend", ("new", *asked), _STAYS, handler, KINDS),
        ("forward", ("new", *asked), "forwarded", lead, KINDS),
        ("return", ("new", *asked), "returned", lead, KINDS),
        ("petition", ("new", *asked, "answered"), "classified", lead, ("pakn", "thong_tin", "khieu_nai")),
        ("close", ("new", *asked, "answered"), "closed", handler, KINDS),
        # Whom it accuses may be seen late, and be seen wrongly: the case changes its room, and nothing else.
        ("against", STATUSES, _STAYS, (_LEAD, _HOLDER), KINDS),
        ("not_against", STATUSES, _STAYS, (_LEAD, _HOLDER), KINDS),
        ("reopen", ("answered", *ENDS), "in_progress", lead, KINDS),
        ("note", STATUSES, _STAYS, handler, KINDS),
        ("summary", STATUSES, _STAYS, handler, KINDS),
        ("word", STATUSES, _STAYS, (_SENDER,), KINDS),
        ("settled", ("answered", "closed"), "closed", (_SENDER,), KINDS),
        ("not_settled", ("answered", "closed"), "in_progress", (_SENDER,), KINDS),
        # The sender only says whether the answer satisfied: nothing moves.
        ("rate", ("answered", "closed"), _STAYS, (_SENDER,), KINDS),
        # A wrong clock gave it a wrong day; its limits and its number follow the right one.
        ("redate", STATUSES, _STAYS, (_SYSTEM,), KINDS),
        # What is erased is done with: an open case ends as withdrawn.
        ("erase", OPEN, "closed", (_SYSTEM,), KINDS),
        ("erase", ENDS, _STAYS, (_SYSTEM,), KINDS),
    )


def _table() -> dict[tuple[str, str], tuple[Move, ...]]:
    table: dict[tuple[str, str], tuple[Move, ...]] = {}
    for action, starts, to, who, kinds in _rows():
        for start in starts:
            made = Move(start if to == _STAYS else to, who, kinds)
            table[start, action] = (*table.get((start, action), ()), made)
    return table


TABLE: Mapping[tuple[str, str], tuple[Move, ...]] = _table()
"""(status, action) → where it leads; more than one cell only where kinds differ."""


def move(status: str, action: str, kind: str | None = None) -> str:
    """The status after the action. Raises `Problem` `move-not-allowed`."""
    for cell in TABLE.get((status, action), ()):
        if kind is None or kind in cell.kinds:
            return cell.to
    raise Problem("move-not-allowed", action=action, status=status)


def moves(
    status: str, kind: str, actor: Actor, assignee: str | None, *, holds: bool = True, against: bool = False
) -> tuple[str, ...]:
    """The actions that this actor may take now, in the order of `ACTIONS`.

    `holds`: the actor has the key of the case's room; `against`: the case is about the principal.
    """
    mine = _capacities(actor, assignee, holds=holds, against=against)
    return _moves(status, kind, actor.role, mine, holds=holds, against=against)


@cache  # of short lists only; each case of the queue asks, for every page
def _moves(
    status: str, kind: str, role: str, mine: frozenset[str], *, holds: bool, against: bool
) -> tuple[str, ...]:
    return tuple(
        action
        for action in ACTIONS
        for cell in TABLE.get((status, action), ())
        if kind in cell.kinds
        and mine & set(cell.who)
        and (holds or action in UNREAD or role == SENDER)
        and _fits(action, kind, role, against=against)
    )


def check_move(
    action: str,
    status: str,
    kind: str,
    actor: Actor,
    assignee: str | None,
    *,
    holds: bool,
    against: bool,
) -> None:
    """Whether the action is among `moves`, else why not.

    Raises `Problem`: `move-not-allowed`; `not-yours`; `key-not-held` where the key alone is missing;
    `goes-above` where the case is about the principal, whom nobody at the school judges.
    """
    move(status, action, kind)
    if action in moves(status, kind, actor, assignee, holds=holds, against=against):
        return
    if not _fits(action, kind, actor.role, against=against):
        if action == "against" and not against:
            raise Problem("not-yours")
        raise Problem(
            "goes-above" if action in _SETTLES else "move-not-allowed", action=action, status=status
        )
    if not holds and action in moves(status, kind, actor, assignee, against=against):
        raise Problem("key-not-held")
    raise Problem("not-yours")


def _fits(action: str, kind: str, role: str, *, against: bool) -> bool:
    """Whether the action makes sense where the case accuses the principal, and where it does not."""
    if action == "against":
        return not against and role != roles.PRINCIPAL
    if action == "not_against":
        return against
    if not against:
        return True
    return action != "accept" and not (kind == "to_cao" and action in _SETTLES)


def _capacities(actor: Actor, assignee: str | None, *, holds: bool, against: bool) -> frozenset[str]:
    """As whom the actor may act on a case of that assignee."""
    if actor.role == SENDER:
        return frozenset({_SENDER})
    found = set()
    if holds and actor.role in roles.READERS:
        found |= {_HOLDER, _LEAD} if against else {_HOLDER}
    if actor.role in roles.LEADERS:
        found.add(_LEAD)
    if actor.role == "reception":
        found.add(_RECEPTION)
    if assignee == actor.login and actor.role in roles.READERS:
        found.add(_HANDLER)
    return frozenset(found)


def sees(actor: Actor, case: Case) -> bool:
    """Whether this actor may know that the case exists: the one place that says so.

    A case in a room of denunciations exists for those alone who hold that room's key, and one
    against the principal never for a principal.
    """
    if actor.role not in roles.CASES or actor.school != case["school"]:
        return False
    if case["against_principal"] and actor.role == "principal":
        return False
    return case["room"] == OPEN_ROOM or case["room"] in actor.rooms


def may_read(actor: Actor, case: Case) -> bool:
    """Whether this actor may open the case's texts: who assigns it and who handles it, with the key.

    Where the principal may not lead, whoever holds the key does: not every school has a deputy.
    """
    if not sees(actor, case) or case["room"] not in actor.rooms:
        return False
    if case["against_principal"]:
        return actor.role in roles.READERS
    return actor.role in roles.LEADERS or (actor.role in roles.READERS and case["assignee"] == actor.login)


_FIRST_YEAR = 1000
_MAX_REF = 100
"""Signs of a case's name with all that people put around it."""
_REF = re.compile(
    r"(?:(?:[^\W\d_]|[\s#.:()])*(?<![^\W\d_]))?"  # what it is called: "Phản ánh số", "hồ sơ:", "No."
    r"(?:(?P<year1>[0-9]{4})\s*[-‐‑‒–—]\s*(?P<number1>[0-9]{1,9})"
    r"|(?P<number2>[0-9]{1,9})\s*(?:/|,?\s+(?:năm|nam|of|in)\s+)\s*(?P<year2>[0-9]{4}))"
    r"[\s.,;)]*",
    re.IGNORECASE,
)


def needs_answer_first(kind: str, status: str, reason: str) -> bool:
    """Whether closing as resolved would pass over the answer; thanks need none."""
    return reason == "resolved" and status != "answered" and kind != "thong_tin"


def ref_of(year: int, number: int) -> str:
    """A case as addresses and people name it."""
    return f"{year}-{number}"


def spelled(ref: str) -> str:
    """A case's name as people read it on pages and papers: "14/2026"."""
    year, _, number = ref.partition("-")
    return f"{number}/{year}"


def read_ref(ref: str) -> tuple[int, int] | None:
    """(year, number) of a case as our pages and papers name it and as people copy it, else None.

    "2026-3", "3/2026", "Số 03/2026", "số 3 năm 2026", "No. 3 of 2026", with any kind of space, dash or digit.
    """
    ref = ref.strip()
    found = _REF.fullmatch(unicodedata.normalize("NFKC", ref).strip()) if len(ref) <= _MAX_REF else None
    if found is None:
        return None
    year, number = (int(found[f"{part}1"] or found[f"{part}2"]) for part in ("year", "number"))
    return (year, number) if year >= _FIRST_YEAR and number else None
