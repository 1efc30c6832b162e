"""What the server makes of a device's messages, and the receipt that it answers with.

Part of the wire contract (`survey_defs.wire`). No board carries this file; it still keeps to the subset of
Python that MicroPython runs, so that the golden vectors are judged there too.
"""

from survey_defs import strict_json
from survey_defs.wire_common import (
    COMPLAINTS,
    DIGITS,
    LEAVES,
    LETTERS_AND_DIGITS,
    MAX_BATCH_BYTES,
    MAX_EVENT_BYTES,
    MAX_EVENTS,
    MAX_ORIGINS,
    STATES,
    TOPIC_ROOT,
    WireError,
    encode_spans,
    is_count,
    is_lang,
    is_name,
    is_slug,
    read_document,
    read_spans,
)
from survey_defs.wire_time import format_time, parse_wall

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from typing import Any, NotRequired, TypedDict, TypeGuard

    from survey_defs.wire_common import Span

    class Batch(TypedDict):
        """A decoded batch. Its events are as they came: see `check_event`."""

        v: int
        boot: str
        up_ms: int
        wall: str | None
        synced: bool
        events: list[Any]
        kept: NotRequired[list[Span]]
        origins: NotRequired[list[tuple[str, int]]]

    class State(TypedDict):
        """A device's presence."""

        v: int
        state: str
        session: str


CODES = (
    "bad-event",
    "unknown-survey",
    "unknown-version",
    "unknown-question",
    "bad-answer",
    "conflict",
    "too-large",
    "wrong-device",
)
"""Why an event is refused. A whole batch can be `bad-batch` or `too-large`; it then has no receipt."""
CHANNELS = ("kiosk", "button", "qr")
_UUID = "0123456789abcdef-"
_HEX = DIGITS + "abcdef"
_BASE64 = LETTERS_AND_DIGITS + "+/"
_SEAL_BYTES = 48
"""What sealing adds to a text (NaCl's sealed boxes): no sealed text is shorter."""
_MAX_SUBJECTS = 16
_MAX_QUICK = 16
"""With no more answers, and choices in each, than this, an event of known fields cannot be too large."""


def is_uuid(text: object) -> "TypeGuard[str]":
    """Whether `text` is a UUID in its lower-case form with hyphens."""
    if type(text) is not str or len(text) != 36:
        return False
    if not text[8] == text[13] == text[18] == text[23] == "-" or text.count("-") != 4:
        return False
    return not text.strip(_UUID)


def parse_topic(text: str) -> "tuple[str, str, str] | None":
    """(school, device, leaf) of one of our topics, else None."""
    if not text.startswith(TOPIC_ROOT):
        return None
    parts = text[len(TOPIC_ROOT) :].split("/")
    if len(parts) != 3 or not is_slug(parts[0]) or not is_slug(parts[1]) or parts[2] not in LEAVES:
        return None
    return parts[0], parts[1], parts[2]


# ---- batches


def decode_batch(payload: bytes) -> "Batch":
    """The batch, its events not yet checked. Raises WireError `too-large` or `bad-batch`, nothing else."""
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    batch = read_document(payload, "bad-batch")
    boot, up_ms, synced, events = (
        batch.get("boot"),
        batch.get("up_ms"),
        batch.get("synced"),
        batch.get("events"),
    )
    if not is_name(boot) or not is_count(up_ms, 0) or type(synced) is not bool or type(events) is not list:
        raise WireError("bad-batch")
    if len(events) > MAX_EVENTS:
        raise WireError("too-large")
    wall = batch.get("wall")
    if wall is not None and parse_wall(wall) is None:
        wall = None
    found: Batch = {"v": 1, "boot": boot, "up_ms": up_ms, "wall": wall, "synced": synced, "events": events}
    kept = read_spans(batch.get("kept"))
    if kept:
        found["kept"], found["origins"] = kept, _read_origins(batch.get("origins"))
    return found


def _read_origins(value: object) -> "list[tuple[str, int]]":
    found: list[tuple[str, int]] = []
    for entry in value[:MAX_ORIGINS] if type(value) is list else ():
        if type(entry) is not dict:
            continue
        boot, at = entry.get("boot"), parse_wall(entry.get("at"))
        if is_name(boot) and at is not None and at >= 0:
            found.append((boot, at))
    return found


# ---- events


def check_event(event: object) -> "str | None":
    """None if the event has the right shape, else the code for its receipt. Never raises.

    Whether the survey exists and offers these answers is for whoever knows the surveys. A `wall` that
    makes no sense is not refused: read it with `parse_wall`.
    """
    if type(event) is not dict:
        return "bad-event"
    get = event.get
    if (
        not is_uuid(get("id"))
        or not is_name(get("journal"))
        or not is_name(get("boot"))
        or not is_count(get("seq"), 1)
        or not is_count(get("up_ms"), 0)
    ):
        return "bad-event"
    kind = get("type")
    check = _TYPES.get(kind) if type(kind) is str else None
    return check(event) if check else "bad-event"


