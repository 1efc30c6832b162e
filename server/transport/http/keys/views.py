"""`/khoa`: the keys of the school, who opens what, and how keys are made, handed on, kept and withdrawn.

Passphrases and recovery codes come in bodies of forms only, are never written into a page again, and are
asked for anew at each of these steps: an open session alone hands no key to anybody.
"""

from __future__ import annotations

import base64

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.domain.access.roles import LEADERS, READERS
from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM, SEALED_ROOM
from server.domain.keys import key_lock, key_sheet
from server.domain.problems import Problem
from server.services.keys import desk
from server.services.keys.desk import Room
from server.services.keys.paper_backup import Backup
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.frame.reader import reader, reader_now
from server.transport.http.keys import steps
from server.transport.http.keys.forms import Form, entered, wrong_of
from server.transport.http.keys.unlocking import lock_again
from server.transport.http.security.access import Access, allow
from server.transport.http.security.limiting import KEYS, by_address, by_login, by_second, limited_by
from server.transport.http.wired import context

ROOMS = {"phan-anh": OPEN_ROOM, "to-cao": SEALED_ROOM, "ve-hieu-truong": PRINCIPAL_ROOM}
"""The rooms as addresses name them."""
SLUGS = {room: slug for slug, room in ROOMS.items()}
pages = Blueprint("keys", __name__)


def _room_of(slug: str, step: str) -> Room:
    """The room of an address, where this reader can take that step in it; 403 or 404 where not."""
    if slug not in ROOMS or step not in steps.IN_ROOM:
        abort(404)
    with context().read() as work:
        found = next((room for room in desk.rooms(work, reader(work)) if room.name == ROOMS[slug]), None)
    if found is None:
        abort(404)
    if not found.holds and step != "tao":
        abort(403)
    return found


def _form(action: str, room: Room | None = None, wrong: Problem | None = None) -> ResponseReturnValue:
    filled = entered(action)
    with context().read() as work:
        actor = reader(work)
        seconds: tuple[str, ...] = ()
        if room and action == "withdraw":
            seconds = room.seconds(actor.login, filled["holder"], work.now)
        shown = Form(action, room, filled, wrong_of(action, wrong), seconds)
        html = render_template(
            "keys/form.html",
            form=shown,
            target=_step(room, action) if room else url_for(f"{pages.name}.{action}"),
            has_passphrase=bool(desk.own(work, actor)),
            least=key_lock.MIN_CHARACTERS,
            most_sheet=key_sheet.MAX_BYTES,
        )
    return html, shown.status


def _done(action: str, room: Room | None = None) -> ResponseReturnValue:
    if action in ("make", "renew", "restore"):
        lock_again()  # what was open before knows nothing of the new key
    anchor = SLUGS[room.name] if room else None
    return redirect(url_for("keys.keys_page", xong=action, _anchor=anchor), 303)


@pages.get("/khoa")
@allow(Access.STAFF, READERS)
def keys_page() -> ResponseReturnValue:
    """The rooms with their keys, and who opens them."""
    said = request.args.get("xong")
    with context().read() as work:
        actor = reader(work)
        rooms, own = desk.rooms(work, actor), desk.own(work, actor)
        granters = desk.granters(work, actor)
    return render_template(
        "keys/keys.html",
        rooms=rooms,
        own=own,
        granters=granters,
        slugs=SLUGS,
        leads=actor.role in LEADERS,
        said=said if said in steps.DONE else None,
    )


@pages.get("/khoa/<slug>/<step>")
@allow(Access.STAFF, LEADERS)
def room_page(slug: str, step: str) -> ResponseReturnValue:
    """The form of a step in a room."""
    room = _room_of(slug, step)
    if step == "thu-hoi" or (step == "tao" and room.key):
        return redirect(url_for("keys.keys_page", _anchor=slug), 303)
    return _form(steps.IN_ROOM[step].action, room)


def _step_refused(problem: Problem, slug: str, step: str) -> ResponseReturnValue:
    return _form(steps.IN_ROOM[step].action, _room_of(slug, step), problem)


def _by_holder() -> str:
    """Who gives a key away must not try the passphrases of others."""
    return request.form.get("holder", "")[:64] or by_login()


@pages.post("/khoa/<slug>/<step>")
@allow(Access.STAFF, LEADERS)
@limited_by(by_login, scope=KEYS)
@limited_by(_by_holder, scope=KEYS)
@limited_by(by_second, scope=KEYS)
@limited_by(by_address, scope=KEYS)
@gives_back(_step_refused, secret=True)
def room_step(slug: str, step: str) -> ResponseReturnValue:
    """Take the step; a backup is answered by its sheet, which is shown this once."""
    room = _room_of(slug, step)
    action, take = steps.IN_ROOM[step]
    if action == "withdraw" and not request.form.get("sure"):
        return _form(action, room)
    made = take(context(), reader_now(), room.name, request.form)
    return _sheet_page(made, room) if made else _done(action, room)


@pages.get("/khoa/khoi-phuc")
@allow(Access.STAFF, LEADERS)
def restore_page() -> ResponseReturnValue:
    """The form that takes a sheet."""
    return _form("restore")


@pages.post("/khoa/khoi-phuc")
@allow(Access.STAFF, LEADERS)
@limited_by(by_login, scope=KEYS)
@limited_by(by_address, scope=KEYS)
@gives_back(lambda problem: _form("restore", wrong=problem), secret=True)
def restore() -> ResponseReturnValue:
    """Give whoever has signed in the keys of a sheet."""
    steps.restore(context(), reader_now(), request.form)
    return _done("restore")


@pages.get("/khoa/mat-khau")
@allow(Access.STAFF, READERS)
def passphrase_page() -> ResponseReturnValue:
    """The form for another passphrase of one's own."""
    with context().read() as work:
        if not desk.own(work, reader(work)):
            return redirect(url_for("keys.keys_page"), 303)
    return _form("passphrase")


@pages.post("/khoa/mat-khau")
@allow(Access.STAFF, READERS)
@limited_by(by_login, scope=KEYS)
@limited_by(by_address, scope=KEYS)
@gives_back(lambda problem: _form("passphrase", wrong=problem), secret=True)
def passphrase() -> ResponseReturnValue:
    """Change one's own passphrase."""
    steps.passphrase(context(), reader_now(), request.form)
    return _done("passphrase")


def _step(room: Room, action: str) -> str:
    """The address of a step in a room."""
    step = next(name for name, each in steps.IN_ROOM.items() if each.action == action)
    return url_for("keys.room_page", slug=SLUGS[room.name], step=step)


def _sheet_page(made: Backup, room: Room) -> str:
    """The sheet and its code, in the one answer that shows them."""
    file = base64.b64encode(made.sheet.encode()).decode()
    return render_template(
        "keys/sheet.html",
        made=made,
        room=room,
        slug=SLUGS[room.name],
        sheet_file=f"data:text/plain;charset=utf-8;base64,{file}",
    )


def install(app: Flask) -> None:
    """Add the pages to the app."""
    app.jinja_env.globals["key_step"] = _step
    app.register_blueprint(pages)
