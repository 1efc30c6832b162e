"""Do two machines speak as one device? A copied memory card takes the device's name and password along.

Every batch names the boot that sends it. One machine runs one boot after the other and never goes back to an
earlier one; where a boot goes on that another had already followed, two machines are at it in turns. What a
broker brings a second time tells of no more running time than was known, and counts for nothing; a message
that overtook another looks like a return once, hence `MIN_RETURNS`.

A box on a battery begins a new boot with nearly every delivery: its copies are told by their journals. Both
go on with the journal that was copied; at the first number that the other has used, one begins a journal of
its own. A machine that has begun a new one writes into the old one no more. So where a boot writes on in a
journal that another had followed, by the word of an earlier boot, two machines are at it too. What is left of
the old journal and delivered later was written in earlier boots, and says nothing.
"""

from typing import NamedTuple

MIN_RETURNS = 2
"""Returns of an earlier boot or journal before it is told."""
TOLD_MS = 24 * 3_600_000
"""How long after the last return it is told, and how far apart two returns may lie to count together."""
_REMEMBERED = 4
"""Boots and journals of each device: as many copies can be told apart."""


class Heard(NamedTuple):
    """A boot with the running time (ms) that its last batch told, or a journal with the last number in it.

    `boot`: the one that said so.
    """

    name: str
    last: int
    boot: str


class Machines(NamedTuple):
    """What is known of who spoke as one device, the last first, and how often an earlier one came back."""

    boots: tuple[Heard, ...] = ()
    journals: tuple[Heard, ...] = ()
    returns: int = 0
    returned_at: int | None = None
    """When the last one came back, in milliseconds since 1970."""


def hear_boot(known: Machines, boot: str, up_ms: int, at: int) -> Machines:
    """What is known after one more batch, which arrived at `at`."""
    boots, came_back = _hear(known.boots, Heard(boot, up_ms, boot))
    after = Machines(boots, known.journals, known.returns, known.returned_at)
    return _count(after, at) if came_back else after


def hear_journal(known: Machines, journal: str, seq: int, boot: str, at: int) -> Machines:
    """What is known after an event that `boot` has written and sent, under this number of its journal."""
    journals, came_back = _hear(known.journals, Heard(journal, seq, boot))
    after = Machines(known.boots, journals, known.returns, known.returned_at)
    return _count(after, at) if came_back else after


def is_shared(returns: int, returned_at: int | None, now: int) -> bool:
    """Whether two machines have lately spoken as this device."""
    return returned_at is not None and returns >= MIN_RETURNS and now - returned_at <= TOLD_MS


def _hear(recent: tuple[Heard, ...], new: Heard) -> tuple[tuple[Heard, ...], bool]:
    """The last ones with this, and whether it went on after another boot had followed with another."""
    if recent and recent[0].name == new.name:  # as mostly
        return ((new, *recent[1:]) if new.last > recent[0].last else recent), False
    before = next((heard for heard in recent if heard.name == new.name), None)
    if before is not None and new.last <= before.last:
        return recent, False
    came_back = before is not None and recent[0].boot != new.boot
    others = [heard for heard in recent if heard.name != new.name]
    return (new, *others[: _REMEMBERED - 1]), came_back


def _count(known: Machines, at: int) -> Machines:
    together = known.returned_at is not None and at - known.returned_at <= TOLD_MS
    return known._replace(returns=known.returns + 1 if together else 1, returned_at=at)
