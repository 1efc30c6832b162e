"""`/cai-dat`: the way to everything that is set up rarely, as far as the reader's role may use it."""

from typing import NamedTuple

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from server.domain.access.roles import EVERYBODY
from server.transport.http.security.access import Access, allow


class Card(NamedTuple):
    """One way on: the page it leads to, the name of its texts, and its sign."""

    endpoint: str
    name: str
    sign: str


CARDS = (
    Card("unlocking.form", "unlock", "lock"),
    Card("keys.keys_page", "keys", "key"),
    Card("templates.templates_page", "templates", "letter"),
    Card("registers.book_page", "registers", "book"),
    Card("points.points_page", "points", "state-paper"),
    Card("calendar.calendar_page", "calendar", "calendar"),
    Card("privacy.privacy_page", "privacy", "shield"),
    Card("account.account_page", "account", "person"),
)
SECTION = frozenset(card.endpoint.partition(".")[0] for card in CARDS) | {"settings"}
"""The blueprints whose pages stand under "Cài đặt" in the strip on top."""
pages = Blueprint("settings", __name__)


@pages.get("/cai-dat")
@allow(Access.STAFF, EVERYBODY)
def settings_page() -> ResponseReturnValue:
    """All cards that the reader may use."""
    return render_template("schools/settings.html", cards=CARDS)


def install(app: Flask) -> None:
    """Add the page to the app."""
    app.jinja_env.globals["settings_section"] = SECTION
    app.register_blueprint(pages)
