"""Gathering the facts of a report, so that they all speak of the same moment of the store."""

from collections.abc import Sequence
from datetime import date, timedelta

from server.domain.answers.sequences import count
from server.domain.collation import vietnamese_order
from server.domain.figures.periods import Period, parse_period
from server.domain.figures.rates import Group, make_group, merge_hidden, verdict, wilson
from server.domain.localtime import start_of
from server.domain.problems import Problem
from server.rules import Regime, layout_on, served_regime
from server.services import schools
from server.services.answers.dead_letters import TOO_MANY
from server.services.answers.sequence_gaps import arrived
from server.services.context import Work
from server.services.devices import registry
from server.services.figures.comparison import against_year_before
from server.services.figures.publication import told_months
from server.services.figures.quality import clocks
from server.services.figures.rates import procedure_names, rates
from server.services.figures.reasons import Timeliness, make_reasons, make_timeliness
from server.services.misuse.review import waiting
from server.services.misuse.views import left_out
from server.services.reporting.complaints import complaint_facts
from server.services.reporting.facts import (
    DeviceHoles,
    FocusTimeliness,
    MonthRate,
    ProcedureRate,
    Quality,
    ReportFacts,
    RowKind,
)
from survey_defs.model import localized

SURVEY, TIMELINESS = "tthc", "timeliness"
AD_HOC = "dot-xuat"
"""The kind of report for a period that is no regular one of the regime."""


def gather(
    work: Work, school: str, regime: str, period: Period | str, today: date, *, any_days: bool = True
) -> ReportFacts:
    """The facts of one school's report on `period`, cut at `today` while it runs.

    Without `any_days` it is for a reader of whole periods (`services.figures.publication`).
    Raises `Problem`: `unknown-school`, `unknown-regime`, `regime-not-served`, `bad-period`,
    `period-in-future`.
    """
    asked = served_regime(regime)
    whole = parse_period(period) if isinstance(period, str) else period
    of = schools.school(work, school)
    if whole.start > today:
        raise Problem("period-in-future", period=whole.code, today=today.isoformat())
    shown = whole.until(today)
    [total] = rates(work, school, shown.start, shown.end)
    return ReportFacts(
        school=of,
        regime=asked,
        layout=layout_on(asked.layout, today),
        kind=_kind(asked, whole),
        period=whole,
        shown=shown,
        today=today,
        devices=_devices_in_use(work, school),
        total=total,
        verdict=verdict(total, of.goal),
        channels={g.key: g.n for g in rates(work, school, shown.start, shown.end, "channel")},
        procedures=_procedures(work, school, shown, total, of.goal),
        comparison=against_year_before(work, school, shown, any_days=any_days),
        timeliness=make_timeliness(work, school, shown),
        focus=_focus(work, school, shown, asked.focus_procedures),
        reasons=make_reasons(work, school, shown, total, "vi"),
        months=_months(work, school, shown, any_days=any_days),
        quality=_quality(work, school, shown, total),
        complaints=complaint_facts(work, school, shown),
    )


def _kind(regime: Regime, period: Period) -> str:
    for report in regime.reports:
        if report.period is not None and report.period.format(year=period.start.year) == period.code:
            return report.kind
    return AD_HOC


def _devices_in_use(work: Work, school: str) -> dict[str, int]:
    in_use: dict[str, int] = {}
    for device in registry.devices(work, school):
        if device.retired_at is None:
            in_use[device.kind] = in_use.get(device.kind, 0) + 1
    return in_use


def _procedures(
    work: Work, school: str, shown: Period, total: Group, goal: float
) -> tuple[ProcedureRate, ...]:
    """Named ones by n, then what was merged, then those that named none.

    What the rates hide is added up into one row, which tells no more than the total less the others.
    """
    groups = rates(work, school, shown.start, shown.end, "procedure")
    known = procedure_names(work, school)

    def named(group: Group) -> tuple[RowKind, str]:
        if not group.key:
            return "none", ""
        if group.key not in known:
            return "unknown", group.key
        return "known", localized(known[group.key].name, "vi")

    rows: list[ProcedureRate] = []
    nameless: list[ProcedureRate] = []
    for group in groups:
        if not group.suppressed:
            kind, name = named(group)
            short = localized(known[group.key].short, "vi") if kind == "known" else name
            row = ProcedureRate(kind, name, group, verdict(group, goal), short)
            (rows if group.key else nameless).append(row)
    rows.sort(key=lambda row: (-row.group.n, vietnamese_order(row.name)))
    if (merged := merge_hidden(total, groups)) is not None:
        members = tuple(named(group) for group in groups if group.suppressed)
        rows.append(ProcedureRate("merged", "", merged, verdict(merged, goal), members=members))
    return (*rows, *nameless)


