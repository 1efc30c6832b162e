"""What somebody typed into a form comes back to them, whatever refused it: nobody writes a text twice.

A form that a mistake, or somebody else's act on the case, refused is shown again as it was filled in. Where
the page's token was too old that is so too. Where the session had ended, or a key has to be opened first,
what was typed travels sealed within the page that asks for the password (`HELD`), and the form comes back
after it. The server keeps nothing of it; the browser holds a box that this server alone opens, and only for
the login that wrote it. Forms that ask for passwords are never held.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

import msgspec
from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeTimedSerializer
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from server.domain.problems import Problem
from server.transport.http.frame.language import switch_to
from server.transport.http.frame.next_page import own_path
from server.transport.http.security.access import Access, declared, declared_roles
from server.transport.http.security.clean_request import CleanFields
from server.transport.http.security.refusals import note_code
from survey_defs.typed import from_msgpack

HELD = "dang-viet"
"""The field of the pages that ask for a password: the box with what was typed before."""
UNLOCK = "mo-khoa"
"""The button that opens the keys in the middle of writing."""
LANGUAGE = "ngon-ngu"
"""The button that shows the form in another language, as it is filled in."""
NOT_WRONG = ("form-resumed", "form-too-old")
"""Problems of a form that is given back with nothing wrong in its fields."""
_TOKEN = "csrf_token"  # noqa: S105 - the name of a field
_TOKEN_SALT = "wtf-csrf-token"  # noqa: S105 - as Flask-WTF signs its tokens
_NOT_TYPED = (_TOKEN, HELD, UNLOCK, LANGUAGE)
_PURPOSE = b"hailong kept"

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
Form = Callable[..., ResponseReturnValue]
"""Renders a view's form as `request.form` has it, with the problem and the arguments of the address."""


class _Kept(NamedTuple):
    """What was typed: by whom, to which address, and every field in its order."""

    writer: str
    address: str
    fields: list[tuple[str, str]]


