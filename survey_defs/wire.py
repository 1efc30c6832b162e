"""The wire contract, version 1: topics, batches, events, receipts, presence.

Every side uses this one file, the buttons too, so it is written in the subset of Python that
MicroPython runs; `vectors.json` says by example what it means. Strict where it counts, forgiving
where it costs nothing: unknown fields are ignored, a `wall` that makes no sense costs only itself,
and one bad event does not spoil its batch.
"""

from survey_defs import strict_json
from survey_defs.wire_time import format_time as format_time  # noqa: PLC0414 - part of this interface
from survey_defs.wire_time import parse_wall as parse_wall  # noqa: PLC0414

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from typing import Any, NotRequired, TypedDict, TypeGuard

    Span = tuple[str, int, int]
    """A journal, and the first and the last number of a stretch of it."""

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

    class Rejected(TypedDict):
        """Why an event was refused."""

        id: str
        code: str

    class Receipt(TypedDict):
        """What the server stored and what it refused; `time` is the server's, or None if senseless."""

        v: int
        time: str | None
        accepted: list[str]
        rejected: list[Rejected]
        wanted: NotRequired[list[Span]]

    class State(TypedDict):
        """A device's presence."""

        v: int
        state: str
        session: str


VERSION = 1
MAX_EVENTS = 64
"""Events in one batch."""
MAX_BATCH_BYTES = 65536
MAX_EVENT_BYTES = 32768
MAX_INT = 2**53
"""Counters and times stay below what every JSON reader holds exactly."""
ENVELOPE_BYTES = 512
"""More than an envelope without its events ever takes."""
MAX_SPANS = 8
"""So many stretches of journals one message names."""
MAX_ORIGINS = 32
"""So many boots one greeting dates."""

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
STATES = ("init", "ready", "sleeping", "disconnected", "lost", "alert")
CHANNELS = ("kiosk", "button", "qr")
COMPLAINTS, ABOUT_PRINCIPAL = "complaints", "about-principal"
"""The rooms whose keys devices seal to. A complaint's `room` names the second; left out, it is the first."""
LEAVES = ("up", "receipt", "state", "health", "config")

_ROOT = "hailong/1/"
_DIGITS = "0123456789"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_SLUG = _SMALL + _DIGITS + "-"
_UUID = "0123456789abcdef-"
_ALNUM = _SLUG[:-1] + _SMALL.upper()
_VISIBLE = "".join([chr(point) for point in range(33, 127)])
_HAS_ISASCII = hasattr("", "isascii") and hasattr("", "isprintable")
_HEX = "0123456789abcdef"
_BASE64 = _ALNUM + "+/"
_SEAL_BYTES = 48
"""What a sealed box adds to its content: no box is shorter."""
_SUBJECTS = 16
_FEW = 16
"""With no more answers, and choices in each, than this, an event of known fields cannot be too large."""


class WireError(Exception):
    """A message that cannot be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# ---- small shapes. `text.strip(allowed)` leaves nothing exactly when every letter is allowed, and is fast.


def is_slug(text: object) -> "TypeGuard[str]":
    """Whether `text` is a slug: 1 to 64 of a-z, 0-9 and hyphen."""
    return type(text) is str and 0 < len(text) <= 64 and not text.strip(_SLUG)


def is_name(text: object) -> "TypeGuard[str]":
    """Whether `text` can name a boot, a journal or a session: 1 to 64 visible ASCII letters, no space."""
    if type(text) is not str or not 0 < len(text) <= 64:
        return False
    if _HAS_ISASCII:  # the same answer, twice as fast, where the ingest runs
        return text.isascii() and text.isprintable() and " " not in text
    return not text.strip(_VISIBLE)


def is_uuid(text: object) -> "TypeGuard[str]":
    """Whether `text` is a UUID in its lower-case form with hyphens."""
    if type(text) is not str or len(text) != 36:
        return False
    if not text[8] == text[13] == text[18] == text[23] == "-" or text.count("-") != 4:
        return False
    return not text.strip(_UUID)


def is_lang(text: object) -> "TypeGuard[str]":
    """Whether `text` has the form of a language tag: `vi`, `en`, `zh-Hant`."""
    if type(text) is not str or len(text) > 35:
        return False
    if text == "vi":
        return True
    main, hyphen, rest = text.partition("-")
    if not 2 <= len(main) <= 3 or main.strip(_SMALL):
        return False
    return not hyphen or (len(rest) > 0 and not rest.strip(_ALNUM))


def _is_count(value: object, least: int) -> "TypeGuard[int]":
    return type(value) is int and least <= value <= MAX_INT


# ---- topics


def topic(school: str, device: str, leaf: str) -> str:
    """The topic of a device's leaf, one of `LEAVES`. ValueError for anything else."""
    if not is_slug(school) or not is_slug(device) or leaf not in LEAVES:
        raise ValueError("no such topic: " + str((school, device, leaf)))
    return _ROOT + school + "/" + device + "/" + leaf


