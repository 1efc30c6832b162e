"""A machine's clock that a test makes wrong, for the real `hailong` processes and for services alike."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from server.domain.server_clock import Reading, Standing
from server.wiring.machine import read_machine

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


class FaultyClock:
    """The clock of every process that has `env`: off by so much, in that boot, set by NTP or not."""

    def __init__(self, file: Path, **fault: object) -> None:
        self.file = file
        self.env = {"HAILONG_CLOCK_FAULT": str(file)}
        self.be(**fault)

    def be(self, *, days: float = 0, synced: bool = False, boot: str = "boot-1") -> None:
        """From now on the clock is so many days ahead of the truth, or behind it."""
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps({"off_ms": round(days * DAY_MS), "synced": synced, "boot": boot}))
        os.replace(draft, self.file)


def vouch(data: Path) -> None:
    """As if a server had watched this machine's clock for two days."""
    seen = read_machine()
    since = seen.wall - 2 * DAY_MS
    kept = Standing(seen.boot, seen.up, seen.wall, "", known=True, since=since, held=False, unset_since=since)
    with closing(sqlite3.connect(data / "hailong.db")) as store, store:
        query = "INSERT OR REPLACE INTO installation (key, value) VALUES ('clock', ?)"
        store.execute(query, [msgspec.json.encode(kept)])


class Machine:
    """A machine of a test's own: time passes where the test says so, and the clock may go wrong."""

    def __init__(self, wall: int, boot: str = "boot-1") -> None:
        self.true, self.up, self.off = wall, 1_000_000, 0
        self.boot, self.synced = boot, False

    def read(self) -> Reading:
        """What it says."""
        return Reading(self.true + self.off, self.up, self.boot, self.synced)

    def go(self, ms: int) -> None:
        """Let time pass."""
        self.true += ms
        self.up += ms

    def reboot(self, away_ms: int = 0) -> None:
        """Start anew after so long."""
        self.true += away_ms
        self.up = 10_000
        self.boot += "+"
        self.synced = False
