"""The strip that says that the server's clock is in doubt, and the button that takes a person's word."""

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import CLOCK_KEEPERS
from server.domain.localtime import local_day
from server.domain.server_clock import NOT_BEFORE
from server.services.server_clock import Shown
from server.services.upkeep import clock_settling
from server.transport.http.frame import formats
from server.transport.http.frame.language import language
from server.transport.http.frame.next_page import own_path
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import context

_SHOWN_LENGTH = 40
"""Two numbers of milliseconds are shorter."""
pages = Blueprint("server_clock", __name__)


def _shown(text: str) -> Shown:
    """What the button was shown with; of a page without that, a time at which no clock has stood."""
    wall, _, up = text[:_SHOWN_LENGTH].partition(" ")
    return Shown(int(wall), int(up)) if wall.isdecimal() and up.isdecimal() else Shown(0, 0)


def _back() -> str:
    """Where the button leads back to: a page that has just answered a form has no address of its own."""
    if request.endpoint == "server_clock.confirm":
        return request.form.get("tiep", "")
    return request.path if request.method == "GET" else ""


@pages.post("/dong-ho")
@allow(Access.STAFF, CLOCK_KEEPERS)
def confirm() -> ResponseReturnValue:
    """Take a person's word that the clock is right."""
    standing = context().clock.confirm(_shown(request.form.get("dang-chi", "")))
    if standing is not None:
        clock_settling.settle(context(), standing)
    return redirect(own_path(request.form.get("tiep")) or url_for("pages.overview_page"), 303)


@pages.app_context_processor
def _frame() -> dict[str, object]:
    if not current_user or not current_user.is_authenticated:
        return {"clock_doubt": ""}
    doubt = context().clock.doubt or ("held" if context().clock.held else "")
    if not doubt:
        return {"clock_doubt": ""}
    wall = context().clock.wall
    return {
        "clock_doubt": doubt,
        "clock_seen": f"{wall} {context().clock.up}",
        "clock_back": _back(),
        "clock_shows": f"{formats.clock(wall)}, {formats.day(local_day(wall), language())}",
        "clock_may_confirm": current_user.account.role in CLOCK_KEEPERS and wall >= NOT_BEFORE,
    }


def install(app: Flask) -> None:
    """Add the button's address, and `clock_doubt` to what every template knows."""
    app.register_blueprint(pages)
