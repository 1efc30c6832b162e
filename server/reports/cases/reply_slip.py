"""Phiếu trả lời: the school's answer to a complaint as a document to print, sign and hand over."""

import re
from collections.abc import Iterable

from server.reports.documents.blocks import Addressee, Block, Document, Letter, Paragraph
from server.reports.documents.docx import render_docx
from server.reports.documents.letter import signer_lines
from server.reports.words.numbers import long_date, page_date
from server.reports.words.wording import say, sentence_case
from server.rules import layout_on
from server.services.cases.reply_slips import ReplySlip

_LAYOUT = "nghi-dinh-30"
_READER = r"(?:quý )?(?:vị|phụ huynh|ông bà|ông \(bà\)|ông/bà|ông, bà|anh chị|anh/chị|cha mẹ học sinh)"
_GREETING = re.compile(
    rf"(?i:kính gửi|kính thưa|thưa):? (?i:các )?(?i:{_READER})(?P<name>(?: \w+){{0,6}})\s*(?:[,.:;!]+\s*|$)"
)
_THANKS = rf"(?:xin )?(?:trân trọng |chân thành )?(?:cảm ơn|cám ơn|kính chào)(?: các)?(?: {_READER})?"
_CLOSING = re.compile(rf"(?i:(?:nhà trường )?{_THANKS}|(?:xin )?trân trọng|kính thư)[\s.!,/]*")
_END_MARK = "./."
"""How a document ends by the decree: the letter's own closing bears it."""


def reply_slip_docx(slip: ReplySlip) -> bytes:
    """The slip as docx, laid out as the decree on administrative documents wants it."""
    return render_docx(_document(slip), layout_on(_LAYOUT, slip.today))


def body_lines(text: str) -> list[str]:
    """The lines of an answer without a greeting and a closing: the letter around them has its own.

    Only set phrases go, and only where they stand alone or before the first sentence; all else is kept.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if lines:
        lines[:1] = [rest] if (rest := _without_greeting(lines[0])) else []
    while lines and _CLOSING.fullmatch(lines[-1]):
        lines.pop()
    if lines and lines[-1].endswith(_END_MARK):
        lines[-1] = lines[-1].removesuffix(_END_MARK) + "."
    return lines


def _without_greeting(line: str) -> str:
    greeting = _GREETING.match(line)
    # Behind the reader stands a name, in capitals, or nothing; "gửi quý vị kết quả" is no greeting.
    if greeting is None or not all(word[0].isupper() for word in greeting["name"].split()):
        return line
    rest = line[greeting.end() :]
    return rest[:1].upper() + rest[1:]


def _document(slip: ReplySlip) -> Document:
    school = slip.school
    kind = say(f"reply.kind.{slip.what}")
    post, name = signer_lines(school.signer, layout_on(_LAYOUT, slip.today))
    number = "reply.number" if slip.what == "answer" else "reply.number_return"
    return Document(
        title=say("reply.title", kind=sentence_case(kind.lower()), ref=slip.number),
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
            subject=(say("reply.subject", what=_what(slip), ref=slip.number),),
            signer_post=post,
            signer=name or say("letter.name_unknown"),
            recipients_title=say("letter.recipients"),
            recipients=(say("reply.recipient"), say("reply.archive", ref=slip.number)),
            sample=say("letter.sample") if school.sample else None,
        ),
        blocks=tuple(_blocks(slip)),
    )


def _blocks(slip: ReplySlip) -> Iterable[Block]:
    if slip.name:
        yield Addressee(say("reply.to_name", name=slip.name, ref=slip.number))
    else:
        yield Addressee(say("reply.to_ref", ref=slip.number))
    what = _what(slip)
    yield Paragraph(
        say(
            "reply.received",
            school=slip.school.name,
            what=what[:1].lower() + what[1:],
            day=page_date(slip.received),
            ref=slip.number,
            summary=say("reply.summary", summary=slip.summary.rstrip(" .")) if slip.summary else "",
        )
    )
    if slip.corrects:
        yield Paragraph(say("reply.corrects", day=page_date(slip.corrects)))
    yield Paragraph(say(f"reply.{slip.what}"))
    for line in body_lines(slip.text):
        yield Paragraph(line)
    if slip.kind == "khieu_nai" and slip.what == "answer":
        yield Paragraph(say("reply.no_decision"))
    yield Paragraph(say("reply.further"))
    yield Paragraph(say("reply.closing"))


def _what(slip: ReplySlip) -> str:
    return say(f"reply.what.{slip.kind}")
