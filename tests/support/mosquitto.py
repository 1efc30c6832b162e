"""A real mosquitto, started from the files that `hailong broker config` writes; and killed."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path


class Mosquitto:
    """One broker process. Use as a context manager, or `start` and `stop`."""

    def __init__(self, config_dir: Path) -> None:
        self.config = config_dir / "mosquitto.conf"
        self.log = config_dir / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0 and "\nuser " not in (text := self.config.read_text()):
            # A test's directory belongs to root alone: mosquitto must not become another user there.
            self.config.write_text(text + "\nuser root\n")

    @property
    def port(self) -> int:
        """The port in its configuration."""
        found = re.search(r"^listener (\d+)", self.config.read_text(), re.MULTILINE)
        assert found
        return int(found[1])

    def start(self) -> None:
        """Start it and wait until it listens."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        assert program, "mosquitto is not installed: tools/system-packages test"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(self.config)], stdout=log, stderr=log)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("mosquitto does not listen")

    def reload(self) -> None:
        """Let it read its files again."""
        assert self._process
        self._process.send_signal(1)  # SIGHUP

    def kill9(self) -> None:
        """Kill it without a warning."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again, on the same port."""
        self.kill9()
        self.start()

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill9()
            self._process = None

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
