"""What each device is to ask and how it is set, as the bytes that it is sent."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import msgspec

from server.domain.devices.points import DESKS
from server.domain.localtime import local_day
from server.domain.records import Device
from server.services import schools
from server.services.context import Context, Work
from server.services.devices import points
from server.services.devices.complaint_terms import terms
from server.services.devices.device_settings import SURVEY, DeviceSettings, of_row
from server.services.keys.keys import code_salt
from server.services.network import public_address
from survey_defs.box_config import MAX_PROCEDURES, make_box_config
from survey_defs.device_config import ComplaintTerms, encode_config, make_config
from survey_defs.model import Procedure, Survey
from survey_defs.typed import from_json


class _School(NamedTuple):
    """What all devices of a school have in common."""

    name: str
    sample: int
    procedures: tuple[str, ...]
    """As they are stored."""
    complaints: ComplaintTerms | None
    phone: str
    hours: str


class _Made(NamedTuple):
    school: _School
    settings: Any
    body: bytes
    revision: str


class _Revision(msgspec.Struct):
    revision: str


class DeviceMessages:
    """Makes the messages. What nothing has changed for is made once; one of these serves one thread.

    Whether something has changed is seen, for several schools, by a fixed number of queries over all of them.
    """

    def __init__(self, ctx: Context) -> None:
        """Reads nothing yet."""
        self._ctx = ctx
        self._schools: dict[str, _School] = {}
        self._made_of: dict[str, Hashable] = {}
        self._asked: tuple[tuple[str, ...], tuple[Procedure, ...]] = ((), ())
        self._made: dict[str, _Made] = {}

    def messages(self, devices: list[Device]) -> dict[str, bytes]:
        """The message of every one of these devices that is in use and reads any, by its id."""
        return {id: made.body for id, made in self._make(devices).items()}

    def revisions(self, devices: list[Device]) -> dict[str, str]:
        """The revision that every one of these devices is to run, by its id."""
        return {id: made.revision for id, made in self._make(devices).items()}

    def _make(self, devices: list[Device]) -> dict[str, _Made]:
        reading = [each for each in devices if each.retired_at is None and each.kind != "qr"]
        slugs = {each.school for each in reading}
        with self._ctx.read() as work:
            sources = _sources(work) if len(slugs) > 1 else {}
            schools = {slug: self._school(work, slug, sources.get(slug)) for slug in slugs}
            set_to = {row["device"]: row for row in work.sql.device_settings_all()}
        return {each.id: self._one(each, schools[each.school], set_to.get(each.id)) for each in reading}

    def _one(self, device: Device, school: _School, row: Mapping[str, Any] | None) -> _Made:
        """A device's message, the one made before where nothing has changed."""
        known = self._made.get(device.id)
        if known is not None and known.school is school and known.settings == row:
            return known
        settings = of_row(row)
        make = self._box if device.kind == "button" else self._kiosk
        body = make(device, school, settings)
        revision = from_json(body, _Revision).revision
        self._made[device.id] = made = _Made(school, row, body, revision)
        return made

    def _school(self, work: Work, slug: str, source: Hashable) -> _School:
        """What a school's devices have in common, the same object as long as it has not changed.

        `source`: what it is made of, as `_sources` has it; None where that was not looked up.
        """
        if source is not None and self._made_of.get(slug) == source:
            return self._schools[slug]
        row = work.sql.school_find(slug=slug)
        hours = schools.hours(work, slug)
        new = _School(
            row["name"],
            row["sample"],
            tuple(each["body"] for each in work.sql.procedure_current(school=slug)),
            terms(work, slug),
            _phone(work, slug),
            "" if hours.always else str(hours),
        )
        if self._schools.get(slug) != new:
            self._schools[slug] = new
        self._made_of[slug] = source
        return self._schools[slug]

    def _procedures(self, school: _School) -> tuple[Procedure, ...]:
        """Read once for the devices of a school, which come one after the other."""
        if self._asked[0] is not school.procedures:
            read = tuple(from_json(body, Procedure) for body in school.procedures)
            self._asked = (school.procedures, read)
        return self._asked[1]

    def _survey(self) -> Survey | None:
        return self._ctx.surveys.newest(SURVEY)

    def _kiosk(self, device: Device, school: _School, settings: DeviceSettings) -> bytes:
        survey = self._survey()
        return encode_config(
            make_config(
                school=school.name,
                sample=bool(school.sample),
                survey=SURVEY,
                surveys=(survey,) if survey else (),
                procedures=self._procedures(school),
                complaints=school.complaints,
                phone=school.phone,
                device=device.id,
                languages=settings.languages,
                hours=school.hours,
                brightness=settings.brightness,
                volume=settings.volume,
                texts=settings.texts,
            )
        )

    def _box(self, device: Device, school: _School, settings: DeviceSettings) -> bytes:
        survey = self._survey()
        first = [procedure.slug for procedure in self._procedures(school)[:MAX_PROCEDURES]]
        return make_box_config(
            {
                "device": device.id,
                "survey": SURVEY,
                "version": survey.version if survey else 1,
                "question": (survey.headline if survey else None) or "rating",
                "procedures": list(settings.procedures) or first,
                "lang": settings.languages[0],
                "hours": school.hours,
                "brightness": settings.brightness,
                "volume": settings.volume,
            }
        )


def _sources(work: Work) -> dict[str, Hashable]:
    """All that a `_School` is made of, by school: where it is the same, nothing has to be made anew."""
    sql = work.sql
    found: dict[str, list[Hashable]] = {}
    asked = (
        sql.config_schools,
        sql.config_procedures,
        sql.config_keys,
        sql.config_key_holders,
        sql.config_calendar_days,
        sql.point_all,
    )
    for number, ask in enumerate(asked):
        for row in ask():
            found.setdefault(row["school"], []).append((number, *row))
    ctx = work.ctx
    of_all = (
        local_day(work.now),
        public_address.address(ctx),
        public_address.reach(ctx),
        code_salt(work),
        tuple(found.pop("", ())),
    )
    return {slug: (of_all, *rows) for slug, rows in found.items()}


def _phone(work: Work, school: str) -> str:
    """Where a visitor's phone can do what the screen cannot: the school's first point beside a desk.

    '' where there is none, or where no phone could open it.
    """
    if public_address.reach(work.ctx) in ("machine", "nobody"):
        return ""
    for point in points.points(work, school):
        at_desk = point.place in DESKS and point.survey == SURVEY
        if at_desk and point.retired_at is None and not point.single_use:
            return points.address(work.ctx, point)
    return ""
