"""The words of a report, from its text file: sentences by key, with real no-break spaces."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from server.reports.words.numbers import NBSP, whole
from survey_defs.texts import Texts, load_texts

FILL = "\t"
"""Ends a paragraph that leaves the rest of its line for the clerk to fill."""
_TEXTS = Path(__file__).parents[1] / "texts"
_LANG = "vi"
_TILDE = "\N{TILDE OPERATOR}"
_WORDS_UP_TO = 10


@cache
def _texts() -> Texts:
    return load_texts(_TEXTS)


def say(key: str, **values: object) -> str:
    """The sentence of that key with its places filled, in NFC; `~` in the file is a no-break space."""
    kept = {name: str(value).replace("~", _TILDE) for name, value in values.items()}
    text = _texts()(_LANG, key, **{"fill": FILL} | kept).replace("~", NBSP).replace(_TILDE, "~")
    return unicodedata.normalize("NFC", text)


def in_words(count: int) -> str:
    """A count as a word up to ten, in figures beyond: "ba", "12"."""
    return say(f"words.{count}") if 1 <= count <= _WORDS_UP_TO else whole(count)


def sentence_case(text: str) -> str:
    """The text with its first letter in capitals, the others as they are."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    """An enumeration: "a", "a và b", "a, b và c"."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + say("words.and") + parts[-1]
