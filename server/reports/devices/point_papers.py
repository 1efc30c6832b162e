"""What is printed for a point: its poster, and sheets of slips to cut, as files with their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from server.domain.problems import Problem
from server.reports.devices.poster import Poster, Size
from server.reports.devices.poster_docx import poster_docx
from server.reports.devices.poster_pdf import poster_pdf, slips_pdf
from server.reports.devices.slips_docx import slips_docx
from server.services import schools
from server.services.context import Context
from server.services.devices import points
from server.services.devices.points import Point
from server.services.network import public_address

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""The formats, by the ending of a file's name."""


class Paper(NamedTuple):
    """A file to be printed: its name, which is safe everywhere, and its bytes."""

    name: str
    media_type: str
    content: bytes


def poster_paper(ctx: Context, point: Point, size: Size, ending: str) -> Paper:
    """The poster of a point; `ending` is one of `MEDIA_TYPES`.

    Raises `Problem`: `point-out-of-use`; as `site.printed`; `slips-instead` where its code would
    open nothing.
    """
    if point.retired_at is not None:
        raise Problem("point-out-of-use", id=point.id)
    if point.single_use:
        raise Problem("slips-instead", id=point.id)
    drawn = (poster_pdf if ending == "pdf" else poster_docx)(_poster(ctx, point), size)
    return Paper(f"to-dan-{point.id}-{size}.{ending}", MEDIA_TYPES[ending], drawn)


def slips_paper(ctx: Context, point: Point, slips: Sequence[str], ending: str) -> Paper:
    """Sheets with these slips' letters to cut; `ending` is one of `MEDIA_TYPES`. Raises as `site.printed`."""
    addresses = [points.address(ctx, point, slip) for slip in slips]
    drawn = (slips_pdf if ending == "pdf" else slips_docx)(_poster(ctx, point), addresses)
    return Paper(f"phieu-cat-{point.id}.{ending}", MEDIA_TYPES[ending], drawn)


def _poster(ctx: Context, point: Point) -> Poster:
    public_address.printed(ctx)
    with ctx.read() as work:
        school = schools.school(work, point.school)
    return Poster(
        school_name=school.name,
        label=point.label,
        address=points.address(ctx, point),
        place=point.place,
        audience=point.audience,
        wifi=point.wifi,
        sample=school.sample,
    )
