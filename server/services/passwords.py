"""Passwords of people: argon2id, and the one rule for choosing them."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.domain.problems import Problem

LEAST_CHARACTERS = 10
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to keep. Raises `Problem("password-short")`."""
    if len(password) < LEAST_CHARACTERS:
        raise Problem("password-short", least=LEAST_CHARACTERS)
    return _hasher.hash(password)


def verify(stored: str, password: str) -> bool:
    """Whether `password` is the one behind `stored`."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
