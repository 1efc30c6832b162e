"""What a kiosk keeps in its outbox, read from the file."""

import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from survey_defs.complaint import Letter, decode_sealed, unseal
from tests.support.kiosk_samples import (
    SCHOOL_PRIVATE,
)

KEYS = "Tooi ddowij 3 laanf, hocj baj vaanx chuwa cos."
TEXT = "Tôi đợi 3 lần, học bạ vẫn chưa có."


def events(data: Path) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{data / 'outbox.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT body FROM events WHERE closed = 1 ORDER BY seq").fetchall()
    return [msgspec.json.decode(body) for (body,) in rows]


def letter_of(event: dict[str, Any]) -> Letter:
    box = decode_sealed(event["sealed"])
    assert box is not None
    letter = unseal(box, SCHOOL_PRIVATE)
    assert letter is not None
    return letter
