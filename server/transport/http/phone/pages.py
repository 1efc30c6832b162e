"""The phone's pages as HTML: a point's survey rendered once for a language, all else as it comes."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Flask, Response, request
from jinja2 import Environment
from werkzeug.datastructures import Accept, Headers
from werkzeug.http import parse_accept_header

from server.domain.problems import Problem
from server.services.context import Context
from server.services.devices.points import PATH
from server.services.phone.survey_form import PhoneView
from server.transport.http.phone.forms import NOTHING, Filled
from server.transport.http.phone.point_frame import Frame, frame_of, speaker
from server.transport.http.phone.spliced_page import Spliced
from server.transport.http.phone.style import Look, conditions, look, own_script, own_style
from survey_defs.model import LEVELS, Question, Survey, localized
from survey_defs.texts import Texts

LETTER = "gop-y"
"""Where a point's page for comments and complaints lies, behind its address."""
_KEPT = 256
"""The most rendered pages that are kept."""
_SECONDS = {"level": 5, "choice": 5, "choices": 8}
"""What one question takes, and the choice of a procedure as a `choice`."""


class Trouble(NamedTuple):
    """What is wrong, in the reader's words, and where: the id of a question or of a field, '' for nowhere."""

    sentence: str
    field: str = ""


class Ask(NamedTuple):
    """One question as the page shows it; `place` is its id there, `layout` rows, five or options."""

    place: str
    id: str
    kind: str
    layout: str
    text: str
    hint: str
    words: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    given: frozenset[str]
    wrong: bool
    needed: bool


class Wanted(NamedTuple):
    """Which survey's page: of which point, in which language, and whether the address asks for that."""

    point: str
    lang: str
    asked: bool


class Sheet(NamedTuple):
    """A rendered survey that only lacks its token, with what it was rendered from."""

    mark: object
    view: PhoneView
    page: Spliced
    policy: str

    def body(self, token: str, *, packed: bool) -> bytes:
        """The page with a token of its reader's own, `packed` as gzip or as it is."""
        tail = f'{token}">\n'.encode("ascii")
        return self.page.gzipped(tail) if packed else self.page.plain(tail)


