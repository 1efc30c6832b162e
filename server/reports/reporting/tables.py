"""The tables and the chart of a report, from its facts."""

from collections.abc import Iterator

from server.domain.figures.rates import Group, satisfied
from server.reports.documents.blocks import Column, Note, Picture, Table
from server.reports.documents.chart import HEIGHT_MM, WIDTH_MM, Bar, monthly_svg
from server.reports.words.numbers import decimal, goal, interval, month, percent, points, whole
from server.reports.words.wording import in_words, listed, say, sentence_case
from server.services.figures.reasons import Timeliness
from server.services.reporting.facts import ProcedureRate, ReportFacts, RowKind

MIN_MONTHS = 2
"""With fewer months that have a rate there is nothing to set side by side: neither drawing nor table."""


def procedure_name(row: ProcedureRate) -> str:
    """The name that stands in the table by procedure."""
    if row.kind != "merged":
        return _simple_name(row.kind, row.name)
    if row.named_members == 1:
        [name] = [_member(kind, name) for kind, name in row.members if kind != "none"]
        what = say("row.merged_one", name=name)
    else:
        what = sentence_case(say("row.merged", count=in_words(row.named_members)))
    return say("row.merged_nameless", what=what) if len(row.members) > row.named_members else what


def _simple_name(kind: RowKind, name: str) -> str:
    if kind == "none":
        return say("row.none")
    return name if kind == "known" else say("row.unknown", slug=name)


def _member(kind: RowKind, name: str) -> str:
    if kind == "none":
        return say("members.nameless")
    return name if kind == "known" else say("members.unknown", slug=name)


def procedures_table(facts: ReportFacts, number: int) -> Table:
    """The rates by procedure with their total."""
    rows = [
        (str(index), procedure_name(row), *_figures(row.group))
        for index, row in enumerate(facts.procedures, start=1)
    ]
    return Table(
        caption=say("table.number", number=number, title=say("table.procedures")),
        columns=(
            Column(say("column.row"), 0.055, "centre"),
            Column(say("column.procedure"), 0.42, "left"),
            *_rate_columns(),
        ),
        rows=(*rows, ("", say("row.total"), *_figures(facts.total))),
        total=True,
    )


def procedures_note(facts: ReportFacts) -> Note | None:
    """Which procedures were added up, and why; None where none were."""
    for row in facts.procedures:
        if row.kind == "merged":
            members = listed([_member(kind, name) for kind, name in row.members])
            name, small = procedure_name(row), facts.quality.small_cell
            return Note(say("note.merged", row=name, members=members, small=small))
    return None


def months_table(facts: ReportFacts, number: int) -> Table:
    """The rates by month: the figures behind the chart."""
    return Table(
        caption=say("table.number", number=number, title=say("table.months")),
        columns=(Column(say("column.month"), 0.16, "centre"), *_rate_columns()),
        rows=tuple((month(row.first), *_figures(row.group)) for row in facts.months),
    )


def months_note(facts: ReportFacts) -> Note | None:
    """What a dash means, where there is one."""
    return Note(say("note.months")) if any(row.group.share is None for row in facts.months) else None


def months_picture(facts: ReportFacts, number: int) -> Picture | None:
    """The chart by month; None where fewer than `MIN_MONTHS` have a rate to show."""
    bars = [
        Bar(month(row.first), row.group.n, row.group.share, row.group.low, row.group.high)
        for row in facts.months
    ]
    if facts.months_told < MIN_MONTHS:
        return None
    aim = goal(facts.school.goal)
    return Picture(
        svg=monthly_svg(bars, facts.school.goal),
        width_mm=WIDTH_MM,
        height_mm=HEIGHT_MM,
        alt=say("figure.months.alt", goal=aim, months=" ".join(_in_words(bars))),
        caption=say("figure.number", number=number, title=say("figure.months")),
        key=say("figure.months.key", goal=aim),
    )


def timeliness_table(facts: ReportFacts, number: int) -> Table:
    """When results were handed over: all procedures, then those that the regime names."""
    named = [(say("row.focus", name=each.name), each.timeliness) for each in facts.focus]
    return Table(
        caption=say("table.number", number=number, title=say("table.time")),
        columns=(
            Column(say("column.what"), 0.31, "left"),
            *(Column(say(f"column.{key}"), 0.125, "right") for key in ("early", "on_time", "late", "open")),
            Column(say("column.in_time"), 0.19, "right"),
        ),
        rows=tuple((name, *_times(of)) for name, of in [(say("row.all"), facts.timeliness), *named]),
    )


def reasons_table(facts: ReportFacts, number: int) -> Table:
    """What people named after a low rating."""
    answered = facts.reasons.answered or 0
    return Table(
        caption=say("table.number", number=number, title=say("table.reasons")),
        columns=(
            Column(say("column.row"), 0.065, "centre"),
            Column(say("column.reason"), 0.495, "left"),
            Column(say("column.times"), 0.18, "right"),
            Column(say("column.of_answered"), 0.26, "right"),
        ),
        rows=tuple(
            (str(index), reason.text, whole(reason.n), points(reason.n / answered))
            for index, reason in enumerate(facts.reasons.shown, start=1)
        ),
    )


def _rate_columns() -> tuple[Column, ...]:
    return (
        Column(say("column.n"), 0.125, "right"),
        Column(say("column.satisfied"), 0.125, "right"),
        Column(say("column.share"), 0.08, "right"),
        Column(say("column.interval"), 0.195, "right"),
    )


def _figures(group: Group) -> tuple[str, str, str, str]:
    hidden = say("row.hidden")
    if group.levels is None or group.share is None or group.low is None or group.high is None:
        return (whole(group.n), hidden, hidden, hidden)
    return (
        whole(group.n),
        whole(satisfied(group.levels)),
        points(group.share),
        interval(group.low, group.high),
    )


def _times(of: Timeliness) -> tuple[str, ...]:
    counts = tuple(whole(count or 0) for count in (of.early, of.on_time, of.late, of.open))
    return (*counts, say("row.hidden") if of.share is None else points(of.share))


def _in_words(bars: list[Bar]) -> Iterator[str]:
    for bar in bars:
        if bar.share is None:
            yield say("figure.months.alt_none", month=bar.label, n=whole(bar.n))
        else:
            yield say("figure.months.alt_month", month=bar.label, share=percent(bar.share), n=whole(bar.n))


def mean(group: Group) -> str:
    """The mean level: 4,46."""
    return decimal(group.mean or 0, 2)