def _focus(work: Work, school: str, shown: Period, slugs: Sequence[str]) -> tuple[FocusTimeliness, ...]:
    """The procedures that the regime names, where neither they nor the others together are too few."""
    everything = make_timeliness(work, school, shown)
    small = work.ctx.settings.small_cell
    names = procedure_names(work, school)
    found: list[FocusTimeliness] = []
    for slug in slugs:
        of = _timeliness_of(work, school, shown, slug)
        if not of.hidden and of.n >= small:
            name = localized(names[slug].short, "vi") if slug in names else slug
            found.append(FocusTimeliness(name, of))
    others = everything.n - sum(each.timeliness.n for each in found)
    others_due = _due(everything) - sum(_due(each.timeliness) for each in found)
    told = everything.hidden or 0 < others < small or 0 < others_due < small
    return () if told else tuple(found)


def _due(timeliness: Timeliness) -> int:
    return (timeliness.early or 0) + (timeliness.on_time or 0) + (timeliness.late or 0)


def _timeliness_of(work: Work, school: str, shown: Period, slug: str) -> Timeliness:
    rows = work.sql.report_choices_of_procedure(
        school=school,
        survey=SURVEY,
        question=TIMELINESS,
        procedure=slug,
        first=shown.start.isoformat(),
        last=shown.end.isoformat(),
    )
    counts = {row["choice"]: row["n"] for row in rows}
    n = counts.get("", 0)
    early, on_time = counts.get("truoc-hen", 0), counts.get("dung-hen", 0)
    late, still_open = counts.get("tre-hen", 0), counts.get("chua-den-hen", 0)
    due = early + on_time + late
    if due < work.ctx.settings.small_cell:
        return Timeliness(n, n > 0, None, None, None, None, None, None, None)
    low, high = wilson(early + on_time, due)
    return Timeliness(n, False, early, on_time, late, still_open, (early + on_time) / due, low, high)


def _months(work: Work, school: str, shown: Period, *, any_days: bool) -> tuple[MonthRate, ...]:
    found = (
        rates(work, school, shown.start, shown.end, "month")
        if any_days
        else told_months(work, school, shown.start, shown.end)
    )
    groups = {group.key: group for group in found}
    months = []
    first = shown.start.replace(day=1)
    while first <= shown.end:
        key = f"{first:%Y-%m}"
        months.append(MonthRate(first, groups.get(key) or make_group(key, (0, 0, 0, 0, 0))))
        first = (first + timedelta(days=31)).replace(day=1)
    return tuple(months)


def _quality(work: Work, school: str, shown: Period, total: Group) -> Quality:
    sources, missing = _holes(work, school)
    left = left_out(work, school, shown)
    refused = work.sql.report_refused(
        school=school,
        since=start_of(shown.start),
        until=start_of(shown.end + timedelta(days=1)),
        first=shown.start.isoformat(),
        last=shown.end.isoformat(),
        unread=TOO_MANY,
    )
    return Quality(
        sources=sources,
        holes=missing,
        misuse=total.misuse,
        clocks=clocks(work, school, shown),
        refused={row["code"]: row["n"] for row in refused},
        small_cell=work.ctx.settings.small_cell,
        left_out=left if total.misuse or left.returned else None,
        waiting=waiting(work, school),
        clock_doubt=bool(work.ctx.clock.doubt),
        unnumbered=int(work.sql.clock_waiting_count(school=school)),
    )


def _holes(work: Work, school: str) -> tuple[int, tuple[DeviceHoles, ...]]:
    """How many devices have ever sent something, and which of them lack numbers.

    Points that only ask a survey without a rate are none of these: what they bring is in no figure here.
    """
    rows = work.sql.report_rating_devices(school=school)
    rating = {row["key"] for row in rows}
    known = {device.id: device for device in registry.devices_ever(work, school)}
    missing: dict[str, int] = {}
    for one in arrived(work, school):
        if one.device in rating or one.device not in known or known[one.device].kind != "qr":
            missing[one.device] = missing.get(one.device, 0) + count(one.holes)
    labels = {id: device.label for id, device in known.items()}
    lacking = tuple(
        DeviceHoles(device, labels.get(device, device), lost) for device, lost in missing.items() if lost
    )
    return len(missing), tuple(sorted(lacking, key=lambda each: vietnamese_order(each.label)))
