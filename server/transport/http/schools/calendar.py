"""`/lich`: the days by which limits are counted, and the school's own days among them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import RECEPTION
from server.domain.deadlines.work_calendar import FIRST_YEAR, LAST_YEAR
from server.domain.localtime import local_day, read_typed_day
from server.domain.problems import Problem
from server.services.deadlines import calendars
from server.transport.http.frame.kept_forms import NOT_WRONG, gives_back
from server.transport.http.frame.language import language
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import context

_SHOWN = 40
pages = Blueprint("calendar", __name__)


def _page(year: int, problem: Problem | None = None, filled: dict[str, str] | None = None) -> str:
    school = current_user.account.school
    with context().read() as work:
        days = calendars.calendar_days(work, school, year)
        is_worked = calendars.calendar(work, school)
        first = date(year, 1, 1)
        length = (date(year + 1, 1, 1) - first).days
        worked = sum(is_worked(first + timedelta(days=number)) for number in range(length))
    this_year = local_day(context().now()).year
    return render_template(
        "schools/calendar.html",
        year=year,
        years=[one for one in _years(this_year, year) if FIRST_YEAR <= one <= LAST_YEAR],
        months=[(start, list(of)) for start, of in groupby(days, lambda each: each.day.replace(day=1))],
        worked=worked,
        expected=any(each.provisional for each in days),
        may_edit=current_user.account.role in RECEPTION,
        wrong=problem.sentence(language()) if problem else "",
        invalid=problem is not None and problem.code not in NOT_WRONG,
        filled=filled or {},
        most=calendars.MAX_NAME,
    )


@pages.get("/lich")
@allow(Access.STAFF)
def calendar_page() -> ResponseReturnValue:
    """The days of a year."""
    asked = request.args.get("nam")
    year = local_day(context().now()).year if asked is None else _read_year(asked)
    return _page(year)


def _refused(problem: Problem) -> ResponseReturnValue:
    filled = {key: request.form.get(key, "") for key in ("ngay", "ten", "loai")}
    try:
        year = _read_day(filled["ngay"]).year
        calendars.check_year(year)
    except Problem:
        year = local_day(context().now()).year
    return _page(year, problem, filled), problem.status


@pages.post("/lich/them")
@allow(Access.STAFF, RECEPTION)
@gives_back(_refused)
def add() -> ResponseReturnValue:
    """Set a day of the school's own."""
    day = _read_day(request.form.get("ngay", ""))
    calendars.set_day(
        context(),
        current_user.account.school,
        day,
        worked=request.form.get("loai") == "lam",
        name=request.form.get("ten", ""),
        by=current_user.account.login,
    )
    return _back(day)


@pages.post("/lich/bo")
@allow(Access.STAFF, RECEPTION)
def clear() -> ResponseReturnValue:
    """Take such a day back."""
    day = _read_day(request.form.get("ngay", ""))
    calendars.clear_day(context(), current_user.account.school, day)
    return redirect(url_for("calendar.calendar_page", nam=day.year), 303)


def _back(day: date) -> ResponseReturnValue:
    return redirect(url_for("calendar.calendar_page", nam=day.year, _anchor=f"ngay-{day}"), 303)


def _years(this_year: int, shown: int) -> list[int]:
    """The years that the page offers: the last one, this one and the next, and the one that is shown."""
    return sorted({this_year - 1, this_year, this_year + 1, shown})


def _read_year(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        raise Problem("no-calendar", year=text[:_SHOWN], first=FIRST_YEAR, last=LAST_YEAR)
    return int(text)


def _read_day(text: str) -> date:
    day = read_typed_day(text)
    if day is None:
        raise Problem("bad-day", day=text[:_SHOWN])
    return day


def install(app: Flask) -> None:
    """Add the page to the app."""
    app.register_blueprint(pages)
