"""The real server as a process: `hailong serve`, waited for, killed, started again, its words kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.commands import printed
from tests.support.forked import Forked
from tests.support.ports import free_port

HAILONG = [sys.executable, "-m", "survey_defs.cli"]


def hailong(*arguments: object, stdin: str | None = None, env: dict[str, str] | None = None) -> Any:
    """Run a command that must succeed; with `--json` among its arguments, answers the object it printed."""
    return printed(run_hailong(*arguments, stdin=stdin, env=env))


def run_hailong(
    *arguments: object, stdin: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        check=False,
        args=[*HAILONG, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | (env or {}),
    )


class ServerProcess:
    """`hailong serve` on a data directory. Use as a context manager, or `start` and `stop`."""

    def __init__(
        self,
        data: Path,
        port: int | None = None,
        mqtt_port: int | None = None,
        broker: str | None = None,
        *,
        command: str = "serve",
        options: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        files: int | None = None,
        afresh: bool = False,
        wipes: bool = False,
    ) -> None:
        """`files`: so many it may have open at the most. `afresh`: by an interpreter of its own, as in
        service; else split off a process that has read the program (`tests.support.forked`), which takes a
        fraction of the time. `wipes`: afresh, and with the allocators of service, which overwrite what is
        freed and take longer for it."""
        self.data = data
        self._afresh, self._wipes = afresh or wipes, wipes
        self.port = port or free_port()
        self.mqtt_port = mqtt_port or free_port()
        self.tls_port, self.mqtt_tls_port = free_port(), free_port()
        self.broker = broker
        self.log = data.parent / f"{data.name}-server-{self.port}.log"
        self._command = command
        self._options = options
        self._env = env or {}
        self._files = files
        self._process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def secure_url(self) -> str:
        """Where its pages are over TLS, if it has a certificate."""
        return f"https://127.0.0.1:{self.tls_port}"

    @property
    def broker_url(self) -> str:
        """Where devices connect."""
        return self.broker or f"mqtt://127.0.0.1:{self.mqtt_port}"

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process
        return self._process.pid

    def words(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8")

    def launch(self) -> None:
        """Start it without waiting for anything."""
        arguments = [self._command, "--data", str(self.data), *self._options]
        if self._command == "serve":
            arguments += ["--host", "127.0.0.1", "--port", str(self.port), "--mqtt-port", str(self.mqtt_port)]
            # Used where `hailong tls make` was run on the data.
            arguments += ["--tls-port", str(self.tls_port), "--mqtt-tls-port", str(self.mqtt_tls_port)]
        if self.broker:
            arguments += ["--broker", self.broker]
        if not self._afresh:
            self._process = Forked(arguments, self.log, os.environ | self._env, self._files)
            return
        limit = ["prlimit", f"--nofile={self._files}"] if self._files else []
        with self.log.open("ab") as log:
            env = {"PYTHONMALLOC": "pymalloc"} | os.environ | self._env
            if self._wipes:
                env.pop("PYTHONMALLOC")
            command = [*limit, *HAILONG, *arguments]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=env)

    def start(self, within_s: float = 30) -> None:
        """Start it and wait until it takes answers."""
        self.launch()
        self.wait_until(200, within_s)

    def wait_until(self, status: int, within_s: float = 30) -> None:
        """Wait until `/healthz` answers with `status`."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            assert self._process and self._process.poll() is None, self.words()
            if self.health() == status:
                return
            time.sleep(0.03)
        raise AssertionError(f"/healthz does not answer {status}; it answers {self.health()}\n{self.words()}")

    def health(self) -> int | None:
        """The status of `/healthz`, None where nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def kill9(self) -> None:
        """Kill it without a warning."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again, on the same ports."""
        self.kill9()
        self.start()

    def stop(self) -> int:
        """End it as a service manager does; its exit status."""
        if not self._process:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError("the server does not end at SIGTERM\n" + self.words()) from None
        finally:
            self._process = None

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
