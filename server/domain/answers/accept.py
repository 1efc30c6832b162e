"""May this event stand? What it says, or the code with which it is refused."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from server.domain.answers import typed_answers
from server.domain.answers.typed_answers import Answer
from survey_defs import wire
from survey_defs.complaint import decode_sealed
from survey_defs.registry import Registry
from survey_defs.wire import check_event, event_ref
from survey_defs.wire_time import parse_wall

_REMEMBERED = 8192
_MAX_USUAL_BYTES = 8192
"""With answers of no more bytes an event of known fields cannot be too large."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_encode = msgspec.json.Encoder(order="sorted").encode


class Meaning(NamedTuple):
    """What a set of answers to a survey comes to; the same answers always come to the same."""

    answers: str
    """The answers as JSON."""
    level: int | None
    """The level that enters the satisfaction rate."""
    choices: tuple[tuple[str, str], ...]
    """(question, choice) of every choice taken, and (question, '') once for every question of choices."""


class Accepted(NamedTuple):
    """An answer that may stand, unless the store knows it already."""

    id: str
    digest: str
    journal: str
    seq: int
    boot: str
    up_ms: int
    wall: str | None
    wall_ms: int | None
    survey: str
    version: int
    channel: str
    lang: str
    procedure: str | None
    took_ms: int | None
    meaning: Meaning


class Complaint(NamedTuple):
    """A complaint that may stand, unless the store knows it already. Its first eight fields are `Accepted`'s.

    `box` is sealed: whether it can be opened is for its reader to see. `room`: whose key it says it is
    sealed to.
    """

    id: str
    digest: str
    journal: str
    seq: int
    boot: str
    up_ms: int
    wall: str | None
    wall_ms: int | None
    channel: str
    lang: str
    procedure: str | None
    about: tuple[str, ...]
    code_hash: str
    box: bytes
    room: str = wire.COMPLAINTS


class Refused(NamedTuple):
    """An event that cannot stand. What could be read of it names it in the receipt and in its journal."""

    code: str
    id: str | None
    journal: str | None
    seq: int | None
    payload: bytes


def canonical(event: object) -> bytes:
    """The event's content, the same bytes whatever order its keys came in, unknown fields included."""
    event = typed_answers.plain(event)
    try:
        return _encode(event)
    except (OverflowError, UnicodeEncodeError, RecursionError, ValueError, TypeError):
        # Half letters and numbers beyond 64 bits, which only a refused event or an unknown field holds.
        return json.dumps(event, sort_keys=True, separators=(",", ":")).encode()


