"""`/rieng-tu`: what people ask about their own data, how long it is kept, and what goes next."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.access.roles import LEADERS, RECEPTION
from server.domain.cases.casework import OPEN, Actor
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.rules import retention
from server.services.access.second_person import Second
from server.services.cases import actions
from server.services.deadlines.deadlines import deadline
from server.services.privacy import requests, sweep_preview
from server.services.privacy.erasure import backups_until
from server.services.privacy.requests import KINDS, REFUSALS, SENDER, Request
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.frame.language import language
from server.transport.http.frame.reader import reader, reader_now
from server.transport.http.keys.unlocking import open_keys
from server.transport.http.security.access import Access, allow
from server.transport.http.security.limiting import KEYS, by_address, by_login, by_second, limited_by
from server.transport.http.wired import context
from survey_defs.letter import MAX_TEXT, Letter

_SECOND = {
    "second-missing": "second",
    "second-not-entitled": "second",
    "wrong-second": "second-password",
}
_FIELDS = {
    "unknown-case": "ref",
    "unknown-request-kind": "kind",
    "request-needs-words": "details",
    "text-too-long": "details",
    "unknown-outcome": "outcome",
    "unknown-refusal": "reason",
}
pages = Blueprint("privacy", __name__)


@pages.get("/rieng-tu")
@allow(Access.STAFF, RECEPTION)
def privacy_page() -> ResponseReturnValue:
    """The requests that wait and that were settled, how long what is kept, and what is deleted next."""
    with context().read() as work:
        actor, today = reader(work), local_day(work.now)
        waiting = requests.requests(work, actor, today)
        answered = requests.requests(work, actor, today, answered=True)
        ahead = sweep_preview.sweeps_ahead(work, actor, today)
        savable = sweep_preview.contacts_to_save(work, actor, today)
        return render_template(
            "privacy/privacy.html",
            waiting=waiting,
            answered=answered,
            limit=deadline(work, requests.RULE, today, school=actor.school),
            kept=[(kind, retention.keep_months(kind, today)) for kind in retention.kinds()],
            ahead=ahead,
            soon_days=sweep_preview.SOON_DAYS,
            savable=savable if actor.rooms else 0,
            backup_days=context().settings.backup_keep_days,
            said=request.args.get("xong") == "ghi",
        )


def _take_down_form(wrong: Problem | None = None) -> ResponseReturnValue:
    html = render_template(
        "privacy/new.html",
        kinds=KINDS,
        filled={name: request.form.get(name, "") for name in ("kind", "ref", "details")},
        most=MAX_TEXT,
        wrong=wrong.sentence(language()) if wrong else "",
        field=_FIELDS.get(wrong.code, "") if wrong else "",
    )
    return html, wrong.status if wrong else 200


@pages.get("/rieng-tu/moi")
@allow(Access.STAFF, RECEPTION)
def take_down_page() -> ResponseReturnValue:
    """The empty form for a request that somebody makes at the desk."""
    return _take_down_form()


@pages.post("/rieng-tu/moi")
@allow(Access.STAFF, RECEPTION)
@gives_back(_take_down_form)
def take_down() -> ResponseReturnValue:
    """Write a request down."""
    given = request.form
    values = (given.get(name, "") for name in ("kind", "ref", "details"))
    n = requests.take_down(context(), reader_now(), *values)
    return redirect(url_for("privacy.privacy_page", xong="ghi", _anchor=f"yeu-cau-{n}"), 303)


def _opened(actor: Actor, asked: Request) -> tuple[bool, Letter | None]:
    """Whether what was said could be tried to open, and what was said."""
    if not asked.has_details or actor.role not in LEADERS:
        return False, None
    keys = open_keys()
    if keys is None or asked.room not in keys.rooms:
        return False, None
    return True, requests.details(context(), actor, asked.n, keys)


def _one(n: int, wrong: Problem | None = None) -> ResponseReturnValue:
    with context().read() as work:
        actor, today = reader(work), local_day(work.now)
        asked = requests.request(work, actor, n, today)
    tried, letter = _opened(actor, asked)
    with context().read() as work:
        html = render_template(
            "privacy/request.html",
            asked=asked,
            tried=tried,
            letter=letter,
            holds=asked.room in actor.rooms,
            leads=actor.role in LEADERS,
            refusals=REFUSALS,
            case=actions.find(work, actor, asked.ref, today) if asked.ref else None,
            filled={name: request.form.get(name, "") for name in ("outcome", "reason")},
            wrong=wrong.sentence(language()) if wrong else "",
            field=_FIELDS.get(wrong.code, "") if wrong else "",
        )
    return html, wrong.status if wrong else 200


def _erase_form(
    actor: Actor, asked: Request, today: date, wrong: Problem | None = None
) -> ResponseReturnValue:
    """What goes and what stays, and who agrees where the sender did not ask with the code."""
    with context().read() as work:
        case = actions.find(work, actor, asked.ref or "", today)
        html = render_template(
            "privacy/erase.html",
            asked=asked,
            case=case,
            ends=case.status in OPEN,
            until=backups_until(context()),
            by_code=asked.actor == SENDER,
            seconds=() if asked.actor == SENDER else requests.seconds(work, actor, case.n),
            chosen=request.form.get("second", ""),
            wrong=wrong.sentence(language()) if wrong else "",
            field=_SECOND.get(wrong.code, "") if wrong else "",
        )
    return html, wrong.status if wrong else 200


@pages.get("/rieng-tu/<int:n>")
@allow(Access.STAFF, RECEPTION)
def request_page(n: int) -> ResponseReturnValue:
    """One request, with the words of it where the keys are open."""
    return _one(n)


def _erases(asked: Request) -> bool:
    """Whether saying that this was done deletes a case."""
    return asked.kind == "delete" and asked.state == "open" and asked.case_n is not None and not asked.erased


@pages.post("/rieng-tu/<int:n>")
@allow(Access.STAFF, LEADERS)
@gives_back(lambda problem, n: _one(n, problem))
def answer(n: int) -> ResponseReturnValue:
    """Settle a request; where that deletes a case, what goes is shown first."""
    given = request.form
    with context().read() as work:
        actor, today = reader(work), local_day(work.now)
        asked = requests.request(work, actor, n, today)
    outcome = given.get("outcome", "")
    if outcome == "done" and _erases(asked):
        return _erase_form(actor, asked, today)
    requests.answer(context(), actor, n, outcome, given.get("reason", ""))
    return redirect(url_for("privacy.request_page", n=n), 303)


def _erase_refused(problem: Problem, n: int) -> ResponseReturnValue:
    with context().read() as work:
        actor, today = reader(work), local_day(work.now)
        asked = requests.request(work, actor, n, today)
    return _erase_form(actor, asked, today, problem) if _erases(asked) else _one(n, problem)


@pages.post("/rieng-tu/<int:n>/xoa")
@allow(Access.STAFF, LEADERS)
@limited_by(by_login, scope=KEYS)
@limited_by(by_second, scope=KEYS)
@limited_by(by_address, scope=KEYS)
@gives_back(_erase_refused, secret=True)
def erase(n: int) -> ResponseReturnValue:
    """Delete the case, with the agreement of a second person where the sender did not ask by code."""
    given = request.form
    with context().read() as work:
        actor = reader(work)
        asked = requests.request(work, actor, n, local_day(work.now))
    second = Second(given.get("second", ""), given.get("second-password", ""))
    erased = requests.answer(context(), actor, n, "done", second=second)
    if erased is None:
        return redirect(url_for("privacy.request_page", n=n), 303)
    return render_template("privacy/erased.html", asked=asked, erased=erased)


def install(app: Flask) -> None:
    """Add the pages to the app."""
    app.register_blueprint(pages)