def _check_answer(event: "dict[str, Any]") -> "str | None":  # noqa: PLR0911 - one refusal a line
    get = event.get
    procedure, took_ms, answers = get("procedure"), get("took_ms"), get("answers")
    if (
        not is_slug(get("survey"))
        or not is_count(get("version"), 1)
        or get("channel") not in CHANNELS
        or not is_lang(get("lang"))
        or (procedure is not None and not is_slug(procedure))
        or (took_ms is not None and not is_count(took_ms, 0))
        or "answers" not in event
    ):
        return "bad-event"
    if type(answers) is not dict or not answers:
        return "bad-answer"
    small = len(answers) <= _MAX_QUICK
    for question, answer in answers.items():
        if not is_name(question):
            return "unknown-question"
        kind = type(answer)
        if kind is int:
            continue
        if kind is str:
            if not is_name(answer):
                return "bad-answer"
        elif kind is list:
            for choice in answer:
                if not is_name(choice):
                    return "bad-answer"
            small = small and len(answer) <= _MAX_QUICK
        else:
            return "bad-answer"
    known = 11 + ("wall" in event) + ("procedure" in event) + ("took_ms" in event)
    wall = get("wall")
    if small and len(event) == known and (wall is None or is_name(wall)):
        return None
    return _check_whole(event)


def _check_complaint(event: "dict[str, Any]") -> "str | None":
    """What it says is sealed: only its form can be looked at here."""
    get = event.get
    procedure, about, code_hash = get("procedure"), get("about"), get("code_hash")
    if (
        get("channel") not in CHANNELS
        or not is_lang(get("lang"))
        or (procedure is not None and not is_slug(procedure))
        or type(about) is not list
        or len(about) > _MAX_SUBJECTS
        or not all(is_slug(subject) for subject in about)
        or type(code_hash) is not str
        or not 32 <= len(code_hash) <= 128
        or len(code_hash) % 2
        or code_hash.strip(_HEX)
        or not _is_sealed(get("sealed"))
        or not is_slug(get("room", COMPLAINTS))
    ):
        return "bad-event"
    return _check_whole(event)


def _is_sealed(text: object) -> bool:
    """Whether `text` is base64 with its padding, and long enough to be a sealed text."""
    if type(text) is not str or len(text) % 4:
        return False
    body = text[:-2] + text[-2:].rstrip("=")
    return len(body) * 3 // 4 >= _SEAL_BYTES and not body.strip(_BASE64)


def _check_whole(event: "dict[str, Any]") -> "str | None":
    """For an event with more in it than we know: can it be stored, and is it small enough?"""
    if not _is_plain(event, strict_json.MAX_DEPTH):
        return "bad-event"
    return "too-large" if len(strict_json.dumps(event)) > MAX_EVENT_BYTES else None


def _is_plain(value: "Any", depth: int) -> bool:
    """Whether `value` can be written as JSON in UTF-8 again: no half letters, no infinity, not too deep."""
    kind = type(value)
    if kind is str:
        return strict_json.is_storable(value)
    if kind is float:
        return bool(value - value == 0)
    if kind is list:
        return depth > 0 and all(_is_plain(item, depth - 1) for item in value)
    if kind is dict:
        return depth > 0 and all(
            _is_plain(key, 0) and _is_plain(item, depth - 1) for key, item in value.items()
        )
    return kind is int or kind is bool or value is None


_TYPES = {"answer": _check_answer, "complaint": _check_complaint}
"""The check of each type of event; another type is one line more."""
TYPES = tuple(_TYPES)


def event_ref(event: object) -> "tuple[str | None, str | None, int | None]":
    """(id, journal, seq) of an event that may be rubbish: each as far as it can be read, else None.

    The id may be no UUID and is then still worth naming in a receipt, so that its sender lets go of it.
    """
    if type(event) is not dict:
        return None, None, None
    name, journal, seq = event.get("id"), event.get("journal"), event.get("seq")
    return (
        name if is_name(name) else None,
        journal if is_name(journal) else None,
        seq if is_count(seq, 1) else None,
    )


# ---- receipts and presence


def encode_receipt(
    time: "int | str | None",
    accepted: "list[str]",
    rejected: "list[tuple[str, str]]",
    wanted: "list[Span] | None" = None,
) -> bytes:
    """What was stored and what was refused, (id, code) each. `time` is the server's, in ms or RFC 3339; None
    where the server doubts its own clock. `wanted`: what it lacks of what the device says that it keeps."""
    text = format_time(time) if isinstance(time, int) else time
    refused = [
        b'{"id":' + strict_json.dumps(name) + b',"code":' + strict_json.dumps(code) + b"}"
        for name, code in rejected
    ]
    return b"".join(
        (
            b'{"v":1,"time":',
            strict_json.dumps(text),
            b',"accepted":',
            strict_json.dumps(list(accepted)),
            b',"rejected":[',
            b",".join(refused),
            b'],"wanted":' + encode_spans(wanted) + b"}" if wanted else b"]}",
        )
    )


def decode_state(payload: bytes) -> "State":
    """The presence message. Raises WireError `bad-state`, or `too-large`."""
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    message = read_document(payload, "bad-state")
    state, session = message.get("state"), message.get("session")
    if type(state) is not str or state not in STATES or not is_name(session):
        raise WireError("bad-state")
    return {"v": 1, "state": state, "session": session}
