"""The staff's pages: overview and data. Each view asks one service and renders."""

import hashlib

from flask import Blueprint, Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import ANY_DAYS
from server.services.answers.dead_letters import MAX_A_DAY, WHOLE_DAYS
from server.services.dashboard import overview as overviews
from server.services.figures.breakdowns import breakdowns
from server.services.figures.quality import COUNTED_DAYS, clocks, dead_letters, only_counted
from server.transport.http.dashboard import drawings
from server.transport.http.frame.language import language
from server.transport.http.frame.reader import reader
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import context, texts

pages = Blueprint("pages", __name__)


def _overview_html(revision: str) -> Response:
    school, role = current_user.account.school, current_user.account.role
    any_days = role in ANY_DAYS
    with context().read() as work:
        period = overviews.period_for(work, school, role, request.args.get("ky"))
        view = overviews.overview(work, school, period, language(), reader(work), any_days=any_days)
        choices = overviews.period_choices(work, school, period, any_days=any_days)
    charts = drawings.draw(view, texts(), language())
    html = render_template(
        "dashboard/overview.html", view=view, charts=charts, choices=choices, revision=revision
    )
    return make_response(html)


def _revision() -> str:
    # Read before the page: what comes in meanwhile shows at the next question.
    with context().read() as work:
        marks = overviews.revision(work, current_user.account.school, reader(work))
    return hashlib.sha256(f"{marks}|{language()}".encode()).hexdigest()[:16]


@pages.get("/")
@allow(Access.STAFF)
def overview_page() -> ResponseReturnValue:
    """The overview of a period."""
    return _overview_html(_revision())


@pages.get("/tong-quan/moi")
@allow(Access.STAFF)
def overview_news() -> ResponseReturnValue:
    """The overview where something is new; 204 where nothing is."""
    newest = _revision()
    if request.args.get("rev") == newest:
        return "", 204
    return _overview_html(newest)


@pages.get("/so-lieu")
@allow(Access.STAFF)
def data_page() -> ResponseReturnValue:
    """What the figures rest on, and the rates by what they can be broken down by."""
    school, role = current_user.account.school, current_user.account.role
    any_days = role in ANY_DAYS
    with context().read() as work:
        now = work.now
        period = overviews.period_for(work, school, role, request.args.get("ky"))
        view = overviews.overview(work, school, period, language(), any_days=any_days)
        letters = dead_letters(work, school, now)
        counted = only_counted(work, school, now)
        times = clocks(work, school, view.shown)
        choices = overviews.period_choices(work, school, period, any_days=any_days)
        by = breakdowns(work, view.school, view.shown, view.total) if view.divided else ()
    drawn = [(each, drawings.bars(each.rows, view.school.goal, language())) for each in by]
    return render_template(
        "dashboard/data.html",
        view=view,
        letters=letters,
        counted=counted,
        counted_days=COUNTED_DAYS,
        letters_a_day=MAX_A_DAY,
        letter_days=WHOLE_DAYS,
        clocks=times,
        choices=choices,
        now=now,
        breakdowns=drawn,
    )


def install(app: Flask) -> None:
    """Add the pages to the app."""
    app.register_blueprint(pages)
