"""Which answers are left out of the rates, and why: pure rules over what was recorded of them.

**The rules do not know what was answered.** No level, no choice and no text comes in here: an answer is left
out for when and how quickly it came, and neither praise nor blame can be sorted out by it. That is what makes
the figure defensible, and whoever changes this module keeps it so.

An answer has at most one reason. What it says by itself comes first, so that the reason does not change with
what others send; of these, what is surest:

1. `trap`: the page on a telephone has a field that nobody sees. A program that fills in forms filled it in.
2. `too-fast`: given in less time than a finger or an eye needs. How the time is taken depends on the channel.
   - *kiosk*: the clock starts with the first touch (`kiosk.visit`), and a second touch within `DEBOUNCE_MS`
     is the same finger. A visit of k touches cannot take less than (k - 1) times that. Counted are the
     questions that were answered, and the procedure where one was named; whoever skipped or went back took
     longer.
   - *qr*: from the moment the page was given until it was sent. Below `PAGE_MS`, and `QUESTION_MS` for every
     further question that was answered, nobody has read it.
   - *button*: one press has no length.
3. `out-of-hours`: at a kiosk, a button or a desk while nobody is at the school, by the school's own hours.
   Only where the time is certain, and outside the hours with all its uncertainty.
4. `burst`: see `server.domain.misuse.bursts`. A button terminal tells of it besides: it feels the presses
   that it did not count, and the server hears of them only by its word.

Not judged: what is not known. A missing `took_ms` is not fast; a time that was only estimated is not out of
hours. A survey in class, by letter or of one audience (`crowd`) is answered at home in the evening, and by
thirty at the same moment: there only the first two rules hold.

The rules see the answers of one device and one day. What they say follows from these alone: they can be run
again over old answers, in any order, and come to the same.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from server.domain.devices.points import DESKS
from server.domain.misuse.bursts import bursts, floods
from server.domain.misuse.recorded import Recorded
from server.domain.school_hours import SchoolHours

Reason: TypeAlias = Literal["trap", "too-fast", "out-of-hours", "burst", "test", "other"]
SourceKind: TypeAlias = Literal["kiosk", "button", "desk", "crowd"]

RULES: tuple[Reason, ...] = ("trap", "too-fast", "out-of-hours", "burst")
"""The reasons that the rules give, in the order in which they are looked for."""
BY_HAND: tuple[Reason, ...] = ("test", "other")
"""The reasons that only a person gives: the machine was tried out; something else, with a note."""
COUNTED = "counted"
"""The label by which a person returns an answer to the count."""

SIGNS_OF_DEVICES = ("burst",)
"""What a device may notice of an event by itself."""
DEBOUNCE_MS = 350
"""`kiosk.screen.touch.GUARD_MS`: a test sees to it that both are the same."""
PAGE_MS = 2_000
QUESTION_MS = 500


class Source(NamedTuple):
    """Where answers come from, as far as the rules care. `single_use`: each needs a slip of its own."""

    kind: SourceKind
    hours: SchoolHours
    single_use: bool = False


def source_kind(device_kind: str, place: str | None) -> SourceKind:
    """What a device is to the rules; `place` is that of a point, None for one that was never made a point."""
    if device_kind == "kiosk":
        return "kiosk"
    if device_kind == "button":
        return "button"
    return "desk" if place is None or place in DESKS else "crowd"


def judge(answers: Iterable[Recorded], source: Source) -> dict[int, Reason]:
    """The answers of one device and day that are to be left out, by their numbers, each with its reason."""
    given = list(answers)
    together = _together(given, source)
    found: dict[int, Reason] = {}
    for answer in given:
        reason = _by_itself(answer, source)
        if reason is None and (answer.n in together or _was_felt(answer, source)):
            reason = "burst"
        if reason is not None:
            found[answer.n] = reason
    return found


def _was_felt(answer: Recorded, source: Source) -> bool:
    return source.kind == "button" and "burst" in answer.signs.split()


def _by_itself(answer: Recorded, source: Source) -> Reason | None:
    if "trap" in answer.signs.split():
        return "trap"
    if answer.took_ms is not None and answer.took_ms < _least_ms(answer):
        return "too-fast"
    return "out-of-hours" if _is_out_of_hours(answer, source) else None


def _least_ms(answer: Recorded) -> int:
    """The least that a person needs; 0 where nothing can be said."""
    if answer.channel == "kiosk":
        return (answer.touches - 1) * DEBOUNCE_MS
    if answer.channel == "qr":
        return PAGE_MS + (answer.steps - 1) * QUESTION_MS
    return 0


def _is_out_of_hours(answer: Recorded, source: Source) -> bool:
    if source.kind == "crowd" or not answer.certain or answer.uncertainty_ms is None:
        return False
    at, off = answer.occurred_at, answer.uncertainty_ms
    return source.hours.is_closed(at - off, at + off)


def _together(answers: list[Recorded], source: Source) -> set[int]:
    if source.single_use or source.kind == "crowd":
        return set()
    return floods(answers) if source.kind == "desk" else bursts(answers, source.kind)
