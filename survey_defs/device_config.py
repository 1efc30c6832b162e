"""The retained configuration that the server sends a device: what it asks, and in whose name.

    {"v":1,"revision":"…","school":"Trường THCS Mẫu","sample":false,"survey":"tthc",
     "surveys":[…],"procedures":[…]}

`revision` is worked out from the rest, so that the same content always has the same one.
"""

import hashlib

import msgspec

from survey_defs.model import Procedure, Survey


class DeviceConfig(msgspec.Struct, frozen=True, omit_defaults=False):
    """One revision of a device's configuration; unknown fields are ignored, later versions may add some."""

    v: int
    revision: str
    school: str
    sample: bool
    survey: str
    surveys: tuple[Survey, ...]
    procedures: tuple[Procedure, ...]


def make_config(
    *, school: str, sample: bool, survey: str, surveys: tuple[Survey, ...], procedures: tuple[Procedure, ...]
) -> DeviceConfig:
    """A configuration with its revision filled in."""
    draft = DeviceConfig(1, "", school, sample, survey, surveys, procedures)
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
