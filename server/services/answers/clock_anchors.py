"""Working out when events happened, with the store's memory of boots and journals (see `domain.clocks`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from server.domain.answers import clocks
from server.domain.answers.accept import Accepted, Complaint, choices_of
from server.domain.answers.clocks import Anchor, Neighbour, When
from server.services.answers.rollups import About, Cells, day_of
from server.services.context import Work
from survey_defs.wire_time import parse_wall

PHONES = "server"
"""The boot of what phones send: its running time is the server's own clock."""
_CACHE_SIZE = 10_000


class Anchors:
    """The anchors of boots. Remembers those in use: there is one ingest for a store, and this is its."""

    def __init__(self) -> None:
        """Reads nothing yet."""
        self._known: dict[tuple[str, str], Anchor | None] = {}

    def forget(self) -> None:
        """After a transaction that came to nothing: the store is right, the memory may not be."""
        self._known.clear()

    def find(self, work: Work, device: str, boot: str) -> Anchor | None:
        """The anchor of a device's boot, or None where the boot never reached the server."""
        key = (device, boot)
        if key not in self._known:
            if len(self._known) >= _CACHE_SIZE:
                self._known.clear()
            row = work.sql.ingest_anchor_find(device=device, boot=boot)
            self._known[key] = Anchor(row["origin_ms"], row["updated_at"], row["doubt"]) if row else None
        return self._known[key]

    def learn(self, work: Work, of: tuple[str, str], new: Anchor | None, cells: Cells) -> None:
        """Take in what a batch says of its (device, boot).

        Where that is better than what was known, the boot's stored events get new times; not while the
        server's clock is in doubt (`new.doubt`): then they stay open.
        """
        device, boot = of
        if new is None or not clocks.better(self.find(work, device, boot), new):
            return
        work.sql.ingest_anchor_put(
            device=device,
            boot=boot,
            origin_ms=new.origin,
            updated_at=new.seen_at,
            doubt=new.doubt,
        )
        self._known[device, boot] = new
        if new.doubt is None:
            self.work_out(work, device, boot, cells)

    def between_neighbours(
        self, work: Work, event: Accepted | Complaint, received_at: int, arriving: list[Neighbour]
    ) -> When:
        """The time of an event whose boot never reached the server.

        `arriving` has the events of its journal that come in the same transaction and whose own boots are
        known.
        """
        return self._between(work, event.journal, event.seq, received_at, arriving)

    def _between(self, work: Work, journal: str, seq: int, came_by: int, arriving: list[Neighbour]) -> When:
        before = work.sql.ingest_timed_before(journal=journal, seq=seq)
        after = work.sql.ingest_timed_after(journal=journal, seq=seq)
        earlier = [Neighbour(*before)] if before else []
        later = [Neighbour(*after)] if after else []
        earlier += [other for other in arriving if other.seq < seq]
        later += [other for other in arriving if other.seq > seq]
        return clocks.between(max(earlier, default=None), min(later, default=None), came_by)

    def work_out(self, work: Work, device: str, boot: str, cells: Cells) -> int:
        """The times of a boot's stored events anew, by what is known of it now. Returns how many changed."""
        events, answers = [], []
        for row in work.sql.ingest_events_of_boot(device=device, boot=boot):
            when = self._time_of(work, device, boot, row)
            if when == When(row["occurred_at"], row["quality"], row["uncertainty_ms"]):
                continue
            events.append({"n": row["n"], **when._asdict()})
            if row["survey"] is None:  # a complaint: it is in no count, and its case keeps the day it had
                continue
            old_day, new_day = day_of(row["occurred_at"]), day_of(when.occurred_at)
            rated = row["level"] is not None
            cells.add_event(row["school"], old_day, row["quality"], -1, rated=rated)
            cells.add_event(row["school"], new_day, when.quality, rated=rated)
            cells.touch(row["school"], row["device"], new_day)
            if old_day != new_day:
                answers.append({"n": row["n"], "day": new_day})
                _count(cells, row, old_day, -1)
                _count(cells, row, new_day, 1)
        if events:
            work.sql.ingest_event_retime(events)
        if answers:
            work.sql.ingest_answer_retime(answers)
        return len(events)

    def work_out_all(self, work: Work, boots: Iterable[tuple[str, str]], cells: Cells) -> int:
        """`work_out` for each (device, boot): first those that are known, for they bound the others."""
        order = sorted(boots, key=lambda boot: (not self._is_known(work, *boot), boot))
        return sum(self.work_out(work, *boot, cells) for boot in order)

    def _is_known(self, work: Work, device: str, boot: str) -> bool:
        at = self.find(work, device, boot)
        return boot == PHONES or (at is not None and at.doubt is None)

    def _time_of(self, work: Work, device: str, boot: str, row: Any) -> When:
        """Of a stored event. What came in doubt had come when the doubt ended: more is not known of that."""
        is_open = row["doubt"] is not None
        if boot == PHONES:
            return open_time(row["up_ms"]) if is_open else When(row["up_ms"], "synced", 0)
        came_by = row["doubt_ended_at"] if is_open else row["received_at"]
        at = self.find(work, device, boot)
        if at is not None and at.doubt is None:
            wall_ms = None if row["wall"] is None else parse_wall(row["wall"])
            return clocks.anchored(at, row["up_ms"], wall_ms, bool(row["synced"]), came_by)
        if came_by is None:
            return open_time(row["received_at"])
        return self._between(work, row["journal"], row["seq"], came_by, [])


def open_time(received_at: int) -> When:
    """The time of what comes while the server's clock is in doubt: to be worked out when it is right."""
    return When(received_at, "unknown", None)


def _count(cells: Cells, row: Any, day: str, by: int) -> None:
    about = About(
        row["school"],
        row["device"],
        row["survey"],
        row["channel"],
        row["procedure"] or "",
        int(row["misuse"] is not None),
    )
    cells.add_answer(about, day, row["level"], choices_of(msgspec.json.decode(row["answers"])), by)
