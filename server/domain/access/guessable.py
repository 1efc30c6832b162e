"""Which passwords anybody would try first: those that many have, and those made of an account's own words.

Nothing is asked of a password's kinds of signs: only what is on a list, or follows from one, is refused.
"""

import re
import string
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from server.domain.folding import fold

WORDS = (
    "hailong", "mật khẩu", "password", "passwd", "trường", "trường học", "nhà trường", "phường",
    "xã", "hiệu trưởng", "phó", "phó hiệu trưởng", "giáo vụ", "giáo viên", "văn thư", "tiếp dân", "cô giáo",
    "thầy giáo", "kỹ thuật", "quản trị", "học sinh", "phụ huynh", "phản ánh", "tố cáo", "khảo sát",
    "tiểu học", "thcs", "thpt", "mầm non", "việt nam", "xin chào", "bí mật", "anh yêu em", "em yêu anh",
    "admin", "administrator", "root", "principal", "deputy", "officer", "reception", "staff", "technician",
    "school", "teacher", "welcome", "secret",
)  # fmt: skip
"""What the program, a school and its people are called, and what comes to everybody's mind."""
MAX_OTHERS = 6
"""How many digits among such words make them no better: a year, a date, a number of a class. Spaces, dots and
hyphens count for nothing, letters of other scripts as digits do."""
_FILE = Path(__file__).with_name("guessable.txt")
_NO_LETTER, _NO_SIGN = re.compile("[^a-z]"), re.compile("[^a-z0-9]")
_PARTING = re.compile(f"[\\s{re.escape(string.punctuation)}]")


def is_guessable(password: str, about: Iterable[str] = ()) -> bool:
    """Whether a password is among the first that would be tried. `about`: the account's own words.

    It is compared without marks, spaces and signs, in small letters.
    """
    squeezed = _squeezed(password)
    letters = _NO_LETTER.sub("", squeezed)
    if squeezed in _common() or _is_repeated(squeezed):
        return True
    if len(_PARTING.sub("", fold(password))) - len(letters) > MAX_OTHERS:
        return False
    own = {_NO_LETTER.sub("", _squeezed(word)) for text in about for word in (text, *re.split(r"\W", text))}
    return letters in _common() or _is_made_of(letters, _words() | own)


def _squeezed(text: str) -> str:
    return _NO_SIGN.sub("", fold(text))


def _is_repeated(text: str) -> bool:
    """Whether a text is a shorter one over and over."""
    return bool(text) and text in (text + text)[1:-1]


def _is_made_of(text: str, words: Iterable[str]) -> bool:
    """Whether a text is some of these words, one behind the other."""
    known, ends = [word for word in words if word], {0}
    for start in range(len(text)):
        if start in ends:
            ends.update(start + len(word) for word in known if text.startswith(word, start))
    return len(text) in ends


@cache
def _words() -> frozenset[str]:
    return frozenset(map(_squeezed, WORDS))


@cache
def _common() -> frozenset[str]:
    lines = _FILE.read_text(encoding="ascii").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