def digest(content: bytes) -> str:
    """A short name for a content: enough to tell another content from it."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def refuse(event: object, code: str) -> Refused:
    """The refusal of an event that may be rubbish."""
    event = typed_answers.plain(event)
    return Refused(code, *event_ref(event), canonical(event))


def _wall(text: Any) -> int | None:
    """As `parse_wall`, several times faster for the form that devices send: `2026-05-28T01:02:03.456Z`."""
    if type(text) is str and len(text) == 24 and text[7] + text[10] + text[19] + text[23] == "-T.Z":
        try:
            return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND
        except ValueError:
            pass
    return parse_wall(text)


class Judge:
    """Judges events by the surveys it knows, and remembers what the usual answers come to."""

    def __init__(self, surveys: Registry) -> None:
        """Knows nothing yet of any answers."""
        self._surveys = surveys
        self._remembered: dict[tuple[str, int, bytes], Meaning | str] = {}
        """By survey, version and encoded answers, of events whose form was checked."""
        self._heads: set[tuple[str, str, str, str | UnsetType | None]] = set()
        """Journals, boots, languages and procedures that came together and are of the right form."""

    def judge(self, event: Any) -> Accepted | Complaint | Refused:
        """The event as it may be stored, or why not. Never raises, whatever `event` is."""
        if type(event) is Answer:
            usual = self._usual(event)
            if usual is not None:
                return usual
            event = typed_answers.plain(event)
        code = check_event(event)
        if code is not None:
            return refuse(event, code)
        if event["type"] == "complaint":
            return _complaint(event)
        meaning = self._meaning(event["survey"], event["version"], event["answers"])
        if isinstance(meaning, str):
            return refuse(event, meaning)
        return Accepted(
            *_common(event),
            event["survey"],
            event["version"],
            event["channel"],
            event["lang"],
            event.get("procedure"),
            event.get("took_ms"),
            meaning,
        )

    def _usual(self, event: Answer) -> Accepted | None:
        """The judgement of an answer like others before it; None where `wire.check_event` has to look."""
        try:
            encoded = _encode(event.answers)
        except OverflowError:
            return None
        meaning = self._remembered.get((event.survey, event.version, encoded))
        if type(meaning) is not Meaning or len(encoded) > _MAX_USUAL_BYTES:
            return None
        journal, boot, procedure, wall = event.journal, event.boot, event.procedure, event.wall
        head = (journal, boot, event.lang, procedure)
        if head not in self._heads and not self._learn_head(head):
            return None
        if not typed_answers.is_uuid(event.id):
            return None
        wall_ms = None
        if wall is None or wall is UNSET:
            wall = None
        elif wire.is_name(wall):
            wall_ms = _wall(wall)
            wall = None if wall_ms is None else wall
        else:
            return None
        return Accepted(
            event.id,
            digest(typed_answers.encode(event)),
            journal,
            event.seq,
            boot,
            event.up_ms,
            wall,
            wall_ms,
            event.survey,
            event.version,
            event.channel,
            event.lang,
            None if procedure is UNSET else procedure,
            None if event.took_ms is UNSET else event.took_ms,
            meaning,
        )

    def _learn_head(self, head: tuple[str, str, str, str | UnsetType | None]) -> bool:
        journal, boot, lang, procedure = head
        if not (wire.is_name(journal) and wire.is_name(boot) and wire.is_lang(lang)):
            return False
        if procedure is not None and procedure is not UNSET and not wire.is_slug(procedure):
            return False
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
        self._heads.add(head)
        return True

    def _meaning(self, survey: str, version: int, answers: dict[str, Any]) -> Meaning | str:
        try:
            key = (survey, version, _encode(answers))
        except OverflowError:
            return "bad-answer"  # a level beyond 64 bits
        meaning = self._remembered.get(key)
        if meaning is None:
            meaning = self._work_out(survey, version, answers, key[2])
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = meaning
        return meaning

    def _work_out(self, survey: str, version: int, answers: dict[str, Any], encoded: bytes) -> Meaning | str:
        found = self._surveys.find(survey, version)
        if isinstance(found, str):
            return found
        if code := found.check(answers):
            return code
        return Meaning(encoded.decode(), found.level(answers), choices_of(answers))


def _common(event: dict[str, Any]) -> tuple[str, str, str, int, str, int, str | None, int | None]:
    """What `Accepted` and `Complaint` begin with. A `wall` that makes no sense costs only itself."""
    wall = event.get("wall")
    wall_ms = None if wall is None else _wall(wall)
    return (
        event["id"],
        digest(canonical(event)),
        event["journal"],
        event["seq"],
        event["boot"],
        event["up_ms"],
        None if wall_ms is None else wall,
        wall_ms,
    )


def _complaint(event: dict[str, Any]) -> Complaint | Refused:
    box = decode_sealed(event["sealed"])
    if box is None:
        return refuse(event, "bad-event")
    return Complaint(
        *_common(event),
        event["channel"],
        event["lang"],
        event.get("procedure"),
        tuple(event["about"]),
        event["code_hash"],
        box,
        event.get("room", wire.COMPLAINTS),
    )


def choices_of(answers: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What enters the counts of choices: see `Meaning.choices`. Levels are no choices."""
    taken = []
    for question, answer in answers.items():
        if not isinstance(answer, int):
            taken.append((question, ""))
            taken.extend((question, choice) for choice in ([answer] if isinstance(answer, str) else answer))
    return tuple(taken)
