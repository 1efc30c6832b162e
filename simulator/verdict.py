"""Was everything stored that was made, once, and nothing else? What the devices hold against what came."""

from collections.abc import Iterable

import msgspec

from simulator.fleet import SimDevice
from simulator.ground import Arrived


class Verdict(msgspec.Struct):
    """`made` and `stored` count events; `stored` is None where only the receipts are known."""

    thanked: int = 0
    """Ratings for which somebody was thanked."""
    made: int = 0
    """Numbers that the outboxes and journals have given: the thanked, and visits cut short after a rating."""
    waiting: int = 0
    """Of these without receipt, still on the devices."""
    stored: int | None = None
    missing: int = 0
    """Numbers below the highest stored that are not there."""
    wrong: list[str] = msgspec.field(default_factory=list)
    """What must not be, in words."""


def receipts(devices: Iterable[SimDevice]) -> tuple[Verdict, dict[str, int]]:
    """What the devices' own files say, and what each journal has numbered."""
    verdict, journals = Verdict(), {}
    for device in devices:
        numbered, left = device.numbered(), device.undelivered()
        journals.update({journal: last for journal, last in numbered.items() if last})
        verdict.made += sum(numbered.values())
        verdict.thanked += len(device.ledger.thanked)
        verdict.waiting += len(left)
        if len(device.ledger.committed) > sum(numbered.values()):
            verdict.wrong.append(f"{device.name} acknowledged more than it numbered")
        if left:
            verdict.wrong.append(f"{device.name} still has {len(left)} that nobody gave a receipt for")
    return verdict, journals


def compare(verdict: Verdict, journals: dict[str, int], arrived: Arrived) -> None:
    """Hold the server's word against it, journal by journal."""
    there = {one.journal: one for one in arrived.journals}
    verdict.stored = 0
    for journal, last in journals.items():
        found = there.get(journal)
        stored, highest = (found.stored, found.last) if found else (0, 0)
        verdict.stored += stored
        verdict.missing += highest - stored
        if stored != last or highest != last:
            verdict.wrong.append(f"journal {journal}: {last} made, {stored} stored, the last is {highest}")
