"""What a device's last health message says of it: read with care, for a device may write what it likes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import msgspec

from server.domain.devices.device_health import judge
from survey_defs.config_error import CODES
from survey_defs.wire import ABOUT_PRINCIPAL, COMPLAINTS, is_name

ConfigState = Literal["newest", "waiting", "refused", "unknown"]
"""Whether a device runs what the server wants; `unknown`: it does not say what it runs."""
Trouble = Literal["shared", "key", "refused", "full", "stuck", "safe", "battery"]
WEAK_BATTERY = 20
"""Percent; below, somebody should change it before the box falls silent."""
_MAX_BUTTONS = 9
_KEY_ID_DIGITS = 16
_HOW = ("first", "signed", "confirmed")
_SIGNS = {
    "battery": ("battery", "battery_percent"),
    "temperature": ("temperature_c", "temperature"),
    "disk-free": ("disk_free_mb",),
    "rejected": ("rejected",),
    "aside": ("aside",),
    "undervoltage": ("undervoltage",),
}
_ONLY_IF_ANY = ("rejected", "aside", "undervoltage")
Health = dict[str, Any]


class Refusal(NamedTuple):
    """A configuration that the device did not take: `code` is one of the known ones, or 'other'."""

    revision: str | None
    code: str


class SealReport(NamedTuple):
    """Which key a kiosk seals complaints to, how it came to it, and the one that it does not believe."""

    key: str
    how: str
    refused: str | None


def read_health(text: str | None) -> Health:
    """The last health message, judged; whatever a device wrote that is no object counts as nothing."""
    try:
        value = msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return judge(value) if isinstance(value, dict) else {}


def signs(health: Health) -> list[tuple[str, float]]:
    """What it says in numbers, in the order in which it is told."""
    found = []
    for name, keys in _SIGNS.items():
        value = next((health[key] for key in keys if type(health.get(key)) in (int, float)), None)
        if value is not None and (value or name not in _ONLY_IF_ANY):
            found.append((name, value))
    return found


def troubles(health: Health) -> tuple[Trouble, ...]:
    """For what of it somebody should go there, however well the device is otherwise."""
    battery = next((value for name, value in signs(health) if name == "battery"), None)
    seals = [seal_report(health, room) for room in (COMPLAINTS, ABOUT_PRINCIPAL)]
    found: dict[Trouble, bool] = {
        "key": any(seal is not None and seal.refused is not None for seal in seals),
        "full": health.get("full") is True,
        "stuck": bool(stuck(health)),
        "safe": health.get("safe") is True,
        "battery": battery is not None and battery < WEAK_BATTERY,
        "refused": refusal(health) is not None,
    }
    return tuple(name for name, there in found.items() if there)


def is_on_battery(health: Health) -> bool:
    """Whether it says that it runs on a battery."""
    return health.get("on_battery") is True


def stuck(health: Health) -> tuple[int, ...]:
    """The buttons that do not come up again, from 1."""
    value = health.get("stuck")
    if not isinstance(value, list):
        return ()
    return tuple(sorted({each for each in value if type(each) is int and 1 <= each <= _MAX_BUTTONS}))


def refusal(health: Health) -> Refusal | None:
    """The configuration that it refused last and has taken none after."""
    value = health.get("refused")
    if not isinstance(value, dict):
        return None
    revision, code = value.get("revision"), value.get("code")
    return Refusal(revision if is_name(revision) else None, code if code in CODES else "other")


def seal_report(health: Health, room: str = COMPLAINTS) -> SealReport | None:
    """What a kiosk says of a room's key; None where it says nothing, or nothing that makes sense."""
    value = health.get("seal" if room == COMPLAINTS else "seal_principal")
    if not isinstance(value, dict) or not _is_key_id(value.get("key")):
        return None
    how, refused = value.get("how"), value.get("refused")
    return SealReport(value["key"], how if how in _HOW else "first", refused if _is_key_id(refused) else None)


def _is_key_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == _KEY_ID_DIGITS and not value.strip("0123456789abcdef")


def revision(health: Health) -> str | None:
    """What it runs, '' for what it came with; None where it does not say."""
    value = health.get("revision")
    return value if value == "" or is_name(value) else None


def config_state(health: Health, wanted: str | None) -> ConfigState:
    """How it stands with the configuration of the revision that the server wants it to run."""
    runs = revision(health)
    if refusal(health) is not None:
        return "refused"
    if runs is None or wanted is None:
        return "unknown"
    return "newest" if runs == wanted else "waiting"


def count_of(health: Health, keys: Iterable[str]) -> int | None:
    """The first of these counters that it tells."""
    found = (health[key] for key in keys if type(health.get(key)) is int and health[key] >= 0)
    return next(found, None)


def text_of(health: Health, keys: Iterable[str]) -> str | None:
    """The first of these texts that it tells, its beginning."""
    found = (health[key][:40] for key in keys if isinstance(health.get(key), str) and health[key])
    return next(found, None)
