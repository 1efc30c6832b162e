"""The daily sweep: what was kept as long as `rules/retention.yaml` says goes for good."""

from __future__ import annotations

import calendar
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from server.domain.cases.casework import SYSTEM
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.rules.retention import CONTACT, keep_months
from server.services.context import Context, Work
from server.services.keys import proofs
from server.services.keys.open_keys import OpenKeys
from server.services.privacy.erasure import Word, erase_cases, prove
from server.services.privacy.erasure_proof import Proof
from survey_defs import complaint
from survey_defs.letter import Letter

AHEAD_MONTHS = 2
"""How long before its time a contact goes whenever somebody with the key unlocks: after its time the server
alone, which cannot open the letter, could only delete all of it."""
_BATCH_SIZE = 32
"""Letters that one transaction changes: some milliseconds on a slow disk."""
_ASIDE = "before-restore-*.db"


class Swept(NamedTuple):
    """What a sweep erased: whole cases, first letters with the contact in them, names of visitors, requests
    without a case, and stores that a restore had put aside. `proof`: None where nothing was sealed."""

    cases: tuple[int, ...]
    letters: int
    visits: int
    requests: int
    asides: tuple[str, ...]
    proof: Proof | None


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def kept_until(kind: str, closed: date) -> date:
    """The last day on which what was closed on that day is kept. Raises `Problem("no-retention")`."""
    return months_after(closed, keep_months(kind, closed).months)


def sweep(ctx: Context, today: date) -> Swept:
    """Erase what is over on that day.

    Raises `Problem`: `clock-not-vouched` where the server's clock was not plausible for a day, or jumped by
    more than one and nobody has said that it is right; and where the store or the disk refuses.

    The log goes into the store first: an erasure that a power cut stopped after its commit is then complete.
    """
    check_clock(ctx)
    ctx.store.flush()
    asides = _drop_asides(ctx, today)
    with ctx.read() as work:
        rows = list(work.sql.sweep_cases())
    over = [row["n"] for row in rows if _over(row["kind"], row["closed_at"], today)]
    proofs = [erase_cases(ctx, SYSTEM, dict.fromkeys(over, Word("retention"))).proof] if over else []
    letters = [
        row["n"]
        for row in rows
        if row["n"] not in over and row["contact_gone_at"] is None and _over(CONTACT, row["closed_at"], today)
    ]
    boxes = _forget_first_letters(ctx, letters)
    with ctx.read() as work:
        visits_over, requests_over = _visits_over(work, today), _requests_over(work, today)
    visits = _forget(ctx, "visit", visits_over)
    asked = _forget(ctx, "request", requests_over)
    if boxes := [*boxes, *visits, *asked]:
        proofs.append(prove(ctx, boxes))
    return Swept(tuple(over), len(letters), len(visits), len(asked), asides, proofs[-1] if proofs else None)


def check_clock(ctx: Context) -> None:
    """Before anything goes for good because its time is over. Raises `Problem("clock-not-vouched")`."""
    if not ctx.clock.may_erase:
        raise Problem("clock-not-vouched")


def forget_contacts(ctx: Context, keys: OpenKeys) -> int:
    """Take the contact out of letters whose time for it is nearly over. Returns out of how many.

    Called when somebody unlocks: what stays is sealed anew without the contact. Nobody reads anything.
    Nothing is written where nothing is due, and the sealing is done before the store is locked.
    """
    if not ctx.clock.may_erase:
        return 0
    today = local_day(ctx.now())
    with ctx.read() as work:
        due = [row for row in work.sql.sweep_contacts(login=keys.login) if _is_nearly_over(row, keys, today)]
        found = [(row, work.sql.case_box_first(case_n=row["n"])) for row in due]
        present = {
            place: work.sql.key_current(school=place[0], room=place[1])
            for place in {(row["school"], row["room"]) for row in due}
        }
    gone: list[bytes] = []
    for first in range(0, len(found), _BATCH_SIZE):
        some = [(row, bytes(box)) for row, box in found[first : first + _BATCH_SIZE] if box is not None]
        sealed = [_sealed(row, box, keys, present[row["school"], row["room"]]) for row, box in some]
        gone += _put_sealed(ctx, [each for each in sealed if each is not None])
    if gone:
        prove(ctx, gone)
    return len(gone)


