"""The slip that a walk-in takes home: the code in four groups, and as a QR to the lookup page.

The code is known here for the length of one answer: it is drawn into the page and kept nowhere. The page
is the answer to the very form that took the case down, never an address of its own.
"""

from datetime import date

import segno
from flask import render_template
from markupsafe import Markup

from server.domain.network.addresses import Reach
from survey_defs.complaint import spell_code

_QUIET_ZONE = 4
"""Modules of white around a QR, as its standard asks."""


def lookup_with_code(lookup: str, code: str) -> str:
    """The address that a QR carries. What stands after `#` never leaves the browser that reads it."""
    return f"{lookup.partition('#')[0]}#{code}"


def code_qr_svg(address: str) -> Markup:
    """The address as a QR: one `<svg>` element to stand in a page, black on white in every colour scheme."""
    drawing = segno.make(address, error="m", micro=False).svg_inline(
        border=_QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    # What it says stands beside it in words: a reader of the screen need not hear of it.
    drawing = drawing.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return Markup(drawing)  # noqa: S704 - drawn from squares; nothing of the address is spelled out in it


def receipt_slip(
    *, school: str, number: str, day: date, due: date | None, code: str, lookup: str, reach: Reach, back: str
) -> str:
    """The page to print, for the one answer that may show the code.

    `school` is the school's name, `number` the case's ("14/2026"), `day` the day of the visit, `due` the day
    by which the school answers (None for thanks, which have none), `lookup` the address of the lookup page
    as a phone reaches it and `reach` who can, `back` the path where the receptionist goes on.
    """
    return render_template(
        "registers/slip.html",
        school_name=school,
        number=number,
        taken_on=day,
        due=due,
        groups=spell_code(code).split(),
        qr=code_qr_svg(lookup_with_code(lookup, code)),
        lookup=lookup,
        reach=reach,
        back=back,
    )
