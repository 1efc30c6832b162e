"""`/tai-khoan`: one's own password, and where one is signed in."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import EVERYBODY
from server.domain.problems import Problem
from server.services.access import accounts, people, sessions
from server.services.access.passwords import MIN_CHARACTERS
from server.transport.http.access.login import limits_of_passwords, sign_in
from server.transport.http.frame.kept_forms import NOT_WRONG, gives_back
from server.transport.http.frame.language import language
from server.transport.http.keys.unlocking import forget_ended
from server.transport.http.security.access import Access, allow
from server.transport.http.security.session_cookie import browser_session
from server.transport.http.wired import context

_DONE = ("changed", "ended", "ended-others")
pages = Blueprint("account", __name__)


def _me() -> str:
    return str(current_user.account.login)


def _page(wrong: Problem | None = None) -> str:
    mine = browser_session().hash
    with context().read() as work:
        found = sessions.of_login(work, _me())
    return render_template(
        "access/account.html",
        here=[each for each in found if each.hash == mine],
        others=[each for each in found if each.hash != mine],
        done=next((each for each in _DONE if each == request.args.get("xong")), ""),
        wrong=wrong.sentence(language()) if wrong and wrong.code not in NOT_WRONG else "",
        field=wrong.values.get("field", "") if wrong else "",
        resumed=wrong is not None,
        now=context().now(),
        least=MIN_CHARACTERS,
        idle_hours=sessions.IDLE_MS // 3_600_000,
        whole_hours=sessions.WHOLE_MS // 3_600_000,
    )


def _refused(problem: Problem) -> ResponseReturnValue:
    return _page(problem), problem.status


@pages.get("/tai-khoan")
@allow(Access.STAFF, EVERYBODY)
def account_page() -> ResponseReturnValue:
    """One's own account."""
    return _page()


@pages.post("/tai-khoan")
@allow(Access.STAFF, EVERYBODY)
@gives_back(_refused, secret=True)
def change() -> ResponseReturnValue:
    """Change one's own password."""
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    # Counted for this session alone: nobody else's tries keep its owner from changing the password.
    mine = browser_session().hash
    with (
        limits_of_passwords().trying(_me(), "", context().running(), browser=mine) as tried,
        context().read() as work,
    ):
        tried.right = accounts.check_login(work, _me(), old) is not None
    if not tried.right:
        raise Problem("password-wrong", field="old")
    if new != again:
        raise Problem("password-differs", field="again")
    people.set_password(context(), _me(), new)
    with context().read() as work:
        account = accounts.find_account(work, _me())
    if account is not None:
        sign_in(account)
    forget_ended()
    return redirect(url_for("account.account_page", xong="changed"), 303)


@pages.post("/tai-khoan/phien")
@allow(Access.STAFF, EVERYBODY)
def end() -> ResponseReturnValue:
    """End one session of one's own, or all others."""
    name = request.form.get("phien", "")
    if name:
        sessions.end_named(context(), _me(), name)
    else:
        sessions.end_others(context(), _me(), but=browser_session().hash)
    forget_ended()
    return redirect(url_for("account.account_page", xong="ended" if name else "ended-others"), 303)


def install(app: Flask) -> None:
    """Add the page to the app."""
    app.register_blueprint(pages)
