"""The Vietnamese syllable: which letters can make one, and on which of them its tone stands.

A syllable is an onset and a rhyme, both from the tables below; between typing its first key and its last
it is a beginning of one, perhaps with marks still to come. Letters keep their case, tones stand apart
as combining marks.
"""

from __future__ import annotations

import itertools
import unicodedata

_TONES = "\u0301\u0300\u0309\u0303\u0323"
_STOP_TONES = ("", "\u0301", "\u0323")
"""A syllable that ends in c, ch, p, t or k has the tone sắc or nặng."""
_WITHOUT_MARK = dict(zip("ăâđêôơưĂÂĐÊÔƠƯ", "aadeoouAADEOOU", strict=True))
_MARKED_VOWELS = "ăâêôơư"
_VOWELS = "aăâeêioôơuưy"

PARTED = {
    unicodedata.normalize("NFC", vowel + tone): vowel + tone
    for vowel in _VOWELS + _VOWELS.upper()
    for tone in _TONES
}
"""Every letter with a tone, parted into the two."""
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ") | {*_WITHOUT_MARK, *PARTED}
"""What a Vietnamese keyboard writes."""

# The rhymes, by their vowels: what may follow them, "-" for nothing.
_RHYMES = {
    "a": "- i y o u c ch m n ng nh p t",
    "ă": "c m n ng p t k",
    "â": "u y c m n ng p t",
    "e": "- o c m n ng p t",
    "ê": "- u ch m n nh p t",
    "i": "- a u ch m n nh p t",
    "iê": "u c m n ng p t",
    "o": "- a e i c m n ng p t",
    "oa": "i y o c ch m n ng nh p t",
    "oă": "c m n ng t",
    "oe": "o m n t",
    "oo": "c ng",
    "ô": "- i c m n ng p t",
    "ơ": "- i m n p t",
    "u": "- a i y c m n ng p t",
    "uâ": "y n ng t",
    "uê": "- ch nh",
    "uô": "i c m n ng t",
    "uơ": "-",
    "uy": "a u ch n nh p t",
    "uyê": "n t",
    "ư": "- a i u c m n ng t",
    "ươ": "i u c m n ng p t",
    "y": "-",
    "yê": "u m n ng t",
}
_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split()  # noqa: SIM905


def _beginnings(rhymes: list[str]) -> frozenset[str]:
    """Returns the rhymes and all that stands on the way to them, marks and letters missing."""
    found = set()
    for rhyme in rhymes:
        choices = [{letter, _WITHOUT_MARK.get(letter, letter)} for letter in rhyme]
        # Đắk Lắk has its k after ă alone, else "ask" and "task" were syllables.
        spellings = [tuple(rhyme)] if rhyme.endswith("k") else itertools.product(*choices)
        found |= {"".join(letters[:end]) for letters in spellings for end in range(len(letters) + 1)}
    return frozenset(found)


_ALL = [vowels + end.strip("-") for vowels, ends in _RHYMES.items() for end in ends.split()]
_AFTER_QU = [rhyme for rhyme in _ALL if rhyme[0] not in "uưiy"] + [r[1:] for r in _ALL if r[:2] == "uy"]
_AFTER_GI = [rhyme for rhyme in _ALL if rhyme[0] not in "iy"]
_ANY_RHYME = _beginnings(_ALL)
_RHYMES_AFTER: dict[str, frozenset[str]] = {
    **dict.fromkeys(_ONSETS, _ANY_RHYME),
    "": _ANY_RHYME,
    "qu": _beginnings([*_AFTER_QU, "i", "ich", "inh", "it"]),
    "q": frozenset({""}),
    "gi": _beginnings(_AFTER_GI) - {""},
}
"""What may follow each onset. The longest is tried first: `giếng` is g and iêng, `giá` gi and a."""
_MAX_ONSET = max(map(len, _RHYMES_AFTER))


def _parts(letters: str) -> tuple[str, str] | None:
    """(onset, rhyme), in small letters, of what begins a syllable; None where it begins none."""
    low = letters.lower()
    for length in range(min(_MAX_ONSET, len(low)), -1, -1):
        onset, rhyme = low[:length], low[length:]
        if rhyme in _RHYMES_AFTER.get(onset, ()):
            return onset, rhyme
    return None


def fits(letters: str, tone: str) -> bool:
    """Returns whether these letters with this tone can be, or become, a syllable."""
    found = _parts(letters)
    return found is not None and (tone in _STOP_TONES or not found[1].endswith(("c", "p", "t", "k", "ch")))


def rhyme_start(letters: str) -> int:
    """The place of the first vowel behind the onset; the letters' end where there is none, or no syllable."""
    found = _parts(letters)
    return len(found[0]) if found else len(letters)


def without_marks(letters: str) -> str:
    """Returns the same letters, none with a mark."""
    return "".join(_WITHOUT_MARK.get(letter, letter) for letter in letters)


def spell(letters: str, tone: str, style: str) -> str:
    """Returns the letters with the tone on the right one. `style` is `old` for hòa, `new` for hoà."""
    place = tone_place(letters, style) if tone else None
    if place is None:
        return letters
    return unicodedata.normalize("NFC", letters[: place + 1] + tone) + letters[place + 1 :]


def tone_place(letters: str, style: str) -> int | None:
    """Returns which letter bears the tone; None where there is no vowel, or no syllable, for one."""
    onset, rhyme = _parts(letters) or (letters, "")
    vowels = rhyme.rstrip("bcdghklmnpt")
    shaped = [place for place, letter in enumerate(vowels) if letter in _MARKED_VOWELS]
    if not vowels:
        return None
    if shaped:
        place = shaped[-1]
    elif len(vowels) == 1 or vowels == "oo":
        place = len(vowels) - 1
    elif vowels != rhyme or vowels in ("ie", "ue", "uo", "ye"):
        # Before a consonant; or where the hat or horn is still to come.
        place = len(vowels) - 1
    elif len(vowels) == 3:
        place = 1
    else:
        place = 1 if style == "new" and vowels in ("oa", "oe", "uy") else 0
    return len(onset) + place
