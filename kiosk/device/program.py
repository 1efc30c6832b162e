"""What this device asks and in whose name: from the server's configuration, kept over restarts."""

import contextlib
from pathlib import Path

import msgspec
from msgspec.structs import replace

from survey_defs.config_error import ConfigError
from survey_defs.device_config import ComplaintTerms, DeviceConfig, decode_config
from survey_defs.letter import KEY_BYTES, SALT_BYTES
from survey_defs.loader import builtin_catalogue, builtin_surveys
from survey_defs.model import Procedure, Survey
from survey_defs.whole_file import write_whole

CONFIG_FILE = "config.json"
DEFAULT_SURVEY = "tthc"
MAX_SUBJECTS = 8
"""What one screen can hold."""


class Program(msgspec.Struct, frozen=True):
    """One survey with the procedures that a visitor may name. `sample` marks every screen as a sample.

    `complaints`: what is needed to take complaints, None where none are taken. `phone`: where a visitor's
    own phone finds the survey, '' where it cannot. `languages`: those offered, the first leads; `hours`: the
    school's day, '' day and night; `brightness` and `volume` in percent; `texts`: words of the school's own,
    by key and language. See `survey_defs.device_config`.
    """

    survey: Survey
    procedures: tuple[Procedure, ...]
    school: str = "Hài Lòng"
    sample: bool = False
    revision: str = ""
    complaints: ComplaintTerms | None = None
    phone: str = ""
    languages: tuple[str, ...] = ("vi", "en")
    hours: str = ""
    brightness: int = 100
    volume: int = 0
    texts: dict[str, dict[str, str]] = {}


def builtin_program() -> Program:
    """Returns what is asked before the server has ever spoken."""
    survey = builtin_surveys().newest(DEFAULT_SURVEY)
    if survey is None:
        raise LookupError(f"the built-in surveys lack '{DEFAULT_SURVEY}'")
    return Program(survey, tuple(builtin_catalogue().procedures))


def read_program(payload: bytes, device: str) -> Program:
    """Returns the program of a `config` message. Raises `ConfigError`: the last good one then stays."""
    return _program(decode_config(payload, device))


def _program(config: DeviceConfig) -> Program:
    survey = max(
        (survey for survey in config.surveys if survey.id == config.survey),
        key=lambda survey: survey.version,
    )
    if not survey.questions:
        raise ConfigError("unusable", config.revision)
    return Program(
        survey,
        config.procedures,
        config.school,
        config.sample,
        config.revision,
        _usable(config.complaints),
        config.phone,
        config.languages,
        config.hours,
        config.brightness,
        config.volume,
        config.texts,
    )


def _usable(terms: ComplaintTerms | None) -> ComplaintTerms | None:
    """The terms, if a complaint can be sealed and followed by them: better none offered than one lost."""
    if terms is None or len(terms.key) != KEY_BYTES or len(terms.code_salt) != SALT_BYTES:
        return None
    if not terms.lookup or len(terms.subjects) > MAX_SUBJECTS:
        return None
    if terms.principal_key is not None and len(terms.principal_key) != KEY_BYTES:
        return replace(terms, principal_key=None)
    return terms


def keep_program(data: Path, payload: bytes) -> None:
    """Write the message beside the outbox, whole or not at all. Raises OSError."""
    write_whole(data / CONFIG_FILE, payload)


def kept_program(data: Path, device: str) -> Program | None:
    """Returns what the server said last, or None."""
    with contextlib.suppress(OSError, ConfigError):
        return read_program((data / CONFIG_FILE).read_bytes(), device)
    return None
