"""What stands around a report's body: header, number, date, kind and subject, signature, recipients."""

from server.reports.documents.blocks import Letter
from server.reports.words.numbers import long_date, short_date
from server.reports.words.wording import say, sentence_case
from server.rules import Layout
from server.services.reporting.facts import ReportFacts


def period_words(facts: ReportFacts) -> str:
    """The period in words: "6 tháng đầu năm 2026", or its two days."""
    period = facts.period
    if period.kind == "days":
        return f"từ ngày {short_date(period.start)} đến ngày {short_date(period.end)}"
    return period.title("vi")


def subject_lines(facts: ReportFacts) -> tuple[str, ...]:
    """The trích yếu, line by line."""
    return tuple(say(f"subject.{facts.kind}", period=period_words(facts)).split("\n"))


def make_letter(facts: ReportFacts) -> Letter:
    """The letter around the report; what the school's record lacks stays open for the clerk."""
    school = facts.school
    post, name = signer_lines(school.signer, facts.layout)
    return Letter(
        superior=school.superior.upper() or say("letter.superior_unknown"),
        issuer=school.name.upper(),
        national_name=say("letter.national_name"),
        motto=say("letter.motto"),
        number=say("letter.number", abbreviation=school.abbreviation),
        place_date=say(
            "letter.place_date",
            place=school.place or say("letter.place_unknown"),
            date=long_date(facts.today),
        ),
        kind=say("letter.kind"),
        subject=subject_lines(facts),
        signer_post=post,
        signer=name or say("letter.name_unknown"),
        recipients_title=say("letter.recipients"),
        recipients=(say("letter.recipient", recipient=school.recipient), say("letter.archive")),
        sample=say("letter.sample_line") if school.sample else None,
    )


def signer_lines(signer: str, layout: Layout) -> tuple[tuple[str, ...], str]:
    """The lines above a signature and the name below it, from what the school's record says.

    "Nguyễn Văn A" signs as principal; "Phó Hiệu trưởng Trần Thị B" on the principal's behalf (KT.); a
    record in parts, "TL. HIỆU TRƯỞNG; TRƯỞNG PHÒNG; Lê Văn C", is taken as it stands.
    """
    parts = [part.strip() for part in signer.split(";") if part.strip()]
    if len(parts) > 1:
        return tuple(part.upper() for part in parts[:-1]), parts[-1]
    text = parts[0] if parts else ""
    for form in layout.signers:
        if text.casefold().startswith(form.post.casefold()):
            return form.lines, sentence_case(text[len(form.post) :].strip(" ,:-"))
    return layout.default_signer, text
