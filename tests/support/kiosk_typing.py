"""How a person types a Vietnamese text: worked out from the text itself, by its Unicode parts.

Independent of `kiosk.keyboard.telex`: it knows nothing of syllables, only what each letter is made of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

ACUTE, GRAVE, HOOK, TILDE, DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
TONES = {
    "telex": {ACUTE: "s", GRAVE: "f", HOOK: "r", TILDE: "x", DOT: "j"},
    "vni": {ACUTE: "1", GRAVE: "2", HOOK: "3", TILDE: "4", DOT: "5"},
}
CIRCUMFLEX, HORN, BREVE = "\u0302", "\u031b", "\u0306"


class Letter(NamedTuple):
    """A typed letter: its plain key, the key that marks it ("" for none), and its tone's key."""

    plain: str
    mark: str
    tone: str


def letters(word: str, method: str) -> list[Letter]:
    """The word's letters, each with its keys."""
    found = []
    for letter in unicodedata.normalize("NFC", word):
        if letter in "đĐ":
            plain = "D" if letter == "Đ" else "d"
            found.append(Letter(plain, plain if method == "telex" else "9", ""))
            continue
        plain, *marks = unicodedata.normalize("NFD", letter)
        tone = next((TONES[method][mark] for mark in marks if mark in TONES[method]), "")
        shape = ""
        if CIRCUMFLEX in marks:
            shape = plain if method == "telex" else "6"
        elif HORN in marks:
            shape = "w" if method == "telex" else "7"
        elif BREVE in marks:
            shape = "w" if method == "telex" else "8"
        found.append(Letter(plain, shape, tone))
    return found


def keys_at_the_letter(word: str, method: str) -> str:
    """Each mark and tone right behind its letter: `tieéng` as `tieesng`."""
    return "".join(plain + mark + tone for plain, mark, tone in letters(word, method))


def keys_tone_last(word: str, method: str) -> str:
    """Marks behind their letters, the tone at the word's end: the way most people type."""
    parts = letters(word, method)
    return "".join(part.plain + part.mark for part in parts) + "".join(part.tone for part in parts)


def keys_of_text(text: str, method: str = "telex") -> str:
    """A whole text, each word with its tone last; what stands between the words is typed as it is."""
    return re.sub(r"\w+", lambda word: keys_tone_last(word[0], method), unicodedata.normalize("NFC", text))


def keys_all_last(word: str, method: str) -> str:
    """The plain letters first, then marks, then the tone; one key serves both letters of ươ."""
    parts = letters(word, method)
    marks = "".join(part.mark for part in parts)
    for twice in ("ww", "77"):
        marks = marks.replace(twice, twice[0])
    return "".join(part.plain for part in parts) + marks + "".join(part.tone for part in parts)


def keys_of_the_screen(word: str) -> str:
    """The letter keys with their marks, and at the end the key of the tone."""
    parts = [unicodedata.normalize("NFD", letter) for letter in word]
    tones = [mark for part in parts for mark in part[1:] if mark in TONES["telex"]]
    shapes = ["".join(mark for mark in part if mark not in tones) for part in parts]
    return unicodedata.normalize("NFC", "".join(shapes)) + "".join(tones)


def shuffled(word: str, method: str, choose: Callable[[list[int]], int]) -> str:
    """Each mark's key at any place behind its letter, the tone's at any place behind the first vowel.

    `choose` picks one of the places. Of ươ one key serves both letters, and comes behind the second.
    """
    parts = letters(word, method)
    keys = [(part.plain, number) for number, part in enumerate(parts)]  # key, the letter that it belongs to
    late = []
    for number, part in enumerate(parts):
        follows = parts[number + 1 : number + 2]
        if part.mark and not (part.mark in ("w", "7") and follows and follows[0].mark == part.mark):
            late.append((part.mark, number))
        if part.tone:
            vowels = [
                n for n, p in enumerate(parts) if p.plain in "aeiouy" and parts[n - 1].plain + p.plain != "qu"
            ]
            late.append((part.tone, vowels[0]))
    for key, owner in late:
        first = keys.index((parts[owner].plain, owner)) + 1
        keys.insert(choose(list(range(first, len(keys) + 1))), (key, -1))
    return "".join(key for key, _ in keys)
