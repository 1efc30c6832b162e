"""`make run`: the whole line with a sample school, on one command."""

import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser import chromium, sign_in
from tests.support.commands import hailong
from tests.support.forked import Forked
from tests.support.ports import free_port


@contextmanager
def demo(directory: Path) -> Iterator[dict[str, str]]:
    """The demo without a window; what it printed: dashboard, login, password, broker."""
    said = directory / "said.txt"
    ports = ["--port", str(free_port()), "--mqtt-port", str(free_port())]
    said.unlink(missing_ok=True)
    # Its server and its kiosk do without the allocators of service.
    env = {"PYTHONMALLOC": "pymalloc"} | os.environ
    arguments = ["demo", "--data", directory / "data", *ports, "--no-window", "--pace", "0.2"]
    process = Forked(arguments, said, env)
    try:
        process.wait_for_words("Stop with Ctrl-C")
        yield dict(
            re.findall(r"^  (Dashboard|Login|Password|Broker) +(\S+)$", said.read_text(), re.MULTILINE)
        )
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, said.read_text()


def stored(address: str) -> int:
    with urllib.request.urlopen(f"{address}metrics", timeout=5) as answer:
        found = re.search(r"^hailong_answers_stored_total (\d+)", answer.read().decode(), re.MULTILINE)
    assert found
    return int(found[1])


def complaints(directory: Path) -> int:
    """How many cases the school has."""
    database = directory / "data" / "hailong.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM cases").fetchone()[0])


def poster_address(directory: Path) -> str:
    """What the code on the demo's own poster holds, as somebody prints it beside the running demo."""
    data, paper = directory / "data", directory / "to-dan.pdf"
    [point] = hailong("point", "list", "--data", data, "--json")["points"][:1]
    hailong("point", "poster", point["id"], "-o", paper, "--data", data)
    subprocess.run(["pdftoppm", "-r", "100", "-png", "-singlefile", paper, paper.with_suffix("")], check=True)
    picture = paper.with_suffix(".png")
    return subprocess.check_output(["zbarimg", "--quiet", "--raw", picture], text=True).strip()


@pytest.mark.timeout(180)
def test_the_demo_shows_the_main_job(tmp_path: Path) -> None:
    with demo(tmp_path) as first, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, first["Dashboard"].rstrip("/"), first["Login"], first["Password"])
        expect(page.locator("body")).to_contain_text("Dữ liệu mẫu")
        # A year of answers and more, so that the change against the year before can be told.
        expect(page.locator("main")).to_contain_text("so với cùng kỳ năm trước")
        count = stored(first["Dashboard"])
        assert count > 1500
        cases = complaints(tmp_path)
        before = page.locator("main").inner_text()
        page.wait_for_function(
            "before => document.querySelector('main').innerText !== before", arg=before, timeout=30_000
        )
        until = time.monotonic() + 60
        while complaints(tmp_path) == cases:  # of a hundred visitors three write
            assert time.monotonic() < until, (tmp_path / "data" / "kiosk.device.log").read_text()
            time.sleep(0.3)
    with demo(tmp_path) as second:
        # On other ports than the first time: the poster leads to where the demo is now.
        address = poster_address(tmp_path)
        assert address.startswith(second["Dashboard"] + "q/")
        with urllib.request.urlopen(address, timeout=10) as page:
            assert "Hài lòng" in page.read().decode()
        assert stored(second["Dashboard"]) > count, "the sample school was made anew"
        assert second["Password"] != first["Password"]
