"""The report's section on receptions, complaints and đơn thư: every sentence from what was counted."""

from collections.abc import Iterable

from server.domain.cases.casework import spelled
from server.reports.documents.blocks import Block, Column, Heading, Note, Paragraph, Table
from server.reports.words.numbers import percent, short_date, whole
from server.reports.words.wording import say
from server.services.reporting.complaints import ComplaintFacts, OpenCase
from server.services.reporting.facts import ReportFacts
from survey_defs.model import localized
from survey_defs.subjects import builtin_subjects

_MAX_ROWS = 15


def section(facts: ReportFacts) -> Iterable[Block]:
    """Heading and paragraphs; the table of what is open comes after them, from `open_table`."""
    of = facts.complaints
    yield Heading(2, say("complaints"))
    if not of.taken:
        yield Paragraph(say("complaints.not_taken"))
        yield Paragraph(say("complaints.matter"))
        return
    yield Paragraph(_visits(of))
    yield from map(Paragraph, _petitions(facts, of) if of.row.total else [say("complaints.none")])
    if of.thanks:
        yield Paragraph(say("complaints.thanks", n=whole(of.thanks)))
    if of.subjects:
        yield Paragraph(say("complaints.subjects", subjects=", ".join(map(_subject, of.subjects))))
    if of.row.total:
        yield Paragraph(say("complaints.matter"))
    yield Paragraph(say("complaints.apart"))


def open_table(facts: ReportFacts, number: int) -> Table:
    """What was still open at the end of the period, what is due first on top."""
    last = short_date(facts.shown.end)
    return Table(
        caption=say("table.number", number=number, title=say("table.open", last=last)),
        columns=(
            Column(say("column.row"), 0.06, "centre"),
            Column(say("column.ref"), 0.12, "centre"),
            Column(say("column.case_kind"), 0.22, "left"),
            Column(say("column.received"), 0.145, "centre"),
            Column(say("column.status"), 0.15, "left"),
            Column(say("column.case_due"), 0.145, "centre"),
            Column(say("column.left"), 0.16, "right"),
        ),
        rows=tuple(
            _row(index, each) for index, each in enumerate(facts.complaints.open[:_MAX_ROWS], start=1)
        ),
    )


def open_note(facts: ReportFacts) -> Note | None:
    """How many more there are than the table shows."""
    more = len(facts.complaints.open) - _MAX_ROWS
    return Note(say("note.open", shown=_MAX_ROWS, more=whole(more))) if more > 0 else None


def shortcomings(facts: ReportFacts) -> list[str]:
    """What was late, where something was."""
    of = facts.complaints.answers
    if not of.late and not of.overdue:
        return []
    return [say("three.complaints_late", late=whole(of.late), overdue=whole(of.overdue))]


def _visits(of: ComplaintFacts) -> str:
    row = of.receptions
    if not row.visits:
        return say("complaints.no_visit")
    groups = row.ordinary_groups + row.principal_groups
    group_people = row.ordinary_group_people + row.principal_group_people
    principal = {"visits": whole(row.principal_visits), "days": whole(row.principal_days)}
    return say(
        "complaints.visits",
        visits=whole(row.visits),
        people=whole(row.people),
        matters=whole(row.matters),
        principal=say("complaints.visits_principal", **principal) if row.principal_visits else "",
        groups=say("complaints.visits_groups", groups=whole(groups), people=whole(group_people))
        if groups
        else "",
    )


def _petitions(facts: ReportFacts, of: ComplaintFacts) -> Iterable[str]:
    row = of.row
    yield say(
        "complaints.total",
        total=whole(row.total),
        carried=whole(row.carried_over),
        received=whole(row.received),
        processed=whole(row.processed),
        unprocessed=whole(row.unprocessed),
    )
    if row.eligible:
        elsewhere = {
            "guided": whole(row.guided),
            "transferred": whole(row.transferred),
            "urged": whole(row.urged),
        }
        yield say(
            "complaints.eligible",
            eligible=whole(row.eligible),
            complaints=whole(row.complaints),
            reflections=whole(row.reflections),
            within=whole(row.within),
            outside=whole(row.outside),
            elsewhere=say("complaints.elsewhere", **elsewhere) if row.outside else "",
            once=whole(row.settled_once),
            again=whole(row.settled_again),
            unsettled=whole(row.unsettled),
        )
    yield _time(facts, of)
    score = of.reflections
    if score.in_time is not None and score.content is not None and score.n:
        yield say(
            "complaints.score",
            n=whole(score.n),
            in_time=percent(score.in_time / score.n),
            content=percent(score.content / score.n),
        )
    elif score.n:
        yield say("complaints.score_few", small=facts.quality.small_cell)


def _time(facts: ReportFacts, of: ComplaintFacts) -> str:
    answers, last = of.answers, short_date(facts.shown.end)
    still_open = answers.running + answers.overdue
    if still_open:
        standing = say(
            "complaints.standing",
            open=whole(still_open),
            running=whole(answers.running),
            overdue=whole(answers.overdue),
        )
    else:
        standing = say("complaints.nothing_open")
    settled = answers.in_time + answers.late
    if not settled:
        return say("complaints.time_none", last=last, standing=standing)
    return say(
        "complaints.time",
        settled=whole(settled),
        in_time=whole(answers.in_time),
        late=whole(answers.late),
        last=last,
        standing=standing,
    )


def _subject(counted: tuple[str, int]) -> str:
    names = {each.id: localized(each.text, "vi") for each in builtin_subjects()}
    subject, n = counted
    name = names.get(subject, subject)
    return say("complaints.subject", subject=name[:1].lower() + name[1:], n=whole(n))


def _row(index: int, each: OpenCase) -> tuple[str, ...]:
    if each.left is None:
        left = say("row.no_due")
    elif each.left < 0:
        left = say("row.late", n=whole(-each.left))
    else:
        left = say("row.left", n=whole(each.left))
    return (
        str(index),
        spelled(each.ref),
        say(f"kind.{each.kind}"),
        short_date(each.received),
        say(f"status.{each.status}"),
        short_date(each.due) if each.due else say("row.no_due"),
        left,
    )
