"""The reader's language: Vietnamese unless they chose another, kept in a cookie that holds nothing else."""

from pathlib import Path

from flask import Flask, g, request, url_for
from flask.wrappers import Response

from server.settings import Settings
from server.transport.http.security.secure_line import is_secure
from survey_defs.texts import Texts, load_texts

_COOKIE = "hailong-lang"
_YEAR_S = 365 * 24 * 3600


def install(app: Flask, settings: Settings) -> Texts:
    """Read the texts, and let `?lang=` on any page choose among their languages."""
    texts = load_texts(Path(__file__).parents[3] / "texts", rooms=True)

    @app.before_request
    def choose() -> None:
        asked = request.args.get("lang")
        kept = request.cookies.get(_COOKIE)
        g.languages = texts.languages
        g.lang_chosen = asked if asked in texts.languages else None
        g.lang = next(lang for lang in (g.lang_chosen, kept, settings.lang, "vi") if lang in texts.languages)

    @app.after_request
    def keep(response: Response) -> Response:
        if g.get("lang_chosen"):
            response.set_cookie(
                _COOKIE, g.lang_chosen, max_age=_YEAR_S, httponly=True, samesite="Strict",
                secure=is_secure(settings),
            )  # fmt: skip
        return response

    return texts


def language() -> str:
    """The language of this request; Vietnamese where it failed before one was chosen."""
    return str(g.get("lang", "vi"))


def switch_to(lang: str | None) -> bool:
    """Answer this request in that language, and keep it; False where it is none of ours."""
    if lang is None or lang not in g.get("languages", ()):
        return False
    g.lang = g.lang_chosen = lang
    return True


def other_language() -> str:
    """The language that the switch leads to."""
    return "en" if language() == "vi" else "vi"


def switch_address() -> str:
    """This same page in the other language; the overview where this page cannot be asked for again."""
    if request.endpoint is None or request.method != "GET":
        return url_for("pages.overview_page", lang=other_language())
    values = {key: value for key, value in request.args.items() if key not in ("lang", "rev")}
    endpoint = "pages.overview_page" if request.endpoint == "pages.overview_news" else request.endpoint
    return url_for(endpoint, **{**values, **(request.view_args or {}), "lang": other_language()})
