"""The pages of machines: all of a school's, a new one's form, one by itself, its name, its move, its code."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from server.domain.devices.points import MAX_LABEL
from server.domain.problems import Problem
from server.domain.records import Device
from server.services import schools
from server.services.context import Context
from server.services.dashboard import overview as overviews
from server.services.dashboard.fleet import fleet
from server.services.devices import claims, device_settings, devices, registry
from server.services.devices.claims import Claim
from server.services.devices.config_payloads import DeviceMessages
from server.services.network import broker_address, endpoints
from server.transport.http.frame.language import language
from survey_defs.box_config import MAX_PROCEDURES
from survey_defs.claim import spell_code
from survey_defs.device_config import MAX_TEXT, TEXT_KEYS

_FIELDS = {
    "bad-label": "label",
    "device-label-taken": "label",
    "unknown-kind": "kind",
    "bad-slug": "id",
    "device-exists": "id",
    "bad-languages": "languages",
    "bad-brightness": "brightness",
    "bad-volume": "volume",
    "box-procedures": "procedures",
    "unknown-procedure": "procedures",
    "bad-device-text": "texts",
    "no-move": "school",
}
"""Which field of a form a problem is about; others are about the whole."""
_SAID = ("renamed", "set", "withdrawn")
_NO_NUMBER = -1


def sent_settings(ctx: Context, device: Device, form: MultiDict[str, str]) -> dict[str, Any]:
    """What somebody filled in, as `device_settings.change` takes it."""
    chosen = form.getlist("languages")
    first = form.get("first", "")
    values: dict[str, Any] = {
        "languages": sorted(chosen, key=lambda lang: lang != first),
        "brightness": _percent(form.get("brightness", "")),
        "volume": _percent(form.get("volume", "")),
    }
    if device.kind == "button":
        wished = [form.get(f"procedure-{number}", "") for number in range(1, MAX_PROCEDURES + 1)]
        values["procedures"] = [slug for slug in wished if slug]
        values["languages"] = [first] if first else []
    else:
        values["texts"] = {
            key: {lang: form.get(f"{key}-{lang}", "") for lang in device_settings.languages(ctx)}
            for key in TEXT_KEYS
        }
    return values


class DevicePages:
    """Renders them; with a problem, the form that it is about as it was sent."""

    def __init__(self, ctx: Context) -> None:
        """Reads nothing yet."""
        self._ctx = ctx

    def all(self, school: str) -> str:
        """The list, those that need someone first."""
        ctx, now = self._ctx, self._ctx.now()
        period = overviews.period_of(ctx, None)
        with ctx.read() as work:
            found = fleet(work, school, period, now)
            wanted = DeviceMessages(ctx).revisions(registry.devices(work, school))
        return render_template("devices/devices.html", devices=found, wanted=wanted, period=period, now=now)

    def new(self, kind: str, wrong: Problem | None = None) -> str:
        """The form for a new machine."""
        chosen = kind if kind in devices.KINDS else devices.KINDS[0]
        return render_template(
            "devices/new.html",
            kinds=devices.KINDS,
            filled={"kind": chosen, **(request.form.to_dict() if wrong else {})},
            most_label=MAX_LABEL,
            server=self.server(),
            broker={} if wrong else self._broker(),
            **_wrong(wrong),
        )

    def one(self, device: Device, wrong: Problem | None = None) -> str:
        """One machine: what it says, its code, its settings; with a problem as the form was sent."""
        ctx, now = self._ctx, self._ctx.now()
        period = overviews.period_of(ctx, None)
        with ctx.read() as work:
            views = fleet(work, current_user.account.school, period, now, everything=True)
            wanted = DeviceMessages(ctx).revisions([device]).get(device.id)
            waiting = claims.open_claim(work, device.id)
            past = claims.history(work, device.id)
            settings = device_settings.read(work, device.id)
            neighbours = devices.neighbours(work, device.school)
            names = {school.slug: school.name for school in schools.schools(work)}
            procedures = schools.procedures(work, device.school)
        said = request.args.get("xong")
        return render_template(
            "devices/device.html",
            device=next(view for view in views if view.id == device.id),
            record=device,
            wanted=wanted,
            waiting=waiting,
            past=past,
            neighbours=neighbours,
            names=names,
            procedures=procedures,
            most_procedures=MAX_PROCEDURES,
            languages=device_settings.languages(ctx),
            text_keys=TEXT_KEYS,
            most_text=MAX_TEXT,
            filled=_filled(settings, request.form if wrong else None),
            period=period,
            now=now,
            said=said if said in _SAID else None,
            **_wrong(wrong),
        )

    def rename(self, device: Device, wrong: Problem | None = None) -> str:
        """The form for another name."""
        filled = {"label": request.form.get("label", "") if wrong else device.label}
        return render_template(
            "devices/rename.html", device=device, filled=filled, most_label=MAX_LABEL, **_wrong(wrong)
        )

    def move(self, device: Device, wrong: Problem | None = None) -> str:
        """The form for the move to another school."""
        with self._ctx.read() as work:
            neighbours = devices.neighbours(work, device.school)
        filled = {"school": request.form.get("school", "") if wrong else ""}
        return render_template(
            "devices/move.html", device=device, neighbours=neighbours, filled=filled, **_wrong(wrong)
        )

    def code(self, device: Device, made: Claim, why: str) -> str:
        """The code that was just made: the one time that it can be read. `why`: `new`, `key` or `move`."""
        with self._ctx.read() as work:
            return render_template(
                "devices/code.html",
                device=device,
                code=spell_code(made.code),
                expires_at=made.expires_at,
                server=self.server(),
                broker=self._broker(),
                to=schools.school(work, made.school),
                why=why,
            )

    def _broker(self) -> dict[str, str]:
        """What is wrong with the broker's address that devices are told, if anything."""
        if wrong := broker_address.wrong_address(self._ctx):
            return {"wrong": wrong.sentence(language())}
        return {"unproven": self._ctx.settings.public_broker} if broker_address.is_unproven(self._ctx) else {}

    def server(self) -> str:
        """The address that is typed into a device; '' where there is none over TLS yet."""
        try:
            return endpoints.enrol_server(self._ctx.settings, self._ctx.site.opened)
        except Problem:
            return ""


def _wrong(wrong: Problem | None) -> dict[str, str]:
    return {
        "wrong": wrong.sentence(language()) if wrong else "",
        "wrong_field": _FIELDS.get(wrong.code, "") if wrong else "",
    }


def _filled(settings: device_settings.DeviceSettings, sent: MultiDict[str, str] | None) -> dict[str, Any]:
    """What the form of the settings is filled in with: what was sent, else what is so now."""
    filled: dict[str, Any] = {
        "languages": list(settings.languages),
        "first": settings.languages[0],
        "brightness": settings.brightness,
        "volume": settings.volume,
    }
    for number in range(1, MAX_PROCEDURES + 1):
        chosen = settings.procedures[number - 1 : number]
        filled[f"procedure-{number}"] = chosen[0] if chosen else ""
    for key in TEXT_KEYS:
        for lang, words in settings.texts.get(key, {}).items():
            filled[f"{key}-{lang}"] = words
    if sent is None:
        return filled
    of_settings = "brightness" in sent
    given = {**sent.to_dict(), **({"languages": sent.getlist("languages")} if of_settings else {})}
    return {**filled, **given}


def _percent(text: str) -> int:
    """A whole number; one that is refused for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else _NO_NUMBER
