"""Signing in and out."""

from flask import Blueprint, Flask, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user

from server.domain.access.machines import machine_of
from server.domain.problems import Problem
from server.services.access import browsers, sessions
from server.services.access.accounts import Account, check_login
from server.services.access.sign_in_limits import SignInLimits
from server.services.context import Context
from server.transport.http.frame.kept_forms import gives_back, held, resumed
from server.transport.http.frame.language import language
from server.transport.http.frame.next_page import own_path
from server.transport.http.keys.unlocking import lock_again
from server.transport.http.security.access import Access, allow
from server.transport.http.security.limiting import WRONG
from server.transport.http.security.refusals import note_entered, note_wrong
from server.transport.http.security.secure_line import is_secure
from server.transport.http.security.session_cookie import (
    browser_id,
    browser_session,
    keep_browser,
    sign_pages,
)
from server.transport.http.security.session_cookie import install as install_sessions
from server.transport.http.wired import PerApp, context

pages = Blueprint("login", __name__)
limits_of_passwords: PerApp[SignInLimits] = PerApp("sign-in-limits")
"""What counts wrong passwords, at the login and wherever else one is asked for."""


class Staff(UserMixin):  # type: ignore[misc]
    """Whoever has signed in."""

    def __init__(self, account: Account) -> None:
        """`account` as the store has it at this request."""
        self.account = account

    def get_id(self) -> str:
        """What Flask-Login puts into the session of the moment; nothing of it is kept."""
        return browser_session().id


def _load(id: str) -> Staff | None:
    account = sessions.account_of(context(), id, used=not request.headers.get("X-Requested-With"))
    return Staff(account) if account is not None else None


@pages.before_app_request
def _sign() -> None:
    sign_pages()


def _page(target: str | None, **more: object) -> str:
    return render_template("access/login.html", target=target, held=held(), **more)


def _too_old(problem: Problem) -> ResponseReturnValue:
    login, target = request.form.get("login", "").strip(), own_path(request.form.get("tiep"))
    return _page(target, login=login[:64], said=problem.sentence(language())), problem.status


@pages.get("/dang-nhap")
@allow(Access.PUBLIC)
def form() -> ResponseReturnValue:
    """The login; straight on for who is signed in."""
    if current_user.is_authenticated:
        return redirect(url_for("pages.overview_page"), 303)
    return _page(own_path(request.args.get("tiep")))


@pages.post("/dang-nhap")
@allow(Access.PUBLIC)
@gives_back(_too_old, secret=True)
def enter() -> ResponseReturnValue:
    """Sign in, and go on where the reader was."""
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    target, box = own_path(request.form.get("tiep")), held()
    if "lai" in request.form:
        return _page(target)
    browser, limits = browser_id(context().settings), limits_of_passwords()
    with context().read() as work:
        known = browsers.known(work, login, browser)
        with limits.trying(login, request.remote_addr or "", context().running(), known) as tried:
            account = check_login(work, login, password)
            tried.right = account is not None
    if account is None:
        note_wrong()
        return _page(target, wrong=True, login=login[:64]), WRONG
    sign_in(account)
    note_entered()
    answer = make_response(resumed(box) or redirect(target or url_for("pages.overview_page"), 303))
    keep_browser(answer, context().settings, browsers.note(context(), account.login, browser))
    return answer


@pages.post("/dang-xuat")
@allow(Access.STAFF)
def leave() -> ResponseReturnValue:
    """Sign out."""
    mine = browser_session()
    lock_again()
    ended = mine.hash
    mine.leave()
    sessions.end(context(), ended)
    answer = make_response(redirect(url_for("login.form"), 303))
    if is_secure(context().settings):
        # Not the cookies: by one of them this browser is known again, and not held up by others' tries.
        # Nor the storage: the staff's pages keep nothing there, and a parent's words may wait in it.
        answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def sign_in(account: Account) -> None:
    """Begin a session for that account at this browser; the one that it had ends, with its keys.

    Raises `Problem` where the store cannot be written.
    """
    mine = browser_session()
    lock_again()
    sessions.end(context(), mine.hash)
    mine.become(sessions.begin(context(), account, machine_of(request.headers.get("User-Agent", ""))))
    login_user(Staff(account))
    sign_pages()


def install(app: Flask, ctx: Context) -> None:
    """Add the login pages and the sessions to the app."""
    install_sessions(app, ctx.settings)
    manager = LoginManager(app)
    manager.session_protection = None  # it would keep a mark of the reader's address
    limits_of_passwords.keep(app, SignInLimits())
    manager.user_loader(_load)
    app.register_blueprint(pages)
