"""Is the store sound, and do the counts agree with the answers? Worked out anew from the raw rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from server.domain.answers.accept import choices_of
from server.domain.answers.arrivals_in_time import SLACK_MS
from server.domain.problems import Problem
from server.services.answers import receipt_marks
from server.services.answers.rollups import day_of
from server.services.context import Context, Work
from server.services.network import broker_address, broker_conf, public_address
from server.services.network.certificate_terms import pressing, terms
from server.services.upkeep import scheduled_backups
from server.services.upkeep.doctor_keys import changed_keys, key_warnings

_HOUR_MS = 3_600_000
_RATE = ("school", "dimension", "day", "key", "misuse", "n1", "n2", "n3", "n4", "n5")
_CHOICE = ("school", "survey", "question", "day", "procedure", "choice", "misuse", "n")
_QUALITY = ("school", "day", "quality", "rated", "n")


class Finding(NamedTuple):
    """What one check found, in plain words. `repairable`: `repair` puts it right.

    `warns`: nothing is wrong in the store, but somebody had better see to it.
    """

    check: str
    sound: bool
    words: str
    repairable: bool = False
    warns: bool = False


def examine(work: Work) -> list[Finding]:
    """Run all checks on one moment's state of the store; a running server does not disturb them."""
    checks: dict[str, Callable[[], Finding]] = {
        "file": lambda: _file(work.ctx),
        "surveys": lambda: _surveys(work),
        "events": lambda: _events(work),
        "receipts": lambda: _receipts(work),
        "days": lambda: _days(work),
        "labels": lambda: _labels(work),
        "cases": lambda: _cases(work),
        "keys": lambda: _keys(work),
        "clock": lambda: _clock(work),
        "certificates": lambda: _certificates(work.ctx),
        "address": lambda: _address(work.ctx),
        "broker": lambda: _broker(work.ctx),
        "backups": lambda: _backups(work.ctx),
    }
    for check, (kept, worked_out) in _COMPARED.items():
        checks[check] = partial(_compared, check, work, kept, worked_out)
    return [_found(check, look) for check, look in checks.items()]


def _found(check: str, look: Callable[[], Finding]) -> Finding:
    """What a check finds; in a damaged file the others are still to be looked at."""
    try:
        return look()
    except Problem as problem:
        return Finding(check, False, problem.sentence("en"))


def repair(ctx: Context) -> None:
    """Throw the counts away and work them out from the raw rows, in one transaction."""
    with ctx.write() as work:
        rates, choices = _rates(work), _choices(work)
        qualities, ranges = _qualities(work), list(_islands(work))
        for clear in ("rates", "choices", "qualities", "ranges"):
            getattr(work.sql, f"doctor_clear_{clear}")()
        work.sql.ingest_rate_add([_named(_RATE, key + n) for key, n in rates.items()])
        work.sql.ingest_choice_add([_named(_CHOICE, (*key, n)) for key, n in choices.items()])
        work.sql.ingest_quality_add([_named(_QUALITY, (*key, n)) for key, n in qualities.items()])
        for island in ranges:
            work.sql.ingest_range_put(**island._asdict())


def _named(heads: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(heads, values, strict=True))


def _file(ctx: Context) -> Finding:
    try:
        troubles = ctx.store.troubles()
    except Problem as problem:
        return Finding("file", False, problem.sentence("en"))
    if troubles:
        return Finding("file", False, f"damaged ({troubles[0]}); restore a backup: hailong restore")
    if ctx.store.unread is not None:
        return Finding(
            "file", False, f"{receipt_marks.unread_words(ctx.store.unread)}; see the line of receipts"
        )
    return Finding("file", True, f"sound, schema {ctx.store.steps()[-1]}")


def _surveys(work: Work) -> Finding:
    versions = len(list(work.sql.survey_version_all()))
    return Finding("surveys", True, f"{versions} versions kept, none changed since it was published")


def _events(work: Work) -> Finding:
    silent = work.sql.doctor_silent_events()
    counts = work.sql.doctor_counts()
    if silent:
        return Finding("events", False, f"{silent} answers have lost what they said; restore a backup")
    words = f"{counts['events']} stored, {counts['dead_letters']} dead letters kept"
    beyond = f", {counts['counted']} beyond their bounds counted" if counts["counted"] else ""
    return Finding("events", True, words + beyond)


def _receipts(work: Work) -> Finding:
    """Against the file `receipted`, which no damage to the store touches."""
    losses = receipt_marks.lost(work)
    if losses:
        return Finding("receipts", False, receipt_marks.lost_words(losses))
    return Finding("receipts", True, "every journal is stored as far as it was receipted")


def _days(work: Work) -> Finding:
    rows = work.sql.doctor_wrong_days()
    wrong = sum(row["n"] for row in rows if day_of(row["hour"] * _HOUR_MS) != row["day"])
    if wrong:
        return Finding("days", False, f"{wrong} answers are counted on another day than they were given")
    return Finding("days", True, "every answer is counted on the day it was given")


def _labels(work: Work) -> Finding:
    against = work.sql.doctor_flags_against_labels()
    due = work.sql.doctor_days_due()
    if against:
        words = f"{against} answer(s) left out or counted against a person's label; restore a backup"
        return Finding("labels", False, words)
    wait = f"; {due} days of devices wait for the misuse rules" if due else ""
    return Finding("labels", True, f"every answer is left out or counted as people said{wait}")


