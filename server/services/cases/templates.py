"""Answers to begin with: those that come with the program, and the school's own."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from server.domain.collation import vietnamese_order
from server.domain.problems import Problem
from server.services.context import Context, Work
from survey_defs import yaml_text
from survey_defs.letter import MAX_TEXT, TextProblem, clean_text
from survey_defs.model import Text, localized
from survey_defs.typed import from_plain

PLACES = ("so", "ngay_nhan", "han", "truong", "thu_tuc")
"""What a template may ask for: `{so}` and so on; no other word may stand in braces."""
MAX_NAME = 80
MAX_TEMPLATES = 100
"""Templates of one school: nobody finds one among more."""
_FILE = Path(__file__).with_name("answers.yaml")
_PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")
_ANY_PLACE = re.compile(r"\{[^\W\d][\w. ]{0,40}\}")


class Template(msgspec.Struct, frozen=True):
    """An answer to begin with. `own`: the school's, which it may change."""

    id: str
    name: str
    body: str
    own: bool
    changed_by: str = ""
    changed_at: int = 0


class _Builtin(msgspec.Struct, frozen=True):
    id: str
    name: Text
    body: str


def templates(work: Work, school: str, lang: str) -> list[Template]:
    """The school's own by name, then the built-in ones."""
    rows = work.sql.template_of_school(school=school)
    own = sorted((Template(**row, own=True) for row in rows), key=lambda each: vietnamese_order(each.name))
    builtin = [Template(each.id, localized(each.name, lang), each.body, own=False) for each in _builtin()]
    return [*own, *builtin]


def template(work: Work, school: str, id: str, lang: str = "vi") -> Template:
    """One of them. Raises `Problem("unknown-template")`."""
    found = next((each for each in templates(work, school, lang) if each.id == id), None)
    if found is None:
        raise Problem("unknown-template")
    return found


def fill(body: str, values: Mapping[str, str]) -> str:
    """The body with its places filled; a place without a value becomes […], for the writer to see."""
    return _PLACE.sub(lambda place: values.get(place[1]) or "[…]", body)


def save(ctx: Context, school: str, id: str | None, *, name: str, body: str, by: str) -> str:
    """Keep one of the school's own, a new one where `id` is None. Returns its id.

    Raises `Problem`: `unknown-template`, `bad-template-name`, `bad-template-body`, `unknown-template-place`,
    `too-many-templates`.
    """
    try:
        name = clean_text(" ".join(name.split()), MAX_NAME)
    except TextProblem as error:
        raise Problem("bad-template-name", longest=MAX_NAME) from error
    try:
        body = clean_text(body)
    except TextProblem as error:
        raise Problem("bad-template-body", longest=MAX_TEXT) from error
    if strange := [place for place in _ANY_PLACE.findall(body) if not _PLACE.fullmatch(place)]:
        known = ", ".join(f"{{{place}}}" for place in PLACES)
        raise Problem("unknown-template-place", places=", ".join(strange[:5]), known=known)
    with ctx.write() as work:
        rows = {row["id"] for row in work.sql.template_of_school(school=school)}
        if id is not None and id not in rows:
            raise Problem("unknown-template")
        if id is None and len(rows) >= MAX_TEMPLATES:
            raise Problem("too-many-templates", most=MAX_TEMPLATES)
        kept = id or ctx.new_id()
        values = {"school": school, "id": kept, "name": name, "body": body, "by": by, "at": work.now}
        (work.sql.template_change if id else work.sql.template_insert)(**values)
    return kept


def remove(ctx: Context, school: str, id: str) -> None:
    """Take one of the school's own away. Raises `Problem("unknown-template")`."""
    with ctx.write() as work:
        if not work.sql.template_delete(school=school, id=id):
            raise Problem("unknown-template")


@cache
def _builtin() -> tuple[_Builtin, ...]:
    return from_plain(yaml_text.read(_FILE.read_text(encoding="utf-8")), tuple[_Builtin, ...])
