"""What a device is set to: languages, brightness, volume, a box's procedures, a kiosk's own words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from server.domain.problems import Problem
from server.services import schools
from server.services.context import Context, Work
from server.services.devices import registry
from survey_defs.box_config import MAX_PROCEDURES, is_brightness, is_volume
from survey_defs.device_config import MAX_TEXT, TEXT_KEYS
from survey_defs.typed import from_json

if TYPE_CHECKING:
    from server.domain.records import Device

SURVEY = "tthc"
"""The survey that devices ask."""


class DeviceSettings(msgspec.Struct, frozen=True):
    """The settings of one device; the first of `languages` leads, percents are whole numbers.

    `procedures`: what a box's second row chooses among, () for the school's first four. `texts`: a kiosk's
    own words by key (see `TEXT_KEYS`) and language; what is missing the kiosk says in its own.
    """

    languages: tuple[str, ...] = ("vi", "en")
    brightness: int = 100
    volume: int = 0
    procedures: tuple[str, ...] = ()
    texts: dict[str, dict[str, str]] = {}


def languages(ctx: Context) -> tuple[str, ...]:
    """The languages that the devices' survey is written in, Vietnamese first."""
    survey = ctx.surveys.newest(SURVEY)
    return tuple(sorted(survey.title if survey else ("vi",), key=lambda lang: (lang != "vi", lang)))


def read(work: Work, id: str) -> DeviceSettings:
    """The settings of a device, the defaults where nobody has set any. Raises `Problem("unknown-device")`."""
    registry.device(work, id)
    row = work.sql.device_settings_find(device=id)
    return of_row(row)


def of_row(row: Mapping[str, Any] | None) -> DeviceSettings:
    """The settings as the store keeps them; the defaults where it keeps none."""
    if row is None:
        return DeviceSettings()
    return DeviceSettings(
        languages=tuple(row["languages"].split()),
        brightness=row["brightness"],
        volume=row["volume"],
        procedures=tuple(row["procedures"].split()),
        texts=from_json(row["texts"], dict[str, dict[str, str]]),
    )


def change(
    ctx: Context,
    id: str,
    *,
    languages: Iterable[str] | None = None,
    brightness: int | None = None,
    volume: int | None = None,
    procedures: Iterable[str] | None = None,
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> DeviceSettings:
    """Change a device's settings; what is None stays, and so do texts that are not named.

    An empty text gives the kiosk its own words back, no procedures the school's first four. Raises `Problem`:
    `unknown-device`, `device-retired`, `device-no-settings` (a code on paper), `bad-languages`,
    `bad-brightness`, `bad-volume`, `box-procedures`, `unknown-procedure`, `not-for-kiosk`, `not-for-box`,
    `bad-device-text`.
    """
    with ctx.write() as work:
        device, old = _settable(work, id), read(work, id)
        new = DeviceSettings(
            languages=old.languages if languages is None else _languages(ctx, languages),
            brightness=old.brightness if brightness is None else brightness,
            volume=old.volume if volume is None else volume,
            procedures=old.procedures if procedures is None else _procedures(work, device, procedures),
            texts=old.texts if texts is None else _texts(ctx, device, old, texts),
        )
        if not is_brightness(new.brightness):
            raise Problem("bad-brightness")
        if not is_volume(new.volume):
            raise Problem("bad-volume")
        work.sql.device_settings_put(
            device=id,
            languages=" ".join(new.languages),
            brightness=new.brightness,
            volume=new.volume,
            procedures=" ".join(new.procedures),
            texts=msgspec.json.encode(new.texts, order="deterministic").decode(),
        )
    return new


def _settable(work: Work, id: str) -> Device:
    device = registry.device(work, id)
    if device.retired_at is not None:
        raise Problem("device-retired", id=id)
    if device.kind == "qr":
        raise Problem("device-no-settings", id=id)
    return device


def _languages(ctx: Context, given: Iterable[str]) -> tuple[str, ...]:
    chosen, known = tuple(dict.fromkeys(given)), languages(ctx)
    if not chosen or not set(chosen) <= set(known):
        raise Problem("bad-languages", known=", ".join(known))
    return chosen


def _procedures(work: Work, device: Device, given: Iterable[str]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(given))
    if chosen and device.kind != "button":
        raise Problem("not-for-kiosk", id=device.id)
    if len(chosen) > MAX_PROCEDURES:
        raise Problem("box-procedures", most=MAX_PROCEDURES)
    known = [procedure.slug for procedure in schools.procedures(work, device.school)]
    for slug in chosen:
        if slug not in known:
            raise Problem("unknown-procedure", known=", ".join(known))
    return chosen


def _texts(
    ctx: Context, device: Device, old: DeviceSettings, given: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    new = {key: dict(words) for key, words in old.texts.items()}
    known = languages(ctx)
    for key, by_language in given.items():
        for lang, text in by_language.items():
            words = " ".join(unicodedata.normalize("NFC", text).split())
            if words and device.kind != "kiosk":
                raise Problem("not-for-box", id=device.id)
            sound = not any(unicodedata.category(letter).startswith("C") for letter in words)
            if key not in TEXT_KEYS or lang not in known or len(words) > MAX_TEXT or not sound:
                raise Problem("bad-device-text", most=MAX_TEXT)
            of_key = new.setdefault(key, {})
            of_key.pop(lang, None)
            if words:
                of_key[lang] = words
    return {key: words for key, words in new.items() if words}
