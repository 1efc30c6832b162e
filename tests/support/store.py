"""A real store in a directory, with a clock and ids that the test holds."""

from __future__ import annotations

import itertools
import uuid
from pathlib import Path
from typing import Any

from server.services import schools
from server.services.answers.ingest import Delivery, Ingest
from server.services.context import Context
from server.services.devices import registry
from server.settings import Settings
from server.transport.mqtt.mosquitto import Listener, write_files
from server.wiring.contexts import build
from survey_defs import wire
from tests.support.device import batch
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port

START = 1_780_000_000_000
"""28 May 2026, 20:26:40 UTC: already the 29th at the school."""


_template: list[bytes] = []


def make_school(data: Path) -> dict[str, str]:
    """A data directory with two schools and their devices; the devices' passwords."""
    ctx = build(Settings(data=str(data)))
    schools.add_school(ctx, "mau", "Trường THCS Mẫu")
    schools.add_school(ctx, "khac", "Trường THCS Khác")
    devices = (("k1", "mau"), ("k2", "mau"), ("k3", "khac"), ("old", "mau"))
    passwords = {device: registry.add_device(ctx, device, school, "kiosk") for device, school in devices}
    ctx.store.close()
    return passwords


def make_mosquitto(data: Path, directory: Path) -> Mosquitto:
    """A mosquitto, not yet started, for the devices of a data directory."""
    ctx = build(Settings(data=str(data)))
    write_files(ctx, directory, Listener("127.0.0.1", free_port()))
    ctx.store.close()
    return Mosquitto(directory)


def _furnish(data: Path) -> None:
    """Two schools with devices. Made once, then copied: a test may need hundreds."""
    data.mkdir(parents=True, exist_ok=True)
    store = data / "hailong.db"
    if store.exists():
        return
    if _template:
        store.write_bytes(_template[0])
        return
    ctx = build(Settings(data=str(data)), now=lambda: START)
    for slug in ("mau", "khac"):
        schools.add_school(ctx, slug, f"Trường THCS {slug}")
    for device, school in (("k1", "mau"), ("k2", "mau"), ("k3", "khac"), ("old", "mau")):
        registry.add_device(ctx, device, school, "kiosk")
    registry.retire_device(ctx, "old")
    ctx.store.close()  # the last connection: everything is in the one file now
    _template.append(store.read_bytes())


class World:
    """Two schools with devices, their ingest, and the time."""

    def __init__(self, data: Path) -> None:
        self.time = START
        _furnish(data)
        ids = (str(uuid.UUID(int=n)) for n in itertools.count(1))
        self.ctx: Context = build(Settings(data=str(data)), now=lambda: self.time, new_id=lambda: next(ids))
        self.ingest = Ingest(self.ctx)

    def take(self, *deliveries: Delivery) -> dict[str, str]:
        """Take deliveries together; what the receipts say of each id."""
        said: dict[str, str] = {}
        for message in self.ingest.take(deliveries):
            receipt = wire.decode_receipt(message.payload)
            said |= dict.fromkeys(receipt["accepted"], "accepted")
            for entry in receipt["rejected"]:
                said.setdefault(entry["id"], entry["code"])
        return said

    def send(self, *events: dict[str, Any], device: str = "k1", school: str = "mau", **envelope: Any) -> Any:
        """One batch that arrives now; what the receipts say of each id."""
        return self.take(Delivery(school, device, batch(*events, **envelope), self.time))

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Raw rows of the store."""
        return [tuple(row) for row in self.ctx.store.connection.execute(sql, values)]

    def one(self, sql: str, *values: object) -> tuple[Any, ...]:
        """The only row."""
        (row,) = self.rows(sql, *values)
        return row
