"""A server of the simulation's own, on a temporary directory, behind its own broker or a mosquitto."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from simulator.commands import HAILONG, Devices, add_devices, hailong
from simulator.options import SimulationError

LOGIN = "pho-hieu-truong"
_HEALTHY_TIMEOUT_S = 60.0
_RESTART_PAUSE_S = 0.5
"""How long a killed broker stays away."""


class Server:
    """`hailong serve` with everything in it. Its words go to a file beside its data."""

    def __init__(self, data: Path, *, mosquitto: bool = False) -> None:
        self.data = data
        self.log = data.with_name("server.log")
        self.port, self.mqtt_port = free_port(), free_port()
        self.password = ""
        self.devices = Devices("", "", ())
        self.restarts = 0
        self._mosquitto = mosquitto
        self._lock = threading.RLock()
        """Whoever waits for the server must not have it killed by another fault meanwhile."""
        self._server: subprocess.Popen[bytes] | None = None
        self._broker: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def broker(self) -> str:
        """Where devices connect."""
        return f"mqtt://127.0.0.1:{self.mqtt_port}"

    def prepare(self, school: str, kiosks: int, boxes: int) -> None:
        """Make a sample school with devices, and an account to sign in with. Raises `SimulationError`."""
        added = add_devices(self.data, school, kiosks, boxes, even_real=False, is_own=True)
        self.devices = Devices(school, self.broker, added.devices)
        self.password = secrets.token_urlsafe(9)
        whose = ["--role", "deputy", "--school", school, "--password-stdin", "--data", str(self.data)]
        hailong("user", "add", LOGIN, *whose, stdin=self.password + "\n")

    def start(self) -> None:
        """Start it and wait until it takes answers. Raises `SimulationError`."""
        if self._mosquitto and self._broker is None:
            self._start_mosquitto()
        ports = ["--host", "127.0.0.1", "--port", str(self.port)]
        ports += ["--broker", self.broker] if self._mosquitto else ["--mqtt-port", str(self.mqtt_port)]
        self._server = self._run([*HAILONG, "serve", "--data", str(self.data), *ports])
        self._wait_until_healthy()

    def restart(self) -> None:
        """Kill the server without a warning and start it again. Raises `SimulationError`."""
        with self._lock:
            _kill(self._server)
            time.sleep(_RESTART_PAUSE_S)
            self.start()

    def look_at_clock(self, *, until_believed: bool) -> None:
        """Make the server compare its clock with what it knows, as each message does.

        `until_believed`: and wait until it has no doubt. Raises `SimulationError`.
        """
        with self._lock:
            self._wait_until_healthy(lambda said: not until_believed or "clock:" not in said)

    def restart_broker(self) -> None:
        """Kill the broker without a warning and start it again; the server where it is inside.

        With a mosquitto the two are killed in turn.
        """
        self.restarts += 1
        if not self._mosquitto or not self.restarts % 2:
            self.restart()
            return
        with self._lock:
            _kill(self._broker)
            time.sleep(_RESTART_PAUSE_S)
            self._start_mosquitto()

    def stop(self) -> None:
        """End it."""
        for process in (self._server, self._broker):
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                _kill(process)

    def _start_mosquitto(self) -> None:
        folder = self.data.with_name("mosquitto")
        if not folder.exists():
            place = ["-o", str(folder), "--port", str(self.mqtt_port), "--data", str(self.data)]
            hailong("broker", "config", *place)
            if os.geteuid() == 0:  # a temporary directory belongs to root alone: it must not become another
                with (folder / "mosquitto.conf").open("a", encoding="utf-8") as conf:
                    conf.write("\nuser root\n")
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if program is None:
            raise SimulationError("there is no mosquitto here: install it, or leave --mosquitto out")
        self._broker = self._run([program, "-c", str(folder / "mosquitto.conf")])
        until = time.monotonic() + _HEALTHY_TIMEOUT_S
        while time.monotonic() < until and self._broker.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.mqtt_port), 1):
                return
            time.sleep(0.02)
        raise SimulationError(f"mosquitto does not start; its last words:\n{self._log_tail()}")

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C is for the simulation, which ends it when all is delivered.
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603

    def _wait_until_healthy(self, is_enough: Callable[[str], bool] = lambda _: True) -> None:
        """Until `/healthz` says that all is well, in words that are enough. Raises `SimulationError`."""
        until = time.monotonic() + _HEALTHY_TIMEOUT_S
        while (said := self._health()) is None or not is_enough(said):
            if self._server is None or self._server.poll() is not None or time.monotonic() > until:
                raise SimulationError(f"the server does not become well; its last words:\n{self._log_tail()}")
            time.sleep(0.05)

    def _health(self) -> str | None:
        try:
            with urllib.request.urlopen(f"{self.url}healthz", timeout=2) as answer:  # noqa: S310 - our own
                return str(answer.read(), "utf-8")
        except (urllib.error.URLError, OSError):
            return None

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


def free_port() -> int:
    """Returns a free TCP port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.kill()
        process.wait()
