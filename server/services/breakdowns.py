"""The rates by channel and by device, as rows that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.domain.periods import Period
from server.domain.rates import Group, Verdict, merge_hidden, verdict
from server.domain.records import School
from server.services import admin
from server.services.context import Context
from server.services.rates import rates


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


def breakdown(
    ctx: Context, school: School, shown: Period, total: Group, by: Literal["channel", "device"]
) -> Breakdown:
    """The period's rates by channel or device; what the rates hide is added up into one row."""
    names = {device.id: device.label for device in admin.devices(ctx, school.slug)} if by == "device" else {}
    groups = rates(ctx, school.slug, shown.start, shown.end, by)
    rows = [
        BreakdownRow(group.key, names.get(group.key, group.key), group, verdict(group, school.goal))
        for group in groups
        if not group.suppressed
    ]
    if (merged := merge_hidden(total, groups)) is not None:
        count = sum(group.suppressed for group in groups)
        rows.append(BreakdownRow("", "", merged, verdict(merged, school.goal), count))
    return Breakdown(by, tuple(rows), tuple((names.get(group.key, group.key), group) for group in groups))
