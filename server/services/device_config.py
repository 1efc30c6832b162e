"""What each device is to ask, and in whose name: the retained `config` messages, sent when they change."""

from __future__ import annotations

import msgspec

from server.domain.points import DESKS
from server.services import points
from server.services.complaint_terms import terms
from server.services.context import Context
from server.services.ingest import Outgoing
from survey_defs import wire
from survey_defs.device_config import ComplaintTerms, encode_config, make_config
from survey_defs.model import Procedure

SURVEY = "tthc"
"""The survey that devices ask."""


class DeviceConfigs:
    """Remembers what it has handed out since the last `forget`, and hands out what has changed since."""

    def __init__(self, ctx: Context) -> None:
        """Reads nothing yet."""
        self._ctx = ctx
        self._sent: dict[str, bytes] = {}
        self._encoded: dict[str, tuple[object, bytes]] = {}

    def forget(self) -> None:
        """Another connection, perhaps to another broker: everything is to be sent again."""
        self._sent.clear()

    def due(self) -> list[Outgoing]:
        """The retained messages to send now. An empty one takes the configuration of a device away."""
        sql, connection = self._ctx.store.sql, self._ctx.store.connection
        bodies: dict[str, bytes] = {}
        wanted: dict[str, bytes] = {}
        for device in sql.device_all(connection):
            school = device["school"]
            if device["retired_at"] is None and school not in bodies:
                bodies[school] = self._body(school)
            topic = wire.topic(school, device["id"], "config")
            wanted[topic] = bodies[school] if device["retired_at"] is None else b""
        due = [Outgoing(topic, body) for topic, body in wanted.items() if self._sent.get(topic) != body]
        self._sent = wanted
        return due

    def _body(self, school: str) -> bytes:
        """The configuration of a school's devices; worked out anew only where its rows changed."""
        sql, connection = self._ctx.store.sql, self._ctx.store.connection
        row = sql.school_find(connection, slug=school)
        procedures = [each["body"] for each in sql.procedure_current(connection, school=school)]
        complaints, phone = terms(self._ctx, school), _phone(self._ctx, school)
        content = (row["name"], row["sample"], procedures, complaints, phone)
        known = self._encoded.get(school)
        if known is None or known[0] != content:
            body = self._encode(row["name"], bool(row["sample"]), procedures, complaints, phone)
            known = (content, body)
            self._encoded[school] = known
        return known[1]

    def _encode(
        self, name: str, sample: bool, procedures: list[str], complaints: ComplaintTerms | None, phone: str
    ) -> bytes:
        survey = self._ctx.surveys.newest(SURVEY)
        return encode_config(
            make_config(
                school=name,
                sample=sample,
                survey=SURVEY,
                surveys=(survey,) if survey else (),
                procedures=tuple(msgspec.json.decode(body, type=Procedure) for body in procedures),
                complaints=complaints,
                phone=phone,
            )
        )


def _phone(ctx: Context, school: str) -> str:
    """Where a visitor's phone can do what the screen cannot: the school's first point beside a desk."""
    for point in points.points(ctx, school):
        at_desk = point.place in DESKS and point.survey == SURVEY
        if at_desk and point.retired_at is None and not point.single_use:
            return points.address(ctx, point)
    return ""
