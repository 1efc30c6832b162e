"""What stands behind the figures: received and counted answers, uncertain clocks, refused messages."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from server.domain.figures.periods import Period
from server.domain.figures.rates import Group
from server.domain.localtime import local_day, start_of
from server.services.context import Work

RECENT_MS = 7 * 24 * 3_600_000
"""Refused messages of this last stretch of time ask for a person; older ones only stand in the list."""
_MAX_COUNTED = 1000
COUNTED_DAYS = 30
"""How long the page tells what was only counted."""
_MAX_LINES = 50
_PREVIEW_BYTES = 400
_SIGNS_OF_COMPLAINTS = (b'"complaint"', b'"sealed"', b'"code_hash"')


@dataclass(frozen=True)
class Clocks:
    """How sure the times of a period's ratings are: `certain` come from an anchor or a clock that was set."""

    certain: int
    bounded: int
    unknown: int


@dataclass(frozen=True)
class Quality:
    """What the last line of the overview says. `missing` counts numbers that never arrived, of all time.

    `sources` devices have ever sent something: where none has, nothing can be called complete.
    """

    sources: int
    received: int
    counted: int
    misuse: int
    missing: int
    missing_devices: tuple[str, ...]
    clocks: Clocks
    merged: int
    hidden_reasons: int
    refused: int


@dataclass(frozen=True)
class DeadLetter:
    """A message that was refused, or could not be read. `preview` is its beginning as text, made harmless.

    `size` bytes came and `kept` of them are there. `gone`: nothing of the contents is kept any more.
    `sealed`: a complaint is in it, or it is gone and nobody can tell. Of that neither device nor content is
    told, and of its times the day alone: with these whoever stood there is found.
    """

    number: int
    device: str
    code: str
    size: int
    kept: int
    preview: str
    cut: bool
    times: int
    first_at: int
    last_at: int
    sealed: bool

    @property
    def gone(self) -> bool:
        """Whether it had contents that are not kept any more."""
        return self.size > 0 and self.kept == 0


@dataclass(frozen=True)
class OnlyCounted:
    """Refused messages of a device and day beyond those that are kept."""

    device: str
    day: date
    code: str
    count: int
    bytes: int


def clocks(work: Work, school: str, period: Period) -> Clocks:
    """How sure the times of the period's ratings are, those that are left out among them."""
    rows = work.sql.overview_qualities(
        school=school, first=period.start.isoformat(), last=period.end.isoformat()
    )
    counts = {row["quality"]: row["n"] for row in rows}
    certain = counts.get("synced", 0) + counts.get("anchored", 0)
    return Clocks(certain, counts.get("bounded", 0), counts.get("unknown", 0))


def received(group: Group, misuse_included: bool = False) -> int:
    """All ratings that came in, the flagged ones with them."""
    return group.n if misuse_included else group.n + group.misuse


def dead_letters(work: Work, school: str, now: int, count: int = 50) -> list[DeadLetter]:
    """The refused messages that came last, the newest first."""
    rows = work.sql.overview_dead_letters(school=school, before=now + RECENT_MS, count=count)
    found = [_dead_letter(row) for row in rows]
    return sorted(found, key=lambda letter: (-letter.last_at, -letter.number))


def _dead_letter(row: Any) -> DeadLetter:
    payload, size = bytes(row["payload"]), row["size"]
    gone = size > 0 and not payload
    sealed = gone or any(sign in payload for sign in _SIGNS_OF_COMPLAINTS)
    first_at, last_at = (
        start_of(local_day(row[name])) if sealed else row[name] for name in ("first_at", "last_at")
    )
    return DeadLetter(
        row["n"],
        "" if sealed else row["device"],
        row["code"],
        size,
        len(payload),
        "" if sealed else preview(payload),
        size > _PREVIEW_BYTES,
        row["times"],
        first_at,
        last_at,
        sealed,
    )


def only_counted(work: Work, school: str, now: int) -> list[OnlyCounted]:
    """What was refused of late and is not kept, the last first."""
    first = local_day(now) - timedelta(days=COUNTED_DAYS)
    rows = work.sql.letters_counted(school=school, first=first.isoformat(), most=_MAX_LINES)
    return [
        OnlyCounted(
            row["device"], date.fromisoformat(row["day"]), row["code"], row["counted"], row["counted_bytes"]
        )
        for row in rows
    ]


def recent_dead_letters(work: Work, school: str, now: int) -> int:
    """How many messages were refused of late: the different ones that are kept, of which it stops counting
    at a thousand, and those that were only counted.
    """
    sql, since = work.sql, now - RECENT_MS
    kept = sql.overview_dead_letters_since(school=school, since=since, most=_MAX_COUNTED)
    return int(kept or 0) + int(sql.letters_counted_since(school=school, first=local_day(since).isoformat()))


def preview(payload: bytes) -> str:
    """The beginning of a message as text: what cannot be shown is written as `·`, lengths as they are."""
    text = payload[:_PREVIEW_BYTES].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() and letter != "�" else "·" for letter in text)
