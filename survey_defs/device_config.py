"""The retained configuration that the server sends a device: what it asks, and in whose name.

    {"v":1,"revision":"…","school":"Trường THCS Mẫu","sample":false,"survey":"tthc",
     "surveys":[…],"procedures":[…],"complaints":{…}|null,"phone":"https://…","device":"kiosk-01",
     "languages":["vi","en"],"hours":"05:30-19:30","brightness":100,"volume":0,"texts":{"welcome":{"vi":"…"}}}

`phone` is the address of the survey on a visitor's own phone, '' where the school has none; it is shown when
the screen itself can take nothing. `complaints` is there once the school has a key to seal them to; until
then no device takes any. `device` is whom the message is for, '' anybody. The first of `languages` leads.
`hours`: the school's day in its own time, '' open day and night. `brightness` and `volume` in percent.
`texts`: words of the school's own in place of the device's, see `TEXT_KEYS`. An empty message takes a
configuration away from a topic and is none: who keeps the last good one lets it pass.

`revision` is worked out from the rest, so that the same content always has the same one.
"""

import hashlib
from datetime import date

import msgspec

from survey_defs.box_config import is_brightness, is_hours, is_volume
from survey_defs.config_error import ConfigError
from survey_defs.letter import KeyLink
from survey_defs.model import Procedure, Survey, Text
from survey_defs.subjects import Subject
from survey_defs.typed import from_json
from survey_defs.wire_common import is_lang, is_name, is_slug

MAX_BYTES = 262144
TEXT_KEYS = ("welcome", "thanks")
"""What a school may say in its own words: the rest screen's first line, the thanks screen's second."""
MAX_TEXT = 80
"""Letters of such a text: more do not stand on a small screen."""


class ComplaintTerms(msgspec.Struct, frozen=True):
    """What a device needs to take complaints, and may promise about them.

    `key` is the school's public key, to which they are sealed, and `code_salt` the installation's salt
    for the sender's code: see `survey_defs.complaint`. `lookup` is the address of the lookup page as a
    phone can reach it. The answer comes within `answer_days` working days, the first not counted;
    `days_off` and `days_on` are the weekdays without work and the weekend days with work that are known
    from now to the end of `calendar_until`: after that day no date may be promised. A contact is deleted
    `kept_months` after the case was closed.

    What is about the school's principal is sealed to `principal_key`, which no principal holds; None where
    nobody else could read it, and by a server that knows no such key. `head` names who handles a denunciation
    of the principal, by language; empty by such a server.
    """

    key: bytes
    code_salt: bytes
    lookup: str
    subjects: tuple[Subject, ...]
    answer_days: int
    days_off: tuple[date, ...]
    days_on: tuple[date, ...]
    calendar_until: date
    kept_months: int
    reach: str = "anywhere"
    """Who can open `lookup`: `machine` (the server's own browser alone), `network`, `anywhere`, `nobody`."""
    links: tuple[KeyLink, ...] = ()
    """How the school's older keys vouch for `key`, the oldest first: a device that holds one follows them."""
    principal_key: bytes | None = None
    principal_links: tuple[KeyLink, ...] = ()
    """As `links`, for `principal_key`."""
    head: Text = {}


class DeviceConfig(msgspec.Struct, frozen=True, omit_defaults=False):
    """One revision of a device's configuration; unknown fields are ignored, later versions may add some."""

    v: int
    revision: str
    school: str
    sample: bool
    survey: str
    surveys: tuple[Survey, ...]
    procedures: tuple[Procedure, ...]
    complaints: ComplaintTerms | None = None
    phone: str = ""
    device: str = ""
    languages: tuple[str, ...] = ("vi", "en")
    hours: str = ""
    brightness: int = 100
    volume: int = 0
    texts: dict[str, dict[str, str]] = {}


def make_config(
    *,
    school: str,
    sample: bool,
    survey: str,
    surveys: tuple[Survey, ...],
    procedures: tuple[Procedure, ...],
    complaints: ComplaintTerms | None = None,
    phone: str = "",
    device: str = "",
    languages: tuple[str, ...] = ("vi", "en"),
    hours: str = "",
    brightness: int = 100,
    volume: int = 0,
    texts: dict[str, dict[str, str]] | None = None,
) -> DeviceConfig:
    """A configuration with its revision filled in."""
    draft = DeviceConfig(
        v=1,
        revision="",
        school=school,
        sample=sample,
        survey=survey,
        surveys=surveys,
        procedures=procedures,
        complaints=complaints,
        phone=phone,
        device=device,
        languages=languages,
        hours=hours,
        brightness=brightness,
        volume=volume,
        texts=texts or {},
    )
    revision = hashlib.sha256(msgspec.json.encode(draft, order="deterministic")).hexdigest()[:16]
    return msgspec.structs.replace(draft, revision=revision)


def encode_config(config: DeviceConfig) -> bytes:
    """The message's bytes."""
    return msgspec.json.encode(config)


def decode_config(payload: bytes, device: str) -> DeviceConfig:
    """The configuration for `device`. Raises `ConfigError`, nothing else: the last good one then stays."""
    if len(payload) > MAX_BYTES:
        raise ConfigError("too-large")
    try:
        config = from_json(payload, DeviceConfig)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise ConfigError("bad-config", _revision(payload)) from None
    if not is_name(config.revision):
        raise ConfigError("bad-config")
    if config.v != 1 or not _is_sound(config):
        raise ConfigError("bad-config", config.revision)
    if config.device not in ("", device):
        raise ConfigError("other-device", config.revision)
    if not any(survey.id == config.survey for survey in config.surveys):
        raise ConfigError("unusable", config.revision)
    return config


class _Head(msgspec.Struct):
    revision: str


def _revision(payload: bytes) -> str | None:
    """What a message that cannot be read calls itself, if that much can be read."""
    try:
        revision = from_json(payload, _Head).revision
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return revision if is_name(revision) else None


def _is_sound(config: DeviceConfig) -> bool:
    """Whether what has the right type has a right value too."""
    own_words = [config.texts.get(key, {}) for key in TEXT_KEYS]
    return (
        (config.device == "" or is_slug(config.device))
        and len(config.languages) > 0
        and len(set(config.languages)) == len(config.languages)
        and all(is_lang(lang) for lang in config.languages)
        and is_hours(config.hours)
        and is_brightness(config.brightness)
        and is_volume(config.volume)
        and all(len(text) <= MAX_TEXT for words in own_words for text in words.values())
    )
