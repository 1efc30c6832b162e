"""A server with one of both brokers, and the devices that a test connects to it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.commands import hailong
from tests.support.device import Device
from tests.support.mosquitto import Mosquitto
from tests.support.server import ServerProcess
from tests.support.store import make_mosquitto, make_school


@dataclass
class Line:
    """A server with a broker, and the devices that a test connects."""

    data: Path
    server: ServerProcess
    mosquitto: Mosquitto | None
    passwords: dict[str, str]
    devices: list[Device] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where devices connect."""
        return self.mosquitto.port if self.mosquitto else self.server.mqtt_port

    def raw(self, user: str | None, password: str | None, **options: Any) -> Device:
        """A client with any name and password."""
        device = Device(self.port, user, password, **options)
        self.devices.append(device)
        return device

    def device(self, name: str, **options: Any) -> Device:
        """A client with a device's own name and password."""
        return self.raw(name, self.passwords[name], **options)

    def rows(self, sql: str, *values: object) -> list[Any]:
        """What stands in the store."""
        connection = sqlite3.connect(self.data / "hailong.db", timeout=10)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def wait_for_row(self, sql: str, *values: object, within_s: float = 15) -> Any:
        """The first row, as soon as there is one."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if rows := self.rows(sql, *values):
                return rows[0]
            time.sleep(0.02)
        raise AssertionError(f"no row for {sql}\n{self.server.words()}")

    def wait_for_words(self, words: str, times: int = 1) -> None:
        """Until the server has said something so many times."""
        deadline = time.monotonic() + 30
        while self.server.words().count(words) < times:
            assert time.monotonic() < deadline, self.server.words()
            time.sleep(0.05)

    def tell_mosquitto(self) -> None:
        """After a change of devices: the files again, and SIGHUP."""
        if self.mosquitto:
            port = str(self.mosquitto.port)
            directory = self.mosquitto.config.parent
            hailong("broker", "config", "-o", directory, "--port", port, "--data", self.data)
            self.mosquitto.config.write_text(self.mosquitto.config.read_text() + "\nuser root\n")
            self.mosquitto.reload()

    def say_goodbye(self) -> None:
        """Let every device of the test go."""
        for device in self.devices:
            device.close()
        self.devices.clear()


@contextmanager
def open_line(directory: Path, kind: str) -> Iterator[Line]:
    """A running server with two schools; `kind`: `mosquitto`, or the `embedded` broker."""
    data = directory / "data"
    passwords = make_school(data)
    mosquitto = None
    if kind == "mosquitto":
        mosquitto = make_mosquitto(data, directory / "broker")
        mosquitto.start()
    server = ServerProcess(data, broker=f"mqtt://127.0.0.1:{mosquitto.port}" if mosquitto else None)
    try:
        server.start()
        yield Line(data, server, mosquitto, passwords)
    finally:
        server.stop()
        if mosquitto:
            mosquitto.stop()
