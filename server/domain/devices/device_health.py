"""What a device says of itself, field by field: what can be so is kept, what cannot was never said.

A device's word is never trusted: its key may have been copied, and a sensor may be broken. So each field is
judged by itself, where it comes in and again where it is read, and one that makes no sense costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from survey_defs.plain_text import one_line
from survey_defs.wire import is_name

MAX_FIELDS = 64
MAX_COUNT = 1_000_000_000
"""More answers, bytes in kilobytes or starts than any device will ever count."""
MAX_UP_MS = 1 << 53
"""Whole numbers up to here mean the same to every reader of JSON."""
MAX_TEXT = 200
MAX_DEPTH, MAX_ITEMS = 3, 32
"""Of a field that only a later version knows."""
_MAX_BUTTONS = 9

Health = dict[str, Any]
_Check = Callable[[Any], Any]
"""Returns the value as it is kept. Raises `ValueError` where it cannot be so."""


def judge(said: Mapping[Any, Any]) -> Health:
    """The fields that can be so. Never raises; a field that is null stays, for it says "unknown" itself."""
    health: Health = {}
    for name, value in said.items():
        if len(health) == MAX_FIELDS:
            break
        if not is_name(name):
            continue
        try:
            health[name] = None if value is None else _FIELDS.get(name, _later)(value)
        except ValueError:
            continue
    return health


def _whole(lowest: int, highest: int) -> _Check:
    def check(value: Any) -> int:
        if type(value) is not int or not lowest <= value <= highest:
            raise ValueError
        return value

    return check


def _measured(lowest: float, highest: float) -> _Check:
    def check(value: Any) -> float:
        if type(value) not in (int, float) or not lowest <= value <= highest:  # NaN is in no range
            raise ValueError
        return float(value) if type(value) is float else int(value)

    return check


def _true_or_false(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError
    return one_line(value[:MAX_TEXT])


def _revision(value: Any) -> str:
    if value != "" and not is_name(value):
        raise ValueError
    return str(value)


def _buttons(value: Any) -> list[int]:
    if type(value) is not list:
        raise ValueError
    return sorted({each for each in value if type(each) is int and 1 <= each <= _MAX_BUTTONS})


def _refusal(value: Any) -> dict[str, str | None]:
    if type(value) is not dict:
        raise ValueError
    revision, code = value.get("revision"), value.get("code")
    return {"revision": revision if is_name(revision) else None, "code": code if is_name(code) else None}


def _later(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A value of a field that is not known here: small enough to be kept, and harmless."""
    if type(value) is list and depth and len(value) <= MAX_ITEMS:
        return [_later(each, depth - 1) for each in value]
    if type(value) is dict and depth and len(value) <= MAX_ITEMS:
        return {_text(key): _later(each, depth - 1) for key, each in value.items()}
    if type(value) in (int, float):
        return _measured(-MAX_UP_MS, MAX_UP_MS)(value)
    return value if value is None or type(value) is bool else _text(value)


_COUNT, _PERCENT, _CELSIUS = _whole(0, MAX_COUNT), _measured(0, 100), _measured(-60, 150)
_FIELDS: dict[str, _Check] = {
    "v": _COUNT,
    "outbox": _COUNT,
    "waiting": _COUNT,
    "pending": _COUNT,
    "rejected": _COUNT,
    "aside": _COUNT,
    "undervoltage": _COUNT,
    "boots": _COUNT,
    "up_ms": _whole(0, MAX_UP_MS),
    "battery": _PERCENT,
    "battery_percent": _PERCENT,
    "temperature": _CELSIUS,
    "temperature_c": _CELSIUS,
    "disk_free_mb": _measured(0, MAX_COUNT),
    "flash_free_kb": _measured(0, MAX_COUNT),
    "rssi": _measured(-200, 100),
    "version": _text,
    "software": _text,
    "reset": _text,
    "revision": _revision,
    "refused": _refusal,
    "stuck": _buttons,
    "full": _true_or_false,
    "safe": _true_or_false,
    "on_battery": _true_or_false,
}
