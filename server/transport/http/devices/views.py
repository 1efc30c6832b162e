"""`/thiet-bi`: the school's machines, each with its code, its settings and its end."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import DEVICE_KEEPERS, EVERYBODY, LEADERS
from server.domain.problems import Problem
from server.domain.records import Device
from server.services.context import Context
from server.services.devices import claims, device_settings, devices, registry
from server.transport.http.devices.pages import DevicePages, sent_settings
from server.transport.http.frame.kept_forms import Form, gives_back
from server.transport.http.security.access import Access, allow
from survey_defs import claim as codes

ENROL_FILE = "hailong-enrol.toml"


def install(app: Flask, ctx: Context) -> None:
    """Add the pages to the app."""
    pages, shown = Blueprint("devices", __name__), DevicePages(ctx)

    def own(id: str) -> Device:
        with ctx.read() as work:
            return devices.own(work, id, current_user.account.school)

    @pages.get("/thiet-bi")
    @allow(Access.STAFF)
    def devices_page() -> ResponseReturnValue:
        return shown.all(current_user.account.school)

    @pages.get("/thiet-bi/moi")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    def new_page() -> ResponseReturnValue:
        return shown.new(request.args.get("loai", ""))

    def new_refused(problem: Problem) -> ResponseReturnValue:
        return shown.new(request.form.get("kind", ""), problem), problem.status

    def refused(problem: Problem, id: str) -> ResponseReturnValue:
        return shown.one(own(id), problem), problem.status

    def rename_refused(problem: Problem, id: str) -> ResponseReturnValue:
        return shown.rename(own(id), problem), problem.status

    @pages.post("/thiet-bi/moi")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    @gives_back(new_refused)
    def add() -> ResponseReturnValue:
        sent, account = request.form, current_user.account
        kind, label, id = sent.get("kind", ""), sent.get("label", ""), sent.get("id", "").strip()
        made = devices.add(ctx, account.school, kind, label, id, actor=account.login)
        with ctx.read() as work:
            return shown.code(registry.device(work, made.device), made, "new")

    @pages.get("/thiet-bi/<id>")
    @allow(Access.STAFF, EVERYBODY)
    def device_page(id: str) -> ResponseReturnValue:
        return shown.one(own(id))

    @pages.get("/thiet-bi/<id>/ten")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    def rename_page(id: str) -> ResponseReturnValue:
        device = own(id)
        return shown.rename(device) if device.retired_at is None else _to(device.id)

    @pages.post("/thiet-bi/<id>/ten")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    @gives_back(rename_refused)
    def rename(id: str) -> ResponseReturnValue:
        device = own(id)
        devices.rename(ctx, device.id, request.form.get("label", ""))
        return _to(device.id, "renamed")

    @pages.post("/thiet-bi/<id>/cai-dat")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    @gives_back(refused)
    def change(id: str) -> ResponseReturnValue:
        device = own(id)
        device_settings.change(ctx, device.id, **sent_settings(ctx, device, request.form))
        return _to(device.id, "set")

    _install_codes(ctx, pages, shown, own, refused)
    _install_end(ctx, pages, own)
    app.register_blueprint(pages)


def _install_codes(
    ctx: Context, pages: Blueprint, shown: DevicePages, own: Callable[[str], Device], refused: Form
) -> None:
    """Claim codes, which are shown in the answer to the form that asked for them and nowhere else."""

    @pages.post("/thiet-bi/<id>/ma")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    @gives_back(refused)
    def make_code(id: str) -> ResponseReturnValue:
        device = own(id)
        made = claims.make(ctx, device.id, actor=current_user.account.login)
        return shown.code(device, made, "key")

    def move_refused(problem: Problem, id: str) -> ResponseReturnValue:
        return shown.move(own(id), problem), problem.status

    @pages.get("/thiet-bi/<id>/chuyen")
    @allow(Access.STAFF, LEADERS)
    def move_page(id: str) -> ResponseReturnValue:
        device = own(id)
        return shown.move(device) if device.retired_at is None else _to(device.id)

    @pages.post("/thiet-bi/<id>/chuyen")
    @allow(Access.STAFF, LEADERS)
    @gives_back(move_refused)
    def hand_over(id: str) -> ResponseReturnValue:
        device, to = own(id), request.form.get("school", "")
        made = devices.hand_over(ctx, device.id, to, actor=current_user.account.login)
        return shown.code(device, made, "move")

    @pages.post("/thiet-bi/<id>/ma/thu-hoi")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    def withdraw(id: str) -> ResponseReturnValue:
        device = own(id)
        claims.withdraw(ctx, device.id)
        return _to(device.id, "withdrawn")

    @pages.post("/thiet-bi/<id>/ma/tep")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    def enrol_file(id: str) -> ResponseReturnValue:
        own(id)
        code, server = codes.read_code(request.form.get("code", "")), shown.server()
        if code is None or not server:
            abort(400)
        text = f'server = "{server}"\nclaim = "{codes.spell_code(code)}"\n'
        return Response(
            text,
            mimetype="application/toml",
            headers={
                "Content-Disposition": f'attachment; filename="{ENROL_FILE}"',
                "Cache-Control": "no-store",
            },
        )


def _install_end(ctx: Context, pages: Blueprint, own: Callable[[str], Device]) -> None:
    """Taking a machine out of use: for good, so it is asked twice."""

    @pages.get("/thiet-bi/<id>/ngung")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    def retire_page(id: str) -> ResponseReturnValue:
        device = own(id)
        if device.retired_at is not None:
            return _to(device.id)
        return render_template("devices/retire.html", device=device)

    @pages.post("/thiet-bi/<id>/ngung")
    @allow(Access.STAFF, DEVICE_KEEPERS)
    def retire(id: str) -> ResponseReturnValue:
        device = own(id)
        if device.retired_at is None:
            registry.retire_device(ctx, device.id)
        return _to(device.id)


def _to(id: str, said: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("devices.device_page", id=id, xong=said), 303)
