"""The power is cut at every write, on real littlefs that tears it: nothing acknowledged is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from tests.support.box import run_box

ROOM = Path(__file__).parent / "on_device"


class Swept(NamedTuple):
    kind: str
    points: int
    looked_for: int
    wrong: list[str]


def swept(script: str, *arguments: str) -> list[Swept]:
    # A heap of its own size: it holds the flash as well.
    said = run_box(ROOM / script, *arguments, heap="4M", timeout_s=100).stdout
    # What is still open when the power goes, MicroPython complains of on the same channel.
    return [Swept(*json.loads(line)) for line in said.splitlines() if line.startswith("[")]


def test_the_journal_loses_nothing_at_any_cut() -> None:
    found = swept("cut_journal.py")
    points = {each.kind: each.points for each in found}
    print("\npower cut at " + ", ".join(f"{n} points of {kind}" for kind, n in points.items()) + ":")
    lost = [sentence for each in found for sentence in each.wrong]
    print(f"{len(lost)} acknowledged presses lost, of {sum(each.looked_for for each in found)} looked for")
    assert lost == []
    assert points.keys() == {"set-up of the journal", "append", "receipts", "compaction", "new journal"}
    assert min(points.values()) >= 10
    assert sum(points.values()) >= 300


def test_the_settings_are_there_whole_at_any_cut() -> None:
    found = swept("cut_settings.py")
    print("\npower cut at " + ", ".join(f"{each.points} points of {each.kind}" for each in found))
    assert [each.wrong for each in found] == [[]] * 4
    assert min(each.points for each in found) >= 6


def test_a_journal_that_does_not_flush_is_found_out() -> None:
    """The sweep can fail: without its flushes the journal loses what it thanked for."""
    (append,) = swept("cut_journal.py", "sloppy")
    print(f"\nwithout flush: {len(append.wrong)} faults at {append.points} points of append")
    assert append.wrong.count("an acknowledged press was lost") >= 10
