"""A box that is being set up: its own page, served by the real MicroPython."""

from __future__ import annotations

import http.client
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.box import FAKES, PROJECT, BoxProcess, start_box
from tests.support.ports import free_port
from tests.support.whole_box import HEAP

SCRIPT = PROJECT / "tests" / "firmware" / "on_device" / "portal_box.py"
WIFI, PASSWORD = "Truong", "mat-khau-wifi"
OLD = {"device": "nut-01", "school": "thcs-mau", "password": "old", "host": "h", "port": 1883, "tls": False}


class Page:
    """The box's page, as a browser without scripts sees it."""

    def __init__(self, box: BoxProcess, port: int, dns: int) -> None:
        self.box, self.port, self.dns = box, port, dns
        self.host = f"127.0.0.1:{port}"

    def ask(
        self, path: str = "/", body: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request("POST" if body is not None else "GET", path, body, headers)
        answer = line.getresponse()
        found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
        line.close()
        return found

    def send(self, **fields: str) -> str:
        """Send the form; the page it leads to, once nothing is under way any more."""
        status, _, text = self.ask("/", urllib.parse.urlencode(fields))
        deadline = time.monotonic() + 10
        while status == 303 or "http-equiv=refresh" in text:
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
            status, _, text = self.ask()
        return text

    def choose(self, **fields: str) -> str:
        """The same with the school's Wi-Fi chosen."""
        return self.send(**({"w": WIFI.encode().hex(), "p": PASSWORD} | fields))


@contextmanager
def portal(
    folder: Path, compiled: Path, *, waiting: int = 0, env: dict[str, str] | None = None
) -> Iterator[Page]:
    port, dns = free_port(), free_port()
    folder.mkdir(exist_ok=True)
    given = {"BOX_WIFI": f"{WIFI}:{PASSWORD}"} | (env or {})
    with start_box(SCRIPT, folder, port, dns, waiting, heap=HEAP, path=[compiled, FAKES], env=given) as box:
        box.wait_for("lamps")
        yield Page(box, port, dns)
        assert not [line for line in box.lines if "Error" in line], box.lines