def _cases(work: Work) -> Finding:
    broken = work.sql.doctor_broken_cases()
    count = work.sql.doctor_case_count()
    if broken:
        return Finding(
            "cases", False, f"{broken} of {count} cases disagree with their entries; restore a backup"
        )
    return Finding("cases", True, f"{count} cases stand as their entries say")


def _keys(work: Work) -> Finding:
    if changed := changed_keys(work):
        return Finding("keys", False, "; ".join(changed))
    warnings = key_warnings(work)
    words = "; ".join(warnings) or "every text can be read by somebody, and no key hangs on one memory"
    return Finding("keys", True, words, warns=bool(warnings))


def _clock(work: Work) -> Finding:
    if work.ctx.clock.doubt:
        return Finding(
            "clock", True, f"in doubt ({work.ctx.clock.doubt}); see hailong clock show", warns=True
        )
    if work.ctx.clock.held:
        return Finding("clock", True, "jumped by more than a day; see hailong clock show", warns=True)
    future = work.sql.doctor_events_to_come(now=work.now + SLACK_MS)
    if future:
        return Finding("clock", True, f"{future} answers are yet to come: hailong doctor --times", warns=True)
    waiting = work.sql.clock_events_open()
    words = f"; the arrival of {waiting} events is not known" if waiting else ""
    return Finding("clock", True, f"nothing speaks against it{words}")


def _address(ctx: Context) -> Finding:
    if not ctx.settings.public_url:
        return Finding("address", True, "public_url is not set; nothing is printed without it")
    trouble = public_address.trouble(ctx)
    return Finding(
        "address", True, trouble or f"codes lead to {public_address.address(ctx)}", warns=bool(trouble)
    )


def _broker(ctx: Context) -> Finding:
    troubles = (broker_conf.trouble(Path(ctx.settings.data)), broker_address.address_trouble(ctx))
    words = "; ".join(filter(None, troubles))
    return Finding("broker", True, words or "what it needs is in its file", warns=bool(words))


def _backups(ctx: Context) -> Finding:
    words = scheduled_backups.trouble(ctx)
    return Finding("backups", True, words or "one is made every day, and sealed", warns=bool(words))


def _certificates(ctx: Context) -> Finding:
    now = ctx.now()
    ending = [term.words(now) for term in pressing(ctx.settings, now)]
    words = "; ".join(filter(None, [*ending, broker_address.certificate_trouble(ctx)]))
    ends = [day_of(term.until) for term in terms(ctx.settings) if term.until is not None]
    sound = f"the first ends on {min(ends)}" if ends else "none: nothing is shown over TLS"
    return Finding("certificates", True, words or sound, warns=bool(words))


_Cells = Mapping[Any, Any]
_Reader = Callable[[Work], _Cells]


def _compared(check: str, work: Work, kept: _Reader, worked_out: _Reader) -> Finding:
    have, should = kept(work), worked_out(work)
    wrong = sum(1 for key in have.keys() | should.keys() if have.get(key) != should.get(key))
    if wrong:
        words = f"{wrong} of {len(should)} counts disagree with the answers; hailong doctor --repair"
        return Finding(check, False, words, repairable=True)
    return Finding(check, True, f"{len(should)} counts agree with the answers")


def _rate_cells(work: Work) -> _Cells:
    return _by_five(work.sql.doctor_rate_cells())


def _rates(work: Work) -> _Cells:
    return _by_five(work.sql.doctor_rates())


def _by_five(rows: Any) -> _Cells:
    return {tuple(row)[:5]: tuple(row)[5:] for row in rows}


def _choice_cells(work: Work) -> _Cells:
    return {tuple(row)[:7]: row["n"] for row in work.sql.doctor_choice_cells()}


def _choices(work: Work) -> _Cells:
    cells: Counter[tuple[Any, ...]] = Counter()
    for row in work.sql.doctor_choices():
        for question, choice in choices_of(msgspec.json.decode(row["answers"])):
            cells[
                row["school"], row["survey"], question, row["day"], row["about"], choice, row["flagged"]
            ] += row["n"]
    return cells


def _quality_cells(work: Work) -> _Cells:
    return {tuple(row)[:4]: row["n"] for row in work.sql.doctor_quality_cells()}


def _qualities(work: Work) -> _Cells:
    cells: Counter[tuple[Any, ...]] = Counter()
    for row in work.sql.doctor_qualities():
        cells[row["school"], day_of(row["hour"] * _HOUR_MS), row["quality"], row["rated"]] += row["n"]
    return cells


class _Island(NamedTuple):
    journal: str
    lo: int
    hi: int
    school: str
    device: str


def _islands(work: Work) -> Iterator[_Island]:
    """The ranges of what has arrived, from the events and the dead letters themselves."""
    island: _Island | None = None
    for journal, lo, hi, school, device in work.sql.doctor_numbers():
        if island is not None and journal == island.journal and lo <= island.hi + 1:
            island = _Island(journal, island.lo, max(hi, island.hi), school, device)
            continue
        if island is not None:
            yield island
        island = _Island(journal, lo, hi, school, device)
    if island is not None:
        yield island


def _ranges(work: Work) -> _Cells:
    return {(row["journal"], row["lo"]): row["hi"] for row in work.sql.doctor_ranges()}


def _ranges_from_numbers(work: Work) -> _Cells:
    return {(island.journal, island.lo): island.hi for island in _islands(work)}


_COMPARED: dict[str, tuple[_Reader, _Reader]] = {
    "rates": (_rate_cells, _rates),
    "choices": (_choice_cells, _choices),
    "certainty of times": (_quality_cells, _qualities),
    "sequences": (_ranges, _ranges_from_numbers),
}
