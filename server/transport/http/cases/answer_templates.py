"""`/mau-tra-loi`: answers to begin with, the school's own to be changed here."""

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import READERS
from server.domain.problems import Problem
from server.services.cases import templates as services
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.frame.language import language
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import context

pages = Blueprint("templates", __name__)


def _school() -> str:
    return str(current_user.account.school)


def _form(id: str | None, name: str, body: str, wrong: Problem | None = None) -> str:
    sentence = wrong.sentence(language()) if wrong else ""
    return render_template("cases/answer_template.html", id=id, name=name, body=body, wrong=sentence)


def _own(id: str) -> services.Template:
    with context().read() as work:
        found = services.template(work, _school(), id, language())
    if not found.own:
        raise Problem("unknown-template")
    return found


@pages.get("/mau-tra-loi")
@allow(Access.STAFF, READERS)
def templates_page() -> ResponseReturnValue:
    """All templates."""
    with context().read() as work:
        every = services.templates(work, _school(), language())
    return render_template("cases/answer_templates.html", templates=every)


@pages.get("/mau-tra-loi/them")
@allow(Access.STAFF, READERS)
def new_page() -> ResponseReturnValue:
    """The form for a new one, empty or begun from another."""
    source = request.args.get("tu")
    if source is None:
        return _form(None, "", "")
    with context().read() as work:
        copied = services.template(work, _school(), source, language())
    return _form(None, copied.name, copied.body)


def _refused(problem: Problem, id: str | None = None) -> ResponseReturnValue:
    sent = request.form
    return _form(id, sent.get("name", ""), sent.get("body", ""), problem), problem.status


@pages.post("/mau-tra-loi/them")
@allow(Access.STAFF, READERS)
@gives_back(_refused)
def add() -> ResponseReturnValue:
    """Keep a new one."""
    return _save(None)


@pages.get("/mau-tra-loi/<id>")
@allow(Access.STAFF, READERS)
def edit_page(id: str) -> ResponseReturnValue:
    """The form of one of the school's own."""
    found = _own(id)
    return _form(found.id, found.name, found.body)


@pages.post("/mau-tra-loi/<id>")
@allow(Access.STAFF, READERS)
@gives_back(_refused)
def edit(id: str) -> ResponseReturnValue:
    """Keep it as it was changed."""
    return _save(_own(id).id)


@pages.get("/mau-tra-loi/<id>/xoa")
@allow(Access.STAFF, READERS)
def delete_page(id: str) -> ResponseReturnValue:
    """Asks once more."""
    return render_template("cases/answer_template_delete.html", template=_own(id))


@pages.post("/mau-tra-loi/<id>/xoa")
@allow(Access.STAFF, READERS)
def delete(id: str) -> ResponseReturnValue:
    """Take it away."""
    services.remove(context(), _school(), id)
    return redirect(url_for("templates.templates_page"), 303)


def _save(id: str | None) -> ResponseReturnValue:
    name, body = request.form.get("name", ""), request.form.get("body", "")
    services.save(context(), _school(), id, name=name, body=body, by=current_user.account.login)
    return redirect(url_for("templates.templates_page"), 303)


def install(app: Flask) -> None:
    """Add the pages to the app."""
    app.register_blueprint(pages)
