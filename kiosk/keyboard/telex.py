"""Vietnamese typing, Telex and VNI, as pure functions: which text stands after keys were pressed one by one.

The habits are those of UniKey and ibus-bamboo. Marks and tones may come at any place in the word after
their letter (`hofa`, `hoaf`; `duongwfd`), the same key again takes them back and stands as a letter
(`aaa` → aa, `ass` → as), and `z` or `0` removes the tone. Where a word can no longer become a Vietnamese
syllable (`kiosk.keyboard.syllable` knows), its keys stand as they were typed, to the word's end: `google`,
`windows`, `email`; only the đ of short forms is still made (HĐND, sđt). What is a syllable by accident is
one (`test` → tét, as bánh tét is typed); doubling the key keeps it out (`tesst` → test).

A word ends with whatever is no letter of it; digits are part of a word in VNI only. An address (plain
letters with @, or in which www or http begins) stands as typed throughout. In every method the letters
ă â đ ê ô ơ ư and those with tones are keys too, and so are the combining marks, `TONE_KEYS` first of all:
the keyboard's own keys send these. A combining mark pressed twice is taken back and leaves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from kiosk.keyboard import syllable

METHODS = ("telex", "vni", "none")
"""`none` is for the keys with marks alone: no plain letter means anything but itself."""
STYLES = ("old", "new")
"""Where the tone of an open oa, oe, uy stands: `old` hòa, thủy; `new` hoà, thuỷ."""
ACUTE, GRAVE, HOOK, TILDE, DOT = TONE_KEYS = ("\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
"""The keys sắc, huyền, hỏi, ngã, nặng."""
AS_TYPED = "\x1b"
"""A key that shows nothing: what stands between the same two spaces is taken letter by letter."""

Meaning = str | dict[str, str]
"""What a key does: it sets a tone ("" removes it), or it marks letters."""

_HAT = {"a": "â", "e": "ê", "o": "ô"}
_HORN = {"o": "ơ", "u": "ư"}
_BREVE = {"a": "ă"}
_BAR = {"d": "đ"}
_MARKS: dict[str, Meaning] = {
    **{tone: tone for tone in TONE_KEYS},
    "\u0302": _HAT,
    "\u031b": _HORN,
    "\u0306": _BREVE,
}
_KEYS: dict[str, dict[str, Meaning]] = {
    "none": _MARKS,
    "telex": {
        **_MARKS,
        **{"s": ACUTE, "f": GRAVE, "r": HOOK, "x": TILDE, "j": DOT, "z": ""},
        **{"a": {"a": "â"}, "e": {"e": "ê"}, "o": {"o": "ô"}, "d": _BAR},
        **{"w": {"a": "ă", "o": "ơ", "u": "ư"}},
    },
    "vni": {
        **_MARKS,
        **{"1": ACUTE, "2": GRAVE, "3": HOOK, "4": TILDE, "5": DOT, "0": ""},
        **{"6": _HAT, "7": _HORN, "8": _BREVE, "9": _BAR},
    },
}
_LONE_BAR = {
    method: re.compile(f"(?<![aeiouy])(d){again}({again}?)", re.IGNORECASE)
    for method, again in (("telex", "d"), ("vni", "9"))
}
"""A đ outside of syllables: behind a vowel dd stays, as in `add`; the key once more takes the bar back."""
_LETTER = "A-Za-zăâđêôơưĂÂĐÊÔƠƯ"
_PART = _LETTER + "".join(_MARKS)
# Beside a Latin letter of other languages stands no word of ours: señor, garçon.
_OTHER = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u1e00-\u1eff"
_FIRST = f"(?<![{_OTHER}])[{_LETTER}]"
_WORD = re.compile(f"{_FIRST}[{_PART}]*+(?![{_OTHER}])")
# One letter between digits is the name of a class or a room, 6A1: it takes no mark. But a small d with its
# bar behind a number is money, 500.000đ, and before a letter it begins a word, as any letter does.
_BAR_BEHIND_DIGITS = f"[dD]9(?=[{_LETTER}])|d99?(?![0-9{_LETTER}])"
_WORD_VNI = re.compile(
    f"((?<![0-9]){_FIRST}|{_FIRST}[{_PART}]|{_BAR_BEHIND_DIGITS})[{_PART}0-9]*+(?![{_OTHER}])"
)
_ADDRESS = re.compile(r"\S@|(?<![a-z])(www|https?:)", re.IGNORECASE)
_MAX_KEYS = 8
"""More keys than the last letter of a word can have taken."""
_SPACE = re.compile(r"(\s+)")


def compose(keys: str, method: str = "telex", style: str = "old") -> str:
    """The text, NFC, that stands after the keys were pressed one by one in an empty field.

    `method` is one of `METHODS`, `style` one of `STYLES`: ValueError for any other. No keys raise.
    """
    if method not in METHODS or style not in STYLES:
        raise ValueError(f"typing is one of {METHODS} and {STYLES}, not {method!r} and {style!r}")
    text = "".join(_compose_chunk(chunk, method, style) for chunk in _SPACE.split(keys))
    return unicodedata.normalize("NFC", text)


def _compose_chunk(keys: str, method: str, style: str) -> str:
    """Returns what stands between two spaces."""
    if AS_TYPED in keys or (keys.isascii() and _ADDRESS.search(keys)):
        return keys.replace(AS_TYPED, "")
    parted = "".join(syllable.PARTED.get(key, key) for key in keys)
    words = _WORD_VNI if method == "vni" else _WORD
    return words.sub(lambda word: _compose_word(word.group(), method, style), parted)


def backspace(keys: str, method: str = "telex", style: str = "old") -> str:
    """Keys that compose to the same text without its last letter."""
    before, chunk = _split(keys)
    shown = compose(chunk, method, style)
    if not shown:
        return before[:-1]
    return before + _keys_of(_shorten(shown), chunk, method, style)


def _split(keys: str) -> tuple[str, str]:
    """Returns the keys up to the last space, and those after it."""
    start = max((found.end() for found in _SPACE.finditer(keys)), default=0)
    return keys[:start], keys[start:]


def _shorten(text: str) -> str:
    """Returns the text without its last letter and the marks on it."""
    end = len(text) - 1
    while end > 0 and unicodedata.combining(text[end]):
        end -= 1
    return text[:end]


def _keys_of(text: str, typed: str, method: str, style: str) -> str:
    """Keys for a text without spaces: the first of those typed if they do, else its own letters."""
    ways = [] if AS_TYPED in typed else [typed[:-count] for count in range(1, _MAX_KEYS + 1)]
    return next((way for way in [*ways, text] if compose(way, method, style) == text), AS_TYPED + text)


class Typing(NamedTuple):
    """A text field: the text that is settled, and the keys since its last space. A value, never changed."""

    settled: str = ""
    keys: str = ""
    method: str = "telex"
    style: str = "old"

    @property
    def word(self) -> str:
        """What the keys show: it may still change with the next one."""
        return compose(self.keys, self.method, self.style)

    @property
    def text(self) -> str:
        """All that stands in the field."""
        return self.settled + self.word

    def press(self, key: str) -> Typing:
        """Returns the field after one more key. A mark that finds no letter does nothing."""
        if key.isspace():
            return self._replace(settled=self.text + key, keys="")
        pressed = self._replace(keys=self.keys + key)
        if key in _MARKS and (pressed.word[-1:] not in syllable.LETTERS or not self.word):
            return self
        return pressed

    def backspace(self) -> Typing:
        """The field without its last letter. Behind a space, the word before it can be gone on with."""
        if self.word:
            return self._replace(keys=backspace(self.keys, self.method, self.style))
        before, word = _split(_shorten(self.settled))
        return self._replace(settled=before, keys=_keys_of(word, "", self.method, self.style))


# ---- one word


class _Word(NamedTuple):
    """A word on its way: its letters with their marks, and apart from them its tone."""

    letters: str = ""
    tone: str = ""
    kept: tuple[str, str] = ("", "")
    """Letters and tone as they stood when last a key was taken back, or one of those with marks pressed."""
    raw: str = ""
    """The keys since. Where the word turns out not to be Vietnamese, these two are what stands."""
    lone: int = -1
    """The place of the ư that a `w` alone made."""

    def fits(self) -> bool:
        """Returns whether this can be, or become, a Vietnamese syllable."""
        return syllable.fits(self.letters, self.tone)

    def kept_as_it_is(self) -> _Word:
        """Returns the word of which what stands now stays, whatever comes."""
        return self._replace(kept=(self.letters, self.tone), raw="")


def _compose_word(keys: str, method: str, style: str) -> str:
    meanings = _KEYS[method]
    word = _Word()
    for number, key in enumerate(keys, 1):
        word = _press(word, key, meanings.get(key.lower()))
        if not word.fits():
            rest = word.raw + keys[number:]
            return syllable.spell(*word.kept, style) + rest if word.kept[0] else _bar_lone(rest, method)
    return syllable.spell(word.letters, word.tone, style)


def _bar_lone(keys: str, method: str) -> str:
    """The keys of what is no syllable, with the one mark that short forms have: HĐND, QĐ, sđt."""

    def barred(found: re.Match[str]) -> str:
        return found[1] + found[2] if found[2] else _marked(found[1], (0,), _BAR)

    return _LONE_BAR[method].sub(barred, keys) if method in _LONE_BAR else keys


def _press(word: _Word, key: str, meaning: Meaning | None) -> _Word:
    """The word after one more key: tone, mark, or letter. A word that does not fit is not Vietnamese."""
    word = word._replace(raw=word.raw + key)
    changed = None
    if isinstance(meaning, str):
        changed = _set_tone(word, key, meaning)
    elif meaning is not None:
        changed = _mark(word, key, meaning)
    if changed and key in _MARKS:  # a key for nothing else: what it did stays
        return changed.kept_as_it_is()
    return changed or _append(word, key)


def _append(word: _Word, key: str) -> _Word:
    """Returns the word with one letter more. With a letter behind them, uơ and ưo are ươ."""
    letters = word.letters
    if letters[-2:].lower() in ("uơ", "ưo") and syllable.rhyme_start(letters) == len(letters) - 2:
        letters = _marked(letters, (len(letters) - 2, len(letters) - 1), _HORN)
    return word._replace(letters=letters + key)


def _take_back(word: _Word, letters: str, tone: str, key: str) -> _Word:
    """Returns the word whose mark or tone was taken back by the same key, which then stands as a letter."""
    return _Word(letters if key in _MARKS else letters + key, tone).kept_as_it_is()


def _set_tone(word: _Word, key: str, tone: str) -> _Word | None:
    """Returns the word with that tone, or with its tone taken back. None: the key is a letter."""
    if tone and tone == word.tone:
        return _take_back(word, word.letters, "", key)
    changed = word._replace(tone=tone)
    can = syllable.tone_place(word.letters, "old") is not None and changed.fits()
    return changed if can and tone != word.tone else None


def _mark(word: _Word, key: str, marks: dict[str, str]) -> _Word | None:
    """Returns the word with one letter marked, or the mark taken back. None: the key is a letter."""
    for places in _places(word.letters, marks):
        changed = word._replace(letters=_marked(word.letters, places, marks))
        if changed.letters != word.letters and changed.fits():
            return changed
    marked = [place for place, letter in enumerate(word.letters) if letter.lower() in marks.values()]
    if marked:
        return _unmark(word, key, marked)
    if key in "wW":
        lone = word._replace(letters=word.letters + _marked("u" if key == "w" else "U", (0,), marks))
        return lone._replace(lone=len(word.letters)) if lone.fits() else None
    return None


def _places(letters: str, marks: dict[str, str]) -> list[tuple[int, ...]]:
    """Which letters a key may mark, likeliest first: of uo both, or the o of an open one, which becomes ươ
    with the next letter (`_append`); else one of the rhyme; or the first d."""
    plain = syllable.without_marks(letters).lower()
    if "d" in marks:
        return [(0,)] if plain.startswith("d") else []
    first = syllable.rhyme_start(letters)
    if plain.startswith("uo", first) and "o" in marks:
        return [(first + 1,) if len(plain) == first + 2 else (first, first + 1)]
    return [(place,) for place in range(first, len(plain)) if plain[place] in marks]


def _marked(letters: str, places: tuple[int, ...], marks: dict[str, str]) -> str:
    """Returns the letters with these ones marked; one of them that knows no such mark loses its own."""
    made = list(letters)
    for place in places:
        plain = syllable.without_marks(made[place])
        marked = marks.get(plain.lower(), plain)
        made[place] = marked.upper() if plain.isupper() else marked
    return "".join(made)


def _unmark(word: _Word, key: str, marked: list[int]) -> _Word:
    """Returns the word with the marks taken back. An ư that was a `w` alone becomes that again."""
    made = list(word.letters)
    for place in marked:
        made[place] = syllable.without_marks(made[place])
    if word.lone in marked:
        made[word.lone] = "W" if made[word.lone].isupper() else "w"
        if marked == [word.lone]:
            return _Word("".join(made), word.tone).kept_as_it_is()
    return _take_back(word, "".join(made), word.tone, key)
