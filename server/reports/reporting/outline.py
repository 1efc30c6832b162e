"""The report of the Hạ Long regime, section by section, as blocks for any format."""

from collections.abc import Iterable

from server.reports.documents.blocks import Block, Document, Heading, Note, Paragraph
from server.reports.documents.letter import make_letter, period_words, subject_lines
from server.reports.reporting import complaints, findings, quality, tables
from server.reports.words.numbers import goal
from server.reports.words.wording import say
from server.services.reporting.facts import ReportFacts


def make_document(facts: ReportFacts) -> Document:
    """The whole report of those facts."""
    subject = " ".join(subject_lines(facts))
    title = say("title", subject=subject[:1].lower() + subject[1:])
    if facts.school.sample:
        title = f"{title} ({say('letter.sample')})"
    return Document(
        title=title,
        author=facts.school.name,
        day=facts.today,
        letter=make_letter(facts),
        blocks=tuple(_blocks(facts)),
    )


def _blocks(facts: ReportFacts) -> Iterable[Block]:
    counter = _Counter()
    yield Paragraph(findings.opening(facts))
    yield Heading(1, say("one"))
    yield Paragraph(say("one.school"))
    yield Paragraph(findings.voluntary(facts))
    yield Heading(1, say("two"))
    yield from _section("two.lead", say("two.lead.text"))
    yield from _section("two.files", say("two.files.text"))
    yield from _satisfaction(facts, counter)
    yield from _timeliness(facts, counter)
    yield from _reasons(facts, counter)
    yield from _complaints(facts, counter)
    yield from _section("online", say("online.text"))
    yield from _section("quality", *quality.statements(facts, counter.procedures))
    yield Heading(1, say("three"))
    yield from map(
        Paragraph, [*findings.shortcomings(facts), *complaints.shortcomings(facts), say("three.cause")]
    )
    yield Heading(1, say("four"))
    yield Paragraph(say("four.goal", goal=goal(facts.school.goal)))
    yield Paragraph(say("four.steps"))
    yield Heading(1, say("five"))
    yield Paragraph(say("five.text", recipient=facts.school.recipient))
    short = say(f"short.{facts.kind}", period=period_words(facts))
    yield Paragraph(say("closing", short=short, school=facts.school.name, recipient=facts.school.recipient))


class _Counter:
    """Numbers the tables in the order in which they come; only those that are there."""

    def __init__(self) -> None:
        self._last = 0
        self.procedures: int | None = None

    def next(self) -> int:
        self._last += 1
        return self._last


def _section(key: str, *texts: str) -> Iterable[Block]:
    yield Heading(2, say(key))
    yield from map(Paragraph, texts)


def _satisfaction(facts: ReportFacts, counter: _Counter) -> Iterable[Block]:
    yield from _section("rate", *findings.satisfaction(facts))
    if facts.total.share is None:
        return
    small = facts.quality.small_cell
    if any(row.kind != "merged" for row in facts.procedures):
        counter.procedures = counter.next()
        yield tables.procedures_table(facts, counter.procedures)
        yield from _if_any(tables.procedures_note(facts))
    else:
        yield Paragraph(say("procedures.few", small=small))
    if len(facts.months) < 2:
        return
    if facts.months_told < tables.MIN_MONTHS:
        yield Paragraph(say("months.few", small=small, least=tables.MIN_MONTHS, count=facts.months_told))
        return
    picture = tables.months_picture(facts, 1)
    if picture is not None:
        yield picture
    yield tables.months_table(facts, counter.next())
    yield from _if_any(tables.months_note(facts))


def _timeliness(facts: ReportFacts, counter: _Counter) -> Iterable[Block]:
    yield from _section("time", *findings.timeliness(facts))
    if facts.timeliness.share is not None:
        yield tables.timeliness_table(facts, counter.next())


def _reasons(facts: ReportFacts, counter: _Counter) -> Iterable[Block]:
    yield from _section("reasons", *findings.reasons(facts))
    if facts.reasons.shown:
        yield tables.reasons_table(facts, counter.next())
    if facts.reasons.answered and facts.reasons.hidden:
        hidden = ", ".join(text[:1].lower() + text[1:] for text in facts.reasons.hidden)
        yield Note(say("note.reasons", small=facts.quality.small_cell, hidden=hidden))
    if facts.reasons.answered != 0:
        yield Paragraph(say("reasons.followed"))


def _complaints(facts: ReportFacts, counter: _Counter) -> Iterable[Block]:
    yield from complaints.section(facts)
    if facts.complaints.open:
        yield complaints.open_table(facts, counter.next())
        yield from _if_any(complaints.open_note(facts))


def _if_any(note: Note | None) -> Iterable[Block]:
    if note is not None:
        yield note
