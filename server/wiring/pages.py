"""The web application, put together around one context."""

from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from server.services.context import Context
from server.services.sender.lookup_gate import Gate
from server.transport.http import wired
from server.transport.http.access import account, login
from server.transport.http.api import health
from server.transport.http.api import views as api
from server.transport.http.cases import answer_templates
from server.transport.http.cases import views as cases
from server.transport.http.dashboard import views as dashboard
from server.transport.http.devices import enrol, point_views
from server.transport.http.devices import views as devices
from server.transport.http.frame import clock_strip, errors, language, template_context
from server.transport.http.frame.application import Site
from server.transport.http.keys import unlocking
from server.transport.http.keys import views as keys
from server.transport.http.misuse import views as misuse
from server.transport.http.phone import views as phone
from server.transport.http.privacy import views as privacy
from server.transport.http.registers import views as registers
from server.transport.http.reporting import views as reporting
from server.transport.http.schools import calendar, settings_hub
from server.transport.http.security import access, clean_request, headers, limiting, refusals, secure_line
from server.transport.http.security.cookieless import Bare
from server.transport.http.sender import views as sender

_SERVER = Path(__file__).parents[1]


def create_app(ctx: Context) -> Flask:
    """Pages, JSON API, health and metrics. `app.config["READY"]` may hold a callable for `/healthz`."""
    app = Site("hailong", static_folder=str(_SERVER / "static"), template_folder=str(_SERVER / "templates"))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    wired.context.keep(app, ctx)
    clean_request.install(app)
    limiting.install(app)
    texts = wired.texts.keep(app, language.install(app, ctx.settings))
    refusals.install(app, ctx)
    errors.install(app, texts)
    secure_line.install(app, ctx)
    login.install(app, ctx)
    headers.install(app, ctx)
    template_context.install(app, ctx, texts)
    csrf = CSRFProtect(app)
    unlocking.install(app, ctx)
    keys.install(app)
    account.install(app)
    dashboard.install(app)
    misuse.install(app)
    reporting.install(app)
    registers.install(app, ctx)
    cases.install(app, ctx, texts)
    answer_templates.install(app)
    point_views.install(app, ctx)
    devices.install(app, ctx)
    settings_hub.install(app)
    clock_strip.install(app)
    calendar.install(app)
    privacy.install(app)
    gate = Gate()
    sender.install(app, csrf, gate)
    phone.install(app, ctx, texts, csrf, gate)
    api.install(app)
    enrol.install(app, csrf)
    health.install(app, ctx)
    access.allow(access.Access.PUBLIC)(app.view_functions["static"])
    access.install(app, ctx)
    app.wsgi_app = Bare(app.wsgi_app)  # type: ignore[method-assign]
    return app
