"""Do two machines speak as one device? A copied memory card takes the device's name and password along.

Every batch names the boot that sends it. One machine runs one boot after the other and never goes back to an
earlier one; where a boot goes on that another had already followed, two machines are at it in turns. What a
broker brings a second time tells of no more running time than was known, and counts for nothing; a message
that overtook another looks like a return once, hence `MIN_RETURNS`.

A box on a battery begins a new boot with nearly every delivery, so that this rule seldom sees its copies.
"""

from typing import NamedTuple

MIN_RETURNS = 2
"""Returns of an earlier boot before it is told."""
TOLD_MS = 24 * 3_600_000
"""How long after the last return it is told, and how far apart two returns may lie to count together."""
_REMEMBERED = 4
"""Boots of each device: as many copies can be told apart."""


class BootHeard(NamedTuple):
    """A boot, and the running time that its last batch told, in milliseconds."""

    boot: str
    up_ms: int


class BootsHeard(NamedTuple):
    """The boots that spoke as one device, the last one first, and how often an earlier one came back."""

    recent: tuple[BootHeard, ...] = ()
    returns: int = 0
    returned_at: int | None = None
    """When the last one came back, in milliseconds since 1970."""


def hear_boot(known: BootsHeard, boot: str, up_ms: int, at: int) -> BootsHeard:
    """What is known after one more batch, which arrived at `at`."""
    before = next((heard for heard in known.recent if heard.boot == boot), None)
    if before is not None and up_ms <= before.up_ms:
        return known
    others = [heard for heard in known.recent if heard.boot != boot]
    recent = (BootHeard(boot, up_ms), *others[: _REMEMBERED - 1])
    if before is None or before == known.recent[0]:
        return known._replace(recent=recent)
    together = known.returned_at is not None and at - known.returned_at <= TOLD_MS
    return BootsHeard(recent, known.returns + 1 if together else 1, at)


def is_shared(returns: int, returned_at: int | None, now: int) -> bool:
    """Whether two machines have lately spoken as this device."""
    return returned_at is not None and returns >= MIN_RETURNS and now - returned_at <= TOLD_MS
