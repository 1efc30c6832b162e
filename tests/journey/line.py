"""The whole line as its users have it: commands, broker, server, a kiosk's window, a browser."""

import sqlite3
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from server.domain.localtime import local_day
from tests.support.commands import hailong
from tests.support.kiosk import KioskProcess
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.server import ServerProcess
from tests.support.tap import Tap
from tests.support.xvfb import Xvfb

SCHOOL, DEVICE, LOGIN, PASSWORD = "mau", "kiosk-quay-1", "pho-hieu-truong", "mot-mat-khau-dai"
TODAY = local_day(round(time.time() * 1000))
HALF = f"{TODAY.year}-H{1 if TODAY.month <= 6 else 2}"


class Line:
    """`with Line(directory, "mosquitto" | "embedded") as line`: everything but the browser runs.

    With a `passphrase` the school has a key for complaints, which the login holds. `tapped`: the kiosk talks
    through `line.tap`, which hears everything and can cut its line.
    """

    def __init__(
        self, directory: Path, broker: str, *, passphrase: str | None = None, tapped: bool = False
    ) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.broker_kind = broker
        self.mosquitto: Mosquitto | None = None
        self._passphrase = passphrase
        self._tapped = tapped
        self._stack = ExitStack()

    def __enter__(self) -> "Line":
        with ExitStack() as stack:
            self._set_up(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _set_up(self, stack: ExitStack) -> None:
        self.hailong("school", "add", SCHOOL, "--name", "Trường THCS Mẫu")
        account = ("--role", "deputy", "--school", SCHOOL, "--password-stdin")
        self.hailong("user", "add", LOGIN, *account, stdin=PASSWORD)
        if self._passphrase is not None:
            holder = ("--school", SCHOOL, "--holder", LOGIN, "--passphrase-stdin")
            self.hailong("key", "make", *holder, stdin=self._passphrase)
        device = self.hailong("device", "add", DEVICE, "--school", SCHOOL, "--kind", "kiosk", "--json")
        mqtt_port = free_port()
        if self.broker_kind == "mosquitto":
            config = self.directory / "broker"
            self.hailong("broker", "config", "-o", config, "--port", mqtt_port)
            self.mosquitto = stack.enter_context(Mosquitto(config))
            outside: str | None = f"mqtt://127.0.0.1:{mqtt_port}"
        else:
            outside = None
        self.server = stack.enter_context(ServerProcess(self.data, free_port(), mqtt_port, broker=outside))
        if self._tapped:
            self.tap = stack.enter_context(Tap(mqtt_port))
            mqtt_port = self.tap.port
        self.xvfb = stack.enter_context(Xvfb(800, 480))
        self.kiosk = stack.enter_context(
            KioskProcess(
                self.xvfb,
                self.directory / "kiosk",
                broker=f"mqtt://127.0.0.1:{mqtt_port}",
                school=SCHOOL,
                device=DEVICE,
                password=device["password"],
            )
        )

    @property
    def url(self) -> str:
        """The dashboard's address."""
        return self.server.url

    def hailong(self, *arguments: object, stdin: str | None = None) -> Any:
        """Run a command on the line's data, as a technician would; what it printed, an object with --json."""
        return hailong(*arguments, "--data", self.data, stdin=stdin)

    def visit(self, procedure: str, level: int, *, timeliness: str | None = None) -> None:
        """One visitor, up to the thanks; the next one waits for the screen to be free."""
        self.rate(procedure, level)
        self.kiosk.touch("next" if timeliness is None else f"choice:{timeliness}")
        if level <= 2:
            self.kiosk.wait_for_screen("question:reasons")
            self.kiosk.touch("choice:thoi-gian")
            self.kiosk.touch("next")
        self.kiosk.wait_for_screen("thanks")

    def rate(self, procedure: str, level: int) -> None:
        """A visitor touches a face and stands before the next question."""
        self.kiosk.wait_for_screen("rest")
        self.kiosk.touch(f"procedure:{procedure}")
        self.kiosk.wait_for_screen("question:rating")
        self.kiosk.touch(f"level:{level}")
        self.kiosk.wait_for_screen("question:timeliness")

    def stored(self) -> list[dict[str, Any]]:
        """The stored answers, as they lie in the database."""
        with sqlite3.connect(f"file:{self.data / 'hailong.db'}?mode=ro", uri=True) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(
                "SELECT e.id, e.journal, e.seq, a.procedure, a.level, a.answers FROM events e"
                " JOIN answers a ON a.event = e.n ORDER BY e.seq"
            ).fetchall()
        return [dict(row) for row in rows]

    def waiting_on_kiosk(self) -> int:
        """How many rows of the kiosk's outbox have no receipt."""
        outbox = self.directory / "kiosk" / "outbox.db"
        with sqlite3.connect(f"file:{outbox}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM events WHERE closed < 3").fetchone()[0])
