"""Complaints of the sample school: sealed, sent, taken in and worked on by the same code as real ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from server.domain.cases.casework import Actor
from server.domain.localtime import local_day, start_of
from server.services.access.accounts import find_account
from server.services.answers.ingest import Delivery
from server.services.cases import actions, opening
from server.services.context import Context, Work
from server.services.deadlines.calendars import calendar
from server.services.keys import keys
from server.services.keys.open_keys import OpenKeys, unlock
from server.services.sender import follow_acts
from survey_defs import complaint, wire, yaml_text
from survey_defs.complaint import CodeKeys
from survey_defs.letter import Contact, Letter
from survey_defs.typed import from_plain
from survey_defs.workdays import last_day, next_worked

FILE = Path(__file__).with_name("complaints.yaml")
_JOURNAL = "sample-complaints"
_HOUR = 3_600_000
_CONSENT = "Dữ liệu mẫu"


class Step(msgspec.Struct, frozen=True):
    """One move, so many working days after the word came, at `HH:MM`, by `lead`, `handler` or `sender`."""

    after: int
    at: str
    actor: str
    action: str
    fields: dict[str, str] = {}


class Sample(msgspec.Struct, frozen=True):
    """One word of a parent and what became of it. `contact`: the name, and how to reach them."""

    days_ago: int
    about: tuple[str, ...]
    text: str
    procedure: str | None = None
    contact: tuple[str, str] | None = None
    steps: tuple[Step, ...] = ()


class Sent(NamedTuple):
    """A complaint on its way to the server, what is to become of it, and the code that its sender keeps."""

    delivery: Delivery
    steps: tuple[Step, ...]
    code: str
    code_keys: CodeKeys


class _Person(NamedTuple):
    actor: Actor
    opened: OpenKeys


@cache
def samples() -> tuple[Sample, ...]:
    """All sample complaints, the oldest first."""
    return from_plain(yaml_text.read(FILE.read_text(encoding="utf-8")), tuple[Sample, ...])


def write(work: Work, *, school: str, kiosk: str) -> list[Sent]:
    """The sample complaints, written at a kiosk of a school that has its key; the oldest first."""
    sent = []
    for seq, sample in enumerate(samples(), start=1):
        came = _opening_hour(work, school, sample.days_ago)
        code = complaint.new_code()
        code_keys = complaint.code_keys(code, keys.code_salt(work))
        event = {**_event(work, school, sample, code_keys), **_place(seq, came), "id": work.ctx.new_id()}
        sent.append(Sent(_delivery(school, kiosk, event, came), sample.steps, code, code_keys))
    return sent


def work_on(
    ctx: Context, sent: Iterable[Sent], *, school: str, lead: str, handler: str, passphrase: str
) -> str:
    """Do at the desk what becomes of complaints that came in. Returns a code that follows one of them.

    `lead` and `handler` are accounts of the school that both hold its key, under the same passphrase.
    Raises `Problem` where they do not.
    """
    people = {"lead": _person(ctx, lead, passphrase), "handler": _person(ctx, handler, passphrase)}
    open_code = ""
    for delivery, steps, code, code_keys in sent:
        came = delivery.received_at
        for step in steps:
            with ctx.read() as work:
                at = _moment(work, school, local_day(came), step)
            if came < at < ctx.now():
                _take(ctx, step, at, people, code_keys)
        if steps and steps[-1].action == "word":
            open_code = code
    return open_code


def _take(ctx: Context, step: Step, at: int, people: dict[str, _Person], code_keys: CodeKeys) -> None:
    """One move at the moment `at`."""
    with ctx.read() as work:
        row = work.sql.follow_case(code_hash=code_keys.code_hash)
        ref = opening.ref(work, row["n"])
    then = replace(ctx, now=lambda: at)
    fields = {
        name: people[value].actor.login if value in people else value for name, value in step.fields.items()
    }
    with then.read() as work:
        version = actions.find(work, people["lead"].actor, ref, local_day(at)).version
    if step.actor == "sender":
        text = fields.get("text", "")
        follow_acts.act(then, code_keys, act=step.action, after=str(version), text=text, wish="")
    else:
        who = people[step.actor]
        actions.act(then, who.actor, ref, step.action, version, fields, who.opened)


def _place(seq: int, came: int) -> dict[str, object]:
    wall = wire.format_time(came)
    return {"journal": _JOURNAL, "seq": seq, "boot": _JOURNAL, "up_ms": came, "wall": wall}


def _event(work: Work, school: str, sample: Sample, code_keys: CodeKeys) -> dict[str, object]:
    public = keys.public_key(work, school)
    if public is None:
        raise ValueError("the sample school has no key")
    contact = Contact(*sample.contact, consent=_CONSENT) if sample.contact else None
    letter = Letter(sample.text, contact, code_keys.public)
    return {
        "type": "complaint",
        "channel": "kiosk",
        "lang": "vi",
        "procedure": sample.procedure,
        "about": list(sample.about),
        "code_hash": code_keys.code_hash,
        "sealed": complaint.encode_sealed(complaint.seal(letter, public)),
    }


def _delivery(school: str, kiosk: str, event: dict[str, object], came: int) -> Delivery:
    payload = wire.encode_batch(_JOURNAL, came, wire.format_time(came), True, [event])
    return Delivery(school, kiosk, payload, came)


def _opening_hour(work: Work, school: str, days_ago: int) -> int:
    """A moment while the counter was open, so many days ago or soon after; never in the future."""
    now = work.now
    if days_ago == 0:
        return now - _HOUR // 2
    day: date = next_worked(local_day(now) - timedelta(days=days_ago), calendar(work, school))
    return min(start_of(day) + 9 * _HOUR, now - _HOUR)


def _moment(work: Work, school: str, came: date, step: Step) -> int:
    day = last_day(came, step.after, calendar(work, school), working=True)
    hours, minutes = map(int, step.at.split(":"))
    return start_of(day) + hours * _HOUR + minutes * 60_000


def _person(ctx: Context, login: str, passphrase: str) -> _Person:
    with ctx.read() as work:
        account = find_account(work, login)
        if account is None:
            raise ValueError(f"no account '{login}'")
        actor = actions.actor_of(work, account)
    return _Person(actor, unlock(ctx, login, passphrase))
