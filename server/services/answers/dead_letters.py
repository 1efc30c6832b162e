"""Dead letters: messages that were refused, kept so that staff can see them, and within bounds.

Of each device and day so many are kept, whole up to so many bytes in all, then their beginning with size and
digest. What comes beyond is counted, and what of a journal has arrived in it is noted: neither a count nor a
sequence depends on what is kept. After some months the content goes, and the line with its facts stays.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from server.domain.answers.accept import Refused, digest
from server.services.answers.number_ranges import Table, add
from server.services.answers.rollups import day_of
from server.services.context import Context, Work

MAX_A_DAY = 200
"""Letters of one device. One that is only broken refuses a few; the page shows fifty."""
MAX_BYTES_A_DAY = 1024 * 1024
"""Of their contents, for one device: sixteen whole batches of the largest kind."""
SAMPLE_BYTES = 400
"""The beginning that is kept where no more may be: as much as the page shows."""
KEPT_BYTES = 256 * 1024
"""Bytes of one dead letter that are kept; the broker lets nothing bigger through."""
WHOLE_DAYS = 90
"""Days for which the content of a dead letter is kept: somebody may still want to read what was refused."""
TOO_MANY = "too-many"
"""The code of messages that were turned away unread, because their device sent more than could wait."""


def dead_letter(school: str, device: str, at: int, refused: Refused) -> dict[str, Any]:
    """The row that keeps what was refused; `at` in milliseconds since 1970."""
    return {
        "school": school,
        "device": device,
        "code": refused.code,
        "event_id": refused.id,
        "journal": refused.journal,
        "seq": refused.seq,
        "payload": refused.payload[:KEPT_BYTES],
        "digest": digest(refused.payload),
        "size": len(refused.payload),
        "at": at,
    }


def keep_letters(work: Work, letters: Sequence[dict[str, Any]], *, retained: bool = False) -> None:
    """Store dead letters, or count them where their device has had its share of the day; the same again only
    counts.

    `retained`: a broker had kept them, and brings them at each new connection: only the first time counts.
    """
    share, counts = _Share(work), _Counts()
    for letter in letters:
        if work.sql.letter_known(**{key: letter[key] for key in _ONE}):
            if not retained:
                work.sql.letter_again(**{key: letter[key] for key in _AGAIN})
            continue
        # What a broker keeps is one message a topic, and would be counted at each of its visits.
        payload = share.payload(letter, always=retained)
        if payload is None:
            counts.count(letter, 1, letter["size"])
        else:
            work.sql.letter_put(**(letter | {"payload": payload}))
            counts.kept(letter, len(payload))
    counts.write(work)


class _Share:
    """What of a day's share each device has left."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._used: dict[tuple[str, str], tuple[int, int]] = {}

    def payload(self, letter: dict[str, Any], *, always: bool) -> bytes | None:
        """What of a letter's content may be kept; None where nothing of it may."""
        who = (letter["device"], day_of(letter["at"]))
        if who not in self._used:
            self._used[who] = tuple(self._work.sql.letter_room(device=who[0], day=who[1]))
        letters, size = self._used[who]
        if letters >= MAX_A_DAY and not always:
            return None
        payload: bytes = letter["payload"]
        if size + len(payload) > MAX_BYTES_A_DAY:
            payload = payload[:SAMPLE_BYTES]
        self._used[who] = letters + 1, size + len(payload)
        return payload


class _Counts:
    """The counts of one transaction, gathered before they are written."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str, str], dict[str, Any]] = {}
        self._numbers: dict[tuple[str, str, str], list[int]] = {}

    def kept(self, letter: dict[str, Any], size: int) -> None:
        row = self._row(letter)
        row["kept"], row["kept_bytes"] = row["kept"] + 1, row["kept_bytes"] + size

    def count(self, letter: dict[str, Any], messages: int, size: int) -> None:
        row = self._row(letter)
        row["counted"], row["counted_bytes"] = row["counted"] + messages, row["counted_bytes"] + size
        row["digest"] = letter["digest"]
        if letter["journal"] is not None and letter["seq"] is not None:
            who = letter["journal"], letter["school"], letter["device"]
            self._numbers.setdefault(who, []).append(letter["seq"])

    def write(self, work: Work) -> None:
        for row in self._rows.values():
            work.sql.letter_count(**row)
        table = Table(
            work.sql.letter_numbers_up_to, work.sql.letter_numbers_delete, work.sql.letter_numbers_put
        )
        for (journal, school, device), numbers in self._numbers.items():
            add(table, journal, numbers, school=school, device=device)

    def _row(self, letter: dict[str, Any]) -> dict[str, Any]:
        key = letter["device"], day_of(letter["at"]), letter["code"], letter["school"]
        if key not in self._rows:
            names = ("device", "day", "code", "school")
            self._rows[key] = dict(zip(names, key, strict=True)) | _NOTHING
        self._rows[key]["at"] = letter["at"]
        return self._rows[key]


# ---- messages that were not even read


class TurnedAway:
    """Counts messages that found no room, until they are stored. Safe to use from several threads."""

    def __init__(self) -> None:
        """None yet."""
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        self._lock = threading.Lock()

    def add(self, school: str, device: str, messages: int, size: int) -> None:
        """Count more messages of a device; `size`: the bytes of all of them."""
        with self._lock:
            before, total = self._counts.get((school, device), (0, 0))
            self._counts[school, device] = before + messages, total + size

    def store(self, ctx: Context) -> None:
        """Put the counts into the store. Raises `Problem`: then they wait on."""
        if not self._counts:
            return
        now = ctx.now()
        with ctx.write() as work:
            with self._lock:
                counts = dict(self._counts)
            rows = _Counts()
            for (school, device), (messages, size) in counts.items():
                letter = dead_letter(school, device, now, Refused(TOO_MANY, None, None, None, b""))
                rows.count(letter, messages, size)
            rows.write(work)
        with self._lock:
            for who, (messages, size) in counts.items():
                later = self._counts[who]
                self._counts[who] = later[0] - messages, later[1] - size
            self._counts = {who: count for who, count in self._counts.items() if count[0]}


# ---- after some months


def thin(ctx: Context) -> int:
    """Take the content out of letters that came last more than `WHOLE_DAYS` ago; how many there were."""
    before = ctx.now() - WHOLE_DAYS * 24 * 3_600_000
    with ctx.write() as work:
        return int(work.sql.letter_thin(before=before, nothing=b""))


_ONE = ("device", "code", "digest")
"""By what a letter is one with another."""
_AGAIN = (*_ONE, "journal", "seq", "at")
_NOTHING: dict[str, Any] = {"kept": 0, "kept_bytes": 0, "counted": 0, "counted_bytes": 0, "digest": ""}
