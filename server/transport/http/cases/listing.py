"""The queue of complaints as a page: what was asked for, the rows, and the counts of each filter.

Words that somebody searches for may name a person, and addresses end up in histories and logs: words and
login are sent in a form's body and kept in memory; the address says no more than that there are some.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import CASE_WORK, LEADERS, RECEPTION
from server.domain.cases.casework import ENDS, KINDS, OPEN, SECRET_ROOMS, Actor
from server.domain.collation import vietnamese_order
from server.services.cases import queue
from server.services.cases.queue import Counts, Queue, Row
from server.services.keys import keys
from server.transport.http.cases.desk import Desk, subject_names
from server.transport.http.security.session_cookie import browser_session, search_words

VIEWS = ("open", "new", "late", "mine", "unassigned", "answered", "ended")
"""The filters above the list, the first unless another was asked for."""
PAGE_ROWS = 50
"""How many cases stand on one page."""
_LONGEST = 200


@dataclass(frozen=True)
class Asked:
    """What the reader asks for; what makes no sense counts as not asked."""

    view: str
    status: str
    kind: str
    assignee: str
    q: str

    @property
    def narrowed(self) -> bool:
        """Whether anything beyond the filter above the list was asked for."""
        return bool(self.status or self.kind or self.assignee or self.q)

    @property
    def ended(self) -> bool:
        """Whether the list is of cases that have ended."""
        return self.view == "ended"


def seek(desk: Desk) -> ResponseReturnValue:
    """Take what the form asks for, and lead on to the page of it."""
    form = request.form
    sought = {
        "q": " ".join(form.get("q", "")[:_LONGEST].split()),
        "assignee": form.get("nguoi", "")[:_LONGEST].strip(),
    }
    search_words().keep(browser_session().hash, sought, desk.ctx.running())
    asked = _asked(form, sought)
    return redirect(_address(asked, view=asked.view, status=asked.status, kind=asked.kind), 303)


def queue_html(desk: Desk) -> str:
    """The page of the queue."""
    actor = desk.actor()
    kept = search_words().of(browser_session().hash, desk.ctx.running()) if "tim" in request.args else {}
    asked = _asked(request.args, kept)
    queue = _queue(desk, actor, asked, ended=asked.ended)
    counts, role = queue.counts, current_user.account.role
    pages = max(1, -(-len(queue.rows) // PAGE_ROWS))
    page = min(_page(request.args.get("trang", "")), pages)
    views = [view for view in VIEWS if view != "mine" or role in CASE_WORK]
    with desk.ctx.read() as work:
        return render_template(
            "cases/cases.html",
            rows=[_row(desk, row) for row in queue.rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]],
            found=len(queue.rows),
            page=page,
            pages=pages,
            page_href=lambda number: _address(
                asked, view=asked.view, status=asked.status, kind=asked.kind, page=number
            ),
            chips=[_chip(view, asked, _count(view, counts)) for view in views],
            asked=asked,
            statuses=ENDS if asked.ended else OPEN,
            kinds=[kind for kind in KINDS if kind != "to_cao" or actor.rooms & SECRET_ROOMS],
            assignees=sorted(
                {*counts.assignees, *([asked.assignee] if asked.assignee else [])}, key=vietnamese_order
            ),
            elsewhere=_elsewhere(desk, actor, asked),
            elsewhere_href=_address(asked, view="ended", kind=asked.kind),
            any_case=bool(counts.total or counts.ended),
            no_key=keys.intake_key(work, actor.school) is None,
            may_make_key=role in LEADERS,
            may_receive=role in RECEPTION,
        )


def _queue(desk: Desk, actor: Actor, asked: Asked, *, ended: bool) -> Queue:
    by_view = asked.view if asked.view in ("new", "answered") else None
    mine = {"mine": actor.login, "unassigned": ""}.get(asked.view)
    with desk.ctx.read() as work:
        return queue.queue(
            work,
            actor,
            desk.today(),
            status=asked.status or by_view,
            kind=asked.kind or None,
            assignee=asked.assignee or mine,
            late=asked.view == "late",
            ended=ended,
            q=asked.q,
        )


def _elsewhere(desk: Desk, actor: Actor, asked: Asked) -> int:
    """How many ended cases a search of the open ones would find too."""
    if not asked.q or asked.view != "open" or asked.status:
        return 0
    return len(_queue(desk, actor, asked, ended=True).rows)


def _count(view: str, counts: Counts) -> int:
    if view in ("new", "answered"):
        return counts.statuses.get(view, 0)
    return {
        "open": counts.total,
        "late": counts.late,
        "mine": counts.mine,
        "unassigned": counts.unassigned,
        "ended": counts.ended,
    }[view]


def _asked(given: Mapping[str, str], sought: Mapping[str, str]) -> Asked:
    def one_of(name: str, known: tuple[str, ...]) -> str:
        value = given.get(name, "")
        return value if value in known else ""

    view = one_of("xem", VIEWS) or VIEWS[0]
    return Asked(
        view=view,
        status=one_of("trang-thai", ENDS if view == "ended" else OPEN),
        kind=one_of("loai", KINDS),
        assignee=sought.get("assignee", ""),
        q=sought.get("q", ""),
    )


def _page(text: str) -> int:
    """Which page is asked for, from 1; what makes no sense is the first."""
    return max(1, int(text)) if text.isdecimal() and text.isascii() and len(text) < 6 else 1


def _address(asked: Asked, view: str, status: str = "", kind: str = "", page: int = 1) -> str:
    """The address of a list with the words that are sought; nothing in it that says no more than usual."""
    told: dict[str, Any] = {
        "xem": view if view != VIEWS[0] else "",
        "trang-thai": status,
        "loai": kind,
        "tim": "1" if asked.q or asked.assignee else "",
        "trang": page if page > 1 else "",
    }
    return url_for("cases.queue_page", **{name: value for name, value in told.items() if value})


def _chip(view: str, asked: Asked, count: int) -> dict[str, Any]:
    href = url_for("cases.queue_page", xem=None if view == VIEWS[0] else view)
    return {"name": view, "count": count, "chosen": asked.view == view, "href": href}


def _row(desk: Desk, row: Row) -> dict[str, Any]:
    """A row with its title: the trích yếu, or what it is about where nobody has written one yet."""
    title = row.summary or ", ".join(subject_names(row.about)) or desk.t(f"kind.{row.kind}")
    where = desk.t(f"channel.{row.channel}")
    old = desk.neglect(row.received_on) if row.neglected else None
    return {**row._asdict(), "title": title, "where": where, "old": old}
