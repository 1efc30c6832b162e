"""What the pages of the desk are made of: who reads, how far they get, and what stands on a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import render_template, request
from flask_login import current_user

from server.domain.access.roles import CASE_WORK, LEADERS, READERS
from server.domain.cases.case_fields import parts
from server.domain.cases.casework import ACTIONS, ANSWERS, Actor
from server.domain.deadlines import deadlines
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.domain.records import School
from server.rules.accused_head import goes_to
from server.rules.limits import neglect_on
from server.services import schools
from server.services.access import people
from server.services.cases import access_log, actions, templates
from server.services.cases.actions import CaseView, Origin
from server.services.context import Context
from server.services.deadlines import calendars
from server.services.figures import rates
from server.services.keys import keys
from server.transport.http.cases import forms, page
from server.transport.http.frame import formats
from server.transport.http.frame.language import language
from server.transport.http.keys.unlocking import open_keys
from survey_defs.letter import Letter
from survey_defs.model import localized
from survey_defs.subjects import builtin_subjects
from survey_defs.texts import Texts

_MOVES_ROOM = ("petition", "against", "not_against")
"""What seals the whole case anew, and so needs it open."""


@dataclass(frozen=True)
class Trouble:
    """Why a form comes back, and the version that it was sent with."""

    problem: Problem
    version: int


@dataclass(frozen=True)
class Reading:
    """How far the reader gets: `open`, `locked`, `no-key`, `not-reader`, `erased`; the texts where open."""

    state: str
    texts: Mapping[int, Letter | None]
    origin: Origin | None = None
    """By which desk and when it came; None where the key is not open."""

    @property
    def first(self) -> Letter | None:
        """What the case began with; None where it is not opened or cannot be."""
        return self.texts.get(1)

    @property
    def paper_only(self) -> bool:
        """Whether an answer reaches the sender on paper alone."""
        return self.state == "open" and (self.first is None or not self.first.reply_key)


class Desk:
    """Makes the pages of cases for whoever has signed in."""

    def __init__(self, ctx: Context, texts: Texts) -> None:
        """Keeps the two; reads nothing yet."""
        self.ctx = ctx
        self._texts = texts

    def t(self, key: str, **values: object) -> str:
        """A text in the reader's language."""
        return self._texts(language(), key, **values)

    def actor(self) -> Actor:
        """Whoever has signed in."""
        with self.ctx.read() as work:
            return actions.actor_of(work, current_user.account)

    def today(self) -> date:
        """The school's day."""
        return local_day(self.ctx.now())

    def school(self) -> School:
        """The reader's school."""
        with self.ctx.read() as work:
            return schools.school(work, current_user.account.school)

    def find(self, ref: str) -> CaseView:
        """The case as the reader sees it. Raises `Problem("unknown-case")`."""
        with self.ctx.read() as work:
            return actions.find(work, self.actor(), ref, self.today())

    def read(self, view: CaseView) -> Reading:
        """Open the texts where the reader may and has a key open; that goes on record."""
        actor = self.actor()
        if view.erased_at is not None:
            return Reading("erased", {})
        if not view.may_read:
            leads = actor.role in LEADERS
            could = leads or (actor.role in READERS and view.assignee == actor.login)
            return Reading("no-key" if could else "not-reader", {})
        opened = open_keys()
        if opened is None or view.room not in opened.rooms:
            return Reading("locked", {})
        with self.ctx.read() as work:
            origin = actions.origin(work, actor, view.ref, opened)
        return Reading("open", actions.texts(self.ctx, actor, view.ref, opened), origin)

    def case_html(self, view: CaseView) -> str:
        """A case's page."""
        reading, names = self.read(view), self.names()
        running = view.clock if view.clock and view.clock.stopped_on is None else None
        strip: tuple[deadlines.StripDay, ...] = ()
        with self.ctx.read() as work:
            if running and not view.ended:
                is_worked = calendars.calendar(work, current_user.account.school)
                strip = deadlines.strip(running.deadline, self.today(), is_worked)
            return render_template(
                "cases/case.html",
                strip=strip,
                neglect=self.neglect(view.received_on) if view.neglected else None,
                lines=page.history(self.t, view, reading.texts, names, self.today(), origin=reading.origin),
                steps=page.steps(view),
                subjects=subject_names(view.about),
                procedure=self.procedure(view.procedure),
                where=page.where_from(self.t, view, reading.origin),
                origin=reading.origin,
                holders=self._holders(view),
                readings=access_log.readings(work, self.actor(), view),
                **self._about(view, reading, names),
            )

    def form_html(
        self,
        view: CaseView,
        action: str,
        filled: Mapping[str, str],
        *,
        version: int | None = None,
        trouble: Trouble | None = None,
    ) -> str:
        """The form of an action, with what was typed and, where it came back, why."""
        moved = trouble is not None and trouble.problem.code == "case-moved"
        sent = view.version if version is None or moved else version
        return self._action_html(view, action, filled, version=sent, trouble=trouble)

    def sure_html(
        self, view: CaseView, action: str, filled: Mapping[str, str], trouble: Trouble | None = None
    ) -> str:
        """The second look at what was filled in, before it is done; with trouble it can only be changed."""
        return self._action_html(view, action, filled, version=view.version, trouble=trouble, sure=True)

    def beginning(self, view: CaseView, action: str) -> dict[str, str]:
        """What a fresh form holds: what is known already."""
        filled = {field.name: "" for field in ACTIONS[action].fields}
        if action == "forward" and view.against_principal:
            to = goes_to(self.school().superior, self.today()).to
            filled |= {"body": to, "mode": "transfer", "reason": "superior"}
        if "summary" in filled:
            filled["summary"] = view.summary
        if action == "classify":
            filled["kind"] = view.kind
        if action == "correct":
            filled["text"] = self._last_said(view)
        return filled

    def _last_said(self, view: CaseView) -> str:
        """What the school has said last, to be put right; empty while it is locked."""
        texts = self.read(view).texts
        said = [texts.get(entry.seq) for entry in view.entries if entry.action in ANSWERS and entry.has_text]
        return said[-1].text if said and said[-1] else ""

    def with_template(self, view: CaseView, filled: Mapping[str, str]) -> dict[str, str]:
        """What was typed, and below it the template that was chosen. Raises `Problem("unknown-template")`."""
        typed, chosen = filled.get("text", ""), request.form.get("mau", "")
        if not chosen:
            return dict(filled)
        school = current_user.account.school
        with self.ctx.read() as work:
            body = self.fill(view, templates.template(work, school, chosen, language()))
        return {**filled, "text": f"{typed.rstrip()}\n\n{body}" if typed.strip() else body}

    def fill(self, view: CaseView, template: templates.Template) -> str:
        """A template with this case's particulars in it."""
        clock = view.clock
        with self.ctx.read() as work:
            values = {
                "so": f"{view.number}/{view.year}",
                "ngay_nhan": formats.day(view.received_on, "vi"),
                "han": formats.day(clock.deadline.last_day, "vi") if clock else "",
                "truong": schools.school(work, current_user.account.school).name,
                "thu_tuc": self.procedure(view.procedure),
            }
        return templates.fill(template.body, values)

    def names(self) -> page.People:
        """Names for the school's logins."""
        me = current_user.account
        with self.ctx.read() as work:
            roles = {user.login: user.role for user in people.users(work, me.school)}

        def name(login: str) -> str:
            if login not in roles:
                return login
            return self.t(
                "case.by-me" if login == me.login else "case.by",
                role=self.t(f"role.{roles[login]}"),
                login=login,
            )

        return name

    def procedure(self, slug: str | None) -> str:
        """A procedure's name; its slug where the catalogue lacks it."""
        if slug is None:
            return ""
        with self.ctx.read() as work:
            known = rates.procedure_names(work, current_user.account.school).get(slug)
        return localized(known.short, language()) if known else slug

    def neglect(self, received_on: date) -> dict[str, object]:
        """What to say of a case that has lain for long."""
        rule = neglect_on(received_on)
        days = (self.today() - received_on).days
        return {"days": days, "limit": rule.days, "source": rule.source, "verified": rule.verified}

    def _action_html(
        self,
        view: CaseView,
        action: str,
        filled: Mapping[str, str],
        *,
        version: int,
        trouble: Trouble | None = None,
        sure: bool = False,
    ) -> str:
        reading, names = self.read(view), self.names()
        choices = forms.Choices(self.t, self.ctx, self.actor(), view, action)
        problem = trouble.problem if trouble else None
        lines = page.history(self.t, view, reading.texts, names, self.today(), origin=reading.origin)
        answers = action == "answer" and not sure
        sealed = ACTIONS[action].sender_reads
        with self.ctx.read() as work:
            return render_template(
                "cases/action.html",
                action=action,
                title=page.action_label(self.t, view, action),
                fields=ACTIONS[action].fields,
                filled=filled,
                version=version,
                choices=choices,
                shown=lambda field: choices.shown(field, filled[field.name]),
                label_of=lambda field: forms.label(self.t, action, field),
                hint_of=lambda field: forms.hint(self.t, field),
                sure=sure,
                twice=action in forms.TWICE,
                error=problem.sentence(language()) if problem else "",
                error_code=problem.code if problem else "",
                error_field=problem.values.get("field") if problem else None,
                moved_since=tuple(line for line in lines if trouble and line.seq > trouble.version > 0),
                lines=tuple(line for line in lines if line.text is not None),
                parts=parts,
                needs_key=reading.state == "locked" and (sealed or action in _MOVES_ROOM),
                paper_only=sealed and reading.paper_only,
                templates=templates.templates(work, current_user.account.school, language())
                if answers
                else (),
                filled_template=lambda each: self.fill(view, each),
                kept=request.method == "POST" and any(filled.values()),
                **self._about(view, reading, names),
            )

    def _about(self, view: CaseView, reading: Reading, names: page.People) -> dict[str, object]:
        return {
            "view": view,
            "goes": goes_to(self.school().superior, self.today(), language()),
            "reading": reading.state,
            "first": reading.first,
            "paper_only_case": view.mute or reading.paper_only,
            "name": names,
            "label": lambda action: page.action_label(self.t, view, action),
            "bare": page.BARE,
            "hints": page.HINTS,
            "reading_place": self._reading_place,
            "offers_slip": view.may_read
            and any(entry.action in ANSWERS and entry.has_text for entry in view.entries),
        }

    def _holders(self, view: CaseView) -> list[str]:
        if current_user.account.role not in CASE_WORK:
            return []
        with self.ctx.read() as work:
            return list(keys.holders(work, current_user.account.school, view.room))

    def _reading_place(self, what: str) -> str:
        key = f"reading.{what}"
        return self.t(key) if key in self._texts else what


def subject_names(about: tuple[str, ...]) -> list[str]:
    """Subjects in the reader's language; what is not known keeps its id."""
    known = {subject.id: subject.text for subject in builtin_subjects()}
    return [localized(known[each], language()) if each in known else each for each in about]
