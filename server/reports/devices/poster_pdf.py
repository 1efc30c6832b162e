"""Posters and slips as PDF, ready for the printer."""

from collections.abc import Sequence

from server.reports.devices.poster import (
    PAGES_MM,
    SLIPS_ACROSS,
    SLIPS_DOWN,
    WIFI_MARK,
    Poster,
    Size,
    address_pieces,
    code_spoken,
    poster_words,
    slip_words,
    spelled,
)
from server.reports.devices.poster_pictures import LOCK, LOGO, face_svg, qr_svg
from server.reports.documents.typesetting import set_pdf


def poster_pdf(poster: Poster, size: Size) -> bytes:
    """The poster on one page of that size."""
    words = poster_words(poster)
    width, height = PAGES_MM[size]
    return set_pdf(
        "poster",
        {
            "size": size,
            "width": width,
            "height": height,
            "school": words.school_name,
            "label": words.label,
            "title": words.title._asdict(),
            "steps": [step._asdict() for step in words.steps],
            "faces": [
                {"words": face.vi, "alt": face.spoken, "svg": face_svg(level)}
                for level, face in enumerate(words.faces, start=1)
            ],
            "no_name": words.no_name._asdict(),
            "no_app": words.no_app._asdict(),
            "cannot_scan": {"vi": words.cannot_scan.vi[0], "en": words.cannot_scan.en, "mark": WIFI_MARK},
            "wifi": words.wifi,
            "address": address_pieces(words.address),
            "qr": qr_svg(poster.address),
            "qr_alt": code_spoken(poster.address),
            "logo": LOGO,
            "lock": LOCK,
            "remarks": words.remarks,
        },
    )


def slips_pdf(poster: Poster, addresses: Sequence[str]) -> bytes:
    """A slip for each address, 24 on each sheet of A4. ValueError where there is none."""
    if not addresses:
        raise ValueError("a sheet of slips needs at least one address")
    words = slip_words(poster)
    return set_pdf(
        "slips",
        {
            "across": SLIPS_ACROSS,
            "down": SLIPS_DOWN,
            "school": words.school_name,
            "invitation": words.invitation._asdict(),
            "once": {"vi": words.once.vi[0], "en": words.once.en},
            "remarks": words.remarks,
            "slips": [
                {
                    "qr": qr_svg(address),
                    "alt": code_spoken(address),
                    "address": address_pieces(spelled(address)),
                }
                for address in addresses
            ],
        },
    )
