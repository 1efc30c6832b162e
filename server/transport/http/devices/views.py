"""`/thiet-bi`: the school's machines, each with its code, its settings and its end."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import DEVICE_KEEPERS, EVERYBODY, LEADERS
from server.domain.problems import Problem
from server.domain.records import Device
from server.services.context import Context
from server.services.devices import claims, device_settings, devices, registry
from server.transport.http.devices.pages import DevicePages, sent_settings
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import PerApp, context
from survey_defs import claim as codes

ENROL_FILE = "hailong-enrol.toml"
pages = Blueprint("devices", __name__)
_shown: PerApp[DevicePages] = PerApp("device-pages")


def _own(id: str) -> Device:
    with context().read() as work:
        return devices.own(work, id, current_user.account.school)


@pages.get("/thiet-bi")
@allow(Access.STAFF)
def devices_page() -> ResponseReturnValue:
    """All machines."""
    return _shown().all(current_user.account.school)


@pages.get("/thiet-bi/moi")
@allow(Access.STAFF, DEVICE_KEEPERS)
def new_page() -> ResponseReturnValue:
    """The form for a new one."""
    return _shown().new(request.args.get("loai", ""))


def _new_refused(problem: Problem) -> ResponseReturnValue:
    return _shown().new(request.form.get("kind", ""), problem), problem.status


def _refused(problem: Problem, id: str) -> ResponseReturnValue:
    return _shown().one(_own(id), problem), problem.status


def _rename_refused(problem: Problem, id: str) -> ResponseReturnValue:
    return _shown().rename(_own(id), problem), problem.status


@pages.post("/thiet-bi/moi")
@allow(Access.STAFF, DEVICE_KEEPERS)
@gives_back(_new_refused)
def add() -> ResponseReturnValue:
    """Make a machine, and show its code."""
    sent, account = request.form, current_user.account
    kind, label, id = sent.get("kind", ""), sent.get("label", ""), sent.get("id", "").strip()
    made = devices.add(context(), account.school, kind, label, id, actor=account.login)
    with context().read() as work:
        return _shown().code(registry.device(work, made.device), made, "new")


@pages.get("/thiet-bi/<id>")
@allow(Access.STAFF, EVERYBODY)
def device_page(id: str) -> ResponseReturnValue:
    """One machine."""
    return _shown().one(_own(id))


@pages.get("/thiet-bi/<id>/ten")
@allow(Access.STAFF, DEVICE_KEEPERS)
def rename_page(id: str) -> ResponseReturnValue:
    """The form for another name."""
    device = _own(id)
    return _shown().rename(device) if device.retired_at is None else _to(device.id)


@pages.post("/thiet-bi/<id>/ten")
@allow(Access.STAFF, DEVICE_KEEPERS)
@gives_back(_rename_refused)
def rename(id: str) -> ResponseReturnValue:
    """Give it another name."""
    device = _own(id)
    devices.rename(context(), device.id, request.form.get("label", ""))
    return _to(device.id, "renamed")


@pages.post("/thiet-bi/<id>/cai-dat")
@allow(Access.STAFF, DEVICE_KEEPERS)
@gives_back(_refused)
def change(id: str) -> ResponseReturnValue:
    """Change its settings."""
    device = _own(id)
    device_settings.change(context(), device.id, **sent_settings(context(), device, request.form))
    return _to(device.id, "set")


@pages.post("/thiet-bi/<id>/ma")
@allow(Access.STAFF, DEVICE_KEEPERS)
@gives_back(_refused)
def make_code(id: str) -> ResponseReturnValue:
    """Make a claim code, shown in this answer and nowhere else."""
    device = _own(id)
    made = claims.make(context(), device.id, actor=current_user.account.login)
    return _shown().code(device, made, "key")


def _move_refused(problem: Problem, id: str) -> ResponseReturnValue:
    return _shown().move(_own(id), problem), problem.status


@pages.get("/thiet-bi/<id>/chuyen")
@allow(Access.STAFF, LEADERS)
def move_page(id: str) -> ResponseReturnValue:
    """The form for the move to another school."""
    device = _own(id)
    return _shown().move(device) if device.retired_at is None else _to(device.id)


@pages.post("/thiet-bi/<id>/chuyen")
@allow(Access.STAFF, LEADERS)
@gives_back(_move_refused)
def hand_over(id: str) -> ResponseReturnValue:
    """Move it, and show the code with which it is set up there."""
    device, to = _own(id), request.form.get("school", "")
    made = devices.hand_over(context(), device.id, to, actor=current_user.account.login)
    return _shown().code(device, made, "move")


@pages.post("/thiet-bi/<id>/ma/thu-hoi")
@allow(Access.STAFF, DEVICE_KEEPERS)
def withdraw(id: str) -> ResponseReturnValue:
    """Withdraw the code that waits."""
    device = _own(id)
    claims.withdraw(context(), device.id)
    return _to(device.id, "withdrawn")


@pages.post("/thiet-bi/<id>/ma/tep")
@allow(Access.STAFF, DEVICE_KEEPERS)
def enrol_file(id: str) -> ResponseReturnValue:
    """The code as a file that a device reads."""
    _own(id)
    code, server = codes.read_code(request.form.get("code", "")), _shown().server()
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


@pages.get("/thiet-bi/<id>/ngung")
@allow(Access.STAFF, DEVICE_KEEPERS)
def retire_page(id: str) -> ResponseReturnValue:
    """Asks once more: it is for good."""
    device = _own(id)
    if device.retired_at is not None:
        return _to(device.id)
    return render_template("devices/retire.html", device=device)


@pages.post("/thiet-bi/<id>/ngung")
@allow(Access.STAFF, DEVICE_KEEPERS)
def retire(id: str) -> ResponseReturnValue:
    """Take it out of use."""
    device = _own(id)
    if device.retired_at is None:
        registry.retire_device(context(), device.id)
    return _to(device.id)


def _to(id: str, said: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("devices.device_page", id=id, xong=said), 303)


def install(app: Flask, ctx: Context) -> None:
    """Add the pages to the app."""
    _shown.keep(app, DevicePages(ctx))
    app.register_blueprint(pages)