def parse_topic(text: str) -> "tuple[str, str, str] | None":
    """(school, device, leaf) of one of our topics, else None."""
    if not text.startswith(_ROOT):
        return None
    parts = text[len(_ROOT) :].split("/")
    if len(parts) != 3 or not is_slug(parts[0]) or not is_slug(parts[1]) or parts[2] not in LEAVES:
        return None
    return parts[0], parts[1], parts[2]


# ---- batches


def encode_event(event: "dict[str, Any]") -> bytes:
    """The bytes of one event, keys in the order given (MicroPython's dict keeps none)."""
    return strict_json.dumps(event)


def encode_batch(
    boot: str, up_ms: int, wall: "str | None", synced: bool, events: "list[dict[str, Any]] | list[bytes]"
) -> bytes:
    """One batch, stamped with the boot and running time of now. Events may be dicts or encoded already.

    Raises WireError `too-large` over the limits; `how_many_fit` keeps a sender within them.
    """
    if len(events) > MAX_EVENTS:
        raise WireError("too-large")
    head = strict_json.dumps(boot), strict_json.dumps(up_ms), strict_json.dumps(wall)
    parts = [event if isinstance(event, bytes) else encode_event(event) for event in events]
    payload = b"".join(
        (
            b'{"v":1,"boot":',
            head[0],
            b',"up_ms":',
            head[1],
            b',"wall":',
            head[2],
            b',"synced":true,"events":[' if synced else b',"synced":false,"events":[',
            b",".join(parts),
            b"]}",
        )
    )
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    return payload


def encode_greeting(  # noqa: PLR0917 - an envelope's fields, in their order
    boot: str,
    up_ms: int,
    wall: "str | None",
    synced: bool,
    kept: "list[Span]",
    origins: "list[tuple[str, int]]",
) -> bytes:
    """A batch without events. `kept`: the stretches of the sender's journals of which it still has events
    that were receipted; `origins`: (boot, its zero by the server's clock in ms since 1970), where it knows.

    Who lost what it has stored asks for it in its receipt (`wanted`). The first `MAX_SPANS` and
    `MAX_ORIGINS` are sent.
    """
    whole = encode_batch(boot, up_ms, wall, synced, [])
    if not kept:
        return whole
    dated = [
        b'{"boot":' + strict_json.dumps(name) + b',"at":' + strict_json.dumps(format_time(at)) + b"}"
        for name, at in origins[:MAX_ORIGINS]
    ]
    return b"".join((whole[:-1], b',"kept":', _encode_spans(kept), b',"origins":[', b",".join(dated), b"]}"))


def _encode_spans(spans: "list[Span]") -> bytes:
    dumps = strict_json.dumps
    parts = [
        b'{"journal":' + dumps(journal) + b',"from":' + dumps(lo) + b',"to":' + dumps(hi) + b"}"
        for journal, lo, hi in spans[:MAX_SPANS]
    ]
    return b"[" + b",".join(parts) + b"]"


def _read_spans(value: object) -> "list[Span]":
    """What of it can be read, `MAX_SPANS` at the most."""
    found: list[Span] = []
    for entry in value[:MAX_SPANS] if type(value) is list else ():
        if type(entry) is not dict:
            continue
        journal, lo, hi = entry.get("journal"), entry.get("from"), entry.get("to")
        if is_name(journal) and _is_count(lo, 1) and _is_count(hi, lo):
            found.append((journal, lo, hi))
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


def how_many_fit(events: "list[bytes]") -> int:
    """How many of these encoded events, from the first on, one batch can carry."""
    room = MAX_BATCH_BYTES - ENVELOPE_BYTES
    for count, event in enumerate(events[:MAX_EVENTS]):
        room -= len(event) + 1
        if room < 0:
            return count
    return min(len(events), MAX_EVENTS)