def gives_back(form: Form, *, secret: bool = False) -> Callable[[View], View]:
    """Declare that `form` shows what was sent to a view again, and say so for each `Problem` of the view.

    It does so too, in the other language, for who changes that in the middle of writing (`LANGUAGE`).

    `secret`: the form asks for a password; it is shown again empty, and nothing of it is ever held.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> ResponseReturnValue:
            if switch_to(request.form.get(LANGUAGE)):
                return form(Problem("form-resumed"), **arguments)
            try:
                return view(**arguments)
            except Problem as problem:
                note_code(problem.code)
                return form(problem, **arguments)

        guarded.form = form  # type: ignore[attr-defined]
        guarded.secret = secret  # type: ignore[attr-defined]
        return cast("View", guarded)

    return declare


def asks_for_secret() -> bool:
    """Whether the form that was sent asks for a password, as its view declares it: nothing hands it out."""
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), "secret", False))


def held() -> str:
    """The box for the page that stands in for a form: with what was typed, or the one that came with it.

    Empty where there is nothing to hold.
    """
    if carried := request.form.get(HELD):
        return carried if _open(carried) else ""
    writer, view = _writer(), _view(request.endpoint)
    if writer is None or view is None or asks_for_secret():
        return ""
    fields = [each for each in request.form.items(multi=True) if each[0] not in _NOT_TYPED]
    return _seal(_Kept(writer, _address(), fields))


def resumed(box: str) -> ResponseReturnValue | None:
    """The form of a box as it was filled in; None where there is none for whoever is signed in now.

    From here on this is a request to the form's own address: its links, menus and languages lead there.
    """
    kept = _open(box)
    if kept is None or not current_user.is_authenticated or kept.writer != current_user.account.login:
        return None
    path, _, query = kept.address.partition("?")
    try:
        rule, arguments = _addresses().match(path, "POST", return_rule=True)
    except HTTPException:
        return None
    view = _view(rule.endpoint)
    if view is None or not _may(rule.endpoint):
        return None
    now = request._get_current_object()  # type: ignore[attr-defined]
    now.url_rule, now.view_args, now.path = rule, dict(arguments), path
    now.args, now.form = CleanFields(parse_qsl(query)), CleanFields(kept.fields)
    return cast("ResponseReturnValue", view.form(Problem("form-resumed"), **arguments))


def section_of(address: str) -> str:
    """The blueprint of the page at that address of ours, for the strip on top; "" for none."""
    for method in ("GET", "POST"):
        with contextlib.suppress(HTTPException):
            return str(_addresses().match(address.partition("?")[0], method)[0]).partition(".")[0]
    return ""


def address_of(box: str) -> str:
    """Where what is in a box was being written; "" for no box of ours."""
    kept = _open(box)
    return kept.address if kept else ""


def in_place_of(error: HTTPException) -> ResponseReturnValue | None:
    """The page for a form that was refused before its view saw it; None where the error is all there is.

    Not signed in: the login, with what was typed. A token that is too old: the form, as it was filled in.
    """
    endpoint = request.endpoint
    if request.method != "POST" or endpoint is None or request.headers.get("X-Requested-With"):
        return None
    stale, access = isinstance(error, CSRFError), declared(current_app, endpoint)
    if access is Access.STAFF and not current_user.is_authenticated and (stale or error.code == 401):
        return render_template("access/login.html", target=reopened(), held=held(), ended=True), 401
    view = _view(endpoint)
    if stale and view is not None and (access is Access.PUBLIC or (_own_page() and _may(endpoint))):
        arguments = request.view_args or {}
        with contextlib.suppress(Problem):  # then the form stands no more, and the error page has the words
            return cast("ResponseReturnValue", view.form(Problem("form-too-old"), **arguments))
    return None


def typed() -> list[str]:
    """What was written in more than a word, for a page that cannot show the form again: to be copied."""
    try:
        view = _view(request.endpoint)
        if request.method != "POST" or view is None or asks_for_secret() or not _own_page():
            return []
        fields = request.form.items(multi=True)
        return [text.strip() for name, text in fields if name not in _NOT_TYPED and len(text.split()) > 1]
    except HTTPException:  # too large to be read
        return []


def reopened() -> str | None:
    """The address to open anew for the form that was sent: its own, or that of the page it stood on."""
    page = urlsplit(request.referrer or "")
    for address in (_address(), f"{page.path}?{page.query}".rstrip("?")):
        with contextlib.suppress(HTTPException):
            if own_path(address) and _addresses().match(address.partition("?")[0], "GET"):
                return address
    return None


def _address() -> str:
    return request.full_path.rstrip("?")


def _addresses() -> MapAdapter:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        raise RuntimeError("there are no addresses outside of a request")
    return adapter


def _own_page() -> bool:
    """Whether a page of whoever is signed in sent this."""
    return bool(current_user.is_authenticated) and _writer() == current_user.account.login


def _writer() -> str | None:
    """The login whose session made the page, as its token says under our signature, however old it is."""
    serializer = URLSafeTimedSerializer(cast("bytes", current_app.secret_key), salt=_TOKEN_SALT)
    try:
        content = serializer.loads(request.form.get(_TOKEN, ""))
    except BadData:
        return None
    return str(content).partition(":")[2] or None


def _may(endpoint: str) -> bool:
    """Whether the role of whoever is signed in may call that view."""
    if not current_user.is_authenticated:
        return False
    roles = declared_roles(current_app, endpoint)
    return roles is None or current_user.account.role in roles


def _view(endpoint: str | None) -> Any:
    """The view of an endpoint, where it gives its form back; else None."""
    view = current_app.view_functions.get(endpoint or "")
    return view if hasattr(view, "form") else None


def _seal(kept: _Kept) -> str:
    return base64.urlsafe_b64encode(_box().encrypt(msgspec.msgpack.encode(kept))).decode()


def _open(box: str) -> _Kept | None:
    try:
        return from_msgpack(_box().decrypt(base64.urlsafe_b64decode(box)), _Kept)
    except (CryptoError, ValueError, msgspec.MsgspecError):
        return None


def _box() -> SecretBox:
    key = cast("bytes", current_app.secret_key)
    return SecretBox(hashlib.blake2b(key, digest_size=SecretBox.KEY_SIZE, person=_PURPOSE).digest())
