"""The survey on a visitor's own phone: what its page shows, and the answer that comes of its form.

An answer goes the way of a kiosk's: the same judge, the same tables and roll-ups, thanks after the commit.
What a kiosk's outbox does, the form does here: it can be sent any number of times and counts once, because
its token fixes the event's id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from server.domain.answers.accept import Accepted, Judge, canonical, refuse
from server.domain.answers.clocks import When
from server.domain.devices.slips import slip_hash
from server.domain.phone.form_token import FormToken
from server.domain.problems import Problem
from server.services import schools
from server.services.answers import receipt_marks
from server.services.answers.clock_anchors import PHONES, open_time
from server.services.answers.dead_letters import dead_letter, keep_letters
from server.services.answers.rollups import Cells
from server.services.answers.store import Arrival, insert, note_arrived
from server.services.context import Context, Work
from server.services.devices import points
from server.services.devices.points import Point
from server.services.keys.keys import intake_key
from server.services.numbering import next_in_journal
from server.services.phone.form_tokens import Forms
from survey_defs.model import Answer, Procedure, Survey

CHANNEL = "qr"
TRAP = "trap"
"""The sign of a form in which somebody filled the field that people do not see."""
BOOT = PHONES


Standing = Literal["new", "same", "other"]
"""What the store holds of a form that came in: nothing yet, the very same, or something else."""


class PhoneView(NamedTuple):
    """What a point's page shows. `procedures` is empty unless the survey asks for one.

    `slip` is the hash of the slip that opened the page, '' for none.
    """

    point: Point
    school_name: str
    sample: bool
    survey: Survey
    procedures: tuple[Procedure, ...]
    takes_complaints: bool
    slip: str

    def form(self, forms: Forms, now: int, *, again: bool = False) -> str:
        """The token of a form to answer; `again` where it is shown with entries already made."""
        survey = self.survey
        return forms.give(self.point.id, survey.id, survey.version, now, again, self.slip)


class Sent(NamedTuple):
    """A form as it came. `slip` are the letters in the address, '' for none; `late_ms` is how long it waited
    on the phone after it was sent for the first time, as the phone says.
    """

    point: str
    slip: str
    token: str
    lang: str
    answers: Mapping[str, Answer]
    procedure: str | None
    trapped: bool = False
    late_ms: int = 0


def view(work: Work, point_id: str, slip: str = "") -> PhoneView:
    """What the page of a point shows; `slip` are the letters of a single-use slip.

    Raises `Problem`: `unknown-point`, `point-retired`, `slip-needed`, `slip-unknown`, `slip-used`.
    """
    point = points.find(work, point_id)
    if point.retired_at is not None:
        raise Problem("point-retired")
    hashed = slip_hash(point.id, slip) if slip else ""
    if hashed:
        _check_slip(work, point.id, hashed)
    elif point.single_use:
        raise Problem("slip-needed")
    return show(work, point, _newest(work.ctx, point.survey), hashed)


def show(work: Work, point: Point, survey: Survey, slip: str = "") -> PhoneView:
    """What a point's page shows with that survey, whether or not it may be opened. `slip`: a slip's hash."""
    school = schools.school(work, point.school)
    return PhoneView(
        point,
        school.name,
        school.sample,
        survey,
        tuple(schools.procedures(work, point.school)) if survey.asks_procedure else (),
        intake_key(work, point.school) is not None,
        slip,
    )


def take_answer(ctx: Context, forms: Forms, sent: Sent) -> bool:
    """Store what a form says; False where the very same was stored before. It is committed on return.

    Raises `Problem`: `unknown-point`; `form-forged`, `form-expired` (it may be shown again as it was filled
    in, with another token); `form-empty` with the `field` to fill in, `form-nothing`, `form-bad`;
    `form-conflict` where the same form said something else before, which stands; `slip-used`, `slip-unknown`;
    `point-retired` where the form was handed out after the point had ended, which no page of ours does.
    """
    now = ctx.now()
    with ctx.read() as work:
        token, point = open_form(work, forms, sent.point, sent.token, sent.slip)
        event, digest = _event(point, token, sent, now)
        standing = standing_of(work, token.event_id, digest)
    if standing == "new":
        # Only a form that counts for the first time has to be in order: the answer to the first sending
        # may have been lost, and this one comes to hear of it.
        check_form(token, point, now)
        _check_whole(ctx, sent, token)
        judged = _judge(ctx, event, digest)
        with ctx.read() as work:
            _check_procedure(work, sent, point)
        standing = _store(
            ctx,
            point,
            token,
            Arrival(point.school, point.id, now, judged, True, TRAP if sent.trapped else ""),
        )
        if standing == "new":
            return True
    if standing == "other":
        _keep_conflict(ctx, point, event, now)
        raise Problem("form-conflict")
    return False


def open_form(
    work: Work, forms: Forms, point_id: str, signed: str, slip: str = ""
) -> tuple[FormToken, Point]:
    """The token of a form that came back to the point it was handed out for. Raises as `take_answer`."""
    point = points.find(work, point_id)
    token = forms.read(signed)
    if token.point != point.id or token.slip != (slip_hash(point.id, slip) if slip else ""):
        raise Problem("form-forged")
    return token, point


def check_form(token: FormToken, point: Point, now: int) -> None:
    """Whether a form may still be sent. Raises `Problem`: `form-expired`, `point-retired`.

    One that was handed out before its point ended is kept: somebody has filled it in.
    """
    if not token.is_valid(now):
        raise Problem("form-expired")
    if point.retired_at is not None and point.retired_at <= token.given_at:
        raise Problem("point-retired")


def standing_of(work: Work, id: str, digest: str) -> Standing:
    """What is stored under an event's id, compared with what a form says now."""
    row = work.sql.phone_event(id=id)
    if row is None:
        return "new"
    return "same" if row["digest"] == digest else "other"


