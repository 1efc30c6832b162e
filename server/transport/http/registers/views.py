"""`/so-tiep-cong-dan`: the book of receptions, who came, the counts, and all of them as files."""

from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import LEADERS, READERS, RECEPTION
from server.domain.cases.casework import SECRET_ROOMS
from server.domain.localtime import local_day
from server.reports.cases.reply_slip import reply_slip_docx
from server.reports.registers.registers_xlsx import MEDIA_TYPE, book_xlsx, petitions_xlsx, receptions_xlsx
from server.rules.petitions import CUTS, FormColumn, heading, large_group
from server.services.cases import actions
from server.services.cases.reply_slips import reply_slip
from server.services.context import Context
from server.services.dashboard import overview as overviews
from server.services.keys.open_keys import OpenKeys
from server.services.registers import books
from server.services.registers.books import Asked
from server.services.registers.facts import SheetHead
from server.transport.http.frame.kept_forms import gives_back
from server.transport.http.frame.language import language
from server.transport.http.frame.reader import reader, reader_now
from server.transport.http.keys.unlocking import open_keys
from server.transport.http.registers.walk_in_form import WalkInForm
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import PerApp, context

pages = Blueprint("registers", __name__)
_walk_ins: PerApp[WalkInForm] = PerApp("walk-ins")
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _asked(code: str | None) -> Asked:
    period = overviews.period_of(context(), code)
    return Asked(period, request.args.get("ngay") or CUTS[0], request.args.get("phong") == "1")


def _reading() -> tuple[bool, OpenKeys | None]:
    """Whether what is sealed was asked for, and the keys for it where they are open."""
    wanted = request.args.get("mo") == "1" and current_user.account.role in LEADERS
    return wanted, open_keys() if wanted else None


@pages.get("/so-tiep-cong-dan")
@allow(Access.STAFF, RECEPTION)
def book_page() -> ResponseReturnValue:
    """The book of receptions, the petitions and the counts of a period."""
    wanted, keys = _reading()
    if wanted and keys is None:
        return _to_unlocking()
    who, wish = reader_now(), _asked(request.args.get("ky"))
    book = books.book(context(), who, wish, keys)
    with context().read() as work:
        petitions = books.petitions(work, who, wish)
        received = books.received(work, who, wish)
        answer = make_response(
            render_template(
                "registers/book.html",
                book=book,
                head=book.head,
                petitions=petitions,
                received=received,
                people=large_group(book.head.shown.end),
                choices=overviews.period_choices(work, who.school, wish.period),
                cuts=CUTS,
                may_open=who.role in LEADERS and bool(who.rooms),
                may_enter_room=bool(who.rooms & SECRET_ROOMS),
                here=_here,
                said=request.args.get("xong"),
            )
        )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/so-tiep-cong-dan/moi")
@allow(Access.STAFF, RECEPTION)
def walk_in_page() -> ResponseReturnValue:
    """The empty form for a visit."""
    return _walk_ins().page(reader_now())


@pages.post("/so-tiep-cong-dan/moi")
@allow(Access.STAFF, RECEPTION)
@gives_back(lambda problem: _walk_ins().page(reader_now(), problem))
def walk_in() -> ResponseReturnValue:
    """Write a visit down."""
    return _walk_ins().save(reader_now())


def _file(name: str, content: bytes, head: SheetHead) -> Response:
    # A copy that is not for everybody says so before it is opened.
    parts = [name, head.asked.code, *(["thong-ke"] if head.cut == "statutory" else [])]
    parts += ["co-to-cao"] if head.sealed_room else []
    return Response(
        content,
        mimetype=MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{"-".join(parts)}.xlsx"',
            "Cache-Control": "no-store",
        },
    )


@pages.get("/so-tiep-cong-dan/<period>.xlsx")
@allow(Access.STAFF, RECEPTION)
def book_file(period: str) -> ResponseReturnValue:
    """The book as a file."""
    wanted, keys = _reading()
    if wanted and keys is None:
        return _to_unlocking()
    book = books.book(context(), reader_now(), _asked(period), keys)
    return _file("so-tiep-cong-dan", book_xlsx(book), book.head)


@pages.get("/xu-ly-don/<period>.xlsx")
@allow(Access.STAFF, RECEPTION)
def petitions_file(period: str) -> ResponseReturnValue:
    """The register of petitions as a file."""
    with context().read() as work:
        sheet = books.petitions(work, reader(work), _asked(period))
    return _file("xu-ly-don", petitions_xlsx(sheet), sheet.head)


@pages.get("/tiep-cong-dan/<period>.xlsx")
@allow(Access.STAFF, RECEPTION)
def receptions_file(period: str) -> ResponseReturnValue:
    """The counts of receptions as a file."""
    with context().read() as work:
        sheet = books.received(work, reader(work), _asked(period))
    return _file("tiep-cong-dan", receptions_xlsx(sheet), sheet.head)


@pages.get("/phan-anh/<ref>/phieu-tra-loi.docx", endpoint="reply_slip")
@allow(Access.STAFF, READERS)
def slip_file(ref: str) -> ResponseReturnValue:
    """The answer to a case on paper, for a sender who comes for it."""
    with context().read() as work:
        who = reader(work)
        view = actions.find(work, who, ref, local_day(work.now))
    keys = open_keys()
    if view.may_read and (keys is None or view.room not in keys.rooms):
        return _to_unlocking()
    slip = reply_slip(context(), who, ref, keys)
    return Response(
        reply_slip_docx(slip),
        mimetype=_DOCX,
        headers={
            "Content-Disposition": f'attachment; filename="phieu-tra-loi-{slip.ref}.docx"',
            "Cache-Control": "no-store",
        },
    )


def _in_groups(columns: tuple[FormColumn, ...]) -> list[tuple[str, list[tuple[int, FormColumn]]]]:
    """The columns of a form with their numbers, those under one heading together."""
    numbered = enumerate(columns, start=1)
    return [(group, list(of)) for group, of in groupby(numbered, key=lambda each: each[1].group)]


def _here(endpoint: str = "registers.book_page", **changed: str | None) -> str:
    """This page's address, or that of a file, with the same wishes but for those that change."""
    kept: dict[str, str | None] = {
        name: request.args.get(name) for name in ("ky", "ngay", "phong", "mo") if request.args.get(name)
    }
    if endpoint != "registers.book_page":
        kept.pop("ky", None)
    wishes: dict[str, Any] = {name: value for name, value in (kept | changed).items() if value}
    return url_for(endpoint, **wishes)


def _to_unlocking() -> ResponseReturnValue:
    return redirect(url_for("unlocking.form", tiep=request.full_path.rstrip("?")), 303)


def install(app: Flask, ctx: Context) -> None:
    """Add the pages and the files to the app."""
    _walk_ins.keep(app, WalkInForm(ctx))
    app.jinja_env.filters["groupby_run"] = _in_groups
    app.jinja_env.filters["heading"] = lambda words: heading(words, language())
    app.register_blueprint(pages)
