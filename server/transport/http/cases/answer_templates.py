"""`/mau-tra-loi`: answers to begin with, the school's own to be changed here."""

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import READERS
from server.domain.problems import Problem
from server.services.cases import templates as services
from server.services.context import Context
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.frame.language import language
from server.transport.http.security.access import Access, allow


def install(app: Flask, ctx: Context) -> None:
    """Add the pages to the app."""
    pages = Blueprint("templates", __name__)

    def school() -> str:
        return str(current_user.account.school)

    def form(id: str | None, name: str, body: str, wrong: Problem | None = None) -> str:
        sentence = wrong.sentence(language()) if wrong else ""
        return render_template("cases/answer_template.html", id=id, name=name, body=body, wrong=sentence)

    def own(id: str) -> services.Template:
        with ctx.read() as work:
            found = services.template(work, school(), id, language())
        if not found.own:
            raise Problem("unknown-template")
        return found

    @pages.get("/mau-tra-loi")
    @allow(Access.STAFF, READERS)
    def templates_page() -> ResponseReturnValue:
        with ctx.read() as work:
            every = services.templates(work, school(), language())
        return render_template("cases/answer_templates.html", templates=every)

    @pages.get("/mau-tra-loi/them")
    @allow(Access.STAFF, READERS)
    def new_page() -> ResponseReturnValue:
        source = request.args.get("tu")
        if source is None:
            return form(None, "", "")
        with ctx.read() as work:
            copied = services.template(work, school(), source, language())
        return form(None, copied.name, copied.body)

    def refused(problem: Problem, id: str | None = None) -> ResponseReturnValue:
        sent = request.form
        return form(id, sent.get("name", ""), sent.get("body", ""), problem), problem.status

    @pages.post("/mau-tra-loi/them")
    @allow(Access.STAFF, READERS)
    @gives_back(refused)
    def add() -> ResponseReturnValue:
        return save(None)

    @pages.get("/mau-tra-loi/<id>")
    @allow(Access.STAFF, READERS)
    def edit_page(id: str) -> ResponseReturnValue:
        found = own(id)
        return form(found.id, found.name, found.body)

    @pages.post("/mau-tra-loi/<id>")
    @allow(Access.STAFF, READERS)
    @gives_back(refused)
    def edit(id: str) -> ResponseReturnValue:
        return save(own(id).id)

    @pages.get("/mau-tra-loi/<id>/xoa")
    @allow(Access.STAFF, READERS)
    def delete_page(id: str) -> ResponseReturnValue:
        return render_template("cases/answer_template_delete.html", template=own(id))

    @pages.post("/mau-tra-loi/<id>/xoa")
    @allow(Access.STAFF, READERS)
    def delete(id: str) -> ResponseReturnValue:
        services.remove(ctx, school(), id)
        return redirect(url_for("templates.templates_page"), 303)

    def save(id: str | None) -> ResponseReturnValue:
        name, body = request.form.get("name", ""), request.form.get("body", "")
        services.save(ctx, school(), id, name=name, body=body, by=current_user.account.login)
        return redirect(url_for("templates.templates_page"), 303)

    app.register_blueprint(pages)
