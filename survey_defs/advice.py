"""Finds, in what somebody has written, words that may mean a denunciation or somebody in danger. Pure."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from survey_defs import yaml_text
from survey_defs.tone_marks import without_marks

FILE = Path(__file__).with_name("advice.yaml")
_WORD = re.compile(r"[^\W_]+")


def needs_advice(text: str) -> bool:
    """Whether one of the words of `advice.yaml` stands in the text."""
    words = _words(text)
    for phrase in phrases():
        length = len(phrase)
        for start in range(len(words) - length + 1):
            if all(map(_is_word, words[start : start + length], phrase)):
                return True
    return False


@cache
def phrases() -> tuple[tuple[tuple[str, str], ...], ...]:
    """What is looked for: for each entry its words, each with marks and without."""
    listed = yaml_text.read(FILE.read_text(encoding="utf-8"))["words"]
    return tuple(tuple((word, without_marks(word)) for word in _words(entry)) for entry in listed)


def _is_word(written: str, wanted: tuple[str, str]) -> bool:
    """Other marks make another word: `bảo hành` is no `bạo hành`; no marks at all may be either."""
    return written in wanted


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())
