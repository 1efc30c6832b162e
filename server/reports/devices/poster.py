"""What stands on a poster and on a slip: the words in two languages, the address as one types it.

How it is set on paper is the business of `poster_pdf`, `poster_docx` and `slips_docx`.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from server.domain.devices.points import DESKS
from server.domain.devices.slips import SHEET
from server.domain.network.addresses import Reach, reach
from survey_defs.texts import Texts, load_texts

Size = Literal["a4", "a5"]
SIZES: tuple[Size, ...] = ("a4", "a5")
PAGES_MM: dict[Size, tuple[int, int]] = {"a4": (210, 297), "a5": (148, 210)}
SLIPS_ACROSS = 3
SLIPS_DOWN = SHEET // SLIPS_ACROSS

_TEXTS = Path(__file__).parents[1] / "texts" / "poster"
_BY_AUDIENCE = "audience"
_PARENTS = "phu-huynh"
_PORTS = {"http": 80, "https": 443}
_MARK = "\ue000"


class Poster(NamedTuple):
    """A point as its poster shows it."""

    school_name: str
    label: str
    """Where it hangs, in the school's own words."""
    address: str
    """The whole address, which the QR carries."""
    place: str
    """desk, waiting, classroom, letter or audience."""
    audience: str | None
    """Whom it speaks to: phu-huynh, hoc-sinh, giao-vien; None for the parents."""
    wifi: str
    """The network to join for who cannot scan; '' for none."""
    sample: bool
    """Whether the school is an invented one, which the paper then says."""

    @property
    def reach(self) -> Reach:
        """Who can open the address."""
        return reach(self.address)


class Pair(NamedTuple):
    """The same in Vietnamese, by the lines it is set in, and in English."""

    vi: tuple[str, ...]
    en: str

    @property
    def spoken(self) -> str:
        """Both on one line, for who hears a picture instead of seeing it."""
        return f"{' '.join(self.vi)} / {self.en}"


class Words(NamedTuple):
    """Everything a poster says, cleaned for print: letters only, no controls."""

    school_name: str
    label: str
    title: Pair
    steps: tuple[Pair, ...]
    faces: tuple[Pair, ...]
    no_name: Pair
    no_app: Pair
    cannot_scan: Pair
    wifi: str
    """Stands in `cannot_scan` where `wifi_mark` does; '' where there is no network to name."""
    address: str
    remarks: str
    """That the school is a sample, that not everybody can open the address; '' where neither holds."""


class SlipWords(NamedTuple):
    """What every slip of a sheet says."""

    school_name: str
    invitation: Pair
    once: Pair
    remarks: str
    """As on a poster."""


WIFI_MARK = _MARK
"""Where the network's name goes in `Words.cannot_scan`; no text that is printed contains it."""


def poster_words(poster: Poster) -> Words:
    """The words of the poster."""
    title = f"title.{_kind(poster)}"
    wifi = printable(poster.wifi)
    return Words(
        school_name=printable(poster.school_name),
        label=printable(poster.label),
        title=_pair(title),
        steps=tuple(_pair(f"step.{number}") for number in range(1, 4)),
        faces=tuple(_pair(f"face.{level}") for level in range(1, 6)),
        no_name=_pair("no-name"),
        no_app=_pair("no-app"),
        cannot_scan=_pair("cannot-scan.wifi", wifi=_MARK) if wifi else _pair("cannot-scan"),
        wifi=wifi,
        address=spelled(poster.address),
        remarks=_remarks(poster),
    )


def slip_words(poster: Poster) -> SlipWords:
    """The words of each slip; its address is its own."""
    return SlipWords(
        school_name=printable(poster.school_name),
        invitation=_pair(f"slip.{_kind(poster)}"),
        once=_pair("slip.once"),
        remarks=_remarks(poster),
    )


def code_spoken(address: str) -> str:
    """What a QR does, for who cannot see it."""
    return _pair("code", address=spelled(address)).spoken


def spelled(address: str) -> str:
    """The address as short as it can be typed: without the scheme, unless a port of its own needs it."""
    parts = urlsplit(address)
    bare = printable(address).removeprefix(f"{parts.scheme}://")
    if parts.scheme == "https" and parts.port not in (None, _PORTS["https"]):
        return printable(address)
    return bare


def address_pieces(address: str) -> tuple[tuple[str, ...], ...]:
    """The address in its parts up to each slash, and these in pieces up to each dot and hyphen.

    A line may end after any piece, best after a part: everywhere else a break could be read as a sign
    that is to be typed, or hide one.
    """
    parts = re.findall(r"[^/]*/+|[^/]+", address)
    return tuple(tuple(re.findall(r"[^.\-]*[.\-]+/*|[^.\-]+", part)) for part in parts)


def printable(text: str) -> str:
    """The text on one line, in NFC, with no control characters and no invisible ones that reorder letters."""
    return unicodedata.normalize("NFC", " ".join("".join(map(_visible, text)).split()))


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    return "" if kind.startswith("C") else letter


@cache
def _texts() -> Texts:
    return load_texts(_TEXTS)


def _pair(key: str, **values: str) -> Pair:
    say = _texts()
    return Pair(tuple(say("vi", key, **values).split("\n")), say("en", key, **values))


def _kind(poster: Poster) -> str:
    audience = poster.audience or _PARENTS
    if poster.place == _BY_AUDIENCE or audience != _PARENTS:
        return audience
    return "visit" if poster.place in DESKS else "service"


def _remarks(poster: Poster) -> str:
    say, keys = _texts(), ["sample"] if poster.sample else []
    if poster.reach == "machine":
        keys.append("reach.machine")
    elif poster.reach == "network" and not poster.wifi:
        keys.append("reach.network")
    return " · ".join(f"{say('vi', key)} – {say('en', key)}" for key in keys)
