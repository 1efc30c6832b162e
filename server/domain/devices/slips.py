"""Slips: single-use letters printed on paper, of which only a hash is kept."""

from __future__ import annotations

import re
import secrets
import unicodedata
from hashlib import blake2b

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without l, o, 0 and 1, which people mistake for one another."""
LETTERS = 8
"""Letters of a slip: 40 bits, enough that trying them out at a door with limits leads nowhere."""
SHEET = 24
"""Slips on a sheet of A4 to cut."""


def new_slip() -> str:
    """The letters of a fresh slip."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))


def read_slip(typed: str) -> str | None:
    """The letters of a slip as a person or an address gives them; None for what cannot be a slip.

    Capitals, spaces, hyphens and dashes do not matter.
    """
    slip = re.sub(r"[\s\-‐‑‒–—−]", "", unicodedata.normalize("NFKC", typed)).lower()
    return slip if len(slip) == LETTERS and all(letter in ALPHABET for letter in slip) else None


def slip_hash(point: str, slip: str) -> str:
    """What is kept of a slip: 16 bytes in hexadecimal, of the point's id and the letters `read_slip` gave."""
    return blake2b(f"{point}/{slip}".encode(), digest_size=16).hexdigest()
