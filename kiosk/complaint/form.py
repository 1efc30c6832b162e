"""One complaint on its way: subjects, the text, advice where it may help, contact, and at the end its code.

Pure, as the visit that it is a part of: touches go in, what to show comes out. Let go of the `ComplaintForm`,
and nothing is left of what was written.

The visitor's way: `subjects` → `text` → (`advice`) → `contact` → (`reach`, with their consent) → sent →
`code` → `saved`. `still` asks whether somebody is still there; it stands above any of them.
"""

from collections.abc import Callable
from datetime import date
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from kiosk.keyboard.layout import METHODS, Method
from kiosk.keyboard.text_field import TextField
from kiosk.screen.view import Action, FieldName, Sheet, Shift, Step, Tile, View
from survey_defs.advice import needs_advice
from survey_defs.device_config import ComplaintTerms
from survey_defs.letter import MAX_CONTACT, MAX_TEXT, Contact, clean_text
from survey_defs.model import Procedure
from survey_defs.subjects import is_praise

IDLE_MS = 30_000
"""Nothing is written yet: as anywhere else."""
WRITING_IDLE_MS = 90_000
ASK_MS = 75_000
"""Time without a touch after which somebody who has written is asked whether they still write."""
CODE_IDLE_MS = 120_000
SAVED_IDLE_MS = 20_000
"""Its reader has said that the code is saved: the way back to it must not wait for the next visitor."""
SEND_GUARD_MS = 800
"""Who taps twice on "continue" has not asked to send: where it was, "send" stands on the next screen."""
SHOW_REMAINING_FROM = 400
"""The number of characters left is shown from here on."""
DOUBLE_TAP_MS = 450
"""Two touches of the shift key within this time lock it."""

Consent: TypeAlias = Callable[[str, int], str]
"""Returns the sentence agreed to, in this language, for this number of months."""
Outcome: TypeAlias = Literal["stay", "leave", "send", "done"]


class Lodge(msgspec.Struct, frozen=True):
    """Seal this and keep it for good; then, and only then, the visitor gets a code."""

    visit: int
    lang: str
    procedure: str | None
    about: tuple[str, ...]
    text: str
    contact: Contact | None
    terms: ComplaintTerms
    about_principal: bool = False
    """Sealed to the key that no principal holds."""

    def __repr__(self) -> str:
        return f"Lodge({self.visit})"  # what was written stays out of every log


