"""The parent's page: a code opens the case that was reported with it, and nothing else.

No cookie is set here and none is needed: the code travels in the body of every question. That is also why
the page is exempt from CSRF tokens. A foreign page that would act in a visitor's name would have to send
the secret code itself, which is all the authority there is; the browser adds none of its own.
"""

import secrets

from flask import Blueprint, Flask, Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import RequestEntityTooLarge

from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services import schools
from server.services.sender import follow, follow_acts
from server.services.sender.lookup_gate import Gate
from server.transport.http.frame.errors import say_when
from server.transport.http.frame.language import language
from server.transport.http.security.access import Access, allow
from server.transport.http.security.form_sizes import LONG_FORM_BYTES
from server.transport.http.wired import PerApp, context, texts
from survey_defs.complaint import CodeKeys, read_code
from survey_defs.letter import MAX_TEXT

PATH = "/tra-cuu"
_LENGTH_CLASS = 12 * 1024
"""Pages are filled up to a multiple of this: their length does not tell whether a code opened something."""
_TEXTS = ("again", "text", "wish-text")
"""The fields for words, all of the page's one form: what is not sent now comes back."""
_TEXT_OF = {"word": "text", "not_settled": "again", "unsatisfied": "again", "privacy": "wish-text"}
_FIELDS = ("code", "act", "after", "requests", "wish", *_TEXTS)
_CODE_FORM = "code-form"


class _Lookup:
    """One question with its code: the case, what was done with it, or why not."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def answer(self, sent: dict[str, str]) -> Response:
        """The page for what was sent."""
        address = request.remote_addr or ""
        try:
            with self._gate.asking(address, context().running()) as question:
                with self._gate.turn(), context().read() as work:
                    keys = follow.read_keys(work, sent["code"])
                with context().read() as work:
                    seen = follow.view(work, keys)
                    gone = follow.gone(work, keys) if keys and seen is None else None
                question.missed = seen is None and gone is None
            if gone is not None:
                words = "\n\n".join(filter(None, (sent[name] for name in _TEXTS)))
                return _page(
                    "gone",
                    gone=gone,
                    words=words,
                    code=read_code(sent["code"]),
                    school_name=gone.school_name,
                    sample=gone.sample,
                )
            if seen is None or keys is None:
                sentence = texts()(language(), "follow.not-found")
                return _form(typed=sent["code"], sentence=sentence)
            return self._case(keys, seen, sent)
        except Problem as problem:
            return self._later(problem, sent)

    def _case(self, keys: CodeKeys, seen: follow.ParentView, sent: dict[str, str]) -> Response:
        act, problem, done = sent["act"], None, ""
        kept, wish = {name: sent[name] for name in _TEXTS}, sent["wish"]
        if act:
            field = _TEXT_OF.get(act, "")
            after = sent["requests" if act == "privacy" else "after"]
            try:
                done = follow_acts.act(
                    context(), keys, act=act, after=after, text=kept.get(field, ""), wish=wish
                )
            except Problem as refused:
                if refused.code not in follow_acts.ASKED_AGAIN:
                    raise
                problem = refused
            if done:
                kept[field], wish = "", "" if act == "privacy" else wish
            with context().read() as work:
                seen = follow.view(work, keys) or seen
        failed = problem.values["field"] if problem else ""
        if failed:  # said beside the words, which stay where they were typed as long as that makes sense
            failed = _place_of(_TEXT_OF.get(act, "text"), seen)
        return _page(
            "case",
            view=seen,
            code=read_code(sent["code"]),
            done=done,
            sentence=problem.sentence(language()) if problem else "",
            failed=failed,
            kept=_placed(kept, seen),
            wish=wish,
            most=MAX_TEXT,
            school_name=seen.school_name,
            sample=seen.sample,
        )

    def _later(self, problem: Problem, sent: dict[str, str]) -> Response:
        """What could not be done now, with everything that was sent: nothing has to be written again."""
        # What is wrong inside the server is told to its keepers, not to the public.
        ours = problem.status >= 500 and problem.code != "no-words-now"
        sentence = texts()(language(), "follow.not-now") if ours else problem.sentence(language())
        if sent["act"] or any(sent[name] for name in _TEXTS):
            response = _page("again", problem.status, sent=sent, texts=_TEXTS, sentence=sentence)
        else:
            response = _form(problem.status, typed=sent["code"], sentence=sentence)
        say_when(response, problem)
        return response


pages = Blueprint("follow", __name__)
_lookup: PerApp[_Lookup] = PerApp("lookup")


@pages.before_app_request
def _leave_no_trace() -> None:
    if request.path == PATH or request.path.startswith(f"{PATH}/"):
        g.lang_chosen = None  # the language stays in the address, and is not kept in a cookie
        request.max_content_length = request.max_form_memory_size = LONG_FORM_BYTES


@pages.after_request
def _keep_nothing(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@pages.errorhandler(RequestEntityTooLarge)
def _too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
    return _page("error", 413, sentence=texts()(language(), "follow.too-large"))


@pages.get(PATH)
@allow(Access.PUBLIC)
def form() -> ResponseReturnValue:
    """The form for a code."""
    return _form()


@pages.get(f"{PATH}/xoa")
@allow(Access.PUBLIC)
def clear() -> ResponseReturnValue:
    """The form, and what this browser kept of the page is taken away."""
    response = _form(cleared=True)
    if context().settings.secure_cookies or request.is_secure:
        # Cookies are left alone: there are none of ours, and a clerk on this machine stays signed in.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.post(PATH)
@allow(Access.PUBLIC)
def look() -> ResponseReturnValue:
    """The case that the code opens, or why none."""
    sent = {name: request.form.get(name, "") for name in _FIELDS}
    if request.form.get("switch") == _CODE_FORM:
        return _form(typed=sent["code"])
    return _lookup().answer(sent)


def _placed(kept: dict[str, str], seen: follow.ParentView) -> dict[str, str]:
    """The words that were not sent, each in a field that the case still has; `left_over` for no field."""
    placed = dict.fromkeys((*_TEXTS, "left_over"), "")
    for name in _TEXTS:
        place = _place_of(name, seen) or "left_over"
        placed[place] = "\n\n".join(filter(None, (placed[place], kept[name])))
    return placed


def _place_of(name: str, seen: follow.ParentView) -> str:
    """The field in which words of that field can stand now; "" where the case takes them no more."""
    if name == "again" and "not_settled" not in seen.may:
        name = "text"
    return "" if name == "text" and "word" not in seen.may else name


def _form(status: int = 200, **values: object) -> Response:
    with context().read() as work:
        alone = schools.only_school(work)
    return _page("form", status, school_name=alone.name if alone else "", **values)


def _page(name: str, status: int = 200, **values: object) -> Response:
    lang = request.args.get("lang")
    action = url_for("follow.form", lang=lang if lang == language() else None)
    html = render_template(f"sender/{name}.html", action=action, **values)
    # Random, for a proxy's compression would take any other filling out again.
    short = -len(html.encode()) % _LENGTH_CLASS
    filling = secrets.token_hex(_LENGTH_CLASS)[: max(0, short - len("<!---->"))]
    return make_response(f"{html}<!--{filling}-->" if filling else html, status)


def install(app: Flask, csrf: CSRFProtect, gate: Gate) -> None:
    """Add the page to the app; `gate` keeps all of it that works codes out."""
    _lookup.keep(app, _Lookup(gate))
    csrf.exempt(pages)  # see above
    app.jinja_env.filters["school_day"] = local_day
    app.register_blueprint(pages)
