"""A complaint written on a phone: sealed here, at the door, before anything of it is written anywhere.

From the sealed box on it goes the way of a kiosk's: the same event, the same case, the same code to follow
it by. The code comes of the form's token (`domain.form_token`), so a form sent again shows the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import NamedTuple

import msgspec

from server.domain.answers.accept import Complaint, canonical
from server.domain.cases.case_clocks import ANSWER_RULE
from server.domain.localtime import local_day
from server.domain.network.addresses import Reach
from server.domain.phone.form_token import FormToken
from server.domain.problems import Problem
from server.services.answers import receipt_marks
from server.services.answers.store import Arrival
from server.services.context import Context, Work
from server.services.deadlines.deadlines import deadline
from server.services.devices.complaint_terms import head, lookup_address
from server.services.devices.points import Point
from server.services.keys.keys import code_salt, intake_key, principal_key
from server.services.network import public_address
from server.services.phone.form_tokens import Forms
from server.services.phone.survey_form import (
    BOOT,
    CHANNEL,
    Standing,
    check_form,
    open_form,
    standing_of,
    when_sent,
    write,
)
from survey_defs.advice import needs_advice
from survey_defs.complaint import code_keys, seal
from survey_defs.letter import MAX_CONTACT, MAX_TEXT, Contact, Letter, TextProblem, clean_text
from survey_defs.model import localized
from survey_defs.subjects import builtin_subjects, is_praise
from survey_defs.wire import ABOUT_PRINCIPAL, COMPLAINTS

Turn = Callable[[], AbstractContextManager[None]]
"""What waits for one of the few places in which a code is worked out: `lookup_gate.Gate.turn`."""


class Written(NamedTuple):
    """A form as it came. `consent` is the sentence that was agreed to, '' where the box was not ticked.

    `advised`: the advice on denunciations was shown, and it is to be sent all the same. `about_principal`: no
    principal is to read it.
    """

    point: str
    token: str
    lang: str
    about: tuple[str, ...]
    text: str
    name: str = ""
    reach: str = ""
    consent: str = ""
    advised: bool = False
    late_ms: int = 0
    about_principal: bool = False


class Opened(NamedTuple):
    """What the sender takes home: the code, and by when the school answers; no day is promised for thanks."""

    code: str
    due: date | None
    praise: bool
    lookup: str
    reach: Reach
    """Who can open that address."""
    waits: bool = False
    """The server's clock is in doubt: number and day come when it is right again."""


def take_complaint(ctx: Context, forms: Forms, turn: Turn, written: Written) -> Opened:
    """Seal it, open a case, and give the code: the same one for the same form, however often it is sent.

    Raises `Problem`: as `phone.take_answer` for the form; `text-empty`, `text-too-long`,
    `contact-without-consent`, `contact-too-long`, `complaint-advice`, `form-bad`, `complaints-closed`;
    `principal-would-read` where it is about the principal and nobody else could read it by now;
    `letter-conflict` where the same form brought another text before, with that one's code as `earlier`: its
    sender may never have seen it; `lookups-busy`.
    """
    now = ctx.now()
    with ctx.read() as work:
        token, point = open_form(work, forms, written.point, written.token)
        if token.survey:
            raise Problem("form-forged")
        written = _read(written)
        said = [*written[3:8], *((ABOUT_PRINCIPAL,) if written.about_principal else ())]
        digest = token.digest(canonical(said))
        standing = standing_of(work, token.event_id, digest)
    if standing == "new":
        check_form(token, point, now)
        if not written.advised and needs_advice(written.text):
            raise Problem("complaint-advice")
        standing = _store(ctx, turn, (token, point), written, digest)
    if standing == "other":
        raise Problem("letter-conflict", earlier=token.code)
    with ctx.read() as work:
        return _opened(work, token, point)


def _read(written: Written) -> Written:
    """With its texts cleaned and nothing in it that the page does not offer."""
    if not set(written.about) <= {subject.id for subject in builtin_subjects()}:
        raise Problem("form-bad")
    name, reach = _line(written.name), _line(written.reach)
    if (name or reach) and not written.consent:
        raise Problem("contact-without-consent")
    about = tuple(dict.fromkeys(written.about))
    return written._replace(about=about, text=_text(written.text), name=name, reach=reach)


def _text(text: str) -> str:
    try:
        return clean_text(text)
    except TextProblem as problem:
        raise Problem(f"text-{problem.code}", most=MAX_TEXT) from None


def _line(text: str) -> str:
    """One line of the contact; nothing that can be seen is no contact."""
    try:
        return clean_text(text, MAX_CONTACT)
    except TextProblem as problem:
        if problem.code == "empty":
            return ""
        raise Problem("contact-too-long", most=MAX_CONTACT) from None


def _store(
    ctx: Context, turn: Turn, form: tuple[FormToken, Point], written: Written, digest: str
) -> Standing:
    token, point = form
    with ctx.read() as work:
        key = intake_key(work, point.school)
        if key is None:
            raise Problem("complaints-closed")
        if written.about_principal:
            key = principal_key(work, point.school)
        if key is None:
            to = localized(head(work, point.school, local_day(work.now)), written.lang)
            raise Problem("principal-would-read", to=to)
        with turn():
            keys = code_keys(token.code, code_salt(work))
    contact = Contact(written.name, written.reach, written.consent) if written.name or written.reach else None
    box = seal(Letter(written.text, contact, keys.public), key)
    now = ctx.now()
    event = Complaint(
        id=token.event_id,
        digest=digest,
        journal=point.id,
        seq=1,
        boot=BOOT,
        up_ms=when_sent(now, written.late_ms, token),
        wall=None,
        wall_ms=None,
        channel=CHANNEL,
        lang=written.lang,
        procedure=None,
        about=written.about,
        code_hash=keys.code_hash,
        box=box,
        room=ABOUT_PRINCIPAL if written.about_principal else COMPLAINTS,
    )
    with ctx.write() as work:
        standing = standing_of(work, token.event_id, digest)
        if standing == "new":
            seq = write(work, point, Arrival(point.school, point.id, now, event, True))
    if standing == "new":
        receipt_marks.note(ctx, point.id, seq)
    return standing


def _opened(work: Work, token: FormToken, point: Point) -> Opened:
    row = work.sql.phone_case(id=token.event_id)
    if row is None:
        return Opened(
            token.code, None, False, lookup_address(work.ctx), public_address.reach(work.ctx), waits=True
        )
    about = msgspec.json.decode(row["about"])
    received_on = date.fromisoformat(row["received_on"])
    praise = is_praise(about)
    due = None if praise else deadline(work, ANSWER_RULE, received_on, school=point.school).last_day
    return Opened(token.code, due, praise, lookup_address(work.ctx), public_address.reach(work.ctx))
