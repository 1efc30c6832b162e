"""Setting a kiosk up at its screen: the server's address and a claim code, key by key. Pure.

Only who has no credentials yet comes here: no visitor ever does. Times are milliseconds that only ever grow.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from kiosk.device.settings import Offer
from kiosk.keyboard.layout import DIGITS, LETTERS, Key, Keyboard, Row
from kiosk.screen.languages import Languages
from kiosk.screen.touch import GUARD_MS
from kiosk.screen.view import Action, View
from kiosk.setup.problem import EnrolProblem
from kiosk.setup.server import read_server
from survey_defs import claim

MAX_ADDRESS = 80
RETRY_MS = 5_000
"""Between two attempts that nobody has to touch anything for: a Pi is up before its Wi-Fi is."""
PASSING = ("unreachable", "unknown-host")
ABOUT_THE_ADDRESS = ("bad-address", "enrol-insecure", "not-tls", "unknown-host", "certificate-unknown")
SPENT = (
    "claim-expired",
    "claim-used",
    "claim-withdrawn",
    "claim-guessed",
    "certificate-mismatch",
    "claim-wrong-kind",
    "no-proof",
)
"""After these the code is good for nothing any more."""

Step: TypeAlias = Literal["address", "code", "asking"]


def _row(letters: str, wide: float, *more: Key) -> Row:
    return Row((*(Key(letter, wide=wide) for letter in letters if letter in claim.SIGNS), *more))


ADDRESS_KEYS = Keyboard(
    (tuple(map(Key, DIGITS)),),
    (
        Row(tuple(map(Key, LETTERS[0]))),
        Row(tuple(map(Key, LETTERS[1])), 0.5),
        Row((Key("-", wide=1.5), *map(Key, LETTERS[2]), Key("backspace", "function", 1.5))),
        Row((Key("/", wide=2.0), Key(":", wide=3.0), Key(".", wide=5.0))),
    ),
)
CODE_KEYS = Keyboard(
    (tuple(Key(digit, wide=1.25) for digit in "23456789"),),
    (
        _row(LETTERS[0], 10 / 9),
        _row(LETTERS[1], 1.25),
        _row(LETTERS[2], 1.2, Key("backspace", "function", 1.6)),
    ),
)
"""The 32 signs of a code, and nothing that could be mistaken for one of them."""


class Ask(msgspec.Struct, frozen=True):
    """Ask this server about this code."""

    server: str
    code: str

    def __repr__(self) -> str:
        return f"Ask({self.server})"  # the code stays out of every log


class Entry(msgspec.Struct, frozen=True):
    """What a screen of setting up holds."""

    step: Step = "address"
    text: str = ""
    """What was typed on this screen."""
    address: str = ""
    problem: EnrolProblem | None = None
    """Why the last attempt came to nothing."""

    @property
    def keys(self) -> Keyboard | None:
        """The keyboard on this screen."""
        return {"address": ADDRESS_KEYS, "code": CODE_KEYS}.get(self.step)

    def __repr__(self) -> str:
        return f"Entry({self.step})"


class SetupView(View, frozen=True):
    """One screen of setting up."""

    entry: Entry = Entry()

    @property
    def name(self) -> str:
        """A name for the screen."""
        return f"setup:{self.entry.step}"

    def targets(self) -> frozenset[str]:
        """Everything that can be touched."""
        keys = self.entry.keys
        return super().targets() | (keys.targets() if keys is not None else frozenset())

    def settled(self) -> View:
        """Returns the view without what a key changes."""
        return replace(self, entry=Entry(self.entry.step))


class Setup:
    """What is typed until a server has answered. Every method returns at once."""

    def __init__(self, languages: Sequence[str], offer: Offer, now: int) -> None:
        """`offer`: an address to begin with; with a code too it is asked about without a touch."""
        self._languages = Languages(languages)
        self._address = offer.server.removeprefix("https://")
        self._code = claim.read_code(offer.claim) or ""
        self._step: Step = "code" if self._address else "address"
        self._problem: EnrolProblem | None = None
        self._retry_at: int | None = None
        """When to ask by itself, as long as nobody takes to typing."""
        self._asked = False
        """An answer is awaited."""
        self._guarded_at = now - GUARD_MS
        if offer.claim and self._address:
            self._step, self._retry_at = "asking", now
            if not self._code:
                self._step, self._retry_at, self._problem = "code", None, EnrolProblem("bad-code")

    # What comes in

    def touch(self, target: str, now: int) -> list[Ask]:
        """A finger was lifted from `target`."""
        if now - self._guarded_at < GUARD_MS or target not in self.view(now).targets():
            return []
        kind, _, value = target.partition(":")
        if kind == "key":
            self._key(value)
            return []
        self._guarded_at = now
        if target == "language":
            self._languages.switch()
        elif target == "back":
            self._step, self._problem = "address", None
        elif target == "next":
            return self._next()
        return []

    def tick(self, now: int) -> list[Ask]:
        """Time has passed. Call it no later than `due` says."""
        if self._retry_at is None or now < self._retry_at or self._asked:
            return []
        return self._ask()

    def refused(self, problem: EnrolProblem, now: int) -> None:
        """The server was not reached, or would not have it."""
        self._asked, self._problem = False, problem
        if self._retry_at is not None and problem.code in PASSING:
            self._retry_at = now + RETRY_MS
            return
        self._retry_at = None
        self._step = "address" if problem.code in ABOUT_THE_ADDRESS else "code"
        if problem.code in SPENT:
            self._code = ""

    def stop(self) -> list[Ask]:
        """The program ends."""
        return []

    # What goes out

    def due(self, now: int) -> int | None:
        """Returns when something will happen by itself, at the latest; None while nothing will."""
        return None if self._asked else self._retry_at

    def view(self, now: int) -> SetupView:
        """Returns what is to be seen."""
        return SetupView(
            screen="setup",
            lang=self._languages.current,
            other_lang=self._languages.following,
            back="back" if self._step == "code" else None,
            step=None if self._step == "asking" else (1 if self._step == "address" else 2, 2),
            action=self._action(),
            entry=Entry(
                self._step,
                {"address": self._address, "code": self._code}.get(self._step, ""),
                self._shown_address(),
                self._problem,
            ),
        )

    def _shown_address(self) -> str:
        try:
            return read_server(self._address).host_port()
        except EnrolProblem:
            return self._address

    def _action(self) -> Action | None:
        if self._step == "address":
            return "onward" if self._address else None
        if self._step == "code":
            return "connect" if len(self._code) == claim.LENGTH else None
        return None if self._asked else "by_hand"

    # Touches

    def _key(self, value: str) -> None:
        self._problem = None
        typed = self._address if self._step == "address" else self._code
        longest = MAX_ADDRESS if self._step == "address" else claim.LENGTH
        typed = typed[:-1] if value == "backspace" else (typed + value)[:longest]
        if self._step == "address":
            self._address = typed
        else:
            self._code = typed

    def _next(self) -> list[Ask]:
        if self._step == "asking":
            self._step, self._retry_at = "code", None
            return []
        try:
            read_server(self._address)
        except EnrolProblem as problem:
            self._step, self._problem = "address", problem
            return []
        self._problem = None
        if self._step == "address":
            self._step = "code"
            return []
        if claim.read_code(self._code) is None:
            self._problem = EnrolProblem("bad-code")
            return []
        return self._ask()

    def _ask(self) -> list[Ask]:
        self._step, self._asked = "asking", True
        return [Ask(self._address, self._code)]
