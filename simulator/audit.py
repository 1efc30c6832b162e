"""Checks that all that the devices made was stored, once: their files against the server's word."""

from collections.abc import Iterable

import msgspec

from simulator.commands import Arrived
from simulator.fleet import SimDevice


class Audit(msgspec.Struct):
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
    clock_faults: int = 0
    """How often the server's clock was changed; then its times were held against the truth."""
    open_times: int = 0
    """Of the stored, those of which nothing is claimed."""
    wrong: list[str] = msgspec.field(default_factory=list)
    """What must not be, in words."""


class Account(msgspec.Struct):
    """What some devices hold at the end, by their own files."""

    journals: dict[str, int] = msgspec.field(default_factory=dict)
    """How many events each journal has numbered."""
    thanked: list[str] = msgspec.field(default_factory=list)
    """The ids of what people were thanked for."""
    made_at: dict[str, int] = msgspec.field(default_factory=dict)
    """How long the machine had been running when each was made, in milliseconds."""
    waiting: int = 0
    wrong: list[str] = msgspec.field(default_factory=list)


def account(devices: Iterable[SimDevice]) -> Account:
    """Look at the devices' files, which nobody uses any more."""
    found = Account()
    for device in devices:
        numbered, left = device.numbered(), device.undelivered()
        found.journals.update({journal: last for journal, last in numbered.items() if last})
        found.thanked += device.ledger.thanked
        found.made_at |= {id: device.ledger.made_at[id] for id in device.ledger.committed}
        found.waiting += len(left)
        if len(device.ledger.committed) > sum(numbered.values()):
            found.wrong.append(f"{device.name} acknowledged more than it numbered")
        if left:
            found.wrong.append(f"{device.name} still has {len(left)} that nobody gave a receipt for")
        if device.problem is not None:
            found.wrong.append(f"{device.name} stopped: {type(device.problem).__name__}: {device.problem}")
    return found


def audit_fleet(accounts: Iterable[Account], arrived: Arrived | None) -> Audit:
    """Hold all accounts against what the server says that it has, where that is known. Returns the audit."""
    audit = Audit()
    journals: dict[str, int] = {}
    for one in accounts:
        journals |= one.journals
        audit.thanked += len(one.thanked)
        audit.waiting += one.waiting
        audit.wrong += one.wrong
    audit.made = sum(journals.values())
    if arrived is not None:
        _compare(audit, journals, arrived)
    return audit


def _compare(audit: Audit, journals: dict[str, int], arrived: Arrived) -> None:
    """Hold the server's word against it, journal by journal."""
    there = {one.journal: one for one in arrived.journals}
    audit.stored = 0
    for journal, last in journals.items():
        found = there.get(journal)
        stored, highest = (found.stored, found.last) if found else (0, 0)
        audit.stored += stored
        audit.missing += highest - stored
        if stored != last or highest != last:
            audit.wrong.append(f"journal {journal}: {last} made, {stored} stored, the last is {highest}")
