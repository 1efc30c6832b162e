"""Complaints as devices send them, sealed to keys that the server does not know."""

from __future__ import annotations

import itertools
from typing import Any

from survey_defs import complaint
from survey_defs.letter import Letter
from tests.support.device import event

PUBLIC, PRIVATE = complaint.new_key()
"""Of this run, as of a school that the server does not know."""
_hashes = (f"{n:064x}" for n in itertools.count(1))


def sealed(text: str = "Chờ lâu quá") -> str:
    return complaint.encode_sealed(complaint.seal(Letter(text), PUBLIC))


def word(seq: int, **fields: Any) -> dict[str, Any]:
    """One complaint with a fresh id, sealed to a key that the server does not know."""
    base = event(seq)
    for name in ("survey", "version", "answers", "took_ms"):
        del base[name]
    return (
        base
        | {"type": "complaint", "about": ["cho-lau"], "code_hash": next(_hashes), "sealed": sealed()}
        | fields
    )
