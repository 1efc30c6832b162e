"""`/rieng-tu`: what people ask about their own data, how long it is kept, and what goes next."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import LEADERS, RECEPTION
from server.domain.cases.casework import OPEN, Actor
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.rules import retention
from server.services.access.second_person import Second
from server.services.cases import actions
from server.services.context import Context
from server.services.deadlines.deadlines import deadline
from server.services.privacy import requests, sweep_preview
from server.services.privacy.erasure import backups_until
from server.services.privacy.requests import KINDS, REFUSALS, SENDER, Request
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.frame.language import language
from server.transport.http.keys.unlocking import open_keys
from server.transport.http.security.access import Access, allow
from server.transport.http.security.limiting import by_address, by_login, by_second, limits_of
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


def install(app: Flask, ctx: Context) -> None:  # noqa: PLR0915 - views in a closure
    """Add the pages to the app."""
    pages = Blueprint("privacy", __name__)
    limited_by = limits_of(app, ctx, scope="keys")

    def me() -> Actor:
        with ctx.read() as work:
            return actions.actor_of(work, current_user.account)

    @pages.get("/rieng-tu")
    @allow(Access.STAFF, RECEPTION)
    def privacy_page() -> ResponseReturnValue:
        actor, today = me(), local_day(ctx.now())
        with ctx.read() as work:
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
                backup_days=ctx.settings.backup_keep_days,
                said=request.args.get("xong") == "ghi",
            )

    def take_down_form(wrong: Problem | None = None) -> ResponseReturnValue:
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
        return take_down_form()

    @pages.post("/rieng-tu/moi")
    @allow(Access.STAFF, RECEPTION)
    @gives_back(take_down_form)
    def take_down() -> ResponseReturnValue:
        given = request.form
        values = (given.get(name, "") for name in ("kind", "ref", "details"))
        n = requests.take_down(ctx, me(), *values)
        return redirect(url_for("privacy.privacy_page", xong="ghi", _anchor=f"yeu-cau-{n}"), 303)

    def opened(actor: Actor, asked: Request) -> tuple[bool, Letter | None]:
        """Whether what was said could be tried to open, and what was said."""
        if not asked.has_details or actor.role not in LEADERS:
            return False, None
        keys = open_keys()
        if keys is None or asked.room not in keys.rooms:
            return False, None
        return True, requests.details(ctx, actor, asked.n, keys)

    def one(n: int, wrong: Problem | None = None) -> ResponseReturnValue:
        actor, today = me(), local_day(ctx.now())
        with ctx.read() as work:
            asked = requests.request(work, actor, n, today)
        tried, letter = opened(actor, asked)
        with ctx.read() as work:
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

    def erase_form(
        actor: Actor, asked: Request, today: date, wrong: Problem | None = None
    ) -> ResponseReturnValue:
        """What goes and what stays, and who agrees where the sender did not ask with the code."""
        with ctx.read() as work:
            case = actions.find(work, actor, asked.ref or "", today)
            html = render_template(
                "privacy/erase.html",
                asked=asked,
                case=case,
                ends=case.status in OPEN,
                until=backups_until(ctx),
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
        return one(n)

    @pages.post("/rieng-tu/<int:n>")
    @allow(Access.STAFF, LEADERS)
    @gives_back(lambda problem, n: one(n, problem))
    def answer(n: int) -> ResponseReturnValue:
        actor, given, today = me(), request.form, local_day(ctx.now())
        with ctx.read() as work:
            asked = requests.request(work, actor, n, today)
        outcome = given.get("outcome", "")
        if outcome == "done" and _erases(asked):
            return erase_form(actor, asked, today)
        requests.answer(ctx, actor, n, outcome, given.get("reason", ""))
        return redirect(url_for("privacy.request_page", n=n), 303)

    def erase_refused(problem: Problem, n: int) -> ResponseReturnValue:
        actor, today = me(), local_day(ctx.now())
        with ctx.read() as work:
            asked = requests.request(work, actor, n, today)
        return erase_form(actor, asked, today, problem) if _erases(asked) else one(n, problem)

    @pages.post("/rieng-tu/<int:n>/xoa")
    @allow(Access.STAFF, LEADERS)
    @limited_by(by_login)
    @limited_by(by_second)
    @limited_by(by_address)
    @gives_back(erase_refused, secret=True)
    def erase(n: int) -> ResponseReturnValue:
        actor, given = me(), request.form
        with ctx.read() as work:
            asked = requests.request(work, actor, n, local_day(work.now))
        second = Second(given.get("second", ""), given.get("second-password", ""))
        erased = requests.answer(ctx, actor, n, "done", second=second)
        if erased is None:
            return redirect(url_for("privacy.request_page", n=n), 303)
        return render_template("privacy/erased.html", asked=asked, erased=erased)

    app.register_blueprint(pages)


def _erases(asked: Request) -> bool:
    """Whether saying that this was done deletes a case."""
    return asked.kind == "delete" and asked.state == "open" and asked.case_n is not None and not asked.erased