class ComplaintForm:
    """What is known of one complaint until it is sent, and then its code."""

    def __init__(self, terms: ComplaintTerms, procedure: Procedure | None, lang: str) -> None:
        """`procedure`: what the visit before was about, if this follows a rating. The first screen says so:
        who has come since sees that this is not theirs.
        """
        self.terms = terms
        self._procedure = procedure
        self._lang = lang
        self._steps: list[Step] = ["subjects" if terms.subjects else "text"]
        self._about: set[str] = set()
        self._fields: dict[FieldName, TextField] = {
            "text": TextField(MAX_TEXT), "name": TextField(MAX_CONTACT), "reach": TextField(MAX_CONTACT)
        }  # fmt: skip
        self._field: FieldName = "text"
        self._method: Method | None = None
        self._shift: Shift = "off"
        self._shifted_at = 0
        self._signs = False
        self._full = False
        self._consented = False
        self._about_principal = False
        self._asked = False
        self._came_at = 0
        self._code = ""
        self._due: date | None = None
        self._praise = False

    # What comes in

    def touch(self, target: str, now: int) -> Outcome:
        """A finger was lifted from one of the view's targets."""
        kind, _, value = target.partition(":")
        match kind:
            case "key":
                self._key(value, now)
            case "tone":
                self._typing.tone(value, self._typed_by)
            case "field":
                self._focus(value)
            case "subject":
                self._about ^= {value}
            case "consent":
                self._consented = not self._consented
            case "principal":
                self._about_principal = not self._about_principal
            case "go-on":
                self._asked = False
            case "back":
                return self._back()
            case "next" if not self._is_too_soon(now):
                self._came_at = now
                return self._next()
            case "again":
                self._go("code")
            case "erase":
                return "leave"
            case "finish":
                return "done"
        return "stay"

    def speak(self, lang: str) -> None:
        """The screens speak another language now; with it the way of typing may be another."""
        self._typing.settle()
        self._lang = lang

    def sent(self, code: str, due: date | None) -> None:
        """It rests sealed on the disk: from here on there is but its code."""
        self._praise = is_praise(tuple(self._about))
        for name in self._fields:
            self._fields[name] = TextField(0)
        self._about.clear()
        self._code, self._due = code, None if self._praise else due
        self._steps = ["code"]

    def lodge(self, visit: int, consent: Consent) -> Lodge:
        """Returns what is to be sealed."""
        about = tuple(subject.id for subject in self.terms.subjects if subject.id in self._about)
        text = clean_text(self._fields["text"].text)
        contact = self._contact(consent)
        slug = self._procedure.slug if self._procedure is not None else None
        apart = self._about_principal
        return Lodge(visit, self._lang, slug, about, text, contact, self.terms, apart)

    # Time

    def idle_ms(self) -> int:
        """After how long without a touch everything is wiped."""
        if self._step in ("code", "saved"):
            return CODE_IDLE_MS if self._step == "code" else SAVED_IDLE_MS
        return WRITING_IDLE_MS if self._has_words() else IDLE_MS

    def due(self, touched_at: int, now: int) -> int:
        """Returns when something will change by itself."""
        passed = now - touched_at
        if not self._asks_in_time() or passed < ASK_MS:
            return touched_at + (ASK_MS if self._asks_in_time() else self.idle_ms())
        return touched_at + min((passed // 1000 + 1) * 1000, WRITING_IDLE_MS)

    # What goes out

    def view(self, base: View, touched_at: int, now: int) -> View:
        """Returns what is to be seen; `base` brings the language."""
        passed = now - touched_at
        if self._asked or (self._asks_in_time() and passed >= ASK_MS):
            left = max(1, -(-(WRITING_IDLE_MS - passed) // 1000)) if passed >= ASK_MS else 0
            return replace(base, screen="complaint", sheet=Sheet("still"), seconds_left=left)
        number = {"subjects": 1, "text": 2, "contact": 3, "reach": 3, "code": 4}.get(self._step)
        first = 0 if self.terms.subjects else 1
        return replace(
            base,
            screen="complaint",
            sheet=self._sheet(),
            tiles=self._tiles(),
            eyebrow=self._procedure.short if self._procedure and self._step == "subjects" else None,
            back="back" if self._step not in ("code", "saved") else None,
            step=(number - first, 4 - first) if number is not None else None,
            action=self._action(),
        )

    def _sheet(self) -> Sheet:
        step = self._step
        if step == "code":
            return Sheet(
                step,
                code=self._code,
                due=self._due,
                lookup=self.terms.lookup,
                reach=self.terms.reach,
                praise=self._praise,
            )
        if step not in ("text", "reach"):
            return Sheet(
                step,
                kept_months=self.terms.kept_months,
                head=self.terms.head,
                warned=bool(self.terms.head) and self.terms.principal_key is None,
            )
        names: tuple[FieldName, ...] = ("text",) if step == "text" else ("name", "reach")
        field = self._typing
        return Sheet(
            step,
            method=self._typed_by,
            shift=self._shift,
            signs=self._signs,
            field=self._field,
            fields=tuple((name, self._fields[name].text) for name in names),
            word=field.word,
            left=field.left if step == "text" and field.left <= SHOW_REMAINING_FROM else None,
            full=self._full,
        )

    def _tiles(self) -> tuple[Tile, ...]:
        if self._step == "subjects":
            return tuple(
                Tile(f"subject:{subject.id}", subject.text, subject.id in self._about)
                for subject in self.terms.subjects
            )
        if self._step != "contact":
            return ()
        consent = Tile("consent", ticked=self._consented)
        if self.terms.principal_key is None:
            return (consent,)
        return (consent, Tile("principal", ticked=self._about_principal))

    def _action(self) -> Action | None:
        actions: dict[Step, Action | None] = {
            "subjects": "onward" if self._about else "skip",
            "text": None if self._fields["text"].is_empty else "onward",
            "advice": "onward",
            "contact": "fill" if self._consented else "anonymous",
            "reach": "send",
            "code": "kept",
        }
        return actions.get(self._step)

    # Steps

    @property
    def _step(self) -> Step:
        return self._steps[-1]

    def _go(self, step: Step) -> None:
        self._typing.settle()
        self._steps.append(step)
        self._signs, self._shift, self._full = False, "off", False
        if step in ("text", "reach"):
            self._focus("text" if step == "text" else "name")

    def _back(self) -> Outcome:
        if len(self._steps) == 1:
            self._asked = self._has_words()
            return "stay" if self._asked else "leave"
        self._steps.pop()
        before = self._steps.pop()
        self._go(before)
        return "stay"

    def _next(self) -> Outcome:
        match self._step:
            case "subjects":
                self._go("text")
            case "text":
                self._go("advice" if needs_advice(self._fields["text"].text) else "contact")
            case "advice":
                self._go("contact")
            case "contact" if self._consented:
                self._go("reach")
            case "code":
                self._go("saved")
            case _:
                self._typing.settle()
                return "send"
        return "stay"

    def _is_too_soon(self, now: int) -> bool:
        """Returns whether this would send what its writer has hardly seen offered to be sent."""
        sends = self._step == "contact" and not self._consented
        return sends and now - self._came_at < SEND_GUARD_MS

    def _has_words(self) -> bool:
        return any(field.text for field in self._fields.values())

    def _asks_in_time(self) -> bool:
        return self._has_words() and self._step not in ("code", "saved")

    def _contact(self, consent: Consent) -> Contact | None:
        """Returns the contact, by consent alone, and if there is any."""
        name, reach = (" ".join(self._fields[part].text.split()) for part in ("name", "reach"))
        if not self._consented or not (name or reach):
            return None
        return Contact(name, reach, consent(self._lang, self.terms.kept_months))

    # Keys

    @property
    def _typing(self) -> TextField:
        return self._fields[self._field]

    @property
    def _typed_by(self) -> Method:
        """The way chosen; else Telex in Vietnamese, and plain letters in any other language."""
        return self._method or ("telex" if self._lang == "vi" else "off")

    def _focus(self, name: str) -> None:
        self._typing.settle()
        for known in self._fields:
            if known == name:
                self._field = known
        self._full = False
        self._signs = name == "reach"  # most likely a telephone number

    def _key(self, value: str, now: int) -> None:
        self._full = False
        match value:
            case "shift":
                self._touch_shift(now)
            case "signs":
                self._signs = not self._signs
            case "method":
                self._typing.settle()
                self._method = METHODS[(METHODS.index(self._typed_by) + 1) % len(METHODS)]
            case "backspace":
                self._typing.backspace()
            case "enter" if self._field == "name":
                self._focus("reach")
            case "enter" if self._field == "reach":
                self._typing.settle()
            case "enter":
                self._type("\n")
            case "space":
                self._type(" ")
            case _:
                self._type(value.upper() if self._shift != "off" else value)

    def _type(self, letter: str) -> None:
        self._full = not self._typing.type(letter, self._typed_by)
        if self._shift == "once" and letter.isalpha():
            self._shift = "off"

    def _touch_shift(self, now: int) -> None:
        if self._shift == "once" and now - self._shifted_at <= DOUBLE_TAP_MS:
            self._shift = "lock"
        else:
            self._shift = "once" if self._shift == "off" else "off"
        self._shifted_at = now
