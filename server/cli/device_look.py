"""`hailong device set|show`: what a device is set to, and what it says of itself."""

from pathlib import Path
from typing import Any

import click
import msgspec

from server.cli.common import context_for, data_options, json_option, tell, utc
from server.domain.problems import Problem
from server.services.context import Context
from server.services.dashboard import overview as overviews
from server.services.dashboard.fleet import fleet
from server.services.devices import claims, device_settings, registry
from server.services.devices.config_payloads import DeviceMessages
from survey_defs.wire import is_lang


@click.command("set")
@click.argument("id")
@click.option("--languages", help="Out of those of the survey, the first leads: 'vi,en'.")
@click.option("--brightness", type=int, help="Percent, 10 to 100.")
@click.option("--volume", type=int, help="Percent, 0 (silent) to 100.")
@click.option(
    "--procedures", help="Of a box's second row, up to four slugs: 'hoc-ba,ban-sao'; '' the first four."
)
@click.option(
    "--welcome", multiple=True, metavar="[LANG=]WORDS", help="A kiosk's invitation; '' its own words."
)
@click.option("--thanks", multiple=True, metavar="[LANG=]WORDS", help="A kiosk's line of thanks; '' its own.")
@json_option
@data_options
def set_device(
    *,
    id: str,
    languages: str | None,
    brightness: int | None,
    volume: int | None,
    procedures: str | None,
    welcome: tuple[str, ...],
    thanks: tuple[str, ...],
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Set the device ID; what is not named stays. It gets the settings when it is next in touch."""
    ctx = context_for(data, settings_file)
    changed = device_settings.change(
        ctx,
        id,
        languages=_listed(languages),
        brightness=brightness,
        volume=volume,
        procedures=_listed(procedures),
        texts={"welcome": _by_language(welcome), "thanks": _by_language(thanks)},
    )
    values = {"device": id, **msgspec.to_builtins(changed)}
    tell(as_json, values, *_lines(values))


@click.command("show")
@click.argument("id")
@json_option
@data_options
def show_device(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show what is known of the device ID: its state, its settings, a claim code that waits."""
    ctx = context_for(data, settings_file)
    values = _facts(ctx, id)
    tell(as_json, values, *_lines(values))


def _facts(ctx: Context, id: str) -> dict[str, Any]:
    with ctx.read() as work:
        record, now = registry.device(work, id), work.now
        period = overviews.period_of(ctx, None)
        views = fleet(work, record.school, period, now, everything=True)
        view = next((each for each in views if each.id == id), None)
        if view is None:
            raise Problem("unknown-device", id=id)
        wanted = DeviceMessages(ctx).revisions([record]).get(id)
        waiting = claims.open_claim(work, id)
        return {
            "device": id,
            "school": record.school,
            "kind": record.kind,
            "label": record.label,
            "state": "retired" if view.retired else view.status,
            "heard_at": utc(view.heard_at),
            "waiting": view.waiting,
            "missing": view.missing_count,
            "version": view.version,
            "config": view.config_state(wanted),
            "revision": view.revision,
            "wanted": wanted,
            "refused": view.refusal._asdict() if view.refusal else None,
            "troubles": list(view.troubles),
            "settings": None if record.kind == "qr" else msgspec.to_builtins(device_settings.read(work, id)),
            "claim": {"school": waiting.school, "expires": utc(waiting.expires_at)} if waiting else None,
        }


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [each.strip() for each in text.split(",") if each.strip()]


def _by_language(given: tuple[str, ...]) -> dict[str, str]:
    """`en=Welcome` by its language; without one the words are Vietnamese."""
    found = {}
    for text in given:
        lang, mark, words = text.partition("=")
        found.update({lang: words} if mark and is_lang(lang) else {"vi": text})
    return found


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"{key:10} {'-' if value is None else _plain(value)}" for key, value in values.items()]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(each)}" for key, each in value.items()) or "-"
    return " ".join(map(str, value)) or "-" if isinstance(value, list | tuple) else str(value)
