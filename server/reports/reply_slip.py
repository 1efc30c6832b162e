"""Phiếu trả lời: the school's answer to a complaint as a document to print, sign and hand over."""

from collections.abc import Iterable

from server.reports.blocks import Addressee, Block, Document, Letter, Paragraph
from server.reports.docx import render_docx
from server.reports.letter import signer_lines
from server.reports.numbers import long_date, short_date
from server.reports.wording import say, sentence_case
from server.rules import layout_on
from server.services.reply_slips import ReplySlip

_LAYOUT = "nghi-dinh-30"


def reply_slip_docx(slip: ReplySlip) -> bytes:
    """The slip as docx, laid out as the decree on administrative documents wants it."""
    return render_docx(_document(slip), layout_on(_LAYOUT, slip.today))


def _document(slip: ReplySlip) -> Document:
    school = slip.school
    kind = say(f"reply.kind.{slip.what}")
    post, name = signer_lines(school.signer, layout_on(_LAYOUT, slip.today))
    number = "reply.number" if slip.what == "answer" else "reply.number_return"
    return Document(
        title=say("reply.title", kind=sentence_case(kind.lower()), ref=slip.ref),
        author=school.name,
        day=slip.today,
        letter=Letter(
            superior=school.superior.upper() or say("letter.superior_unknown"),
            issuer=school.name.upper(),
            national_name=say("letter.national_name"),
            motto=say("letter.motto"),
            number=say(number, abbreviation=school.abbreviation),
            place_date=say(
                "letter.place_date",
                place=school.place or say("letter.place_unknown"),
                date=long_date(slip.today),
            ),
            kind=kind,
            subject=(say("reply.subject", what=_what(slip), ref=slip.ref),),
            signer_post=post,
            signer=name or say("letter.name_unknown"),
            recipients_title=say("letter.recipients"),
            recipients=(say("reply.recipient"), say("reply.archive", ref=slip.ref)),
            sample=say("letter.sample") if school.sample else None,
        ),
        blocks=tuple(_blocks(slip)),
    )


def _blocks(slip: ReplySlip) -> Iterable[Block]:
    if slip.name:
        yield Addressee(say("reply.to_name", name=slip.name))
    else:
        yield Addressee(say("reply.to_ref", ref=slip.ref))
    what = _what(slip)
    yield Paragraph(
        say(
            "reply.received",
            school=slip.school.name,
            what=what[:1].lower() + what[1:],
            day=short_date(slip.received),
            ref=slip.ref,
            summary=say("reply.summary", summary=slip.summary.rstrip(" .")) if slip.summary else "",
        )
    )
    yield Paragraph(say(f"reply.{slip.what}"))
    for line in slip.text.split("\n"):
        if line.strip():
            yield Paragraph(line.strip())
    if slip.kind == "khieu_nai" and slip.what == "answer":
        yield Paragraph(say("reply.no_decision"))
    yield Paragraph(say("reply.further"))
    yield Paragraph(say("reply.closing"))


def _what(slip: ReplySlip) -> str:
    return say(f"reply.what.{slip.kind}")
