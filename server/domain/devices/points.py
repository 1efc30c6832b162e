"""What a point may be: its places, its audiences, the words on its poster, the id in its address."""

from __future__ import annotations

import re
import unicodedata
from typing import get_args

from server.domain.problems import Problem
from survey_defs.model import Audience
from survey_defs.tone_marks import without_marks

PLACES = ("desk", "waiting", "classroom", "letter", "audience")
"""Quầy, phòng chờ, lớp học, thư gửi về nhà; `audience`: a quarterly survey of one group."""
DESKS = ("desk", "waiting")
"""The places where somebody has just come for something: one at a time, while the school is open."""
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
MAX_LABEL = 60
"""Letters of a label: one line of a poster's head."""
MAX_WIFI = 32
"""Bytes of a network's name (IEEE 802.11, SSID)."""
_VISIT_SURVEY = "tthc"
_QUARTERLY = "tam-tu-nguyen-vong-"
_LONG_ENOUGH = 24
"""Letters of an id that is made from a label: people type it from a poster."""


def default_survey(place: str, audience: Audience) -> str:
    """What a point asks that is told nothing else: of the visit, or the group's own survey of the quarter."""
    return _QUARTERLY + audience if place == "audience" else _VISIT_SURVEY


def check_place(place: str) -> None:
    """Raises `Problem("unknown-place")`."""
    if place not in PLACES:
        raise Problem("unknown-place", place=_short(place), known=", ".join(PLACES))


def read_audience(text: str) -> Audience:
    """The audience of that name. Raises `Problem("unknown-audience")`."""
    for audience in AUDIENCES:
        if audience == text:
            return audience
    raise Problem("unknown-audience", audience=_short(text), known=", ".join(AUDIENCES))


def read_label(text: str) -> str:
    """A label in one line. Raises `Problem("bad-label")`: empty, too long, or not text."""
    label = _one_line(text)
    if not label or len(label) > MAX_LABEL or not _is_text(label):
        raise Problem("bad-label", most=MAX_LABEL)
    return label


def read_wifi(text: str) -> str:
    """The name of a network, '' for none. Raises `Problem("bad-wifi")`."""
    wifi = _one_line(text)
    if not _is_text(wifi) or len(wifi.encode()) > MAX_WIFI:
        raise Problem("bad-wifi", most=MAX_WIFI)
    return wifi


def id_of(label: str) -> str:
    """A short id from a label: `Bàn số 1` gives `ban-so-1`; `diem` where nothing of it can be spelt so."""
    slug = re.sub(r"[^a-z0-9]+", "-", without_marks(label.lower())).strip("-")
    if len(slug) > _LONG_ENOUGH:
        whole_words = slug[: _LONG_ENOUGH + 1].rpartition("-")[0]
        slug = (whole_words or slug[:_LONG_ENOUGH]).strip("-")
    return slug or "diem"


def _one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_text(text: str) -> bool:
    """Without control signs, half letters, and signs that turn the direction of writing."""
    return not any(unicodedata.category(letter).startswith("C") for letter in text)


def _short(text: str) -> str:
    """What somebody gave, as far as a sentence can repeat it."""
    return text[:40] if text[:40].isprintable() else "?"
