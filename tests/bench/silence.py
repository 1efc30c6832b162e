"""Pages asked for while hundreds of connections say nothing, beside the same pages without them."""

import ssl
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from tests.bench.report import figure, percentile
from tests.support.commands import hailong
from tests.support.server import ServerProcess
from tests.support.silence import HALF_FORM, HALF_HEADER, HALF_HELLO, silent
from tests.support.store import make_school

_SILENT = 500
_PAGES = 150
_PATHS = ("/dang-nhap", "/healthz", "/static/app.css")


def run() -> None:
    """Print the p95 of both doors, alone and beside the silent ones."""
    with tempfile.TemporaryDirectory(prefix="hailong-bench-") as directory:
        data = Path(directory) / "data"
        make_school(data)
        hailong("tls", "make", "--name", "127.0.0.1", "--data", data)
        trust = ssl.create_default_context(cafile=str(data / "tls" / "ca.pem"))
        with ServerProcess(data, afresh=True) as server:
            doors = {"plain": server.url, "TLS": server.secure_url}
            alone = {name: _p95(url, trust) for name, url in doors.items()}
            with ExitStack() as held:
                held.enter_context(silent(server.port, _SILENT, b"", HALF_HEADER, HALF_FORM))
                held.enter_context(silent(server.tls_port, _SILENT, b"", HALF_HELLO))
                beside = {name: _p95(url, trust) for name, url in doors.items()}
            held_too = {name: _p95_among(server, url, trust) for name, url in doors.items()}
    for name in doors:
        figure(f"pages, {name}: p95 ms", f"{alone[name] * 1000:.1f}")
        figure(f"pages, {name}, {_SILENT} silent on each: p95 ms", f"{beside[name] * 1000:.1f}", "≤ 1000")
        figure(f"pages, {name}, while {_SILENT} more come: p95 ms", f"{held_too[name] * 1000:.1f}", "≤ 1000")


def _p95(url: str, trust: ssl.SSLContext) -> float:
    return percentile([_page(url, number, trust) for number in range(_PAGES)], 0.95)


def _p95_among(server: ServerProcess, url: str, trust: ssl.SSLContext) -> float:
    """While new silent ones come between the pages, faster than the old ones end."""
    times = []
    with ExitStack() as held:
        for number in range(_PAGES):
            for port, beginning in ((server.port, HALF_HEADER), (server.tls_port, HALF_HELLO)):
                held.enter_context(silent(port, _SILENT // _PAGES + 1, beginning))
            times.append(_page(url, number, trust))
    return percentile(times, 0.95)


def _page(url: str, number: int, trust: ssl.SSLContext) -> float:
    """The seconds until a page is there, by a connection of its own."""
    started = time.perf_counter()
    with urllib.request.urlopen(url + _PATHS[number % len(_PATHS)], timeout=60, context=trust) as page:
        page.read()
    return time.perf_counter() - started