class Pages:
    """Renders, without the context processors of the staff's pages: these would look for who is signed in."""

    def __init__(self, app: Flask, texts: Texts) -> None:
        self._jinja: Environment = app.jinja_env
        self._texts = texts
        self._style, self._script = own_style(), own_script("phone")
        self._plain = look(self._style, self._script)
        self._letters = look(self._style, own_script("phone", "phone_letter"))
        self._sheets: OrderedDict[Wanted, Sheet] = OrderedDict()

    def kept(self, wanted: Wanted, mark: object) -> Sheet | None:
        """The survey's page as it was rendered, if it is still what it should be."""
        sheet = self._sheets.get(wanted)
        return sheet if sheet is not None and mark is not None and sheet.mark == mark else None

    def sheet(self, view: PhoneView, wanted: Wanted, mark: object) -> Sheet:
        """Render a survey's page, and keep it for the next reader."""
        html, policy = self._survey(view, wanted.lang, NOTHING, None, fresh=True)
        sheet = self._sheets[wanted] = Sheet(mark, view, Spliced(html.encode()), policy)
        while len(self._sheets) > _KEPT:
            self._sheets.popitem(last=False)
        return sheet

    def give(self, sheet: Sheet, token: str) -> Response:
        """The kept page with a token of this reader's own."""
        packed = takes_gzip(request.environ)
        return _response(sheet.body(token, packed=packed), 200, sheet.policy, packed)

    def survey(  # noqa: PLR0917 - what a page is made of
        self, view: PhoneView, lang: str, token: str, filled: Filled, trouble: Trouble | None, status: int
    ) -> Response:
        """The survey once more, as it was filled in, with what is wrong."""
        html, policy = self._survey(view, lang, filled, trouble, fresh=False)
        return _send(f'{html}{token}">\n', status, policy)

    def thanks(self, around: Frame, lang: str) -> Response:
        """After an answer, and only after its commit."""
        return self._page("thanks", self._plain, lang, 200, around, letter=_letter(around, lang))

    def sorry(
        self, lang: str, status: int, sentence: str, around: Frame | None = None, heading: str = ""
    ) -> Response:
        """One sentence where there is nothing to fill in; the school by its name where it is known."""
        letter = _letter(around, lang) if around is not None and not around.point.retired_at else ""
        heading = heading or self._texts(lang, "phone.closed")
        fresh = request.method == "GET"
        return self._page(
            "sorry", self._plain, lang, status, around,
            heading=heading, sentence=sentence, letter=letter, fresh=fresh,
        )  # fmt: skip

    def letter(self, around: Frame, lang: str, token: str, status: int, **values: object) -> Response:
        """The page on which a comment or complaint is written."""
        html = self._html("letter", self._letters, lang, around, has_form=True, **values)
        return _send(f'{html}{token}">\n', status, self._letters.policy)

    def after(self, name: str, around: Frame, lang: str, **values: object) -> Response:
        """What follows a letter: its code, or the end. Not compressed: a length tells nothing of a code."""
        html = self._html(name, self._letters, lang, around, **values)
        return _response(html.encode(), 200, self._letters.policy, packed=False)

    def _page(
        self, name: str, worn: Look, lang: str, status: int, around: Frame | None, **values: object
    ) -> Response:
        return _send(self._html(name, worn, lang, around, **values), status, worn.policy)

    def _html(self, name: str, worn: Look, lang: str, around: Frame | None, **values: object) -> str:
        frame: dict[str, object] = {
            "lang": lang,
            "other_lang": "en" if lang == "vi" else "vi",
            "school_name": around.school_name if around else "",
            "sample": around.sample if around else False,
            "style": worn.style,
            "more_style": worn.more_style,
            "script": worn.script,
            "say": around.say(self._texts, lang) if around else speaker(self._texts, lang),
        }
        return self._jinja.get_template(f"phone/{name}.html").render({**frame, **values})

    def _survey(
        self, view: PhoneView, lang: str, filled: Filled, trouble: Trouble | None, *, fresh: bool
    ) -> tuple[str, str]:
        survey, around = view.survey, frame_of(view)
        worn = look(self._style, self._script, conditions(survey))
        asks = _asks(survey, lang, filled, trouble.field if trouble else "")
        first = [ask for ask in asks if not survey.headline or ask.id == survey.headline]
        more = [ask for ask in asks if ask not in first]
        rates = survey.headline is not None
        invitation = f"phone.{'invite' if rates else 'opinion'}.{view.point.audience}"
        html = self._html(
            "survey", worn, lang, around,
            has_form=True, fresh=fresh, problem=trouble, rates=rates,
            invitation=self._texts(lang, invitation),
            subtitle="" if rates else localized(survey.title, lang),
            takes=self._takes(lang, first, bool(view.procedures)),
            numbered=len(asks) + bool(view.procedures) > 1,
            procedures=[(each.slug, localized(each.short, lang)) for each in view.procedures],
            procedure=filled.procedure,
            asks=first, more=more,
            opened=any(ask.given or ask.wrong for ask in more),
            letter=_letter(around, lang),
        )  # fmt: skip
        return html, worn.policy

    def _takes(self, lang: str, asks: list[Ask], procedure: bool) -> str:
        """How long it takes, in tens of seconds, from a minute on in minutes."""
        seconds = sum(_SECONDS[ask.kind] for ask in asks) + (_SECONDS["choice"] if procedure else 0)
        tens = max(1, -(-seconds // 10)) * 10
        if tens < 60:
            return self._texts(lang, "phone.seconds", n=tens)
        return self._texts(lang, "phone.minutes", n=-(-tens // 60))


def address(around: Frame, lang: str, page: str = "", **query: str) -> str:
    """A page of this point, in this language where it is not the installation's own."""
    asked = {"lang": lang} if request.args.get("lang") == lang else {}
    search = "&".join(f"{name}={value}" for name, value in (asked | query).items())
    return f"{PATH}{around.point.id}{'/' if page else ''}{page}{'?' if search else ''}{search}"


def takes_gzip(environ: Mapping[str, Any]) -> bool:
    """Whether the reader of this WSGI request understands gzip."""
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    if "gzip" not in accepted:
        return False
    return ";" not in accepted or parse_accept_header(accepted, Accept)["gzip"] > 0


def mark_of(ctx: Context, point: str) -> object:
    """What a point's page is made from besides its survey, which stands in the program; None: no point."""
    with ctx.read() as work:
        row = work.sql.phone_mark(id=point)
    return None if row is None else tuple(row)


def trouble_of(problem: Problem, lang: str) -> Trouble:
    """What a problem says, and beside which question."""
    return Trouble(problem.sentence(lang), str(problem.values.get("field", "")))


def _letter(around: Frame, lang: str) -> str:
    """The address of the page for complaints; '' where the school takes none."""
    return address(around, lang, LETTER) if around.takes_complaints else ""


def _asks(survey: Survey, lang: str, filled: Filled, wrong: str) -> list[Ask]:
    """The questions; the first level in rows with its words, those after it as five faces side by side."""
    levels = [question.id for question in survey.questions if question.kind == "level"]
    in_rows = survey.headline or (levels[0] if levels else "")
    words = tuple(survey.level_words(level, lang) for level in LEVELS)
    return [
        Ask(
            f"q{n}",
            question.id,
            question.kind,
            _layout(question, in_rows),
            localized(question.text, lang),
            localized(question.hint, lang),
            words,
            tuple((choice.id, localized(choice.text, lang)) for choice in question.choices),
            filled.answers.get(question.id, frozenset()),
            question.id == wrong,
            not question.skippable,
        )
        for n, question in enumerate(survey.questions, 1)
    ]


def _layout(question: Question, in_rows: str) -> str:
    if question.kind != "level":
        return "options"
    return "rows" if question.id == in_rows else "five"


def _send(html: str, status: int, policy: str) -> Response:
    body, packed = html.encode(), takes_gzip(request.environ)
    return _response(gzip.compress(body, 6, mtime=0) if packed else body, status, policy, packed)


def _response(body: bytes, status: int, policy: str, packed: bool) -> Response:
    headers = Headers(
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", policy),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            ("Vary", "Accept-Encoding"),
        ]
    )
    if packed:
        headers.add("Content-Encoding", "gzip")
    return Response(body, status, headers)
