"""The overview: one school's period as values that a page can show, without words or markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.domain.access.roles import DEVICE_KEEPERS
from server.domain.cases.casework import Actor
from server.domain.figures.comparison import Comparison
from server.domain.figures.periods import Period, current_half, days, months_up_to, parse_period
from server.domain.figures.rates import Group, Verdict, merge_hidden, verdict
from server.domain.figures.trend import Trend, make_trend
from server.domain.localtime import local_day
from server.domain.records import School
from server.rules.regimes import DueReport, due_reports, regimes
from server.services import schools
from server.services.context import Context, Work
from server.services.dashboard.desk_tasks import DeskTasks, desk_tasks
from server.services.dashboard.desk_tasks import marks as marks_of_desk
from server.services.dashboard.fleet import DeviceView, fleet, is_silent
from server.services.figures.comparison import against_year_before, first_day
from server.services.figures.publication import check_reader, told_months
from server.services.figures.quality import Quality, clocks, received, recent_dead_letters
from server.services.figures.rates import procedure_names, rates
from server.services.figures.reasons import (
    NO_REASONS,
    NO_TIMELINESS,
    Reasons,
    Timeliness,
    make_reasons,
    make_timeliness,
)
from server.services.network import broker_address
from server.services.network.broker_address import NotShown
from server.services.network.certificate_terms import Term, pressing
from server.services.upkeep import scheduled_backups
from survey_defs.model import localized

_DUE_SOON_DAYS = 14


@dataclass(frozen=True)
class ProcedureRow:
    """One bar. `kind`: `known` (by name), `unknown` (a slug outside the catalogue), `none`, `merged`."""

    kind: str
    name: str
    group: Group
    verdict: Verdict
    merged: int = 0


@dataclass(frozen=True)
class Tasks:
    """What needs a person today."""

    silent: tuple[DeviceView, ...]
    holes: tuple[DeviceView, ...]
    refused: int
    reports: tuple[DueReport, ...]
    desk: DeskTasks
    certificates: tuple[Term, ...] = ()
    not_shown: NotShown | None = None
    """What the broker should show and does not."""
    backup: scheduled_backups.Overdue | None = None
    """That the daily backup is missing."""

    def __len__(self) -> int:
        fleet_and_data = len(self.silent) + bool(self.holes) + bool(self.refused)
        return (
            fleet_and_data
            + len(self.reports)
            + len(self.desk)
            + len(self.certificates)
            + bool(self.not_shown)
            + bool(self.backup)
        )


@dataclass(frozen=True)
class Overview:
    """Everything the first page shows. `shown` is what of `period` has passed.

    `divided`: whether the period may be told by procedure, reason and the like; else these are empty.
    """

    school: School
    period: Period
    shown: Period
    today: date
    now: int
    total: Group
    verdict: Verdict
    comparison: Comparison | None
    tasks: Tasks
    trend: Trend
    procedures: tuple[ProcedureRow, ...]
    procedure_groups: tuple[tuple[str | None, Group], ...]
    """Every group of the breakdown with its name, which is None outside the catalogue."""
    first_talk: tuple[ProcedureRow, ...]
    reasons: Reasons
    timeliness: Timeliness
    quality: Quality
    devices: tuple[DeviceView, ...]
    divided: bool = True


def overview(
    work: Work,
    school_slug: str,
    period: Period,
    lang: str,
    actor: Actor | None = None,
    *,
    any_days: bool = True,
) -> Overview:
    """The overview of a school; names of procedures and reasons in `lang`.

    `actor`: who looks at it, and hears of what complaints ask of them. Without `any_days` it is for a reader
    of whole periods (`figures.publication`): divided are then half-years alone, which do not overlap.
    Raises `Problem("unknown-school")`.
    """
    now = work.now
    today = local_day(now)
    school = schools.school(work, school_slug)
    shown = period.until(today)
    [total] = rates(work, school.slug, shown.start, shown.end)
    divided = any_days or period.kind == "half"
    by_procedure = rates(work, school.slug, shown.start, shown.end, "procedure") if divided else []
    names = {slug: localized(p.short, lang) for slug, p in procedure_names(work, school.slug).items()}
    rows = _procedure_rows(total, by_procedure, names, school.goal)
    devices = tuple(fleet(work, school.slug, shown, now))
    reasons = make_reasons(work, school.slug, shown, total, lang) if divided else NO_REASONS
    return Overview(
        school=school,
        period=period,
        shown=shown,
        today=today,
        now=now,
        total=total,
        verdict=verdict(total, school.goal),
        comparison=against_year_before(work, school.slug, shown, any_days=any_days),
        tasks=_tasks(work, school.slug, devices, lang, actor),
        trend=_trend(work, school.slug, shown, today, any_days=any_days),
        procedures=rows,
        procedure_groups=tuple((names.get(group.key), group) for group in by_procedure),
        first_talk=tuple(row for row in rows if row.verdict == "below" and row.kind == "known"),
        reasons=reasons,
        timeliness=make_timeliness(work, school.slug, shown) if divided else NO_TIMELINESS,
        quality=_quality(
            work,
            school.slug,
            shown=shown,
            now=now,
            total=total,
            devices=devices,
            by_procedure=by_procedure,
            reasons=reasons,
        ),
        devices=devices,
        divided=divided,
    )


def revision(work: Work, school: str, actor: Actor | None = None) -> str:
    """Changes whenever the overview may: an answer of the school and the rules' word on it, a label, a
    device's state, a refused message, a case, the minute.

    Costs the same however many answers there are, and whatever the other schools have.
    """
    sql, now = work.sql, work.now
    heard = sql.overview_presence(school=school)
    states = sorted(f"{row['device']}={row['state']}{is_silent(row['kind'], row, now):d}" for row in heard)
    marks = (
        *(tuple(row) for row in sql.overview_answers_of(school=school)),
        sql.overview_last_dead_letter(school=school),
        sql.misuse_due_count(school=school),
        sql.misuse_label_last(school=school),
        now // 60_000,
        *(marks_of_desk(work, actor) if actor else ()),
        *states,
    )
    return "|".join(str(mark) for mark in marks)


def period_of(ctx: Context, code: str | None) -> Period:
    """The period that was asked for, or the running half-year. Raises `Problem("bad-period")`."""
    return parse_period(code) if code else current_half(local_day(ctx.now()))


def period_for(work: Work, school: str, role: str, code: str | None) -> Period:
    """As `period_of`, for somebody who looks at rates.

    Raises `Problem`: `bad-period`, and as `publication.check_reader` does.
    """
    period = period_of(work.ctx, code)
    check_reader(work, school, role, period)
    return period


def period_choices(work: Work, school: str, chosen: Period, *, any_days: bool = True) -> list[Period]:
    """Years, halves and quarters that have begun and for which there can be answers, the newest first.

    Without `any_days` no year that is not over.
    """
    today = local_day(work.now)
    first = first_day(work, school)
    first_year = max(today.year - 4, min(today.year, first.year)) if first else today.year
    codes = [
        f"{year}{part}"
        for year in range(today.year, first_year - 1, -1)
        for part in ("", "-H2", "-H1", "-Q4", "-Q3", "-Q2", "-Q1")
    ]
    choices = [
        period
        for period in map(parse_period, codes)
        if period.start <= today and (any_days or period.kind != "year" or period.end < today)
    ]
    return choices if chosen in choices else [chosen, *choices]


def _procedure_rows(
    total: Group, groups: Sequence[Group], names: dict[str, str], goal: float
) -> tuple[ProcedureRow, ...]:
    rows, last = [], []
    for group in groups:
        if group.suppressed:
            continue
        judged = verdict(group, goal)
        if not group.key:
            last.append(ProcedureRow("none", "", group, judged))
        elif group.key in names:
            rows.append(ProcedureRow("known", names[group.key], group, judged))
        else:
            rows.append(ProcedureRow("unknown", group.key, group, judged))
    merged = merge_hidden(total, groups)
    if merged is not None and (rows or last):  # else it would be the whole once more
        count = sum(group.suppressed for group in groups)
        rows.append(ProcedureRow("merged", "", merged, verdict(merged, goal), count))
    return (*rows, *last)


def _trend(work: Work, school: str, shown: Period, today: date, *, any_days: bool) -> Trend:
    end = min(shown.end, max(today, shown.start))
    months = months_up_to(end)
    window = days(months[0], end)
    if not any_days:
        told = told_months(work, school, window.start, window.end)
        return make_trend(months, {group.key: group for group in told})
    groups = {group.key: group for group in rates(work, school, window.start, window.end, "month")}
    # The period's own total is on the same page: a month hidden among twelve must not follow from it.
    inside = max(shown.start, window.start)
    for group in rates(work, school, inside, end, "month"):
        if group.suppressed:
            groups[group.key] = group
    return make_trend(months, groups)


def _tasks(work: Work, school: str, devices: Sequence[DeviceView], lang: str, actor: Actor | None) -> Tasks:
    now = work.now
    today = local_day(now)
    keeps_devices = actor is not None and actor.role in DEVICE_KEEPERS
    due = [report for regime in regimes() if regime.served for report in due_reports(regime.id, today)]
    return Tasks(
        silent=tuple(view for view in devices if view.needs_someone),
        holes=tuple(view for view in devices if view.missing),
        refused=recent_dead_letters(work, school, now),
        reports=tuple(report for report in due if report.days_left <= _DUE_SOON_DAYS),
        desk=desk_tasks(work, actor, today, lang) if actor else DeskTasks(),
        certificates=pressing(work.ctx.settings, now) if keeps_devices else (),
        not_shown=broker_address.not_shown(work.ctx) if keeps_devices else None,
        backup=scheduled_backups.overdue(work.ctx) if keeps_devices else None,
    )


def _quality(
    work: Work,
    school: str,
    *,
    shown: Period,
    now: int,
    total: Group,
    devices: Sequence[DeviceView],
    by_procedure: Sequence[Group],
    reasons: Reasons,
) -> Quality:
    incomplete = [view for view in devices if view.missing]
    return Quality(
        sources=sum(view.journals > 0 for view in devices),
        received=received(total),
        counted=total.n,
        misuse=total.misuse,
        missing=sum(view.missing_count for view in incomplete),
        missing_devices=tuple(view.label for view in incomplete),
        clocks=clocks(work, school, shown),
        merged=sum(group.suppressed for group in by_procedure),
        hidden_reasons=len(reasons.hidden),
        refused=recent_dead_letters(work, school, now),
    )
