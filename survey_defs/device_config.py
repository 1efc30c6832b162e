"""The retained configuration that the server sends a device: what it asks, and in whose name.

    {"v":1,"revision":"…","school":"Trường THCS Mẫu","sample":false,"survey":"tthc",
     "surveys":[…],"procedures":[…],"complaints":{…}|null,"phone":"https://…"}

`phone` is the address of the survey on a visitor's own phone, '' where the school has none; it is shown when
the screen itself can take nothing. `complaints` is there once the school has a key to seal them to; until
then no device takes any.

`revision` is worked out from the rest, so that the same content always has the same one.
"""

import hashlib
from datetime import date

import msgspec

from survey_defs.model import Procedure, Survey
from survey_defs.subjects import Subject


class ComplaintTerms(msgspec.Struct, frozen=True):
    """What a device needs to take complaints, and may promise about them.

    `key` is the school's public key, to which they are sealed, and `code_salt` the installation's salt
    for the sender's code: see `survey_defs.complaint`. `lookup` is the address of the lookup page as a
    phone can reach it. The answer comes within `answer_days` working days, the first not counted;
    `days_off` and `days_on` are the weekdays without work and the weekend days with work that are known
    from now to the end of `calendar_until`: after that day no date may be promised. A contact is deleted
    `kept_months` after the case was closed.
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


def make_config(
    *,
    school: str,
    sample: bool,
    survey: str,
    surveys: tuple[Survey, ...],
    procedures: tuple[Procedure, ...],
    complaints: ComplaintTerms | None = None,
    phone: str = "",
) -> DeviceConfig:
    """A configuration with its revision filled in."""
    draft = DeviceConfig(1, "", school, sample, survey, surveys, procedures, complaints, phone)
    revision = hashlib.sha256(msgspec.json.encode(draft, order="deterministic")).hexdigest()[:16]
    return msgspec.structs.replace(draft, revision=revision)


def encode_config(config: DeviceConfig) -> bytes:
    """The message's bytes."""
    return msgspec.json.encode(config)


def decode_config(payload: bytes) -> DeviceConfig | None:
    """The configuration, or None where it cannot be used: the device then keeps its last good one."""
    try:
        config = msgspec.json.decode(payload, type=DeviceConfig)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None
    if config.v != 1 or not any(survey.id == config.survey for survey in config.surveys):
        return None
    return config
