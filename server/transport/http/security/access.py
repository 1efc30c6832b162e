"""Who may call a route: every view says so, one guard keeps to it, no app starts with a silent view."""

from collections.abc import Callable, Collection
from enum import Enum
from typing import TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from server.domain.records import Token
from server.services.access.tokens import open_token
from server.services.context import Context

View = TypeVar("View", bound=Callable[..., object])


class Access(Enum):
    """Who may call."""

    PUBLIC = "public"
    """Anybody who reaches the server."""
    STAFF = "staff"
    """Whoever has signed in, for their own school."""
    TOKEN = "token"  # noqa: S105 - a kind of caller
    """Programs with a token of the school they ask about."""


def allow(access: Access, roles: Collection[str] | None = None) -> Callable[[View], View]:
    """Declare who may call a view: with `roles` (`server.domain.access.roles`), only staff of these roles."""

    def declare(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        view.roles = None if roles is None else frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def declared(app: Flask, endpoint: str) -> Access | None:
    """What the view of that endpoint declared."""
    return getattr(app.view_functions[endpoint], "access", None)


def declared_roles(app: Flask, endpoint: str) -> frozenset[str] | None:
    """The roles that the view of that endpoint declared; None where it names none."""
    return getattr(app.view_functions[endpoint], "roles", None)


def install(app: Flask, ctx: Context) -> None:
    """Put the guard before every request. Raises RuntimeError where a route does not say who may call it."""
    silent = [rule.rule for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is None]
    if silent:
        raise RuntimeError(f"these routes do not say who may call them: {', '.join(sorted(silent))}")

    @app.before_request
    def guard() -> Response | None:
        if request.endpoint is None:
            return None  # no such page, or no such method: the error handlers answer
        access = declared(app, request.endpoint)
        if access is Access.STAFF and not current_user.is_authenticated:
            return _to_login()
        roles = declared_roles(app, request.endpoint)
        if roles is not None and current_user.account.role not in roles:
            abort(403)
        if access is Access.TOKEN:
            g.token = _token(ctx)
        return None


def _to_login() -> Response:
    if request.method not in ("GET", "HEAD") or request.headers.get("X-Requested-With"):
        abort(401)
    target = request.full_path.rstrip("?") if request.path != "/" or request.query_string else None
    return redirect(url_for("login.form", tiep=target), 303)


def _token(ctx: Context) -> Token:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    with ctx.read() as work:
        token = open_token(work, shown.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        abort(401)
    return token
