"""One visit after another: which screen stands, what a touch does, what must be kept.

Pure: no window, no disk, no wire. Touches and the passing of time go in; what to show (`View`) and
what to keep (`Keep`, `Close`) come out. Times are milliseconds that only ever grow.

A touch is named by what it touches: `procedure:<slug>`, `none`, `more`, `level:<1-5>`, `choice:<id>`,
`back`, `language`, `next`, `write` and what the screens of a complaint have (`kiosk.writing`). Only what
the present screen offers can be touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from kiosk.program import Program
from kiosk.view import Action, View, choice_page, procedure_page, rest_tiles, split
from kiosk.writing import Consent, Lodge, Writing
from survey_defs.model import Answer, Question, Text

IDLE_MS = 30_000
THANKS_MS = 6_000
GUARD_MS = 350
"""A second touch within this time is the same finger; only on the keyboard is every lift a key."""
UNSENT_MS = 30_000
"""So long the screen says that words were not sent, even where the next ones could be."""
WRITE_GUARD_MS = 800
"""Who taps on where "send" was has not asked to write a complaint."""
_KEYBOARD = ("key:", "tone:", "field:")


class Draft(msgspec.Struct, frozen=True):
    """The answer of one visit so far."""

    visit: int
    """Counts the visits since the program started; names the row that this draft changes."""
    survey: str
    version: int
    lang: str
    procedure: str | None
    answers: dict[str, Answer]
    took_ms: int


class Keep(msgspec.Struct, frozen=True):
    """Keep this draft at once; the visit goes on."""

    draft: Draft


class Close(msgspec.Struct, frozen=True):
    """The visit is over: fix this draft for good."""

    draft: Draft


Effect: TypeAlias = Keep | Close | Lodge


class Place(msgspec.Struct, frozen=True):
    """Where the visitor stands: at the start, before a page of procedures, or before a question."""

    kind: Literal["start", "procedures", "question"]
    question: str = ""
    page: int = 0
    every: bool = False
    """All procedures, those of the rest screen too."""


@dataclass(slots=True)
class _Visit:
    """What is known of the present visit; nothing of it outlives the return to the rest screen."""

    path: list[Place]
    procedure: str | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    ticked: set[str] = field(default_factory=set)
    """Ticks on the present question; they count once they are sent."""
    open: bool = False
    """Something was answered, so this visit has its row in the outbox."""
    waiting: bool = False
    """The last word is being written."""
    began_at: int | None = None
    answered_at: int | None = None
    thanked_at: int | None = None
    writing: Writing | None = None
    """The complaint on its way."""
    wrote: bool = False
    """A complaint was sent."""


class Visits:
    """The state machine of the kiosk. Every method returns at once."""

    def __init__(self, program: Program, languages: Sequence[str], now: int, *, consent: Consent) -> None:
        """`languages`: those that the screens speak; the program says which are offered, and in which order.

        `consent` gives the sentence that a sender agrees to who leaves a contact.
        """
        self._consent = consent
        self._program = program
        self._next_program: Program | None = None
        self._spoken = tuple(languages)
        self._languages = self._offered()
        self._visits = 0
        self._paused = self._recovered = False
        self._unsent_until = now
        self._lang = self._languages[0]
        self._touched_at = self._guarded_at = now - GUARD_MS
        self._now = _Visit([self._start()])
        self._rest()

    @property
    def program(self) -> Program:
        """What is being asked."""
        return self._program

    @property
    def is_idle(self) -> bool:
        """Whether nobody is in the middle of a visit."""
        return self._paused or self._at_rest()

    # What comes in

    def touch(self, target: str, now: int) -> list[Effect]:
        """A finger was lifted from `target`."""
        if now - self._guarded_at < GUARD_MS or target not in self.view(now).targets():
            return []
        self._touched_at = now
        if not target.startswith(_KEYBOARD):
            self._guarded_at = now
        if target == "language":
            self._speak_next()
            return []
        if target == "write":
            self._write(now)
            return []
        if self._now.writing is not None:
            return self._touch_writing(self._now.writing, target, now)
        if self._now.began_at is None:
            self._now.began_at = now
        kind, _, value = target.partition(":")
        match kind:
            case "back":
                effects = self._back()
            case "more":
                effects = self._more()
            case "next":
                effects = self._leave_question(now)
            case "procedure" | "none":
                effects = self._choose_procedure(value or None)
            case _:
                effects = self._choose(kind, value, now)
        return effects

    def tick(self, now: int) -> list[Effect]:
        """Time has passed. Call it no later than `due` says; more often does no harm."""
        if self._paused and self._recovered:
            self.recovered(now)
        if self._paused or self._now.waiting:
            return []
        if self._now.thanked_at is not None:
            if now - self._now.thanked_at >= THANKS_MS:
                self._rest()
            return []
        writing = self._now.writing
        if now - self._touched_at < (writing.idle_ms() if writing is not None else IDLE_MS):
            return []
        # A rating touched counts, though its visitor has walked away.
        effects: list[Effect] = [Close(self._draft())] if self._now.open else []
        self._rest()
        return effects

    def stop(self) -> list[Effect]:
        """The program ends: what was touched counts."""
        return [Close(self._draft())] if self._now.open and not self._now.waiting else []

    def closed(self, visit: int, now: int) -> None:
        """The answer of that visit rests on the disk for good: now, and only now, it may be thanked for."""
        if self._now.waiting and visit == self._visits:
            self._now.waiting = False
            self._now.open = False
            self._now.thanked_at = now

    def lodged(self, visit: int, code: str, due: date | None, now: int) -> None:
        """The complaint of that visit rests sealed on the disk: now, and only now, its code is shown.

        `due`: the day by which the answer comes, None where it cannot be told.
        """
        if self._now.waiting and visit == self._visits and self._now.writing is not None:
            self._now.waiting = False
            self._now.writing.sent(code, due)
            self._touched_at = now

    def failed(self, now: int) -> None:
        """Nothing can be kept at present: no visit may be taken. Who was just sending words is told so."""
        unsent = self._now.waiting and self._now.writing is not None
        if unsent:
            self._unsent_until = now + UNSENT_MS
        self._rest(keep_language=unsent)
        self._paused, self._recovered = True, False

    def recovered(self, now: int) -> None:
        """Answers can be kept again; what somebody has to read first stands until its time is over."""
        self._recovered = True
        if self._paused and now >= self._unsent_until:
            self._paused = False
            self._rest()

    def change_program(self, program: Program) -> None:
        """Ask this from the next rest on; at once if nobody is in the middle of a visit."""
        self._next_program = program
        if self._at_rest():
            self._rest(keep_language=True)

    # What goes out

    def due(self, now: int) -> int | None:
        """When something will happen by itself, at the latest; None while nothing will."""
        if self._paused and now < self._unsent_until:
            return self._unsent_until
        if self._paused or self._now.waiting:
            return None
        if self._now.thanked_at is not None:
            passed = now - self._now.thanked_at
            return self._now.thanked_at + min((max(passed, 0) // 1000 + 1) * 1000, THANKS_MS)
        if self._at_rest() and self._lang == self._languages[0]:
            return None
        if self._now.writing is not None:
            return self._now.writing.due(self._touched_at, now)
        return self._touched_at + IDLE_MS

    def view(self, now: int) -> View:
        """What is to be seen."""
        base = View(
            screen="rest",
            lang=self._lang,
            other_lang=self._languages[(self._languages.index(self._lang) + 1) % len(self._languages)],
        )
        if self._paused:
            return replace(base, screen="paused", unsent=now < self._unsent_until)
        if self._now.thanked_at is not None:
            left = max(1, -(-(THANKS_MS - (now - self._now.thanked_at)) // 1000))
            offers = self._program.complaints is not None and not self._now.wrote
            offer: Action | None = "write_more" if offers else None
            return replace(base, screen="thanks", seconds_left=min(left, THANKS_MS // 1000), action=offer)
        if self._now.writing is not None:
            base = replace(base, busy=self._now.waiting)
            return self._now.writing.view(base, self._touched_at, now)
        base = replace(base, back=len(self._now.path) > 1, busy=self._now.waiting)
        return self._asking(base, self._now.path[-1])

    def _asking(self, base: View, place: Place) -> View:
        invited: Action | None = "write" if self._program.complaints is not None else None
        if place.kind == "start":
            return replace(base, tiles=rest_tiles(self._program.procedures), action=invited)
        if place.kind == "procedures":
            listed = self._program.procedures if place.every else split(self._program.procedures)[1]
            return replace(
                base,
                screen="procedures",
                page=place.page,
                tiles=procedure_page(listed, place.page),
                step=(1, self._steps()),
            )
        question = self._question(place)
        step = self._step(question)
        rests = self._at_rest()
        return replace(
            base,
            screen="rest" if rests else "question",
            question=question,
            page=place.page,
            tiles=choice_page(question, frozenset(self._now.ticked), place.page),
            eyebrow=self._procedure_words(),
            step=None if rests else step,
            extra=step is None,
            action=self._action(question, invited if rests else None),
        )

    def _action(self, question: Question, offer: Action | None) -> Action | None:
        if self._now.ticked:
            return "send"
        return offer or ("skip" if question.skippable else None)

    # Touches

    def _choose_procedure(self, slug: str | None) -> list[Effect]:
        self._now.procedure = slug
        self._now.path.append(Place("question", self._first().id))
        return [Keep(self._draft())] if self._now.open else []

    def _choose(self, kind: str, value: str, now: int) -> list[Effect]:
        question = self._question(self._now.path[-1])
        if kind == "choice" and question.kind == "choices":
            self._now.ticked ^= {value}
            return []
        return self._answer(question, int(value) if kind == "level" else value, now)

    def _leave_question(self, now: int) -> list[Effect]:
        question = self._question(self._now.path[-1])
        if self._now.ticked:
            ordered = [choice.id for choice in question.choices if choice.id in self._now.ticked]
            return self._answer(question, ordered, now)
        self._now.skipped.add(question.id)
        withdrawn = question.id in self._now.answers and len(self._now.answers) > 1
        if withdrawn:
            del self._now.answers[question.id]
        return self._go_on(changed=withdrawn)

    def _answer(self, question: Question, answer: Answer, now: int) -> list[Effect]:
        self._now.answers[question.id] = answer
        self._now.skipped.discard(question.id)
        self._now.answered_at = now
        self._drop_orphans()
        return self._go_on(changed=True)

    def _drop_orphans(self) -> None:
        """Another rating may end the reason for a later question: its answer then goes with it."""
        changed = True
        while changed:
            changed = False
            for question in self._program.survey.questions:
                if question.id in self._now.answers and not question.is_asked(self._now.answers):
                    del self._now.answers[question.id]
                    changed = True

    def _go_on(self, *, changed: bool) -> list[Effect]:
        following = self._program.survey.next_question(self._now.answers, frozenset(self._now.skipped))
        if following is not None:
            self._stand_at(Place("question", following.id))
            self._now.open = self._now.open or bool(self._now.answers)
            return [Keep(self._draft())] if changed else []
        if not self._now.answers:
            self._rest()  # everything was skipped: there is nothing to thank for
            return []
        self._now.waiting = True
        return [Close(self._draft())]

    def _back(self) -> list[Effect]:
        left = self._now.path.pop()
        if left.question and left.question == self._now.path[-1].question:
            return []  # another page of the same choices: the ticks stay
        if len(self._now.path) > 1:
            self._stand_at(self._now.path.pop())
        elif not self._now.open:
            self._rest(keep_language=True)
        elif self._asks_procedure():
            # The rest screen is always a fresh start; a visit already rated goes back to a list of its own.
            self._now.path = [Place("procedures", every=True)]
        else:
            self._stand_at(self._now.path.pop())
        return []

    def _stand_at(self, place: Place) -> None:
        self._now.path.append(place)
        given = self._now.answers.get(place.question)
        self._now.ticked = set(given) if isinstance(given, list) else set()

    def _more(self) -> list[Effect]:
        place = self._now.path[-1]
        following = replace(place, page=place.page + 1) if place.kind != "start" else Place("procedures")
        self._now.path.append(following)
        return []

    # A complaint

    def _write(self, now: int) -> None:
        thanked_at, terms = self._now.thanked_at, self._program.complaints
        if terms is None or (thanked_at is not None and now - thanked_at < WRITE_GUARD_MS):
            return
        # A visit of its own: the rating before it is closed, and a word from the disk on it comes too late.
        procedure, lang = self._now.procedure, self._lang
        self._visits += 1
        self._now = _Visit([self._start()], procedure, began_at=now, writing=Writing(terms, procedure, lang))

    def _touch_writing(self, writing: Writing, target: str, now: int) -> list[Effect]:
        match writing.touch(target, now):
            case "leave":
                self._rest(keep_language=target == "back")
            case "done":
                self._now = _Visit([self._start()], began_at=now, thanked_at=now, wrote=True)
            case "send":
                self._now.waiting = True
                return [writing.lodge(self._visits, self._consent)]
        return []

    # The state's own words

    def _speak_next(self) -> None:
        place = self._languages.index(self._lang)
        self._lang = self._languages[(place + 1) % len(self._languages)]
        if self._now.writing is not None:
            self._now.writing.speak(self._lang)

    def _rest(self, *, keep_language: bool = False) -> None:
        """Back to the start: nothing of the last visit stays."""
        if self._next_program is not None:
            self._program, self._next_program = self._next_program, None
            self._languages = self._offered()
            keep_language = keep_language and self._lang in self._languages
        self._visits += 1
        if not keep_language:
            self._lang = self._languages[0]
        self._now = _Visit([self._start()])

    def _offered(self) -> tuple[str, ...]:
        """The program's languages in its order, as far as the screens speak them."""
        return tuple(lang for lang in self._program.languages if lang in self._spoken) or self._spoken

    def _start(self) -> Place:
        return Place("start") if self._asks_procedure() else Place("question", self._first().id)

    def _draft(self) -> Draft:
        took = (self._now.answered_at or 0) - (self._now.began_at or 0)
        return Draft(
            visit=self._visits,
            survey=self._program.survey.id,
            version=self._program.survey.version,
            lang=self._lang,
            procedure=self._now.procedure,
            answers=dict(self._now.answers),
            took_ms=max(0, took),
        )

    def _at_rest(self) -> bool:
        return len(self._now.path) == 1 and self._now.began_at is None and not self._paused

    def _asks_procedure(self) -> bool:
        return self._program.survey.asks_procedure and bool(self._program.procedures)

    def _first(self) -> Question:
        return self._program.survey.questions[0]

    def _question(self, place: Place) -> Question:
        question = self._program.survey.question(place.question)
        if question is None:
            raise LookupError(f"no question '{place.question}'")
        return question

    def _procedure_words(self) -> Text | None:
        found = next((p for p in self._program.procedures if p.slug == self._now.procedure), None)
        return found.short if found is not None else None

    def _numbered(self) -> list[str]:
        """The questions that count as steps: asked of everybody, and not an extra after the rating."""
        survey = self._program.survey
        return [q.id for q in survey.questions if not q.when and not (survey.headline and q.skippable)]

    def _steps(self) -> int:
        return len(self._numbered()) + self._asks_procedure()

    def _step(self, question: Question) -> tuple[int, int] | None:
        numbered = self._numbered()
        if question.id not in numbered:
            return None
        return numbered.index(question.id) + 1 + self._asks_procedure(), self._steps()
