"""The web application, put together around one context."""

from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from server.services.context import Context
from server.services.sender.lookup_gate import Gate
from server.transport.http import (
    access,
    account,
    answer_templates,
    api,
    calendar,
    cases,
    clean_request,
    devices,
    enrol,
    errors,
    follow,
    health,
    keys,
    language,
    login,
    misuse,
    pages,
    phone,
    points,
    privacy,
    refusals,
    registers,
    reports,
    secure_line,
    security,
    server_clock,
    settings_hub,
    unlocking,
    viewing,
)
from server.transport.http.bare import Bare
from server.transport.http.site import Site

_SERVER = Path(__file__).parents[2]


def create_app(ctx: Context) -> Flask:
    """Pages, JSON API, health and metrics. `app.config["READY"]` may hold a callable for `/healthz`."""
    app = Site("hailong", static_folder=str(_SERVER / "static"), template_folder=str(_SERVER / "templates"))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    clean_request.install(app)
    texts = language.install(app, ctx.settings)
    refusals.install(app, ctx)
    errors.install(app, texts)
    secure_line.install(app, ctx)
    login.install(app, ctx)
    security.install(app, ctx)
    viewing.install(app, ctx, texts)
    csrf = CSRFProtect(app)
    unlocking.install(app, ctx)
    keys.install(app, ctx)
    account.install(app, ctx)
    pages.install(app, ctx, texts)
    misuse.install(app, ctx)
    reports.install(app, ctx)
    registers.install(app, ctx)
    cases.install(app, ctx, texts)
    answer_templates.install(app, ctx)
    points.install(app, ctx)
    devices.install(app, ctx)
    settings_hub.install(app)
    server_clock.install(app, ctx)
    calendar.install(app, ctx)
    privacy.install(app, ctx)
    gate = Gate()
    follow.install(app, ctx, texts, csrf, gate)
    phone.install(app, ctx, texts, csrf, gate)
    api.install(app, ctx)
    enrol.install(app, ctx, csrf)
    health.install(app, ctx)
    access.allow(access.Access.PUBLIC)(app.view_functions["static"])
    access.install(app, ctx)
    app.wsgi_app = Bare(app.wsgi_app)  # type: ignore[method-assign]
    return app
