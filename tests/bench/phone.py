"""The phone survey: pages a second on one core beside a bare Flask "hello", and answers that are stored."""

import http.client
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from server.services import schools
from server.services.devices import points
from server.settings import Settings
from server.wiring.contexts import build
from tests.bench.report import figure, percentile
from tests.support.phone import token_of
from tests.support.ports import free_port

_PAGES = 6_000
_ANSWERS = 600
_ROUNDS = 3
_CLIENTS = 4
_POINT = "ban-1"

# One process on one core: what is measured is the server, not how many of its threads find a core.
_SERVER = """
import os, sys
os.sched_setaffinity(0, {0})
from server.transport.http.serving.server import Pages
if sys.argv[1] == "bare":
    from flask import Flask
    app = Flask("bare")
    app.get("/hello")(lambda: "hello")
else:
    from server.services.phone import limits
    from server.settings import Settings
    from server.wiring.contexts import build
    from server.wiring.pages import create_app
    from server.transport.http.phone import views
    wide = 10 ** 9
    views.Limits = lambda: limits.Limits(desk=(wide, wide))  # all come from one address here
    app = create_app(build(Settings(data=sys.argv[1])))
served = Pages(app, "127.0.0.1", int(sys.argv[2]))
served.start()
print("ready", flush=True)
sys.stdin.read()
"""


def run() -> None:
    """Print pages a second and their ratio, answers a second and the disk's own pace."""
    with tempfile.TemporaryDirectory(prefix="hailong-bench-") as directory:
        data = Path(directory) / "data"
        ctx = build(Settings(data=str(data)))
        schools.add_school(ctx, "mau", "Trường THCS Mẫu")
        points.add(ctx, _POINT, "mau", label="Bàn số 1")
        ctx.store.close()
        best = {"bare": 0.0, "ours": 0.0}
        with _Server("bare") as bare, _Server(str(data)) as ours:
            for _ in range(_ROUNDS):  # in turns, so that a busy machine is busy for both
                best["bare"] = max(best["bare"], _pages(bare.port, "/hello"))
                best["ours"] = max(best["ours"], _pages(ours.port, f"/q/{_POINT}"))
            figure('a bare Flask "hello": pages/s on one core', f"{best['bare']:,.0f}")
            figure("the phone's survey, compressed: pages/s on one core", f"{best['ours']:,.0f}")
            figure("ratio to the bare hello", f"{best['ours'] / best['bare']:.2f}", "≥ 0.5")
            syncs = _syncs(Path(directory))
            rate, times = _answers(ours.port)
        stored = sqlite3.connect(data / "hailong.db").execute("SELECT COUNT(*) FROM answers").fetchone()[0]
        assert stored == _ANSWERS, f"{stored} of {_ANSWERS}"
        figure("answers posted and durable: answers/s", f"{rate:,.0f}")
        figure("an answer, from sending to thanks: median ms", f"{percentile(times, 0.5) * 1000:.1f}")
        figure("an answer, from sending to thanks: p95 ms", f"{percentile(times, 0.95) * 1000:.1f}")
        figure("the same disk: one written page and its fsync, times/s", f"{syncs:,.0f}")
        figure("ratio to one fsync each", f"{rate / syncs:.2f}")


class _Server:
    """The pages in a process of their own, on the first core."""

    def __init__(self, what: str) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, what, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "_Server":
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def _pages(port: int, path: str) -> float:
    """Pages a second, by connections that stay open; asked for from another core where there is one."""
    others = set(range(os.cpu_count() or 1)) - {0} or {0}
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    each = _PAGES // _CLIENTS

    def ask() -> None:
        os.sched_setaffinity(0, others)
        with socket.create_connection(("127.0.0.1", port)) as connection:
            reader = connection.makefile("rb")
            for _ in range(each):
                connection.sendall(request)
                length = 0
                while (line := reader.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                assert len(reader.read(length)) == length > 0

    return _CLIENTS * each / _together(ask)


def _answers(port: int) -> tuple[float, list[float]]:
    """Answers a second, from forms that were handed out before, and the seconds that each took."""
    tokens = []
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(_ANSWERS):
        connection.request("GET", f"/q/{_POINT}")
        tokens.append(token_of(connection.getresponse().read().decode()))
    times: list[float] = []

    def send() -> None:
        mine = http.client.HTTPConnection("127.0.0.1", port)
        while True:
            try:
                token = tokens.pop()
            except IndexError:
                return
            body = urlencode({"token": token, "q.rating": "4", "procedure": "hoc-ba"})
            started = time.perf_counter()
            mine.request("POST", f"/q/{_POINT}", body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = mine.getresponse()
            assert answer.status == 200, answer.read().decode()
            answer.read()
            times.append(time.perf_counter() - started)

    return _ANSWERS / _together(send), times


def _syncs(directory: Path) -> float:
    """How often a second this disk takes a page and says that it is there."""
    with (directory / "sync").open("wb") as file:
        started = time.perf_counter()
        for _ in range(_ANSWERS):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return _ANSWERS / (time.perf_counter() - started)


def _together(work: object) -> float:
    """The seconds that so many clients took, all at once."""
    threads = [threading.Thread(target=work) for _ in range(_CLIENTS)]  # type: ignore[arg-type]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started
