"""The desk: the queue of complaints, a case's page, and a form for each thing that can be done about it."""

from flask import Blueprint, Flask, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.access.roles import CASE_WORK, CASES
from server.domain.cases.case_fields import read_fields
from server.domain.cases.casework import ACTIONS, Actor, check_move
from server.domain.problems import Problem
from server.services.cases import actions
from server.services.cases.actions import CaseView
from server.services.context import Context
from server.transport.http.cases.desk import Desk, Trouble
from server.transport.http.cases.forms import DESK_ACTIONS, TWICE, as_meant, entered
from server.transport.http.cases.listing import queue_html, seek
from server.transport.http.frame.kept_forms import UNLOCK, gives_back, held
from server.transport.http.keys.unlocking import open_keys, unlock_page
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import PerApp, context
from survey_defs.texts import Texts

pages = Blueprint("cases", __name__)
_desk: PerApp[Desk] = PerApp("desk")


@pages.get("/phan-anh")
@allow(Access.STAFF, CASES)
def queue_page() -> ResponseReturnValue:
    """The queue."""
    return queue_html(_desk())


@pages.post("/phan-anh")
@allow(Access.STAFF, CASES)
@gives_back(lambda _: seek(_desk()))
def search() -> ResponseReturnValue:
    """Narrow the queue."""
    return seek(_desk())


@pages.get("/phan-anh/<ref>")
@allow(Access.STAFF, CASES)
def case_page(ref: str) -> ResponseReturnValue:
    """One case."""
    return _desk().case_html(_desk().find(ref))


@pages.get("/phan-anh/<ref>/<action>")
@allow(Access.STAFF, CASE_WORK)
def action_page(ref: str, action: str) -> ResponseReturnValue:
    """The form of an action."""
    view = _desk().find(ref)
    _check(_desk().actor(), view, action)
    return _desk().form_html(view, action, _desk().beginning(view, action))


def _refused(problem: Problem, ref: str, action: str) -> ResponseReturnValue:
    view = _desk().find(ref)
    if action not in DESK_ACTIONS:
        abort(404)
    trouble = Trouble(problem, _version(request.form.get("version", "")))
    filled = entered(ACTIONS[action], request.form)
    if problem.code == "form-resumed" and not any(filled.values()):
        filled = _desk().beginning(view, action)
    html = _desk().form_html(view, action, filled, version=trouble.version, trouble=trouble)
    return html, problem.status


@pages.post("/phan-anh/<ref>/<action>")
@allow(Access.STAFF, CASE_WORK)
@gives_back(_refused)
def act(ref: str, action: str) -> ResponseReturnValue:
    """Take the action; some are shown once more before."""
    view = _desk().find(ref)
    if action not in DESK_ACTIONS:
        abort(404)
    filled = entered(ACTIONS[action], request.form)
    meant = as_meant(ACTIONS[action], filled)
    version = _version(request.form.get("version", ""))
    if UNLOCK in request.form:
        return unlock_page(held())
    if "change" in request.form:
        return _desk().form_html(view, action, filled, version=version)
    if "insert" in request.form:
        return _desk().form_html(view, action, _desk().with_template(view, filled), version=version)
    if action in TWICE and "sure" not in request.form:
        _check(_desk().actor(), view, action, version)
        try:
            read_fields(ACTIONS[action], meant)
        except Problem as problem:
            if problem.code != "places-left":
                raise
            return _desk().sure_html(view, action, meant, Trouble(problem, version)), problem.status
        return _desk().sure_html(view, action, meant)
    after = actions.act(context(), _desk().actor(), ref, action, version, meant, open_keys())
    return redirect(_onwards(_desk(), after), 303)


def _check(actor: Actor, view: CaseView, action: str, version: int | None = None) -> None:
    """Whether this reader can take the action now, on the case as it was at `version`.

    Raises `Problem`: `case-moved`, and as `casework.check_move` does.
    """
    if action not in DESK_ACTIONS:
        abort(404)
    if version not in (None, view.version):
        raise Problem("case-moved")
    if action not in view.moves:
        holds, against = view.room in actor.rooms, view.against_principal
        check_move(action, view.status, view.kind, actor, view.assignee, holds=holds, against=against)
        raise Problem("move-not-allowed", action=action, status=view.status)


def _version(text: str) -> int:
    """The version that a form was made from; 0, which no case has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _onwards(desk: Desk, view: CaseView) -> str:
    """The case's page; the queue where the reader has lost sight of it by what they did."""
    try:
        desk.find(view.ref)
    except Problem:
        return url_for("cases.queue_page")
    return url_for("cases.case_page", ref=view.ref)


def install(app: Flask, ctx: Context, texts: Texts) -> None:
    """Add `/phan-anh` and all below it to the app."""
    _desk.keep(app, Desk(ctx, texts))
    app.register_blueprint(pages)
