"""The counts that pages read instead of the answers, gathered for one transaction and written with it."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any, NamedTuple

from server.domain.localtime import local_day
from server.services.context import Work

_HOUR_MS = 3_600_000
_Levels = list[int]


@lru_cache(maxsize=4096)
def _day_of_hour(hour: int) -> str:
    return local_day(hour * _HOUR_MS).isoformat()


def day_of(ms: int) -> str:
    """The school's day at `ms`, as `YYYY-MM-DD`. Its zone is whole hours away from UTC."""
    return _day_of_hour(ms // _HOUR_MS)


class About(NamedTuple):
    """What an answer is counted under, apart from its day. `procedure` is '' for none."""

    school: str
    device: str
    survey: str
    channel: str
    procedure: str
    misuse: int


class Cells:
    """What one transaction adds to, or with -1 takes from, the roll-ups."""

    def __init__(self, *, due: bool = True) -> None:
        """Nothing yet. `due`: the misuse rules are to look again at the days of devices that it changes."""
        self._due: set[tuple[str, str, str]] | None = set() if due else None
        self._rates: dict[tuple[str, str, str, str, int], _Levels] = defaultdict(lambda: [0, 0, 0, 0, 0])
        self._choices: dict[tuple[str, str, str, str, str, str, int], int] = defaultdict(int)
        self._qualities: dict[tuple[str, str, str, int], int] = defaultdict(int)

    def add_event(self, school: str, day: str, quality: str, by: int = 1, *, rated: bool) -> None:
        """Count an answer by how certain its time is. `rated`: it has a level, and so is a rating."""
        self._qualities[school, day, quality, int(rated)] += by

    def add_answer(
        self, about: About, day: str, level: int | None, choices: tuple[tuple[str, str], ...], by: int = 1
    ) -> None:
        """Count an answer by its level, where it has one, and by its choices."""
        school, device, survey, channel, procedure, misuse = about
        self.touch(school, device, day)
        if level is not None:
            at = level - 1
            rates = self._rates
            rates[school, "all", day, "", misuse][at] += by
            rates[school, "procedure", day, procedure, misuse][at] += by
            rates[school, "channel", day, channel, misuse][at] += by
            rates[school, "device", day, device, misuse][at] += by
        for question, choice in choices:
            self._choices[school, survey, question, day, procedure, choice, misuse] += by

    def touch(self, school: str, device: str, day: str) -> None:
        """Something that the misuse rules look at has changed, if not the counts."""
        if self._due is not None:
            self._due.add((school, device, day))

    def rate_rows(self) -> list[dict[str, Any]]:
        """The rows of `rate_cells`."""
        heads = ("school", "dimension", "day", "key", "misuse")
        return [
            dict(zip(heads, key, strict=True), n1=n[0], n2=n[1], n3=n[2], n4=n[3], n5=n[4])
            for key, n in self._rates.items()
            if any(n)
        ]

    def choice_rows(self) -> list[dict[str, Any]]:
        """The rows of `choice_cells`."""
        heads = ("school", "survey", "question", "day", "procedure", "choice", "misuse")
        return [dict(zip(heads, key, strict=True), n=n) for key, n in self._choices.items() if n]

    def quality_rows(self) -> list[dict[str, Any]]:
        """The rows of `quality_cells`."""
        heads = ("school", "day", "quality", "rated")
        return [dict(zip(heads, key, strict=True), n=n) for key, n in self._qualities.items() if n]

    def write(self, work: Work) -> None:
        """Add all to the store, within this unit of work."""
        if rates := self.rate_rows():
            work.sql.ingest_rate_add(rates)
        if choices := self.choice_rows():
            work.sql.ingest_choice_add(choices)
        if qualities := self.quality_rows():
            work.sql.ingest_quality_add(qualities)
        if self._due:
            heads = ("school", "device", "day")
            work.sql.misuse_due_add([dict(zip(heads, key, strict=True)) for key in self._due])
