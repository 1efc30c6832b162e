"""Opening the school's keys for a browser's session: `/mo-khoa`, `/dong-khoa`, and what other pages ask.

The cookie holds the session's id and nothing of the keys; these lie in the `Vault`, in this process's memory,
under the session's hash, and go with the session.
"""

from __future__ import annotations

import threading

import structlog
from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.domain.access.roles import READERS
from server.domain.problems import Problem
from server.services.access import sessions
from server.services.context import Context
from server.services.keys import keys as key_service
from server.services.keys.open_keys import OpenKeys
from server.services.keys.vault import Vault
from server.services.privacy.retention_sweep import forget_contacts
from server.transport.http.frame.kept_forms import address_of, gives_back, held, resumed, section_of
from server.transport.http.frame.language import language
from server.transport.http.frame.next_page import own_path
from server.transport.http.security.access import Access, allow
from server.transport.http.security.limiting import WRONG, by_address, by_login, limited_by
from server.transport.http.security.session_cookie import browser_session
from server.transport.http.wired import PerApp, context
from survey_defs import process_memory

_log = structlog.get_logger()
_LOOK_EVERY_S = 60.0
"""How often keys that lie unused are looked for, as long as any are open."""


class _Unlocking:
    """The vault of this process, with the one clock that empties it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.vault = Vault()
        self._lock = threading.Lock()
        self._waits = False

    def put(self, place: str, keys: OpenKeys) -> None:
        with self._lock:
            self.vault.put(place, keys, self.ctx.running())
            if not self._waits:
                self._look_later()

    def _look_later(self) -> None:
        """Keys must go when nobody asks for a page any more, too."""
        self._waits = True
        timer = threading.Timer(_LOOK_EVERY_S, self._look)
        timer.daemon = True
        timer.start()

    def forget_ended(self) -> None:
        """Forget the keys of sessions that have ended, wherever they were ended."""
        with self.ctx.read() as work:
            ended = [place for place in self.vault.places() if not sessions.is_live(work, place)]
        for place in ended:
            self.vault.drop(place)
        if ended:
            process_memory.collect_and_trim()

    def _look(self) -> None:
        try:
            self.forget_ended()
        except Exception as error:  # what is wrong with the store keeps no key open for longer
            _log.error("ended sessions could not be looked for", error=type(error).__name__)
        finally:
            self.ctx.store.close()  # the connection of this clock's own thread
        with self._lock:
            self._waits = False
            before = len(self.vault)
            left = self.vault.sweep(self.ctx.running())
            if left < before:
                process_memory.collect_and_trim()
            if left:
                self._look_later()


pages = Blueprint("unlocking", __name__)
_unlocking: PerApp[_Unlocking] = PerApp("unlocking")


def _onwards(target: str | None) -> ResponseReturnValue:
    return redirect(target or url_for("pages.overview_page"), 303)


@pages.get("/mo-khoa")
@allow(Access.STAFF, READERS)
def form() -> ResponseReturnValue:
    """The form that asks for the passphrase; straight on where the keys are open already."""
    target = own_path(request.args.get("tiep"))
    return _onwards(target) if keys_are_open() and target else _page(target)


def _too_old(problem: Problem) -> ResponseReturnValue:
    target = own_path(request.form.get("tiep"))
    return _page(target, held(), said=problem.sentence(language())), problem.status


@pages.post("/mo-khoa")
@allow(Access.STAFF, READERS)
@limited_by(by_login)
@limited_by(by_address)
@gives_back(_too_old, secret=True)
def enter() -> ResponseReturnValue:
    """Open the keys, and go on where the reader was."""
    target, box = own_path(request.form.get("tiep")), held()
    if "lai" in request.form:
        return resumed(box) or _onwards(target)
    try:
        opened = key_service.unlock(context(), current_user.account.login, request.form.get("passphrase", ""))
    except Problem as problem:
        if problem.code != "wrong-passphrase":
            raise
        return _page(target, box, wrong=True), WRONG
    keep_open(opened)
    _forget_old_contacts(opened)
    return resumed(box) or _onwards(target)


@pages.post("/dong-khoa")
@allow(Access.STAFF)
def shut() -> ResponseReturnValue:
    """Lock the keys of this session."""
    lock_again()
    return _onwards(own_path(request.form.get("tiep")))


@pages.before_app_request
def _forget_the_signed_out() -> None:
    """A session that was ended elsewhere must not leave its keys lying open."""
    if not browser_session().is_new and not current_user.is_authenticated:
        lock_again()


@pages.app_context_processor
def _frame() -> dict[str, object]:
    return {"keys_open": keys_are_open()}


def install(app: Flask, ctx: Context) -> None:
    """Add the pages, and `keys_open` to what every template knows."""
    _unlocking.keep(app, _Unlocking(ctx))
    app.register_blueprint(pages)


def unlock_page(box: str) -> ResponseReturnValue:
    """What is asked for in the middle of writing; `box` (of `kept_forms`) brings what was typed back."""
    return (resumed(box) if keys_are_open() else None) or _page(None, box)


def _page(target: str | None, box: str = "", *, wrong: bool = False, said: str = "") -> str:
    with context().read() as work:
        holds = bool(key_service.rooms_of(work, current_user.account.login))
    came_from = address_of(box) or target
    return render_template(
        "keys/unlock.html",
        target=target,
        held=box,
        wrong=wrong,
        said=said,
        holds=holds,
        section=section_of(came_from) if came_from else request.blueprint,
    )


def _forget_old_contacts(opened: OpenKeys) -> None:
    """A tidying that the reader did not ask for must not keep them from reading."""
    try:
        forget_contacts(context(), opened)
    except Exception as error:
        _log.error("old contacts could not be forgotten", error=type(error).__name__)


def open_keys() -> OpenKeys | None:
    """The keys that this session has opened, used at this moment; None where it must unlock (again).

    A key that was revoked since, and an account that was shut, open nothing any more.
    """
    found = _find(use=True)
    if found is None:
        return None
    with context().read() as work:
        is_held = key_service.still_held(work, found)
    if not is_held:
        lock_again()
        return None
    return found


def keys_are_open() -> bool:
    """Whether keys are open now; asking does not keep them open."""
    return _find(use=False) is not None


def keep_open(keys: OpenKeys) -> None:
    """Keep opened keys for this session, in the place of those that it had."""
    _unlocking().put(browser_session().hash, keys)


def lock_again() -> None:
    """Forget this session's keys, if it has any: letting go of the memory holds everybody up for a moment."""
    if _unlocking().vault.drop(browser_session().hash):
        process_memory.collect_and_trim()


def forget_ended() -> None:
    """Forget the keys of sessions that were just ended; else a clock does, within a minute."""
    _unlocking().forget_ended()


def _find(*, use: bool) -> OpenKeys | None:
    if not current_user or not current_user.is_authenticated:
        return None
    place = browser_session().hash
    vault, now = _unlocking().vault, context().running()
    found = vault.get(place, now) if use else vault.peek(place, now)
    return found if found is not None and found.login == current_user.account.login else None
