"""Reading what a phone's form sends: strictly, and without losing what can be shown once more."""

from __future__ import annotations

import re
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from server.domain.problems import Problem
from survey_defs.model import Answer, Question, Survey

QUESTION = "q."
"""What the names of the questions' fields begin with."""
NOT_LISTED = "-"
"""The procedure of whoever does not find theirs in the list."""
_MAX_QUESTIONS = 100
_LATE_DIGITS = 9
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,600}")
_LEVELS = ("1", "2", "3", "4", "5")

Form = MultiDict[str, str]


class Filled(NamedTuple):
    """What was chosen, as the form sent it: to be shown once more."""

    answers: dict[str, frozenset[str]]
    procedure: str


NOTHING = Filled({}, "")


def read_filled(form: Form) -> Filled:
    """What was chosen, whether or not it can stand."""
    names = [name for name in form if name.startswith(QUESTION)][:_MAX_QUESTIONS]
    return Filled(
        {name.removeprefix(QUESTION): frozenset(form.getlist(name)) for name in names},
        form.get("procedure", ""),
    )


def read_answers(survey: Survey, form: Form) -> dict[str, Answer]:
    """The answers of a form. Raises `Problem("form-bad")` for anything that the page does not offer."""
    answers: dict[str, Answer] = {}
    for name in form:
        if name.startswith(QUESTION):
            question = survey.question(name.removeprefix(QUESTION))
            if question is None:
                raise Problem("form-bad")
            answers[question.id] = _answer(question, form.getlist(name))
    return answers


def read_procedure(form: Form) -> str | None:
    """The procedure's slug, None where none was chosen."""
    chosen = form.get("procedure", "")
    return None if chosen in ("", NOT_LISTED) else chosen


def read_late(form: Form) -> int:
    """How long the form has waited on the phone, in ms; 0 for anything that is no such number."""
    late = form.get("late", "")
    return int(late) if late.isascii() and late.isdecimal() and len(late) <= _LATE_DIGITS else 0


def is_trapped(form: Form) -> bool:
    """Whether the field is filled in that people do not see."""
    return bool(form.get("website"))


def harmless(token: str) -> str:
    """What came as a token, fit to stand in a page once more; '' for what can be none of ours."""
    return token if _TOKEN.fullmatch(token) else ""


def _answer(question: Question, values: list[str]) -> Answer:
    answer: Answer
    if question.kind == "choices":
        answer = values
    elif len(values) != 1:
        raise Problem("form-bad")
    elif question.kind == "level":
        answer = int(values[0]) if values[0] in _LEVELS else 0
    else:
        answer = values[0]
    if not question.accepts(answer):
        raise Problem("form-bad")
    return answer
