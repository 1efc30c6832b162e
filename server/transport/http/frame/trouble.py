"""The page for the time when the store cannot be read or written: it asks nothing of the store itself.

A form that was sent comes back whole, so that one touch sends it again. Passwords and files do not: no page
hands those out.
"""

from __future__ import annotations

import time

import structlog
from flask import Response, current_app, make_response, request

from server.domain.problems import Problem
from server.transport.http.frame.kept_forms import asks_for_secret
from server.transport.http.frame.language import language
from survey_defs.texts import Texts

RETRY_AFTER_S = 10
"""After which a browser or a program may ask again; a busy store is free long before."""
_TELL_EVERY_S = 60.0
_KEEPERS = {"store-busy": "trouble.busy", "disk-full": "trouble.full"}
"""The texts by code; all others ask for the technician."""

_log = structlog.get_logger()


class TroubleLog:
    """Tells each kind of trouble once a minute: every page meets the same one."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self._told: dict[str, float] = {}

    def tell(self, problem: Problem) -> None:
        """Write it down, unless that was done just now."""
        now = time.monotonic()
        if now - self._told.get(problem.code, -_TELL_EVERY_S) >= _TELL_EVERY_S:
            self._told[problem.code] = now
            _log.error(problem.sentence("en"))


def trouble_page(problem: Problem, texts: Texts) -> Response:
    """What is wrong in the reader's words, without paths, and the form that was sent."""
    lang = language()
    page = current_app.jinja_env.get_template("frame/trouble.html").render(
        lang=lang,
        status=problem.status,
        sentence=sentence_of(problem, texts, lang),
        kept=_kept(),
        posted=request.method == "POST",
        action=request.full_path.rstrip("?"),
    )
    return make_response(page, problem.status)


def sentence_of(problem: Problem, texts: Texts, lang: str) -> str:
    """The sentence for whoever looks at a page; paths are for the log and for commands."""
    return texts(lang, _KEEPERS.get(problem.code, "trouble.store"))


def _kept() -> list[tuple[str, str]] | None:
    """The fields of the form that was sent; None where there is none that could be sent again."""
    if request.method != "POST" or request.files or asks_for_secret():
        return None
    return list(request.form.items(multi=True)) or None
