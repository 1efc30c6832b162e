"""Passwords of people: argon2id, and the two rules for choosing them: long enough, and not easily guessed.

A password is kept as its NFC spells it, whichever keyboard typed it.
"""

import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from server.domain.access.guessable import is_guessable
from server.domain.few_at_once import hashing
from server.domain.problems import Problem

MIN_CHARACTERS, MAX_CHARACTERS = 10, 1024
"""Longer ones are refused unread: hashing them would only cost."""
MAX_TIME_COST, MAX_MEMORY_KIB = 8, 256 * 1024
"""No hash of a password costs more."""
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_hasher = PasswordHasher()


def hash_password(password: str, about: Iterable[str] = ()) -> str:
    """The hash to keep. `about`: what all know of the account, such as its login and its school's name.

    Raises `Problem`: `password-short`, `password-long`, `password-guessable`, `hashing-busy`.
    """
    password = unicodedata.normalize("NFC", password)
    if len(password) < MIN_CHARACTERS:
        raise Problem("password-short", least=MIN_CHARACTERS, field="new")
    if len(password) > MAX_CHARACTERS:
        raise Problem("password-long", most=MAX_CHARACTERS, field="new")
    if is_guessable(password, about):
        raise Problem("password-guessable", field="new")
    with hashing():
        return _hasher.hash(password)


def verify(stored: str, password: str) -> bool:
    """Whether `password`, however it is spelled, is the one behind `stored`, however that was spelled.

    How long a wrong one takes depends on the password that was typed, never on `stored`. Raises
    `Problem("hashing-busy")`.
    """
    with hashing():
        return any(_fits(stored, spelling) for spelling in spellings(password))


def spellings(password: str) -> tuple[str, ...]:
    """The password as keyboards send it: ế as one sign, as three, as ê and a tone (Windows, macOS).

    Hashes that were made before passwords were kept in NFC may stand for any of them.
    """
    whole, apart = (unicodedata.normalize(form, password) for form in ("NFC", "NFD"))
    return tuple(dict.fromkeys((whole, apart, "".join(map(_tone_apart, whole)), password)))


def _tone_apart(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    tones = "".join(part for part in parts if part in _TONES)
    return unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES)) + tones


def _fits(stored: str, password: str) -> bool:
    try:
        asked = extract_parameters(stored)
        if asked.time_cost > MAX_TIME_COST or asked.memory_cost > MAX_MEMORY_KIB:
            return False  # none of ours: whoever wrote it there would only keep the server busy
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
