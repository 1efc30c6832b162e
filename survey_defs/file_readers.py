"""How a survey's and a catalogue's fields are read: each checked, all problems of a file gathered."""

from __future__ import annotations

from typing import get_args

import msgspec
import yaml

from survey_defs.model import LEVELS, Audience, Catalogue, Choice, Lang, Procedure, Question, Survey, Text
from survey_defs.typed import from_plain
from survey_defs.wire_common import is_lang
from survey_defs.yaml_file import YamlFile, line_of, nearest

REQUIRED_LANGUAGES: tuple[Lang, ...] = ("vi", "en")
MAX_TILE_LETTERS = 40
"""What a tile shows in three lines at 800×480 without shrinking its letters."""
MAX_QUESTION_LETTERS = 90
"""What stands in two lines over the tiles at 800×480."""
MAX_TITLE_LETTERS = 160
KINDS = ("level", "choice", "choices")
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


class _Reader:
    """What surveys and catalogues have in common: an id, a version, and texts in the title's languages."""

    def __init__(self, file: YamlFile) -> None:
        assert file.root is not None  # noqa: S101 - the caller looked
        self.file = file
        self.root: yaml.Node = file.root
        self.languages: tuple[Lang, ...] = REQUIRED_LANGUAGES

    def version(self, node: yaml.Node | None) -> int:
        number = self.file.integer(node, "'version'") if node else None
        if node and number is not None and number < 1:
            self.file.report(node, "bad-version", value=number)
        return number or 1

    def slug(self, node: yaml.Node | None, what: str) -> str:
        return (self.file.slug(node, what) if node else None) or ""

    def title(self, node: yaml.Node | None) -> Text:
        if isinstance(node, yaml.MappingNode):
            spoken = [k.value for k, _ in node.value if isinstance(k, yaml.ScalarNode) and is_lang(k.value)]
            self.languages = tuple(dict.fromkeys((*REQUIRED_LANGUAGES, *spoken)))
        return self.text(node, "the title", MAX_TITLE_LETTERS)

    def text(self, node: yaml.Node | None, what: str, limit: int) -> Text:
        """A text in every language of the file."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            hint = "Write {vi: …, en: …}."
            self.file.report(
                node, "wrong-type", what=what, wanted="one text a language", found="a single value", hint=hint
            )
            return {}
        found = self.file.mapping(node, what)
        text: Text = {}
        for lang, value in found.items():
            if not is_lang(lang):
                self.file.report(value, "bad-language", lang=lang)
            elif lang not in self.languages:
                self.file.report(value, "stray-language", what=what, lang=lang)
            words = self.file.string(value, f"{what} in '{lang}'")
            if words is None:
                continue
            text[lang] = words
            if len(words) > limit:
                self.file.report(
                    value, "text-too-long", what=f"{what} in '{lang}'", length=len(words), limit=limit
                )
        for lang in self.languages:
            if lang not in found:
                self.file.report(node, "missing-language", what=what, lang=lang)
        return text

    def unique(self, seen: dict[str, int], value: str, node: yaml.Node, what: str) -> None:
        """Reports a second use of an id; `seen` keeps the line of the first."""
        if not value:
            return
        if value in seen:
            self.file.report(node, "duplicate-id", what=what, value=value, first=seen[value])
        else:
            seen[value] = line_of(node)


class SurveyReader(_Reader):
    """A file with `questions`."""

    def __init__(self, file: YamlFile) -> None:
        super().__init__(file)
        # Questions whose kind is told to be wrong: what others say of their answers cannot be judged.
        self.unsure: set[str] = set()

    def read(self) -> Survey:
        """The survey; only to be used where no problem was reported."""
        file = self.file
        fields = file.fields(
            self.root,
            "a survey",
            ("id", "version", "title", "audiences", "questions"),
            ("asks_procedure", "headline", "levels", "source"),
        )
        title = self.title(fields.get("title"))
        asks = fields.get("asks_procedure")
        source = fields.get("source")
        questions = self._questions(fields.get("questions"))
        return Survey(
            id=self.slug(fields.get("id"), "the survey's id"),
            version=self.version(fields.get("version")),
            title=title,
            audiences=self._audiences(fields.get("audiences")),
            questions=questions,
            asks_procedure=bool(file.boolean(asks, "'asks_procedure'")) if asks else False,
            headline=self._headline(fields.get("headline"), questions),
            levels=self._levels(fields.get("levels")),
            source=(file.string(source, "'source'") or "") if source else "",
        )

    def _audiences(self, node: yaml.Node | None) -> tuple[Audience, ...]:
        audiences: list[Audience] = []
        seen: dict[str, int] = {}
        for item in self.file.items(node, "'audiences'") if node else []:
            word = self.file.one_of(item, "an audience", AUDIENCES)
            if word:
                self.unique(seen, word, item, "audience")
                audiences.append(from_plain(word, Audience))  # type: ignore[arg-type]  # a Literal
        return tuple(audiences)

    def _levels(self, node: yaml.Node | None) -> tuple[Text, ...]:
        if node is None:
            return ()
        items = self.file.items(node, "'levels'")
        if items and len(items) != len(LEVELS):
            self.file.report(node, "levels-not-five", count=len(items))
        return tuple(
            self.text(item, f"level {number}", MAX_TILE_LETTERS) for number, item in enumerate(items, 1)
        )

    def _headline(self, node: yaml.Node | None, questions: tuple[Question, ...]) -> str | None:
        value = self.file.string(node, "'headline'") if node else None
        if node is None or value is None:
            return None
        question = next((q for q in questions if q.id == value), None)
        if question is None:
            known = [q.id for q in questions if q.kind == "level"]
            self.file.report(node, "headline-unknown", value=value, nearest=nearest(value, known))
        elif question.kind != "level" and value not in self.unsure:
            self.file.report(node, "headline-not-level", value=value, kind=question.kind)
        return value

    def _questions(self, node: yaml.Node | None) -> tuple[Question, ...]:
        questions: list[Question] = []
        conditions: list[tuple[int, yaml.Node]] = []
        seen: dict[str, int] = {}
        for item in self.file.items(node, "'questions'") if node else []:
            fields = self.file.fields(
                item, "a question", ("id", "kind", "text"), ("hint", "choices", "when", "skippable")
            )
            question = self._question(fields, item)
            if "id" in fields:
                self.unique(seen, question.id, fields["id"], "question id")
            if "when" in fields:
                conditions.append((len(questions), fields["when"]))
            questions.append(question)
        for place, condition in conditions:
            when = self._when(condition, questions, place)
            questions[place] = msgspec.structs.replace(questions[place], when=when)
        return tuple(questions)

    def _question(self, fields: dict[str, yaml.Node], item: yaml.Node) -> Question:
        name = self.slug(fields.get("id"), "the question's id")
        kind = self.file.one_of(fields["kind"], "'kind'", KINDS) if "kind" in fields else None
        if kind is None:
            self.unsure.add(name)
        label = name or "?"
        skippable = self.file.boolean(fields["skippable"], "'skippable'") if "skippable" in fields else True
        choices = self._choices(fields["choices"], label) if "choices" in fields else ()
        if kind == "level" and "choices" in fields:
            self.file.report(fields["choices"], "level-with-choices", question=label)
        elif kind in {"choice", "choices"} and len(choices) < 2:
            self.file.report(
                fields.get("choices", item), "too-few-choices", question=label, count=len(choices)
            )
        return Question(
            id=name,
            # A kind that cannot be is reported above; `choices` lets everything that follows be looked at.
            kind="level" if kind == "level" else "choice" if kind == "choice" else "choices",
            text=self.text(fields.get("text"), f"the text of '{label}'", MAX_QUESTION_LETTERS),
            hint=self.text(fields.get("hint"), f"the hint of '{label}'", MAX_QUESTION_LETTERS),
            choices=choices,
            skippable=skippable is not False,
        )

    def _choices(self, node: yaml.Node, question: str) -> tuple[Choice, ...]:
        choices: list[Choice] = []
        seen: dict[str, int] = {}
        for item in self.file.items(node, f"'choices' of '{question}'"):
            fields = self.file.fields(item, f"a choice of '{question}'", ("id", "text"))
            name = self.slug(fields.get("id"), "the choice's id")
            if "id" in fields:
                self.unique(seen, name, fields["id"], "choice id")
            text = self.text(fields.get("text"), f"the tile '{name or '?'}'", MAX_TILE_LETTERS)
            choices.append(Choice(name, text))
        return tuple(choices)

    def _when(
        self, node: yaml.Node, questions: list[Question], place: int
    ) -> dict[str, tuple[int | str, ...]]:
        """The condition of the question at `place`: on earlier questions only, by answers they offer."""
        when: dict[str, tuple[int | str, ...]] = {}
        places = {question.id: number for number, question in reversed(list(enumerate(questions)))}
        for name, value in self.file.mapping(node, "'when'").items():
            if name not in places:
                known = [question.id for question in questions[:place] if question.id]
                self.file.report(value, "when-unknown-question", value=name, nearest=nearest(name, known))
                continue
            if places[name] >= place:
                own = questions[place].id
                self.file.report(value, "when-later-question", value=name, question=own)
            if name in self.unsure:
                continue
            items = [value] if isinstance(value, yaml.ScalarNode) else self.file.items(value, f"'{name}'")
            answers = [self._expected(item, questions[places[name]]) for item in items]
            when[name] = tuple(answer for answer in answers if answer is not None)
        return when

    def _expected(self, node: yaml.Node, question: Question) -> int | str | None:
        """One answer that a condition waits for."""
        possible: tuple[int | str, ...] = (
            LEVELS if question.kind == "level" else tuple(choice.id for choice in question.choices)
        )
        answer: int | str | None = (
            self.file.integer(node, "a level in 'when'")
            if question.kind == "level"
            else self.file.string(node, "a choice in 'when'")
        )
        if answer is not None and answer not in possible:
            listed = ", ".join(str(value) for value in possible if value != "")
            self.file.report(
                node, "when-impossible-value", value=answer, question=question.id, possible=listed
            )
            return None
        return answer


class CatalogueReader(_Reader):
    """A file with `procedures`."""

    def read(self) -> Catalogue:
        """The catalogue; only to be used where no problem was reported."""
        fields = self.file.fields(self.root, "a catalogue", ("id", "version", "title", "procedures"))
        title = self.title(fields.get("title"))
        seen: dict[str, int] = {}
        procedures: list[Procedure] = []
        node = fields.get("procedures")
        for item in self.file.items(node, "'procedures'") if node else []:
            procedures.append(self._procedure(item, seen))
        return Catalogue(
            id=self.slug(fields.get("id"), "the catalogue's id"),
            version=self.version(fields.get("version")),
            title=title,
            procedures=tuple(procedures),
        )

    def _procedure(self, item: yaml.Node, seen: dict[str, int]) -> Procedure:
        file = self.file
        fields = file.fields(
            item, "a procedure", ("slug", "name", "short"), ("code", "limit_days", "on_rest", "source")
        )
        slug = self.slug(fields.get("slug"), "the procedure's slug")
        if "slug" in fields:
            self.unique(seen, slug, fields["slug"], "slug")
        limit = file.integer(fields["limit_days"], "'limit_days'") if "limit_days" in fields else None
        if limit is not None and limit < 1:
            file.report(fields["limit_days"], "bad-number", what="'limit_days'", value=limit)
        on_rest = file.boolean(fields["on_rest"], "'on_rest'") if "on_rest" in fields else False
        label = slug or "?"
        return Procedure(
            slug=slug,
            name=self.text(fields.get("name"), f"the name of '{label}'", MAX_TITLE_LETTERS),
            short=self.text(fields.get("short"), f"the tile of '{label}'", MAX_TILE_LETTERS),
            code=file.string(fields["code"], "'code'") if "code" in fields else None,
            limit_days=limit,
            on_rest=bool(on_rest),
            source=(file.string(fields["source"], "'source'") or "") if "source" in fields else "",
        )