class _Sealed(NamedTuple):
    """A first letter, and the same without its contact, None where it has none or no key is there."""

    n: int
    box: bytes
    anew: bytes | None


def _is_nearly_over(row: Any, keys: OpenKeys, today: date) -> bool:
    closed = local_day(row["closed_at"])
    kept = keep_months(CONTACT, closed).months
    return row["room"] in keys.rooms and today > months_after(closed, kept - AHEAD_MONTHS)


def _sealed(row: Any, box: bytes, keys: OpenKeys, key: Any) -> _Sealed | None:
    """What is to stand in the box's place, sealed to the room's present key; None where `keys` open nothing.

    Raises `Problem("key-changed")`.
    """
    letter = keys.open(row["room"], box)
    if letter is None:
        return None
    if letter.contact is None or key is None:
        return _Sealed(row["n"], box, None)
    left = Letter(letter.text, None, letter.reply_key)
    return _Sealed(row["n"], box, complaint.seal(left, proofs.public_of(key)))


def _put_sealed(ctx: Context, sealed: list[_Sealed]) -> list[bytes]:
    """The boxes that were replaced: what somebody has changed or erased meanwhile stays as it is."""
    gone: list[bytes] = []
    if not sealed:
        return gone
    with ctx.write() as work:
        for n, box, anew in sealed:
            if work.sql.case_box_first(case_n=n) != box:
                continue
            work.sql.sweep_contact_gone(case_n=n, at=work.now)
            if anew is not None:
                work.sql.case_box_reseal(case_n=n, seq=1, box=anew)
                gone.append(box)
    return gone


def _forget_first_letters(ctx: Context, numbers: list[int]) -> list[bytes]:
    """Nobody unlocked in time: the letters go, with the contacts that may be in them."""
    gone: list[bytes] = []
    for first in range(0, len(numbers), _BATCH_SIZE):
        with ctx.write() as work:
            for n in numbers[first : first + _BATCH_SIZE]:
                box = work.sql.case_box_first(case_n=n)
                work.sql.sweep_first_text(case_n=n)
                work.sql.sweep_contact_gone(case_n=n, at=work.now)
                gone += [] if box is None else [bytes(box)]
    return gone


def _visits_over(work: Work, today: date) -> list[Any]:
    """Who came to the desk: their time runs from the case's closing, or from the visit without a case."""
    found = []
    for row in work.sql.sweep_visits():
        if row["case_n"] is None:
            over = kept_until(CONTACT, date.fromisoformat(row["day"])) < today
        else:
            over = row["closed_at"] is not None and _over(CONTACT, row["closed_at"], today)
        if over:
            found.append(row)
    return found


def _requests_over(work: Work, today: date) -> list[Any]:
    rows = work.sql.sweep_requests()
    return [row for row in rows if _over(CONTACT, row["answered_at"], today)]


def _forget(ctx: Context, what: str, rows: list[Any]) -> list[bytes]:
    if rows:
        with ctx.write() as work:
            for row in rows:
                getattr(work.sql, f"sweep_{what}")(n=row["n"])
    return [bytes(row["box"]) for row in rows]


def _over(kind: str, closed_at: int, today: date) -> bool:
    return kept_until(kind, local_day(closed_at)) < today


def _drop_asides(ctx: Context, today: date) -> tuple[str, ...]:
    """Stores that `hailong restore` put aside are backups too; they go after as many days."""
    gone = []
    for path in sorted(Path(ctx.settings.data).glob(_ASIDE)):
        stamp = path.stem.removeprefix("before-restore-")
        try:
            made = date.fromisoformat(stamp[:8])
        except ValueError:
            continue
        if (today - made).days <= ctx.settings.backup_keep_days:
            continue
        try:
            path.unlink()
        except OSError as error:
            raise Problem("cannot-write", path=str(path), reason=error.strerror or str(error)) from error
        gone.append(path.name)
    return tuple(gone)
