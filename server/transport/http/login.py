"""Signing in and out. What failed is counted in memory, by login and by address; neither is ever logged."""

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from server.domain.problems import Problem
from server.services.accounts import Account, check_login, find_account
from server.services.context import Context
from server.transport.http.access import Access, allow
from server.transport.http.kept_forms import gives_back, held, resumed, sign_pages
from server.transport.http.language import language
from server.transport.http.limiting import WRONG, by_address, limits_of
from server.transport.http.own_path import own_path
from server.transport.http.unlocking import lock_again

SESSION_MS = 12 * 3_600_000
"""So long somebody stays signed in, however often they ask for a page."""
_SINCE = "since"
"""The session's entry: when somebody signed in, by the server's time and by the machine's running time."""


class Staff(UserMixin):  # type: ignore[misc]
    """Whoever has signed in."""

    def __init__(self, account: Account) -> None:
        """`account` as the store has it at this request."""
        self.account = account

    def get_id(self) -> str:
        """What the session keeps: the login, and a stamp that ends it when the password changes."""
        return f"{self.account.stamp}:{self.account.login}"


def install(app: Flask, ctx: Context) -> None:
    """Add the login pages, the sessions and the limits to the app."""
    manager = LoginManager(app)
    manager.session_protection = None  # it would keep a mark of the reader's address
    limited_by = limits_of(app, ctx)
    pages = Blueprint("login", __name__)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(user_id: str) -> Staff | None:
        stamp, _, login = user_id.partition(":")
        if not _goes_on(ctx, session.get(_SINCE)):
            return None
        account = find_account(ctx, login)
        return Staff(account) if account is not None and account.stamp == stamp else None

    def by_login() -> str:
        return request.form.get("login", "").strip().casefold()[:64]

    def page(target: str | None, **more: object) -> str:
        return render_template("login.html", target=target, held=held(), **more)

    def too_old(problem: Problem) -> ResponseReturnValue:
        login, target = request.form.get("login", "").strip(), own_path(request.form.get("tiep"))
        return page(target, login=login[:64], said=problem.sentence(language())), problem.status

    @pages.get("/dang-nhap")
    @allow(Access.PUBLIC)
    def form() -> ResponseReturnValue:
        if current_user.is_authenticated:
            return redirect(url_for("pages.overview_page"), 303)
        return page(own_path(request.args.get("tiep")))

    @pages.post("/dang-nhap")
    @allow(Access.PUBLIC)
    @limited_by(by_login)
    @limited_by(by_address)
    @gives_back(too_old, secret=True)
    def enter() -> ResponseReturnValue:
        login, password = request.form.get("login", "").strip(), request.form.get("password", "")
        target, box = own_path(request.form.get("tiep")), held()
        if "lai" in request.form:
            return page(target)
        account = check_login(ctx, login, password)
        if account is None:
            return page(target, wrong=True, login=login[:64]), WRONG
        lock_again()
        session.clear()
        session[_SINCE] = [ctx.now(), ctx.clock.boot, ctx.running()]
        sign_pages(account.login)
        login_user(Staff(account))
        return resumed(box) or redirect(target or url_for("pages.overview_page"), 303)

    @pages.post("/dang-xuat")
    @allow(Access.STAFF)
    def leave() -> ResponseReturnValue:
        lock_again()
        logout_user()
        session.clear()
        return redirect(url_for("login.form"), 303)

    app.register_blueprint(pages)


def _goes_on(ctx: Context, since: object) -> bool:
    """Whether a session of that beginning still runs.

    By the machine's running time, which no clock that is set moves; after a new start of it by the time.
    """
    match since:
        case [int(), boot, int(up)] if boot == ctx.clock.boot:
            age = ctx.running() - up
        case [int(at), str(), int()]:
            age = ctx.now() - at
        case _:
            return False
    return 0 <= age < SESSION_MS
