"""The reports that the school sends up: which there are, and each as a document to take away."""

from flask import Blueprint, Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import ANY_DAYS
from server.domain.figures.periods import parse_period
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.reports import MEDIA_TYPES, render
from server.services.dashboard import overview as overviews
from server.services.figures.publication import check_reader
from server.services.reporting.gather import gather
from server.services.reporting.listing import report_list
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import context

REGIME = "ha-long"
pages = Blueprint("reports", __name__)


@pages.get("/bao-cao")
@allow(Access.STAFF)
def reports_page() -> ResponseReturnValue:
    """The reports of the periods that there are."""
    with context().read() as work:
        choices = overviews.period_choices(
            work, current_user.account.school, overviews.period_of(context(), None)
        )
    if current_user.account.role not in ANY_DAYS:
        choices = [period for period in choices if period.kind == "half"]
    rows = report_list(choices, local_day(context().now()))
    return render_template("reporting/reports.html", rows=rows)


@pages.get("/bao-cao/<period>.docx")
@allow(Access.STAFF)
def document(period: str) -> ResponseReturnValue:
    """A report as a document."""
    regime = request.args.get("regime", REGIME)
    account, asked = current_user.account, parse_period(period)
    any_days = account.role in ANY_DAYS
    if not any_days and asked.kind != "half":
        raise Problem("report-by-leaders")
    with context().read() as work:
        check_reader(work, account.school, account.role, asked)
        facts = gather(work, account.school, regime, asked, local_day(work.now), any_days=any_days)
    name = f"bao-cao-{facts.regime.id}-{facts.period.code}.docx"
    return Response(
        render(facts, "docx"),
        mimetype=MEDIA_TYPES["docx"],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def install(app: Flask) -> None:
    """Add `/bao-cao` to the app."""
    app.register_blueprint(pages)
