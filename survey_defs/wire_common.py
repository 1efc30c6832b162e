"""What both ends of the wire know: version, limits, words, the forms of names, topics, stretches of journals.

Part of the wire contract (`survey_defs.wire`). A board carries this file.
"""

from survey_defs import strict_json

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from typing import Any, TypeGuard

    Span = tuple[str, int, int]
    """A journal, and the first and the last number of a stretch of it."""


VERSION = 1
MAX_EVENTS = 64
"""Events in one batch."""
MAX_BATCH_BYTES = 65536
MAX_EVENT_BYTES = 32768
MAX_INT = 2**53
"""Counters and times stay below what every JSON reader holds exactly."""
MAX_SPANS = 8
"""Stretches of journals in one message."""
MAX_ORIGINS = 32
"""Boots that one greeting dates."""

STATES = ("init", "ready", "sleeping", "disconnected", "lost", "alert")
COMPLAINTS, ABOUT_PRINCIPAL = "complaints", "about-principal"
"""The rooms whose keys devices seal to. A complaint's `room` names the second; left out, it is the first."""
LEAVES = ("up", "receipt", "state", "health", "config")
TOPIC_ROOT = "hailong/1/"

DIGITS = "0123456789"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_SLUG = _SMALL + DIGITS + "-"
LETTERS_AND_DIGITS = _SLUG[:-1] + _SMALL.upper()
_VISIBLE = "".join([chr(point) for point in range(33, 127)])
_HAS_ISASCII = hasattr("", "isascii") and hasattr("", "isprintable")


class WireError(Exception):
    """A message that cannot be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# ---- forms of names. `text.strip(allowed)` leaves nothing exactly when every letter is allowed, and is fast.


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


def is_lang(text: object) -> "TypeGuard[str]":
    """Whether `text` has the form of a language tag: `vi`, `en`, `zh-Hant`."""
    if type(text) is not str or len(text) > 35:
        return False
    if text == "vi":
        return True
    main, hyphen, rest = text.partition("-")
    if not 2 <= len(main) <= 3 or main.strip(_SMALL):
        return False
    return not hyphen or (len(rest) > 0 and not rest.strip(LETTERS_AND_DIGITS))


def is_count(value: object, low: int) -> "TypeGuard[int]":
    """Whether `value` is a whole number from `low` to `MAX_INT`."""
    return type(value) is int and low <= value <= MAX_INT


# ---- topics


def topic(school: str, device: str, leaf: str) -> str:
    """The topic of a device's leaf, one of `LEAVES`. ValueError for anything else."""
    if not is_slug(school) or not is_slug(device) or leaf not in LEAVES:
        raise ValueError("no such topic: " + str((school, device, leaf)))
    return TOPIC_ROOT + school + "/" + device + "/" + leaf


# ---- pieces of messages


def encode_spans(spans: "list[Span]") -> bytes:
    """Those stretches as a JSON array, the first `MAX_SPANS` of them."""
    dumps = strict_json.dumps
    parts = [
        b'{"journal":' + dumps(journal) + b',"from":' + dumps(lo) + b',"to":' + dumps(hi) + b"}"
        for journal, lo, hi in spans[:MAX_SPANS]
    ]
    return b"[" + b",".join(parts) + b"]"


def read_spans(value: object) -> "list[Span]":
    """The stretches in a JSON array, as far as they can be read: `MAX_SPANS` at the most."""
    found: list[Span] = []
    for entry in value[:MAX_SPANS] if type(value) is list else ():
        if type(entry) is not dict:
            continue
        journal, lo, hi = entry.get("journal"), entry.get("from"), entry.get("to")
        if is_name(journal) and is_count(lo, 1) and is_count(hi, lo):
            found.append((journal, lo, hi))
    return found


def read_document(payload: bytes, code: str) -> "dict[str, Any]":
    """Returns the JSON object in `payload`. Raises WireError `code` for anything else, or another version."""
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
