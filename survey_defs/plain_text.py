"""Text as it may be stored and printed: whatever comes in passes `clean`, whatever goes out as XML once more.

What is taken away, and why: XML 1.0 (section 2.2, `Char`) forbids most control characters, half surrogates,
U+FFFE and U+FFFF, so that one of them in a name spoils every document that the name stands in; the other
noncharacters are for no interchange (Unicode 16, section 23.7); the signs that turn the direction of writing
(`Bidi_Control`) let a name show as another one, and neither Vietnamese nor English needs them. Letters of
right-to-left scripts stay as they are: they know their direction. Joiners of width zero stay too, emoji are
made with them. Of many marks on one letter the first thirty stay, more than any language has (UAX #15,
section 13): putting them into their order takes the square of their number, so that half a megabyte of them
would hold a server for minutes.
"""

import re
import unicodedata
from typing import Any

import msgspec

_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
"""A vertical tab is what Word and a PDF's text have for a line break, a form feed for a page's end."""
_PLANES = range(0x11)
_NONCHARACTERS = "".join(chr(plane << 16 | last) for plane in _PLANES for last in (0xFFFE, 0xFFFF))
_DROPPED = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls, but for tab and line feed
    "\ud800-\udfff"  # half letters
    f"\ufdd0-\ufdef{_NONCHARACTERS}"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of writing
    "\ufeff\ufff9-\ufffb"  # a byte order mark within a text, marks of annotations
    "]"
)
MAX_MARKS = 30
"""Of one letter."""
_HALF_WIDTH = "\uff9e\uff9f"
"""Letters that NFKC makes marks of."""
_MARKS = re.compile(rf"(?:[^\w\s\x00-\x7f]|[{_HALF_WIDTH}]){{{MAX_MARKS + 1},}}")
"""Where there may be more: no mark is a letter, a space or ASCII."""


def clean(text: str) -> str:
    """The text in NFC without what no document can hold; every kind of line break as `\\n`, tabs as they are.

    Clean text comes back as it is.
    """
    kept = _MARKS.sub(_fewer_marks, _DROPPED.sub("", _LINE_BREAKS.sub("\n", text)))
    # Some marks come apart in NFC, and are two then.
    return _MARKS.sub(_fewer_marks, unicodedata.normalize("NFC", kept))


def _fewer_marks(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for sign in found[0]:
        marks = marks + 1 if unicodedata.category(sign)[0] == "M" or sign in _HALF_WIDTH else 0
        if marks <= MAX_MARKS:
            kept.append(sign)
    return "".join(kept)


def one_line(text: str) -> str:
    """The clean text on one line, with one space between its words and none around them."""
    return " ".join(clean(text).split())


def clean_within(value: Any) -> Any:
    """The same value with every text in it clean: tuples, lists, dicts and structs, as deep as they go.

    Other values (numbers, dates, bytes) come back as they are.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(clean_within, value))
    if isinstance(value, tuple | list):
        return type(value)(map(clean_within, value))
    if isinstance(value, dict):
        return {clean_within(key): clean_within(each) for key, each in value.items()}
    if isinstance(value, msgspec.Struct):
        fields = {name: clean_within(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    return value
