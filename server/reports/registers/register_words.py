"""How a line of the registers reads, in the official Vietnamese of a printed book."""

from server.domain.cases.casework import spelled
from server.reports.words.numbers import short_date
from server.reports.words.wording import say, sentence_case
from server.services.registers.facts import BookRow, Outcome, SheetHead

_ERASED = {"asked": "book.erased", "agreed": "book.agreed", "retention": "book.expired"}


def period_line(head: SheetHead) -> str:
    """On which period, with which days: "Kỳ 6 tháng đầu năm 2026: từ ngày … đến hết ngày …"."""
    days = {"first": short_date(head.shown.start), "last": short_date(head.shown.end)}
    if head.asked.kind == "days":
        text = say("register.period_days", **days)
    else:
        text = say("register.period", period=head.asked.title("vi"), **days)
    if head.cut == "statutory":
        text += say("register.statutory")
    return text + (
        say("register.so_far", today=short_date(head.today)) if head.shown.end >= head.today else ""
    )


def room_line(head: SheetHead) -> str:
    """Whether the sealed room is in it: said in the same words whether or not it has cases."""
    return say("register.with_room" if head.sealed_room else "register.without_room")


def outcome_words(outcome: Outcome) -> str:
    """How a case stands, in plain words with its date."""
    reason = say(f"reason.{outcome.reason or 'other'}") if outcome.status == "closed" else ""
    text = say(
        f"outcome.{outcome.status}",
        day=short_date(outcome.day),
        body=outcome.body or say("outcome.somebody"),
        reason=reason,
    )
    if outcome.due is not None:
        text += say("outcome.due", due=short_date(outcome.due))
    if outcome.satisfied is not None:
        text += say("outcome.satisfied" if outcome.satisfied else "outcome.unsatisfied")
    return text


def book_cells(number: int, row: BookRow) -> tuple[str, ...]:
    """The 13 columns of one line."""
    return (
        str(number),
        short_date(row.day),
        _who(row),
        _id_number(row),
        _sealed(row, row.content),
        say(f"kind.{row.kind}") if row.kind else "",
        "" if row.people is None else str(row.people),
        row.settled_by,
        "" if row.within is None else say("book.yes" if row.within else "book.no"),
        row.guidance,
        row.taken_by,
        outcome_words(row.outcome) if row.outcome else say("book.no_case"),
        note_words(row),
    )


def note_words(row: BookRow) -> str:
    """What stands in the last column: the case's number, how it came, the receptionist's own note."""
    parts = [
        say("book.ref", ref=spelled(row.ref)) if row.ref else "",
        "" if row.channel == "reception" else say(f"book.channel.{row.channel}"),
        say("book.by_principal") if row.by_principal else "",
        say("book.again") if row.again else "",
        row.note,
    ]
    return sentence_case("; ".join(part for part in parts if part))


def _who(row: BookRow) -> str:
    if row.contact_gone and not row.erased:
        return say("book.expired")
    if not row.named and not row.erased:
        return say("book.nameless")
    return _sealed(row, row.who)


def _id_number(row: BookRow) -> str:
    if row.contact_gone and not row.erased and row.id_number is None:
        return say("book.expired")
    return _sealed(row, row.id_number)


def _sealed(row: BookRow, value: str | None) -> str:
    if row.erased:
        return say(_ERASED[row.erased])
    if value is None:
        return say("book.expired" if row.contact_gone and not row.ref else "book.sealed")
    return value
