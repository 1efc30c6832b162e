"""The technician's screen of a kiosk at work: what it is, and which keys it seals to. Pure.

A finger held in the upper right corner opens it while nobody is in the middle of a visit. Where the server
brings a key that this kiosk does not believe, its fingerprint is typed here off the school's page of keys: it
stands nowhere on the screen, so whoever types it has seen it elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from kiosk.complaint.seal_pin import SealPin, SealPins
from kiosk.keyboard.layout import DIGITS, Key, Keyboard, Row
from kiosk.screen.languages import Languages
from kiosk.screen.touch import GUARD_MS
from kiosk.screen.view import View
from survey_defs.letter import key_id

HOLD_MS = 4_000
"""How long a finger rests in the corner to open the screen."""
IDLE_MS = 60_000
"""Time without a touch after which the screen goes back to the visitors."""
KEY_DIGITS = 16
HEX_KEYS = Keyboard(
    (tuple(map(Key, DIGITS)),),
    (Row((*(Key(letter, wide=1.4) for letter in "abcdef"), Key("backspace", "function", 1.6))),),
)


class Confirm(msgspec.Struct, frozen=True):
    """This was typed as the fingerprint of the key that the server brings."""

    typed: str


class Leave(msgspec.Struct, frozen=True):
    """The screen is the visitors' again."""


class KeyFacts(msgspec.Struct, frozen=True):
    """A key that the kiosk seals to, its fingerprint in groups of four."""

    key: str
    how: str
    since: str | None = None
    refused: bool = False
    """The server brings another one, which is not believed."""


class Facts(msgspec.Struct, frozen=True):
    """What the screen tells: the kiosk, and the keys it seals to, each None before the first of its room."""

    device: str
    school: str
    complaints: KeyFacts | None = None
    principal: KeyFacts | None = None
    typed: str = ""
    wrong: bool = False
    """What was typed last is not that key's fingerprint."""

    @property
    def refused(self) -> bool:
        """Whether the server brings a key that is not believed."""
        return any(each is not None and each.refused for each in (self.complaints, self.principal))


class TechnicianView(View, frozen=True):
    """The screen."""

    facts: Facts = Facts("", "")

    @property
    def name(self) -> str:
        """A name for the screen."""
        return "technician"

    def targets(self) -> frozenset[str]:
        """Everything that can be touched."""
        return super().targets() | (HEX_KEYS.targets() if self.facts.refused else frozenset())

    def settled(self) -> View:
        """Returns the view without what a key changes."""
        return replace(self, facts=replace(self.facts, typed="", wrong=False))


class Technician:
    """What is typed until somebody leaves. Every method returns at once."""

    def __init__(self, languages: Sequence[str], facts: Facts, now: int) -> None:
        """Opened at `now` (ms, only ever growing)."""
        self._languages = Languages(languages)
        self._facts = facts
        self._touched_at, self._guarded_at = now, now - GUARD_MS

    def touch(self, target: str, now: int) -> list[Any]:
        """A finger was lifted from `target`."""
        if now - self._guarded_at < GUARD_MS or target not in self.view(now).targets():
            return []
        self._touched_at = now
        kind, _, value = target.partition(":")
        if kind == "key":
            typed = self._facts.typed
            typed = typed[:-1] if value == "backspace" else (typed + value)[:KEY_DIGITS]
            self._change(typed=typed, wrong=False)
            return []
        self._guarded_at = now
        if target == "language":
            self._languages.switch()
        elif target == "next":
            return [Confirm(self._facts.typed)]
        elif target == "finish":
            return [Leave()]
        return []

    def tick(self, now: int) -> list[Any]:
        """Time has passed."""
        return [Leave()] if now - self._touched_at >= IDLE_MS else []

    def stop(self) -> list[Any]:
        """The program ends."""
        return []

    def told(self, facts: Facts) -> None:
        """The kiosk's key has changed, or what was typed is not the fingerprint."""
        self._facts = facts

    def due(self, now: int) -> int | None:
        """Returns when something will happen by itself."""
        return self._touched_at + IDLE_MS

    def view(self, now: int) -> TechnicianView:
        """Returns what is to be seen."""
        return TechnicianView(
            screen="setup",
            lang=self._languages.current,
            other_lang=self._languages.following,
            back="finish",
            action="confirm" if len(self._facts.typed) == KEY_DIGITS and self._facts.refused else None,
            facts=self._facts,
        )

    def _change(self, **changed: Any) -> None:
        self._facts = replace(self._facts, **changed)


def facts_of(device: str, school: str, pins: SealPins) -> Facts:
    """Returns what the screen tells of these pins."""
    return Facts(device, school, _key_facts(pins.complaints), _key_facts(pins.principal))


def _key_facts(of: SealPin) -> KeyFacts | None:
    pin = of.pin
    if pin is None:
        return None
    return KeyFacts(grouped(key_id(pin.key)), pin.how, pin.since, of.refused is not None)


def grouped(digits: str) -> str:
    """In groups of four, as people compare it."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
