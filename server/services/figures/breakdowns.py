"""The rates by channel and by device, as rows that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.domain.collation import vietnamese_order
from server.domain.figures.periods import Period
from server.domain.figures.rates import Group, Verdict, merge_hidden, verdict
from server.domain.records import School
from server.services.context import Work
from server.services.devices import registry
from server.services.figures.rates import by_channel_and_device


@dataclass(frozen=True)
class BreakdownRow:
    """One bar: a group by its name, or, with `merged`, so many hidden ones together."""

    key: str
    name: str
    group: Group
    verdict: Verdict
    merged: int = 0


@dataclass(frozen=True)
class Breakdown:
    """`rows` as they are drawn, `groups` with the hidden ones for the table behind, each with its name."""

    by: Literal["channel", "device"]
    rows: tuple[BreakdownRow, ...]
    groups: tuple[tuple[str, Group], ...]

    @property
    def hides(self) -> bool:
        """Whether a group is too small to be told."""
        return any(group.suppressed for _, group in self.groups)


def breakdowns(work: Work, school: School, shown: Period, total: Group) -> tuple[Breakdown, Breakdown]:
    """The period's rates by channel and by device; what each hides is added up into one row of it."""
    devices = registry.devices_ever(work, school.slug)
    channels, of_devices = by_channel_and_device(
        work, school.slug, shown.start, shown.end, {device.id: device.kind for device in devices}
    )
    names = {device.id: device.label for device in devices}
    return (
        _breakdown("channel", channels, {}, total, school.goal),
        _breakdown("device", of_devices, names, total, school.goal),
    )


def _breakdown(
    by: Literal["channel", "device"], groups: list[Group], names: dict[str, str], total: Group, goal: float
) -> Breakdown:
    groups = sorted(groups, key=lambda each: (-each.n, vietnamese_order(names.get(each.key, each.key))))
    rows = [
        BreakdownRow(group.key, names.get(group.key, group.key), group, verdict(group, goal))
        for group in groups
        if not group.suppressed
    ]
    # Alone it would be the whole once more.
    if rows and (merged := merge_hidden(total, groups)) is not None:
        count = sum(group.suppressed for group in groups)
        rows.append(BreakdownRow("", "", merged, verdict(merged, goal), count))
    return Breakdown(by, tuple(rows), tuple((names.get(group.key, group.key), group) for group in groups))
