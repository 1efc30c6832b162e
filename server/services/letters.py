"""Dead letters: messages that were refused, kept so that staff can see them, and within bounds.

Of each device and day so many are kept, whole up to so many bytes in all, then their beginning with size and
digest. What comes beyond is counted, and what of a journal has arrived in it is noted: neither a count nor a
sequence depends on what is kept. After some months the content goes, and the line with its facts stays.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from server.domain.accept import Refused, digest
from server.services.context import Context
from server.services.number_ranges import Table, add
from server.services.rollups import day_of

MAX_A_DAY = 200
"""Letters of one device. One that is only broken refuses a few; the page shows fifty."""
MAX_BYTES_A_DAY = 1024 * 1024
"""Of their contents, for one device: sixteen whole batches of the largest kind."""
SAMPLE_BYTES = 400
"""The beginning that is kept where no more may be: as much as the page shows."""
KEPT_BYTES = 256 * 1024
"""So much of one letter is kept at the most; the broker lets nothing bigger through."""
WHOLE_DAYS = 90
"""So long somebody may still want to read what was refused."""
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


def keep_letters(
    sql: Any, connection: Any, letters: Sequence[dict[str, Any]], *, retained: bool = False
) -> None:
    """Store dead letters, or count them where their device has had its share of the day; the same again only
    counts.

    `retained`: a broker had kept them, and brings them at each new connection: only the first time counts.
    """
    room: dict[tuple[str, str], _Room] = {}
    for letter in letters:
        if sql.letter_known(connection, **{key: letter[key] for key in _ONE}):
            if not retained:
                sql.letter_again(connection, **{key: letter[key] for key in _AGAIN})
            continue
        who = (letter["device"], day_of(letter["at"]))
        if who not in room:
            room[who] = _Room(*sql.letter_room(connection, device=who[0], day=who[1]))
        # What a broker keeps is one message a topic, and would be counted at each of its visits.
        if room[who].letters < MAX_A_DAY or retained:
            _keep(sql, connection, letter, who[1], room)
        else:
            _count(sql, connection, letter, who[1])


class _Room(NamedTuple):
    """What a device has had of its share."""

    letters: int
    bytes: int


def _keep(sql: Any, connection: Any, letter: dict[str, Any], day: str, room: dict[Any, _Room]) -> None:
    letters, used = room[letter["device"], day]
    payload = letter["payload"]
    if used + len(payload) > MAX_BYTES_A_DAY:
        payload = payload[:SAMPLE_BYTES]
    sql.letter_put(connection, **(letter | {"payload": payload}))
    _add(sql, connection, letter, day, kept=1, kept_bytes=len(payload))
    room[letter["device"], day] = _Room(letters + 1, used + len(payload))


def _count(sql: Any, connection: Any, letter: dict[str, Any], day: str) -> None:
    _add(
        sql,
        connection,
        letter,
        day,
        counted=1,
        counted_bytes=letter["size"],
        digest=letter["digest"],
    )
    if letter["journal"] is not None and letter["seq"] is not None:
        table = Table(sql.letter_numbers_up_to, sql.letter_numbers_delete, sql.letter_numbers_put)
        where = {key: letter[key] for key in ("school", "device")}
        add(table, connection, letter["journal"], [letter["seq"]], **where)


def _add(sql: Any, connection: Any, letter: dict[str, Any], day: str, **counts: Any) -> None:
    nothing = {"kept": 0, "kept_bytes": 0, "counted": 0, "counted_bytes": 0, "digest": ""}
    who = {key: letter[key] for key in ("device", "code", "school", "at")}
    sql.letter_count(connection, **(nothing | who | counts), day=day)


# ---- messages that were not even read


class TurnedAway:
    """Counts messages that found no room, until they are stored. Safe to use from several threads."""

    def __init__(self) -> None:
        """None yet."""
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}
        self._lock = threading.Lock()

    def add(self, school: str, device: str, size: int) -> None:
        """One more, of so many bytes."""
        with self._lock:
            messages, total = self._counts.get((school, device), (0, 0))
            self._counts[school, device] = messages + 1, total + size

    def store(self, ctx: Context) -> None:
        """Put the counts into the store. Raises `Problem`: then they wait on."""
        if not self._counts:
            return
        now = ctx.now()
        with ctx.store.atomic() as connection:
            with self._lock:
                counts = dict(self._counts)
            for (school, device), (messages, size) in counts.items():
                letter = {"device": device, "school": school, "code": TOO_MANY, "at": now}
                _add(ctx.store.sql, connection, letter, day_of(now), counted=messages, counted_bytes=size)
        with self._lock:
            for who, (messages, size) in counts.items():
                later = self._counts[who]
                self._counts[who] = later[0] - messages, later[1] - size
            self._counts = {who: count for who, count in self._counts.items() if count[0]}


# ---- after some months


def thin(ctx: Context) -> int:
    """Take the content out of letters that came last more than `WHOLE_DAYS` ago; how many there were."""
    before = ctx.now() - WHOLE_DAYS * 24 * 3_600_000
    with ctx.store.atomic() as connection:
        return int(ctx.store.sql.letter_thin(connection, before=before, nothing=b""))


_ONE = ("device", "code", "digest")
"""By what a letter is one with another."""
_AGAIN = (*_ONE, "journal", "seq", "at")
