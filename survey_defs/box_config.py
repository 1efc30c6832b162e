"""The retained configuration of a button terminal: what its press answers, and how it behaves.

    {"v":1,"revision":"…","device":"nut-01","survey":"tthc","version":1,"question":"rating",
     "procedures":["chuyen-truong",…],"lang":"vi","hours":"05:30-19:30","brightness":100,"volume":0}

`device` is whom it is for, '' anybody. A press answers `question` of that survey's version; `procedures` are
those that the optional row of buttons chooses among. `lang` stands in the events. `hours`: the school's day
in its own time, '' open day and night. Of what is missing `DEFAULTS` stands, and no procedures; unknown
fields are passed over. An empty message takes a configuration away from a topic and is none: who keeps the
last good one lets it pass. Written in the subset of Python that MicroPython runs.
"""

import binascii
import hashlib

from survey_defs import strict_json
from survey_defs.config_error import ConfigError
from survey_defs.wire_common import MAX_INT, is_lang, is_name, is_slug

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_BYTES = 4096
MAX_PROCEDURES = 4
MIN_BRIGHTNESS = 10
"""Percent. A lamp that nobody sees would thank nobody."""
MAX_PERCENT = 100
"""Of brightness and of volume."""
DEFAULTS = {"device": "", "lang": "vi", "hours": "", "brightness": 100, "volume": 0}
_DIGITS = "0123456789"


def make_box_config(fields: "dict[str, Any]") -> bytes:
    """The message with those fields; its revision is worked out from the rest of the content."""
    body = strict_json.dumps(fields)
    revision = binascii.hexlify(hashlib.sha256(body).digest()).decode()[:16]
    head = {"v": 1, "revision": revision}
    return strict_json.dumps(head)[:-1] + b"," + body[1:]


def read_box_config(payload: bytes, device: str) -> "dict[str, Any]":
    """The configuration, every field of it. Raises `ConfigError`, nothing else: the last good one stays."""
    if len(payload) > MAX_BYTES:
        raise ConfigError("too-large")
    try:
        sent = strict_json.loads(payload)
    except ValueError:
        raise ConfigError("bad-config") from None
    if type(sent) is not dict:
        raise ConfigError("bad-config")
    revision = sent.get("revision")
    if not is_name(revision):
        raise ConfigError("bad-config")
    get = sent.get
    config = {key: get(key, default) for key, default in DEFAULTS.items()}
    config["procedures"] = get("procedures", [])
    for key in ("v", "revision", "survey", "version", "question"):
        config[key] = get(key)
    if not _is_whole(config):
        raise ConfigError("bad-config", revision)
    if config["device"] not in ("", device):
        raise ConfigError("other-device", revision)
    return config


def _is_whole(config: "dict[str, Any]") -> bool:
    """Whether every field is what it has to be."""
    get = config.get
    for_whom, procedures = get("device"), get("procedures")
    return (
        type(get("v")) is int
        and get("v") == 1
        and (for_whom == "" or is_slug(for_whom))
        and is_slug(get("survey"))
        and _is_between(get("version"), 1, MAX_INT)
        and is_name(get("question"))
        and type(procedures) is list
        and len(procedures) <= MAX_PROCEDURES
        and all(is_slug(each) for each in procedures)
        and len(set(procedures)) == len(procedures)
        and is_lang(get("lang"))
        and is_hours(get("hours"))
        and is_brightness(get("brightness"))
        and is_volume(get("volume"))
    )


def _is_between(value: object, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def is_brightness(value: object) -> bool:
    """Whether it is a brightness in percent."""
    return _is_between(value, MIN_BRIGHTNESS, MAX_PERCENT)


def is_volume(value: object) -> bool:
    """Whether it is a volume in percent."""
    return _is_between(value, 0, MAX_PERCENT)


def is_hours(text: object) -> bool:
    """Whether `text` is a school's day: '' (open day and night) or `05:30-19:30`, within one day."""
    if text == "":
        return True
    return type(text) is str and opening_minutes(text) is not None


def opening_minutes(hours: str) -> "tuple[int, int] | None":
    """(opens, closes) in minutes since midnight of the school's day, closes excluded; None if it is none."""
    if len(hours) != 11 or hours[2] != ":" or hours[5] != "-" or hours[8] != ":":
        return None
    digits = hours[0:2] + hours[3:5] + hours[6:8] + hours[9:11]
    if digits.strip(_DIGITS):
        return None
    opens = int(digits[0:2]) * 60 + int(digits[2:4])
    closes = int(digits[4:6]) * 60 + int(digits[6:8])
    sound = int(digits[2:4]) < 60 and int(digits[6:8]) < 60 and opens < closes <= 24 * 60
    return (opens, closes) if sound else None


def is_open(hours: str, minute: "int | None") -> bool:
    """Whether somebody is expected at this minute of the school's day; True where either is unknown."""
    day = opening_minutes(hours)
    return day is None or minute is None or day[0] <= minute < day[1]
