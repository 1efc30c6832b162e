"""One visitor's way through the survey: where they stand, what they have answered, what they may change.

Pure, as the visit that it is a part of: touches and the passing of time go in, what to show comes out.

**An answer is final when it is touched.** It is kept at once, and for `CHANGE_MS` only it can be given
anew, by *Sửa*. What then stands on the screen belongs to answers that nobody can alter: a follow-up that
nobody answers ends by itself after `FOLLOW_UP_MS`, and whoever comes sooner ends it with one touch of
*Kết thúc*.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from kiosk.device.program import Program
from kiosk.screen.tiles import choice_page, procedure_page, rest_tiles, split
from kiosk.screen.view import Back, View
from survey_defs.model import Answer, Lang, Procedure, Question

IDLE_MS = 30_000
"""How long a question waits for somebody who is in the middle of it."""
FOLLOW_UP_MS = 8_000
"""How long a follow-up waits for an answer; each touch begins it anew."""
CHANGE_MS = 5_000
"""How long an answer may be given anew, and how long the question asked anew stands."""
FINISH_AFTER_MS = 5_800
"""From then on the visit can be ended: later than `CHANGE_MS`, for the two have the same place, and who
reaches for *Sửa* has not asked to end."""
COUNT_DOWN_MS = 5_000
"""How long before its end a follow-up begins to count down."""

Outcome: TypeAlias = Literal["stay", "keep", "close", "finish", "leave"]
"""`keep`: commit the draft, the visit goes on. `close`: the last word was said, commit and thank. `finish`:
nothing more comes, commit what there is and rest. `leave`: back to rest, with nothing given."""


class Draft(msgspec.Struct, frozen=True):
    """The answer of one visit so far."""

    visit: int
    """Counts the visits since the program started; names the row that this draft changes."""
    survey: str
    version: int
    lang: Lang
    """In which the first answer was given: who touches the language later may be somebody else."""
    procedure: str | None
    answers: dict[str, Answer]
    took_ms: int


class Place(msgspec.Struct, frozen=True):
    """Where the visitor stands: at the start, before a page of procedures, or before a question."""

    kind: Literal["start", "procedures", "question"]
    question: str = ""
    page: int = 0


class Questionnaire:
    """What is known of one visitor's answers. Times are milliseconds that only ever grow."""

    def __init__(self, program: Program) -> None:
        """At the start: the rest screen, on which the first question stands already."""
        self._program = program
        self._survey = program.survey
        self._path = [self._start()]
        self._answers: dict[str, Answer] = {}
        self._skipped: set[str] = set()
        self._ticked: set[str] = set()
        """Ticks on the present question."""
        self._unsent: set[str] = set()
        """Questions whose ticks are kept already, but that the visitor has not left yet."""
        self._lang: Lang = ""
        self._began_at: int | None = None
        self._answered_at = 0
        self._last: tuple[str, int] | None = None
        """The question answered last, and when; None while none can be changed."""
        self._changing_until: int | None = None
        """While a question is asked anew."""
        self._slug: str | None = None

    # What comes in

    def touch(self, target: str, lang: Lang, now: int) -> Outcome:
        """A finger was lifted from one of the view's targets."""
        if self._began_at is None:
            self._began_at = now
        kind, _, value = target.partition(":")
        match kind:
            case "back":
                return self._back()
            case "change":
                self._change(now)
            case "finish":
                return "finish"
            case "more":
                place = self._path[-1]
                at_start = place.kind == "start"
                self._path.append(Place("procedures") if at_start else replace(place, page=place.page + 1))
            case "procedure" | "none":
                self._slug = value or None
                self._path.append(Place("question", self._survey.questions[0].id))
            case "next":
                return self._leave_question(lang, now)
            case _:
                return self._choose(kind, value, lang, now)
        return "stay"

    def tick(self, touched_at: int, now: int) -> Outcome:
        """Time has passed since the last touch."""
        if self._changing_until is not None and now >= self._changing_until:
            self._changing_until = None
            outcome = self._go_on(changed=False)
            if outcome != "stay":
                return outcome
        return "finish" if now - touched_at >= self._idle_ms() else "stay"

    # What goes out

    @property
    def at_start(self) -> bool:
        """Whether nobody has touched anything yet."""
        return self._began_at is None

    @property
    def is_open(self) -> bool:
        """Whether something was answered, so that this visit has its row in the outbox."""
        return bool(self._answers)

    @property
    def procedure(self) -> Procedure | None:
        """What the visitor came for, as far as they said."""
        return next((each for each in self._program.procedures if each.slug == self._slug), None)

    def draft(self, visit: int) -> Draft:
        """All that was answered so far."""
        return Draft(
            visit=visit,
            survey=self._survey.id,
            version=self._survey.version,
            lang=self._lang,
            procedure=self._slug,
            answers=dict(self._answers),
            took_ms=max(0, self._answered_at - (self._began_at or 0)),
        )

    def due(self, touched_at: int, now: int) -> int:
        """Returns when something will change by itself."""
        end = touched_at + self._idle_ms()
        moments = {end}
        if self._changing_until is not None:
            moments.add(self._changing_until)
        if self.is_open:
            moments |= {
                at + wait for at in (self._last_at, touched_at) for wait in (CHANGE_MS, FINISH_AFTER_MS)
            }
        if self._is_follow_up:
            moments |= {end - left for left in range(0, COUNT_DOWN_MS + 1, 1_000)}
        return min((moment for moment in moments if moment > now), default=end)

    def view(self, base: View, touched_at: int, now: int) -> View:
        """What is to be seen; `base` brings the language, and what is offered where nobody is being asked."""
        place = self._path[-1]
        base = replace(base, back=self._way_back(touched_at, now))
        if place.kind == "start":
            return replace(base, tiles=rest_tiles(self._program.procedures))
        if place.kind == "procedures":
            tiles = procedure_page(split(self._program.procedures)[1], place.page)
            return replace(
                base, screen="procedures", page=place.page, tiles=tiles, step=(1, self._steps()), action=None
            )
        question = self._question(place)
        step = self._step(question)
        left = touched_at + self._idle_ms() - now
        return replace(
            base,
            screen="rest" if self.at_start else "question",
            question=question,
            page=place.page,
            tiles=choice_page(question, frozenset(self._ticked), place.page),
            eyebrow=self.procedure.short if self.procedure is not None else None,
            step=None if self.at_start else step,
            extra=step is None,
            recorded=self._is_follow_up and not base.busy,
            seconds_left=max(1, -(-left // 1000)) if self._is_follow_up and left <= COUNT_DOWN_MS else 0,
            action=self._action(base, question),
        )

    def _action(self, base: View, question: Question) -> Literal["send", "skip", "write"] | None:
        if self._ticked:
            return "send"
        if self.at_start and base.action == "write":
            return "write"
        return "skip" if question.skippable else None

    def _way_back(self, touched_at: int, now: int) -> Back | None:
        """Returns what the bar's first place offers."""
        if not self.is_open:
            return "back" if len(self._path) > 1 else None
        if self._path[-1].page and now - touched_at < FINISH_AFTER_MS:
            return "back"  # to the choices of the same question
        if self._changing_until is not None:
            return None
        since = now - self._last_at
        if since < CHANGE_MS:
            return "change"
        return "finish" if since >= FINISH_AFTER_MS else None

    # Touches

    def _back(self) -> Outcome:
        left = self._path.pop()
        if left.question and left.question == self._path[-1].question:
            return "stay"  # another page of the same choices: the ticks stay
        if len(self._path) == 1:
            return "leave"
        self._stand_at(self._path.pop())
        return "stay"

    def _change(self, now: int) -> None:
        """Ask the question answered last anew; its answer stands until another one is given."""
        question = self._last[0] if self._last is not None else ""
        while len(self._path) > 1 and self._path[-1].question != question:
            self._skipped.discard(self._path.pop().question)
        self._stand_at(self._path.pop())
        self._changing_until = now + CHANGE_MS

    def _choose(self, kind: str, value: str, lang: Lang, now: int) -> Outcome:
        question = self._question(self._path[-1])
        if kind == "choice" and question.kind == "choices":
            self._ticked ^= {value}
            return self._keep_ticks(question, now)
        return self._answer(question, int(value) if kind == "level" else value, lang, now)

    def _keep_ticks(self, question: Question, now: int) -> Outcome:
        """In a visit that is rated already a tick counts when it is touched, as everything does."""
        self._changing_until = self._last = None
        if not self.is_open:
            return "stay"
        if self._ticked:
            self._answers[question.id] = self._ticks(question)
            self._unsent.add(question.id)
        elif not self._withdraw(question):
            return "stay"
        self._answered_at = now
        self._drop_orphans()
        return "keep"

    def _leave_question(self, lang: Lang, now: int) -> Outcome:
        question = self._question(self._path[-1])
        if self._ticked:
            return self._answer(question, self._ticks(question), lang, now)
        self._skipped.add(question.id)
        self._changing_until = None
        return self._go_on(changed=self._withdraw(question))

    def _answer(self, question: Question, answer: Answer, lang: Lang, now: int) -> Outcome:
        self._lang = self._lang or lang
        self._answers[question.id] = answer
        self._skipped.discard(question.id)
        self._unsent.discard(question.id)
        self._answered_at = now
        self._last, self._changing_until = (question.id, now), None
        self._drop_orphans()
        return self._go_on(changed=True)

    def _withdraw(self, question: Question) -> bool:
        """Take its answer back. The only one of a visit stays: an event of nothing cannot be."""
        self._unsent.discard(question.id)
        if question.id not in self._answers or len(self._answers) == 1:
            return False
        del self._answers[question.id]
        return True

    def _drop_orphans(self) -> None:
        """Another rating may end the reason for a later question: its answer then goes with it."""
        changed = True
        while changed:
            changed = False
            for question in self._survey.questions:
                if question.id in self._answers and not question.is_asked(self._answers):
                    del self._answers[question.id]
                    changed = True

    def _go_on(self, *, changed: bool) -> Outcome:
        left = {name: answer for name, answer in self._answers.items() if name not in self._unsent}
        following = self._survey.next_question(left, frozenset(self._skipped))
        if following is not None:
            self._stand_at(Place("question", following.id))
            return "keep" if changed else "stay"
        return "close" if self._answers else "finish"  # all was skipped: there is nothing to thank for

    def _stand_at(self, place: Place) -> None:
        self._path.append(place)
        given = self._answers.get(place.question)
        self._ticked = set(given) if isinstance(given, list) else set()

    # Time

    @property
    def _last_at(self) -> int:
        return self._last[1] if self._last is not None else -FINISH_AFTER_MS

    @property
    def _is_follow_up(self) -> bool:
        """Whether what stands here is beyond what counts, and that is given already."""
        place = self._path[-1]
        return self.is_open and place.kind == "question" and self._step(self._question(place)) is None

    def _idle_ms(self) -> int:
        return FOLLOW_UP_MS if self._is_follow_up else IDLE_MS

    # The survey

    def _start(self) -> Place:
        return Place("start") if self._asks_procedure() else Place("question", self._survey.questions[0].id)

    def _asks_procedure(self) -> bool:
        return self._survey.asks_procedure and bool(self._program.procedures)

    def _question(self, place: Place) -> Question:
        question = self._survey.question(place.question)
        if question is None:
            raise LookupError(f"no question '{place.question}'")
        return question

    def _ticks(self, question: Question) -> list[str]:
        """In the order of the screen."""
        return [choice.id for choice in question.choices if choice.id in self._ticked]

    def _numbered(self) -> list[str]:
        """The questions that count as steps: asked of everybody, and not an extra after the rating."""
        survey = self._survey
        return [q.id for q in survey.questions if not q.when and not (survey.headline and q.skippable)]

    def _steps(self) -> int:
        return len(self._numbered()) + self._asks_procedure()

    def _step(self, question: Question) -> tuple[int, int] | None:
        numbered = self._numbered()
        if question.id not in numbered:
            return None
        return numbered.index(question.id) + 1 + self._asks_procedure(), self._steps()
