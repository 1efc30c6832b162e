"""`/diem-khao-sat`: the points of the phone survey, their posters and slips."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import EVERYBODY, POINT_KEEPERS, POINT_MAKERS
from server.domain.problems import Problem
from server.reports.devices.point_papers import MEDIA_TYPES, Paper, poster_paper, slips_paper
from server.reports.devices.poster import SIZES
from server.services.context import Context
from server.services.devices import points, slips
from server.services.devices.points import Point
from server.transport.http.devices.point_pages import PointPages
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import PerApp, context

pages = Blueprint("points", __name__)
_shown: PerApp[PointPages] = PerApp("point-pages")


def _own(id: str) -> Point:
    with context().read() as work:
        return points.own(work, id, current_user.account.school)


@pages.get("/diem-khao-sat")
@allow(Access.STAFF, EVERYBODY)
def points_page() -> ResponseReturnValue:
    """All points, and the form for a new one."""
    return _shown().all(current_user.account.school)


def _add_refused(problem: Problem) -> ResponseReturnValue:
    return _shown().all(current_user.account.school, problem), problem.status


def _change_refused(problem: Problem, id: str) -> ResponseReturnValue:
    return _shown().change(_own(id), problem), problem.status


def _slips_refused(problem: Problem, id: str) -> ResponseReturnValue:
    return _shown().one(_own(id), problem), problem.status


@pages.post("/diem-khao-sat")
@allow(Access.STAFF, POINT_MAKERS)
@gives_back(_add_refused)
def add() -> ResponseReturnValue:
    """Make a point."""
    sent = request.form
    made = points.add(
        context(),
        None,
        current_user.account.school,
        label=sent.get("label", ""),
        place=sent.get("place", ""),
        audience=sent.get("audience", ""),
        survey=sent.get("survey") or None,
        single_use=sent.get("single_use") == "1",
        wifi=sent.get("wifi", ""),
    )
    return _to(made.id, "made")


@pages.get("/diem-khao-sat/<id>")
@allow(Access.STAFF, EVERYBODY)
def point_page(id: str) -> ResponseReturnValue:
    """One point with its papers."""
    return _shown().one(_own(id))


@pages.get("/diem-khao-sat/<id>/sua")
@allow(Access.STAFF, POINT_KEEPERS)
def change_page(id: str) -> ResponseReturnValue:
    """The form to change it."""
    point = _own(id)
    return _shown().change(point) if point.retired_at is None else _to(point.id)


@pages.post("/diem-khao-sat/<id>/sua")
@allow(Access.STAFF, POINT_KEEPERS)
@gives_back(_change_refused)
def change(id: str) -> ResponseReturnValue:
    """Change it."""
    point, sent = _own(id), request.form
    # A survey that nobody chose goes with the audience.
    chosen = sent.get("survey") if sent.get("survey") != point.survey else None
    points.set_point(
        context(),
        point.id,
        point.school,
        label=sent.get("label", ""),
        audience=sent.get("audience", ""),
        survey=chosen,
        single_use=sent.get("single_use") == "1",
        wifi=sent.get("wifi", ""),
    )
    return _to(point.id, "changed")


@pages.get("/diem-khao-sat/<id>/ngung")
@allow(Access.STAFF, POINT_KEEPERS)
def retire_page(id: str) -> ResponseReturnValue:
    """Asks once more."""
    point = _own(id)
    if point.retired_at is not None:
        return _to(point.id)
    with context().read() as work:
        return render_template("devices/point_retire.html", point=point, left=slips.left_of(work, point))


@pages.post("/diem-khao-sat/<id>/ngung")
@allow(Access.STAFF, POINT_KEEPERS)
def retire(id: str) -> ResponseReturnValue:
    """Take it out of use."""
    point = _own(id)
    if point.retired_at is None:
        points.retire(context(), point.id, point.school)
    return _to(point.id)


@pages.post("/diem-khao-sat/<id>/dung-lai")
@allow(Access.STAFF, POINT_KEEPERS)
def bring_back(id: str) -> ResponseReturnValue:
    """Take it into use again."""
    return _to(points.bring_back(context(), _own(id).id).id, "back")


@pages.get("/diem-khao-sat/<id>/to-dan/<size>.<ending>")
@allow(Access.STAFF, POINT_MAKERS)
def poster(id: str, size: str, ending: str) -> ResponseReturnValue:
    """Its poster."""
    point = _own(id)
    known = next((each for each in SIZES if each == size), None)
    if known is None or ending not in MEDIA_TYPES:
        abort(404)
    return _file(poster_paper(context(), point, known, ending))


@pages.post("/diem-khao-sat/<id>/phieu")
@allow(Access.STAFF, POINT_MAKERS)
@gives_back(_slips_refused)
def print_slips(id: str) -> ResponseReturnValue:
    """Slips, made anew each time."""
    point, ending = _own(id), request.form.get("ending", "")
    if ending not in MEDIA_TYPES:
        abort(404)
    drawn = slips.draw(point, _whole(request.form.get("sheets", "")))
    paper = slips_paper(context(), point, drawn, ending)
    with slips.keeping(context(), point, drawn):
        return _file(paper)


def _whole(text: str) -> int:
    """A number of sheets; 0, which is refused, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _to(id: str, said: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("points.point_page", id=id, xong=said), 303)


def _file(paper: Paper) -> Response:
    return Response(
        paper.content,
        mimetype=paper.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{paper.name}"',
            "Cache-Control": "no-store",
        },
    )


def install(app: Flask, ctx: Context) -> None:
    """Add the pages and the files to the app."""
    _shown.keep(app, PointPages(ctx))
    app.register_blueprint(pages)
