"""Reports as files: the facts in, a document's bytes out."""

from server.domain.problems import Problem
from server.reports.documents.docx import render_docx
from server.reports.reporting.outline import make_document
from server.services.reporting.facts import ReportFacts

FORMATS = ("docx",)
"""Every format that a report can be had in."""
MEDIA_TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}


def render(facts: ReportFacts, format: str) -> bytes:
    """The report as a file of that format. Raises `Problem("format-not-available")`."""
    check_format(format)
    return render_docx(make_document(facts), facts.layout)


def check_format(format: str) -> None:
    """Raises `Problem("format-not-available")` for a format that cannot be had."""
    if format not in FORMATS:
        raise Problem("format-not-available", format=format, available=", ".join(FORMATS))
