"""The facts of a report as frozen values: what was counted, how sure it is, what was left out.

Whoever renders a report, in whatever format, needs nothing but these. Shares are fractions. Where a
figure is hidden because too few people stand behind it, it is not here at all.
"""

from datetime import date
from typing import Literal, TypeAlias

import msgspec

from server.domain.figures.comparison import Comparison
from server.domain.figures.periods import Period
from server.domain.figures.rates import Group, Verdict
from server.domain.records import School
from server.rules import Layout, Regime
from server.services.figures.quality import Clocks
from server.services.figures.reasons import Reasons, Timeliness
from server.services.misuse.views import LeftOut
from server.services.reporting.complaints import ComplaintFacts

RowKind: TypeAlias = Literal["known", "unknown", "none", "merged"]
"""A procedure of the catalogue, a slug outside it, no procedure named, small ones added up."""


class ProcedureRate(msgspec.Struct, frozen=True):
    """One row of the table by procedure; `members` are the kinds and names behind a `merged` one.

    `name` is the official one, or the slug of an `unknown` one; `short` is as the screens call it.
    """

    kind: RowKind
    name: str
    group: Group
    verdict: Verdict
    short: str = ""
    members: tuple[tuple[RowKind, str], ...] = ()

    @property
    def named_members(self) -> int:
        """How many of the merged ones are procedures: answers that named none are no procedure."""
        return sum(kind != "none" for kind, _ in self.members)


class FocusTimeliness(msgspec.Struct, frozen=True):
    """The timeliness of one procedure that the regime asks for by name."""

    name: str
    timeliness: Timeliness


class MonthRate(msgspec.Struct, frozen=True):
    """The rate of one month, of which `first` is the first day."""

    first: date
    group: Group


class DeviceHoles(msgspec.Struct, frozen=True):
    """How many numbers are missing between 1 and the highest that one device's journals brought."""

    device: str
    label: str
    missing: int


class Quality(msgspec.Struct, frozen=True):
    """What stands behind the figures, and what does not.

    `sources` devices have ever sent something, `holes` are those of them that lack numbers, both since
    the devices began. `misuse` answers were left out, `refused` counts the messages that were refused,
    by code, both of the period. Groups under `small_cell` answers are hidden. `left_out` says more of the
    `misuse`; None where nothing was left out and nothing returned. `waiting` days of devices are still to be
    judged by the rules. `clock_doubt`: the server does not believe its own clock, and `unnumbered`
    complaints wait for their number because of that.
    """

    sources: int
    holes: tuple[DeviceHoles, ...]
    misuse: int
    clocks: Clocks
    refused: dict[str, int]
    small_cell: int
    left_out: LeftOut | None = None
    clock_doubt: bool = False
    unnumbered: int = 0
    waiting: int = 0


class ReportFacts(msgspec.Struct, frozen=True):
    """Everything that one report says.

    The figures cover `shown`, both days inclusive: the `period`, cut at `today` while it runs. `kind` is
    that of the regime's report. `devices` counts the devices in use by kind, `channels` the answers by
    where they came from. `comparison` is None where there can be no year before.
    """

    school: School
    regime: Regime
    layout: Layout
    kind: str
    period: Period
    shown: Period
    today: date
    devices: dict[str, int]
    total: Group
    verdict: Verdict
    channels: dict[str, int]
    procedures: tuple[ProcedureRate, ...]
    comparison: Comparison | None
    timeliness: Timeliness
    focus: tuple[FocusTimeliness, ...]
    reasons: Reasons
    months: tuple[MonthRate, ...]
    quality: Quality
    complaints: ComplaintFacts

    @property
    def running(self) -> bool:
        """Whether more answers may still fall into these figures."""
        return self.shown.end >= self.today

    @property
    def months_told(self) -> int:
        """Months that have a rate."""
        return sum(month.group.share is not None for month in self.months)

    @property
    def months_hidden(self) -> int:
        """Months with too few answers to show their rate (or whose rate would show another's)."""
        return sum(month.group.suppressed for month in self.months)
