"""Somebody before a kiosk's screen, in tests of the visit without a window or a disk."""

from kiosk.device.program import Program
from kiosk.screen.view import View
from kiosk.visit.effects import Effect, Keep
from kiosk.visit.questionnaire import Draft
from kiosk.visit.visits import Visits
from tests.support.kiosk_samples import LANGUAGES, consent


class Visitor:
    """Touches with a second between, and remembers what was to be kept; a draft is committed at once."""

    def __init__(self, program: Program) -> None:
        self.now = 1_000_000
        self.disk_is_quick = True
        self.visits = Visits(program, LANGUAGES, self.now, consent=consent)
        self.effects: list[Effect] = []

    def touch(self, *targets: str) -> View:
        for target in targets:
            self.now += 1_000
            self.do(self.visits.touch(target, self.now))
        return self.view

    def do(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Keep) and self.disk_is_quick:
                self.visits.kept(effect.draft.visit)

    def wait(self, ms: int) -> View:
        self.now += ms
        self.do(self.visits.tick(self.now))
        return self.view

    def kept(self) -> View:
        """The disk has done what it was told."""
        self.visits.closed(self.drafts[-1].visit, self.now)
        return self.view

    @property
    def view(self) -> View:
        return self.visits.view(self.now)

    @property
    def drafts(self) -> list[Draft]:
        return [effect.draft for effect in self.effects]

    @property
    def kinds(self) -> list[type]:
        return [type(effect) for effect in self.effects]


def secrets_in(visits: Visits) -> list[str]:
    """What the visit still knows of texts, contacts and codes: every string of its state, but its words."""
    found: list[str] = []
    seen: set[int] = set()

    def look(thing: object) -> None:
        if id(thing) in seen or thing is visits._program or thing is visits._next_program:
            return
        seen.add(id(thing))
        if isinstance(thing, str):
            found.append(thing)
        elif isinstance(thing, dict):
            for key, value in thing.items():
                look(key)
                look(value)
        elif isinstance(thing, list | tuple | set | frozenset):
            for item in thing:
                look(item)
        elif type(thing).__module__.startswith("kiosk.") and type(thing).__name__ != "Place":
            names = getattr(thing, "__dict__", {}) or {
                name: getattr(thing, name) for name in getattr(type(thing), "__slots__", ())
            }
            for name in names:
                look(getattr(thing, name))

    look(visits)
    ours = {"vi", "en", "off", "once", "lock", "text", "name", "reach", "code", "saved", "telex", "old"}
    attributes = set(vars(visits)) | set(dir(visits._now))
    if visits._now.form is not None:
        attributes |= set(vars(visits._now.form)) | {"start"}
    return [word for word in found if word and word not in ours | attributes]
