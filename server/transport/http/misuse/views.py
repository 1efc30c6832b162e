"""`/khong-tinh`: the answers that are left out, why, and what people say of them."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import ANY_DAYS, EVERYBODY, HOUR_SETTERS, LEADERS
from server.domain.collation import vietnamese_order
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.domain.school_hours import clock_of
from server.services import schools
from server.services.dashboard import overview as overviews
from server.services.devices import registry
from server.services.figures.rates import procedure_names
from server.services.misuse import labels, review, views
from server.transport.http.frame.kept_forms import NOT_WRONG, gives_back
from server.transport.http.frame.language import language
from server.transport.http.frame.reader import reader_now
from server.transport.http.misuse.forms import Choice, asked_of, exact, page_of, pages_of, within
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import context
from survey_defs.model import localized

pages = Blueprint("misuse", __name__)


def _left_out_page(problem: Problem | None = None, filled: tuple[str, str] | None = None) -> str:
    school, role = current_user.account.school, current_user.account.role
    any_days = role in ANY_DAYS
    with context().read() as work:
        period = overviews.period_for(work, school, role, request.values.get("ky"))
        shown = period.until(local_day(work.now))
        page = page_of(request.args)
        divided = any_days or period.kind == "half"
        view = views.left_out(work, school, shown, both=divided)
        found, count = views.episodes(work, school, shown, page)
        hours, devices = schools.hours(work, school), registry.devices_ever(work, school)
        return render_template(
            "misuse/misuse.html",
            period=period,
            shown=shown,
            choices=overviews.period_choices(work, school, period, any_days=any_days),
            divided=divided,
            view=view,
            episodes=found,
            count=count,
            page=page,
            pages=pages_of(count, views.EPISODES_A_PAGE),
            history=labels.history(work, school),
            devices=sorted(devices, key=lambda each: vietnamese_order(each.label)),
            names={device.id: device.label for device in devices},
            hours=(clock_of(hours.opens), clock_of(hours.closes)),
            always=hours.always,
            entered=filled,
            waiting=review.waiting(work, school),
            may_set_hours=role in HOUR_SETTERS,
            may_label=role in LEADERS,
            wrong=problem.sentence(language()) if problem else "",
            invalid=problem is not None and problem.code not in NOT_WRONG,
        )


def _answers_page(wrong: str = "", choice: Choice | None = None) -> str:
    school = current_user.account.school
    asked = asked_of(request.args)
    page = page_of(request.args)
    with context().read() as work:
        device = views.device_of(work, school, asked.device)
        lines, count = views.answers(work, school, asked, page)
        names = procedure_names(work, school)
        return render_template(
            "misuse/answers.html",
            asked=asked,
            device=device,
            lines=lines,
            count=count,
            page=page,
            pages=pages_of(count, views.ANSWERS_A_PAGE),
            names={slug: localized(each.short, language()) for slug, each in names.items()},
            seen=labels.newest(work, school),
            may_label=current_user.account.role in LEADERS,
            labels=labels.LABELS,
            most=labels.MAX_NOTE,
            choice=choice or Choice(),
            wrong=wrong,
            here=request.args.to_dict(),
        )


@pages.get("/khong-tinh")
@allow(Access.STAFF, EVERYBODY)
def misuse_page() -> ResponseReturnValue:
    """What is left out of a period, by reason, and the hours by which it is judged."""
    return _left_out_page()


def _sent_hours() -> tuple[str, str]:
    return request.form.get("mo", "").strip(), request.form.get("dong", "").strip()


def _hours_refused(problem: Problem) -> ResponseReturnValue:
    opens, closes = _sent_hours()
    return _left_out_page(problem, (opens[:5], closes[:5])), problem.status


@pages.post("/khong-tinh/gio")
@allow(Access.STAFF, HOUR_SETTERS)
@gives_back(_hours_refused)
def set_hours() -> ResponseReturnValue:
    """Set the school's hours."""
    opens, closes = _sent_hours()
    schools.set_hours(context(), current_user.account.school, f"{opens}-{closes}", local_day(context().now()))
    return redirect(url_for("misuse.misuse_page", ky=request.form.get("ky"), da="gio", _anchor="gio"), 303)


@pages.get("/khong-tinh/luot")
@allow(Access.STAFF, EVERYBODY)
def single_answers() -> ResponseReturnValue:
    """The single answers, to be labelled."""
    return _answers_page()


def _label_refused(problem: Problem) -> ResponseReturnValue:
    return _answers_page(problem.sentence(language()), Choice.of(request.form)), problem.status


@pages.post("/khong-tinh/luot")
@allow(Access.STAFF, LEADERS)
@gives_back(_label_refused)
def label() -> ResponseReturnValue:
    """Label the chosen answers."""
    choice = Choice.of(request.form)
    count = labels.label(
        context(),
        reader_now(),
        choice.numbers,
        choice.label,
        choice.note,
        seen=choice.seen,
    )
    here = {**request.args.to_dict(), "da": str(count)}
    return redirect(url_for("misuse.single_answers", **here), 303)  # type: ignore[arg-type]


def install(app: Flask) -> None:
    """Add the pages to the app."""
    app.jinja_env.globals.update(exact=exact, within=within)
    app.register_blueprint(pages)
