"""What a person filled in for an action, read and checked before anything else happens."""

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from server.domain.cases.casework import Action, Field, read_ref, ref_of
from server.domain.localtime import read_typed_day
from server.domain.problems import Problem
from survey_defs.letter import MAX_TEXT, TextProblem, clean_text

MAX_LINE = 300
"""Characters of one line in the clear: a trích yếu, a body, a number."""
_OPEN_PLACE = re.compile(
    r"[\[［][^\[\]［］]{0,200}[\]］]|[\[［][^\n]{0,20}|[^\n\[\]［］]{0,20}[\]］]|\{[^\W\d][\w. ]{0,40}\}"
)
"""A place of a template that nobody filled in, or what a half deleted one left behind."""
_NAMED_PLACES = 5


class Filled(NamedTuple):
    """The fields of an action: what stays in the clear, and the text that is to be sealed ("" for none)."""

    values: dict[str, str]
    text: str


def read_fields(action: Action, fields: Mapping[str, str]) -> Filled:
    """The fields of the action, cleaned; others are left aside.

    Raises `Problem` with the name of the field in `values["field"]`: `missing-field`, `text-empty`,
    `text-too-long`, `bad-case-field`, `bad-case-date`, `places-left`.
    """
    values: dict[str, str] = {}
    sealed = ""
    for field in action.fields:
        typed = fields.get(field.name, "")
        if field.form == "text":
            sealed = value = read_text(field.name, typed, required=field.required)
        elif value := _read(field, typed):
            values[field.name] = value
        if field.goes_out:
            refuse_places(field.name, value)
    return Filled(values, sealed)


def parts(text: str) -> list[tuple[str, bool]]:
    """The text cut at the places that are still to be filled in; True for these."""
    found, end = [], 0
    for place in _OPEN_PLACE.finditer(text):
        found += [(text[end : place.start()], False), (place[0], True)]
        end = place.end()
    return [each for each in (*found, (text[end:], False)) if each[0]]


def refuse_places(name: str, text: str) -> None:
    """Raises `Problem("places-left")`, which names them, where a text to be sent has places left open."""
    places = list(dict.fromkeys(" ".join(part.split()) for part, is_open in parts(text) if is_open))
    if places:
        named = ", ".join(places[:_NAMED_PLACES]) + (", …" if len(places) > _NAMED_PLACES else "")
        raise Problem("places-left", field=name, places=named)


def read_text(name: str, typed: str, *, required: bool = True, longest: int = MAX_TEXT) -> str:
    """A text as it is kept; "" only where it is not required. Raises `Problem` as `read_fields` does."""
    try:
        return clean_text(typed, longest)
    except TextProblem as problem:
        if problem.code == "too-long":
            raise Problem("text-too-long", field=name, most=longest) from None
        if required:
            raise Problem("text-empty", field=name) from None
        return ""


def read_line(name: str, typed: str, *, required: bool = True, longest: int = MAX_LINE) -> str:
    """One line in the clear, spaces as one each. Raises `Problem`: `missing-field`, `text-too-long`."""
    line = " ".join(read_text(name, typed, required=False, longest=10 * longest).split())
    if required and not line:
        raise Problem("missing-field", field=name)
    if len(line) > longest:
        raise Problem("text-too-long", field=name, most=longest)
    return line


def read_day(name: str, typed: str) -> date:
    """A day as people type it. Raises `Problem("bad-case-date")`."""
    day = read_typed_day(typed)
    if day is None:
        raise Problem("bad-case-date", field=name)
    return day


def _read(field: Field, typed: str) -> str:
    if field.form == "line":
        return read_line(field.name, typed, required=field.required)
    value = typed.strip()
    if not value:
        if field.required:
            raise Problem("missing-field", field=field.name)
        return ""
    if field.form == "date":
        return read_day(field.name, value).isoformat()
    known = {
        "choice": value in field.options,
        "flag": value in ("1", "on"),
        "ref": read_ref(value) is not None,
    }
    if not known.get(field.form, len(value) <= MAX_LINE):
        raise Problem("bad-case-field", field=field.name)
    if field.form == "ref" and (named := read_ref(value)):
        return ref_of(*named)
    return "1" if field.form == "flag" else value