def decode_batch(payload: bytes) -> "Batch":
    """The batch, its events not yet checked. Raises WireError `too-large` or `bad-batch`, nothing else."""
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    batch = _document(payload, "bad-batch")
    boot, up_ms, synced, events = (
        batch.get("boot"),
        batch.get("up_ms"),
        batch.get("synced"),
        batch.get("events"),
    )
    if not is_name(boot) or not _is_count(up_ms, 0) or type(synced) is not bool or type(events) is not list:
        raise WireError("bad-batch")
    if len(events) > MAX_EVENTS:
        raise WireError("too-large")
    wall = batch.get("wall")
    if wall is not None and parse_wall(wall) is None:
        wall = None
    found: Batch = {"v": 1, "boot": boot, "up_ms": up_ms, "wall": wall, "synced": synced, "events": events}
    kept = _read_spans(batch.get("kept"))
    if kept:
        found["kept"], found["origins"] = kept, _read_origins(batch.get("origins"))
    return found


def _document(payload: bytes, code: str) -> "dict[str, Any]":
    """The object in `payload`, of our version; else WireError `code`."""
    try:
        value = strict_json.loads(payload)
    except ValueError:
        raise WireError(code) from None
    if type(value) is not dict:
        raise WireError(code)
    version = value.get("v")
    if type(version) is not int or version != VERSION:
        raise WireError(code)
    return value


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
        or not _is_count(get("seq"), 1)
        or not _is_count(get("up_ms"), 0)
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
        or not _is_count(get("version"), 1)
        or get("channel") not in CHANNELS
        or not is_lang(get("lang"))
        or (procedure is not None and not is_slug(procedure))
        or (took_ms is not None and not _is_count(took_ms, 0))
        or "answers" not in event
    ):
        return "bad-event"
    if type(answers) is not dict or not answers:
        return "bad-answer"
    small = len(answers) <= _FEW
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
            small = small and len(answer) <= _FEW
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
        or len(about) > _SUBJECTS
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
    """Whether `text` is base64 with its padding, and long enough to be a sealed box."""
    if type(text) is not str or len(text) % 4:
        return False
    body = text[:-2] + text[-2:].rstrip("=")
    return len(body) * 3 // 4 >= _SEAL_BYTES and not body.strip(_BASE64)


def _check_whole(event: "dict[str, Any]") -> "str | None":
    """For an event with more in it than we know: can it be stored, and is it small enough?"""
    if not _is_plain(event, strict_json.MAX_DEPTH):
        return "bad-event"
    return "too-large" if len(encode_event(event)) > MAX_EVENT_BYTES else None


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
        seq if _is_count(seq, 1) else None,
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
            b'],"wanted":' + _encode_spans(wanted) + b"}" if wanted else b"]}",
        )
    )


def decode_receipt(payload: bytes) -> "Receipt":
    """The receipt. Raises WireError `bad-receipt`, or `too-large`."""
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    receipt = _document(payload, "bad-receipt")
    accepted, rejected = receipt.get("accepted"), receipt.get("rejected")
    if type(accepted) is not list or type(rejected) is not list:
        raise WireError("bad-receipt")
    for name in accepted:
        if not is_name(name):
            raise WireError("bad-receipt")
    refused: list[Rejected] = []
    for entry in rejected:
        if type(entry) is not dict or not is_name(entry.get("id")) or not is_slug(entry.get("code")):
            raise WireError("bad-receipt")
        refused.append({"id": entry["id"], "code": entry["code"]})
    time = receipt.get("time")
    if parse_wall(time) is None:
        time = None
    found: Receipt = {"v": 1, "time": time, "accepted": accepted, "rejected": refused}
    wanted = _read_spans(receipt.get("wanted"))
    if wanted:
        found["wanted"] = wanted
    return found


def encode_state(state: str, session: str) -> bytes:
    """A presence message; also the last will, as `lost`. ValueError for a state that does not exist."""
    if state not in STATES or not is_name(session):
        raise ValueError("no such state: " + str((state, session)))
    return b'{"v":1,"state":"' + state.encode() + b'","session":' + strict_json.dumps(session) + b"}"


def decode_state(payload: bytes) -> "State":
    """The presence message. Raises WireError `bad-state`, or `too-large`."""
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    message = _document(payload, "bad-state")
    state, session = message.get("state"), message.get("session")
    if type(state) is not str or state not in STATES or not is_name(session):
        raise WireError("bad-state")
    return {"v": 1, "state": state, "session": session}
