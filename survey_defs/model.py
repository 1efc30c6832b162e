"""What a survey is: questions, their choices and conditions, and what counts as an answer to them.

Pure values, no files: `survey_defs.loader` reads them from YAML, a device gets them in its
configuration, the server checks answers against them.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

Lang: TypeAlias = str
"""A language tag: `vi` or `en`; more by adding them to the files."""
Text: TypeAlias = dict[Lang, str]
"""One text in every language of its file; `vi` is always there."""
Answer: TypeAlias = int | str | list[str]
"""A level 1-5, the id of a choice, or the ids of several choices."""
Answers: TypeAlias = Mapping[str, Answer]

Audience: TypeAlias = Literal["phu-huynh", "hoc-sinh", "giao-vien"]
"""Whom a survey asks: parents, pupils, staff."""

LEVELS = (1, 2, 3, 4, 5)
"""The five levels, from very dissatisfied to very satisfied, in the order of the printed forms."""
LEVEL_WORDS: tuple[Text, ...] = (
    {"vi": "Rất không hài lòng", "en": "Very dissatisfied"},
    {"vi": "Không hài lòng", "en": "Dissatisfied"},
    {"vi": "Bình thường", "en": "Neutral"},
    {"vi": "Hài lòng", "en": "Satisfied"},
    {"vi": "Rất hài lòng", "en": "Very satisfied"},
)
"""The official wording of the five levels, for a survey that brings no words of its own."""


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One touchable answer of a `choice` or `choices` question."""

    id: str
    text: Text


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One question, shown on one screen.

    `when` maps the id of an earlier question to the answers under which this one is asked; all
    entries must hold. A question that was not answered fulfils no condition.
    """

    id: str
    kind: Literal["level", "choice", "choices"]
    text: Text
    hint: Text = {}
    choices: tuple[Choice, ...] = ()
    when: dict[str, tuple[int | str, ...]] = {}
    skippable: bool = True

    def is_asked(self, answers: Answers) -> bool:
        """Whether this question follows from what was answered so far."""
        for other, accepted in self.when.items():
            given = answers.get(other)
            values = given if isinstance(given, list) else [given]
            if not any(value in accepted for value in values):
                return False
        return True

    def accepts(self, answer: object) -> bool:
        """Whether `answer` is one that this question offers. Booleans are no levels."""
        if self.kind == "level":
            return type(answer) is int and answer in LEVELS
        ids = {choice.id for choice in self.choices}
        if self.kind == "choice":
            return type(answer) is str and answer in ids
        return (
            isinstance(answer, list)
            and len(answer) > 0
            and all(type(item) is str and item in ids for item in answer)
            and len(set(answer)) == len(answer)
        )


class Survey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version of one survey. A change of a published survey is a new version.

    `headline` names the level question from which the satisfaction rate of a procedure is
    worked out; a survey without one never enters those rates. `asks_procedure` puts the
    choice of the procedure before the first question. `levels` are the words of the five levels.
    `source` says where the wording comes from.
    """

    id: str
    version: int
    title: Text
    audiences: tuple[Audience, ...]
    questions: tuple[Question, ...]
    asks_procedure: bool = False
    headline: str | None = None
    levels: tuple[Text, ...] = ()
    source: str = ""

    def level_words(self, level: int, lang: Lang) -> str:
        """The words under a face: the survey's own, else the official ones. `level` is 1 to 5."""
        return localized((self.levels or LEVEL_WORDS)[level - 1], lang)

    def question(self, question_id: str) -> Question | None:
        """The question of that id, or None."""
        return next((q for q in self.questions if q.id == question_id), None)

    def next_question(self, answers: Answers, seen: frozenset[str] = frozenset()) -> Question | None:
        """The first question that is asked, not answered and not in `seen` (skipped); None at the end."""
        for question in self.questions:
            if question.id not in answers and question.id not in seen and question.is_asked(answers):
                return question
        return None

    def check(self, answers: Mapping[str, object]) -> str | None:
        """None if `answers` can stand, else the wire's code: `unknown-question` or `bad-answer`.

        An answer to a question whose `when` no longer holds is kept: it harms nothing, and
        whoever asked may have had another order of questions.
        """
        if not answers:
            return "bad-answer"
        for question_id, answer in answers.items():
            question = self.question(question_id)
            if question is None:
                return "unknown-question"
            if not question.accepts(answer):
                return "bad-answer"
        return None

    def level(self, answers: Mapping[str, object]) -> int | None:
        """The level that enters the satisfaction rate, or None where the headline was not answered."""
        level = answers.get(self.headline) if self.headline else None
        return level if isinstance(level, int) else None


class Procedure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One administrative procedure (thủ tục hành chính) that a school handles.

    `name` is the official name, `short` what stands on a tile; `code` the national code;
    `limit_days` the working days within which the result is due, where one is fixed. `on_rest`
    puts it on the rest screen; the others wait behind "Thủ tục khác".
    """

    slug: str
    name: Text
    short: Text
    code: str | None = None
    limit_days: int | None = None
    on_rest: bool = False
    source: str = ""


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The procedures that a kind of school starts with; each school then keeps its own."""

    id: str
    version: int
    title: Text
    procedures: tuple[Procedure, ...]


def localized(text: Text, lang: Lang) -> str:
    """`text` in `lang`, else in Vietnamese."""
    return text.get(lang) or text.get("vi", "")
