"""One visit after another: which screen stands, what a touch does, what must be kept.

Pure: no window, no disk, no wire. Touches and the passing of time go in; what to show (`View`) and
what to keep (`Keep`, `Close`, `Lodge`) come out. Times are milliseconds that only ever grow.

A touch is named by what it touches: `procedure:<slug>`, `none`, `more`, `level:<1-5>`, `choice:<id>`,
`back`, `change`, `finish`, `language`, `next`, `write` and what the screens of a complaint have
(`kiosk.complaint.form`). Only what the present screen offers can be touched.
"""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from kiosk.complaint.form import ComplaintForm, Consent
from kiosk.device.program import Program
from kiosk.screen.languages import Languages
from kiosk.screen.touch import GUARD_MS
from kiosk.screen.view import View
from kiosk.visit.current import THANKS_MS, CurrentVisit
from kiosk.visit.effects import Close, Effect, Keep
from kiosk.visit.questionnaire import Draft, Outcome, Questionnaire

UNSENT_MS = 30_000
"""How long the screen says that a text was not sent, even where the next one could be."""
WRITE_GUARD_MS = 800
"""Time after the thanks appear in which "write" is not taken: it stands where "send" was."""
_KEYBOARD = ("key:", "tone:", "field:")


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
        self._languages = Languages(self._offered())
        self._visits = 0
        self._paused = self._recovered = False
        self._unsent_until = now
        self._touched_at = self._guarded_at = now - GUARD_MS
        self._now = CurrentVisit(Questionnaire(program))
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
        if now - self._guarded_at < GUARD_MS:
            return []
        meant = self.view(now).name
        overdue = self.tick(now)
        view = self.view(now)
        if view.name != meant or target not in view.targets():
            return overdue  # what was meant has just left the screen
        self._touched_at = now
        if not target.startswith(_KEYBOARD):
            self._guarded_at = now
        if target == "language":
            self._switch_language()
        elif target == "write":
            self._write(now)
        elif self._now.form is not None:
            return self._touch_form(self._now.form, target, now)
        else:
            return self._follow(self._now.questionnaire.touch(target, self._languages.current, now))
        return []

    def tick(self, now: int) -> list[Effect]:
        """Time has passed. Call it no later than `due` says; more often does no harm."""
        if self._paused and self._recovered:
            self.recovered(now)
        if self._paused or self._now.waiting:
            return []
        if self._now.thanked_at is not None:
            if now - self._now.thanked_at >= THANKS_MS:
                self._rest()
        elif self._now.form is not None:
            if now - self._touched_at >= self._now.form.idle_ms():
                self._rest()
        else:
            return self._follow(self._now.questionnaire.tick(self._touched_at, now))
        return []

    def stop(self) -> list[Effect]:
        """The program ends: what was touched counts."""
        return [Close(self._draft())] if self._now.questionnaire.is_open and not self._now.is_over else []

    def kept(self, visit: int) -> None:
        """What that visit has given so far is committed: now, and only now, the screen may go on."""
        if self._now.waiting and not self._now.closing and visit == self._visits:
            self._now.waiting = False

    def closed(self, visit: int, now: int) -> None:
        """The answer of that visit rests on the disk for good: now, and only now, it may be thanked for."""
        if self._now.closing and visit == self._visits:
            self._now.waiting = self._now.closing = False
            self._now.thanked_at = now

    def lodged(self, visit: int, code: str, due: date | None, now: int) -> None:
        """The complaint of that visit rests sealed on the disk: now, and only now, its code is shown.

        `due`: the day by which the answer comes, None where it cannot be told.
        """
        if self._now.waiting and visit == self._visits and self._now.form is not None:
            self._now.waiting = False
            self._now.form.sent(code, due)
            self._touched_at = now

    def failed(self, now: int) -> None:
        """Nothing can be kept at present: no visit may be taken. Who was just sending words is told so."""
        unsent = self._now.waiting and self._now.form is not None
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
        """Returns when something will happen by itself, at the latest; None while nothing will."""
        if self._paused and now < self._unsent_until:
            return self._unsent_until
        if self._paused or self._now.waiting or (self._at_rest() and self._languages.is_first):
            return None
        return self._now.due(self._touched_at, now)

    def view(self, now: int) -> View:
        """Returns what is to be seen."""
        base = View(
            screen="rest",
            lang=self._languages.current,
            other_lang=self._languages.following,
            busy=self._now.waiting,
        )
        if self._paused:
            return replace(base, screen="paused", unsent=now < self._unsent_until)
        return self._now.view(
            base, self._touched_at, now, takes_complaints=self._program.complaints is not None
        )

    # What a touch, or the time, has come to

    def _follow(self, outcome: Outcome) -> list[Effect]:
        match outcome:
            case "keep":
                self._now.waiting = True
                return [Keep(self._draft())]
            case "close":
                self._now.waiting = self._now.closing = True
                return [Close(self._draft())]
            case "finish":
                # A rating touched counts, though its visitor has walked away.
                effects: list[Effect] = [Close(self._draft())] if self._now.questionnaire.is_open else []
                self._rest()
                return effects
            case "leave":
                self._rest(keep_language=True)
        return []

    def _draft(self) -> Draft:
        return self._now.questionnaire.draft(self._visits)

    # A complaint

    def _write(self, now: int) -> None:
        thanked_at, terms = self._now.thanked_at, self._program.complaints
        if terms is None or (thanked_at is not None and now - thanked_at < WRITE_GUARD_MS):
            return
        # A visit of its own: the rating before it is closed, and a word from the disk on it comes too late.
        form = ComplaintForm(terms, self._now.questionnaire.procedure, self._languages.current)
        self._visits += 1
        self._now = CurrentVisit(Questionnaire(self._program), form=form)

    def _touch_form(self, form: ComplaintForm, target: str, now: int) -> list[Effect]:
        match form.touch(target, now):
            case "leave":
                self._rest(keep_language=target == "back")
            case "done":
                self._now = CurrentVisit(Questionnaire(self._program), thanked_at=now, wrote=True)
            case "send":
                self._now.waiting = True
                return [form.lodge(self._visits, self._consent)]
        return []

    # The state's own words

    def _switch_language(self) -> None:
        self._languages.switch()
        if self._now.form is not None:
            self._now.form.speak(self._languages.current)

    def _rest(self, *, keep_language: bool = False) -> None:
        """Back to the start: nothing of the last visit stays."""
        if self._next_program is not None:
            self._program, self._next_program = self._next_program, None
            self._languages.offer(self._offered())
        self._visits += 1
        if not keep_language:
            self._languages.reset()
        self._now = CurrentVisit(Questionnaire(self._program))

    def _offered(self) -> tuple[str, ...]:
        """Returns the program's languages in its order, as far as the screens speak them."""
        return tuple(lang for lang in self._program.languages if lang in self._spoken) or self._spoken

    def _at_rest(self) -> bool:
        return not self._paused and self._now.is_untouched
