"""Answers that came too quickly after one another to be one visitor each: a child who hammers, a flood.

**At a kiosk or a button** a run of `SHORTEST_RUN` answers or more is a burst when each of them follows the
one before as no other visitor could:

- *button*: within `BUTTON_GAP_MS`. Who leaves a counter after somebody else walks up first.
- *kiosk*: within `KIOSK_GAP_MS`. The kiosk's own thanks stand for six seconds (`kiosk.visit`),
  during which nobody can rate: what is quicker comes from a screen that is being played with.
- *kiosk*, also where the thanks stood: each touch within `HASTY_MS` of the last, from the end of the thanks
  on. Such a visitor neither steps up nor reads five words: fingers are drumming, as fast as the kiosk takes
  them (every 350 ms). Pupils of a class who come one after the other need five seconds and more, and read.

An answer that says it took longer than the time since the one before is no part of a burst: who hammers is
quick, and two visits that overlap at one screen speak of a device at fault, which the rules do not judge.
Nor is one of a kiosk that does not say how long it took: of a press of a button nobody expects that.

All but the **first** of a run are left out. The first followed on nobody: it may well be the honest visitor
whose child then went on playing, and a burst counts as one answer then, not as none.

**At a desk's code** different telephones may answer in the same second, so gaps mean nothing. Only a flood
counts: more than `FLOOD` answers within `FLOOD_WINDOW_MS`, one every ten seconds for five minutes, are more
visits than a school's counters can have ended in that time. There too the first is kept.

How far two answers are apart is exact within one boot, by the boot's own running time, even where nobody
knows the wall clock. Between boots it comes from the time of day, where that is certain. Answers of a boot
whose time was only estimated are compared with those of the same boot alone: many of them may share one
estimated moment, which must not look like a burst.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Literal

from server.domain.misuse.recorded import Recorded

SHORTEST_RUN = 4
"""Two or three in a row may be a family; with four nobody stands in line any more."""
BUTTON_GAP_MS = 3_000
KIOSK_GAP_MS = 5_000
THANKS_MS = 6_000
"""`kiosk.visit.current.THANKS_MS`: a test sees to it that both are the same."""
HASTY_MS = 700
"""To find one of five faces and reach it takes a reader longer; drumming fingers need half of it."""
FLOOD = 30
FLOOD_WINDOW_MS = 300_000


def bursts(answers: Iterable[Recorded], kind: Literal["kiosk", "button"]) -> set[int]:
    """The numbers of the answers of one kiosk or button that are the rest of a burst."""
    follows = _at_button if kind == "button" else _at_kiosk
    found: set[int] = set()
    for line in _lines(answers):
        for run in _runs(line, follows):
            if len(run) >= SHORTEST_RUN:
                found.update(answer.n for answer in run[1:])
    return found


def floods(answers: Iterable[Recorded]) -> set[int]:
    """The numbers of the answers at one desk's code that are the rest of a flood."""
    found: set[int] = set()
    for line in _lines(answers):
        inside: set[int] = set()
        first = told = 0
        for last in range(len(line)):
            while _gap(line[first], line[last]) > FLOOD_WINDOW_MS:
                first += 1
            if last - first >= FLOOD:
                inside.update(range(max(first, told), last + 1))
                told = last + 1
        for at in inside:
            if at - 1 in inside and _gap(line[at - 1], line[at]) <= FLOOD_WINDOW_MS:
                found.add(line[at].n)
    return found


def _at_button(before: Recorded, answer: Recorded) -> bool:
    gap = _gap(before, answer)
    return gap < BUTTON_GAP_MS and (answer.took_ms or 0) <= gap


def _at_kiosk(before: Recorded, answer: Recorded) -> bool:
    gap, took = _gap(before, answer), answer.took_ms
    if took is None or took > gap:
        return False
    if gap < KIOSK_GAP_MS:
        return True
    touches = max(1, answer.touches)
    is_hasty = took < max(1, touches - 1) * HASTY_MS
    return is_hasty and gap < THANKS_MS + touches * HASTY_MS


def _lines(answers: Iterable[Recorded]) -> list[list[Recorded]]:
    """The answers in the order of time: those of certain times in one line, of each other boot in its own."""
    lines: dict[str | None, list[Recorded]] = defaultdict(list)
    for answer in answers:
        lines[None if answer.certain else answer.boot].append(answer)
    for boot, line in lines.items():
        if boot is None:
            line.sort(key=lambda answer: (answer.occurred_at, answer.boot, answer.up_ms, answer.n))
        else:
            line.sort(key=lambda answer: (answer.up_ms, answer.n))
    return list(lines.values())


def _gap(before: Recorded, answer: Recorded) -> int:
    if before.boot == answer.boot:
        return abs(answer.up_ms - before.up_ms)
    return abs(answer.occurred_at - before.occurred_at)


def _runs(line: list[Recorded], follows: Callable[[Recorded, Recorded], bool]) -> list[list[Recorded]]:
    runs = [line[:1]]
    for before, answer in pairwise(line):
        if follows(before, answer):
            runs[-1].append(answer)
        else:
            runs.append([answer])
    return runs