def when_sent(now: int, late_ms: int, token: FormToken) -> int:
    """When the form was sent for the first time: by our clock, less what the phone says it waited."""
    return now - min(max(late_ms, 0), token.age_ms(now))


def write(work: Work, point: Point, arrival: Arrival) -> int:
    """Store an event of a point with the next number of its journal, given within this transaction: that
    number, to be noted (`receipted`) after the commit.
    """
    event = arrival.event
    seq = next_in_journal(work.sql, point.id)
    cells = Cells()
    doubt = work.ctx.clock.mark(work.sql)
    numbered = arrival._replace(event=event._replace(seq=seq), doubt=doubt)
    when = When(event.up_ms, "synced", 0) if doubt is None else open_time(event.up_ms)
    insert(work, [numbered], [when], cells)
    note_arrived(work, point.id, [seq], school=point.school, device=point.id)
    cells.write(work)
    return seq


def _event(point: Point, token: FormToken, sent: Sent, now: int) -> tuple[dict[str, Any], str]:
    """The event as a device would send it, its number still open, and the digest of what it says."""
    sent_at = when_sent(now, sent.late_ms, token)
    says = {
        "survey": token.survey,
        "version": token.version,
        "procedure": sent.procedure,
        "answers": dict(sent.answers),
    }
    event = {
        "id": token.event_id,
        "journal": point.id,
        "seq": 1,
        "boot": BOOT,
        "up_ms": sent_at,
        "type": "answer",
        "channel": CHANNEL,
        "lang": sent.lang,
        "took_ms": None if token.again else max(0, sent_at - token.given_at),
        **says,
    }
    return event, token.digest(canonical(says))


def _judge(ctx: Context, event: dict[str, Any], digest: str) -> Accepted:
    """By the same judge as a kiosk's. Raises `Problem`: `form-nothing`, `form-bad`."""
    if not event["answers"]:
        raise Problem("form-nothing")
    judged = Judge(ctx.surveys).judge(event)
    if not isinstance(judged, Accepted):
        raise Problem("form-bad")
    return judged._replace(digest=digest)


def _check_whole(ctx: Context, sent: Sent, token: FormToken) -> None:
    """Nothing that may not be skipped is missing. Raises `form-empty` with its `field`, and `form-bad`."""
    survey = ctx.surveys.find(token.survey, token.version)
    if not isinstance(survey, Survey):  # a form for complaints
        raise Problem("form-bad")
    for question in survey.questions:
        if not question.skippable and question.id not in sent.answers and question.is_asked(sent.answers):
            raise Problem("form-empty", field=question.id)


def _check_procedure(work: Work, sent: Sent, point: Point) -> None:
    """A page offers the school's own procedures alone; one withdrawn since then still counts."""
    if sent.procedure is None:
        return
    row = work.sql.phone_procedure(school=point.school, procedure=sent.procedure)
    if row is None:
        raise Problem("form-bad")


def _store(ctx: Context, point: Point, token: FormToken, arrival: Arrival) -> Standing:
    """Store the answer, unless the same form was stored a moment ago; the slip is used up with it."""
    with ctx.write() as work:
        standing = standing_of(work, arrival.event.id, arrival.event.digest)
        if standing == "new":
            if token.slip:
                _check_slip(work, point.id, token.slip)
                work.sql.phone_slip_use(hash=token.slip)
            seq = write(work, point, arrival)
    if standing == "new":
        receipt_marks.note(ctx, point.id, seq)
    return standing


def _keep_conflict(ctx: Context, point: Point, event: dict[str, Any], now: int) -> None:
    """Nothing that somebody gave is dropped; the same again only counts."""
    said = {key: event[key] for key in ("id", "type", "survey", "version", "procedure", "answers")}
    with ctx.write() as work:
        letter = dead_letter(point.school, point.id, now, refuse(said, "conflict"))
        keep_letters(work, [letter])


def _check_slip(work: Work, point: str, hashed: str) -> None:
    row = work.sql.phone_slip(hash=hashed)
    if row is None or row["point"] != point:
        raise Problem("slip-unknown")
    if row["used"]:
        raise Problem("slip-used")


def _newest(ctx: Context, survey: str) -> Survey:
    """The version that is asked now. Raises `Problem("point-retired")` where the survey was withdrawn."""
    found = ctx.surveys.newest(survey)
    if found is None:
        raise Problem("point-retired")
    return found
