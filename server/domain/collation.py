"""The order in which Vietnamese people look things up.

The letters are those of the alphabet (a ă â b c d đ e ê …); between words of the same letters the tones
decide: none, huyền, hỏi, ngã, sắc, nặng; then small letters come before capitals. That is the order of the
CLDR's collation for `vi` (common/collation/vi.xml), here as a table of its own, with one thing more: numbers
count by their value, so that "Bàn 10" comes after "Bàn 2".
"""

import unicodedata

Key = tuple[tuple[tuple[int, int], ...], tuple[int, ...], tuple[bool, ...], str]

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PLACES = {letter: place for place, letter in enumerate(_ALPHABET)}
_TONES = {mark: tone for tone, mark in enumerate("\u0300\u0309\u0303\u0301\u0323", start=1)}
_OTHER_MARK = len(_TONES) + 1
_SPACE, _SIGN, _NUMBER, _LETTER, _OTHER = range(5)


def vietnamese_order(text: str) -> Key:
    """The key by which a list of names or labels is sorted for people."""
    whole = unicodedata.normalize("NFC", text)
    letters: list[tuple[int, int]] = []
    tones: list[int] = []
    capitals: list[bool] = []
    number = ""
    for sign in [*whole, ""]:
        if sign.isdecimal():
            number += sign
            continue
        if number:
            letters.append((_NUMBER, int(number)))
            tones.append(0)
            capitals.append(False)
            number = ""
        if sign:
            letter, tone = _letter(sign.casefold())
            letters.append(letter)
            tones.append(tone)
            capitals.append(sign.isupper())
    return tuple(letters), tuple(tones), tuple(capitals), whole


def _letter(sign: str) -> tuple[tuple[int, int], int]:
    """The place of one small letter, and its tone."""
    apart = unicodedata.normalize("NFD", sign)
    tone = next((_TONES[mark] for mark in apart if mark in _TONES), 0)
    bare = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in _TONES))
    if bare in _PLACES:
        return (_LETTER, _PLACES[bare]), tone
    if apart[0] in _PLACES:
        return (_LETTER, _PLACES[apart[0]]), _OTHER_MARK
    if sign.isspace():
        return (_SPACE, 0), 0
    return (_OTHER if sign.isalpha() else _SIGN, ord(sign[0])), 0
