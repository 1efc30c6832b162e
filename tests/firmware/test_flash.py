"""Bringing the firmware onto a board: over a cable to the real MicroPython, and into a folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mpremote.transport_serial import SerialTransport

from firmware import durable_json
from firmware.host import build
from survey_defs import cli
from tests.support.box import run_box
from tests.support.usb_board import UsbBoard

CLAIM = ("--server", "192.168.1.10", "--claim", "K7PM9-xq2RE")
WIFI = ("--wifi", "Trường", "--wifi-password-stdin")


def flash(*arguments: object, stdin: str = "") -> Result:
    return CliRunner().invoke(cli.main, ["device", "flash", *map(str, arguments)], input=stdin)


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Any]:
    """Plug a board in."""
    boards: list[UsbBoard] = []

    def plugged(**what: Any) -> UsbBoard:
        folder = tmp_path / f"flash{len(boards)}"
        folder.mkdir()
        boards.append(UsbBoard(folder, **what))
        return boards[-1]

    yield plugged
    for board in boards:
        board.close()


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_holds_what_a_board_would_and_micropython_runs_it(tmp_path: Path) -> None:
    to = tmp_path / "box"
    (to / "firmware").mkdir(parents=True)
    (to / "firmware" / "journal.py").write_text("raise SystemExit('an old source')")
    (to / "journal").mkdir()
    (to / "journal" / "0001.kept").write_text("what was pressed")
    done = flash("--to", to, "--board", "pico_w", *WIFI, *CLAIM, stdin="mat-khau-wifi\n")
    assert done.exit_code == 0, done.output
    here = files(to)
    shared = {f"survey_defs/{name}.mpy" for name in build.shared_modules()}
    assert shared | {"main.py", "firmware/portal.css"} <= here
    assert "firmware/boards/pico_w.mpy" in here and "firmware/boards/esp32.mpy" not in here
    assert not any(name.endswith(".py") for name in here - {"main.py"})
    assert not any("host" in name for name in here)
    assert (to / "journal" / "0001.kept").read_text() == "what was pressed"
    wish = durable_json.read(str(to / "wish.json"))
    assert wish and (wish["ssid"], wish["password"], wish["code"]) == (
        "Trường",
        "mat-khau-wifi",
        "k7pm9xq2re",
    )
    assert wish["server"] == "https://192.168.1.10:8443"
    assert "mat-khau" not in done.output and "k7pm" not in done.output.lower()
    script = tmp_path / "see.py"
    script.write_text(
        "import firmware.journal, survey_defs.wire_common\n"
        "print(firmware.journal.__file__, survey_defs.wire_common.VERSION)"
    )
    assert run_box(script, path=[to]).stdout.split() == [f"{to}/firmware/journal.mpy", "1"]


def test_a_board_is_written_to_and_started(plug: Any) -> None:
    board = plug(platform="rp2")
    (board.flash / "main.py").write_text("an older one, perhaps with a watchdog")
    (board.flash / "survey_defs").mkdir()
    (board.flash / "survey_defs" / "wire.py").write_text("an old source")
    (board.flash / "wish.json~").write_text("of an earlier time")
    done = flash("--port", board.port, *WIFI, *CLAIM, stdin="\n")
    assert done.exit_code == 0, done.output
    assert "Raspberry Pi Pico W" in done.output
    # Once to be rid of the program that ran, once to start the new one.
    assert board.restarts == 2
    assert files(board.flash) == {target for target, _ in build.sources("pico_w")} | {
        "wish.json",
        "label.json",
        "label.json~",
    }
    assert (board.flash / "main.py").read_bytes() == (build.FIRMWARE / "main.py").read_bytes()
    wish = durable_json.read(str(board.flash / "wish.json"))
    assert wish and wish["password"] == ""


def test_a_file_that_arrives_with_other_bytes_is_noticed(plug: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    board = plug()
    write = SerialTransport.fs_writefile

    def torn(line: Any, target: str, data: bytes, **rest: Any) -> None:
        is_torn = target.endswith("wire_device.mpy")
        write(line, target, data[:-1] + bytes([data[-1] ^ 1]) if is_torn else data, **rest)

    monkeypatch.setattr(SerialTransport, "fs_writefile", torn)
    done = flash("--port", board.port)
    assert done.exit_code == 1
    assert "survey_defs/wire_device.mpy has not arrived" in done.output
    assert "repeat the command" in done.output
    assert not (board.flash / "main.py").exists(), "a board that is half written to does not start by itself"


def test_boards_that_cannot_take_it_are_told_apart(plug: Any, tmp_path: Path) -> None:
    assert "MicroPython 1.22" in flash("--port", plug(version=(1, 22)).port).output
    assert "no ESP32 and no Pico W" in flash("--port", plug(platform="esp8266").port).output
    other = flash("--port", plug().port, "--board", "pico_w").output
    assert "says that it is another: ESP32" in other
    gone = flash("--port", tmp_path / "ttyUSB9")
    assert gone.exit_code == 1 and "cannot be opened: is the board plugged in" in gone.output
    none = flash()
    assert none.exit_code == 1 and "No board is connected" in none.output


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        (("--claim", "k7pm9xq2re"), "", "--server and --claim belong together"),
        (("--server", "https://a"), "", "--server and --claim belong together"),
        (("--server", "https://a", "--claim", "k7pm9xq2ra"), "", "The claim code is mistyped"),
        (("--server", "http://192.168.1.10", "--claim", "k7pm9xq2re"), "", "Devices enrol over HTTPS alone"),
        (("--server", "https://a b", "--claim", "k7pm9xq2re"), "", "--server is no address"),
        (("--wifi", "a"), "", "--wifi-password-stdin"),
        (("--wifi-password-stdin",), "x\n", "belongs to --wifi"),
        (("--wifi", "a" * 33, "--wifi-password-stdin"), "12345678\n", "1 to 32 bytes"),
        (("--wifi", "a", "--wifi-password-stdin"), "1234567\n", "8 to 63 signs"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    tmp_path: Path, arguments: tuple[str, ...], stdin: str, sentence: str
) -> None:
    done = flash("--to", tmp_path / "box", *arguments, stdin=stdin)
    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())
    assert not (tmp_path / "box").exists()


def test_each_box_gets_a_password_for_its_own_wifi_and_keeps_it(tmp_path: Path, plug: Any) -> None:
    """Shown once for the label; a new version of the firmware changes nothing about it."""
    board = plug()
    for place, where in (
        (tmp_path / "box", ("--to", tmp_path / "box")),
        (board.flash, ("--port", board.port)),
    ):
        first = flash(*where)
        assert first.exit_code == 0, first.output
        written = durable_json.read(str(place / "label.json"))
        assert written and re.fullmatch(r"[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){2}", written["password"])
        assert re.fullmatch(r"HaiLong-[A-Z2-9]{4}", written["name"])
        assert f"Wi-Fi     {written['name']}\n  password  {written['password']}\n" in first.output
        again = flash(*where)
        assert durable_json.read(str(place / "label.json")) == written
        assert written["password"] not in again.output and "stays as its label says" in again.output
        anew = flash(*where, "--new-label")
        for copy in ("label.json", "label.json~"):
            found = durable_json.decode((place / copy).read_bytes())
            assert found and found["password"] != written["password"] and found["password"] in anew.output


def test_an_authority_must_be_one(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("none")
    assert "no certificate in PEM" in flash("--to", tmp_path / "box", "--ca", ca).output
    ca.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    assert flash("--to", tmp_path / "box", "--ca", ca).exit_code == 0
    assert (tmp_path / "box" / "ca.pem").read_text() == ca.read_text()


def test_a_module_that_does_not_compile_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = tmp_path / "bad.py"
    source.write_text("def a():\n    return (*b, *c)\n")
    monkeypatch.setattr(build, "sources", lambda board: [("firmware/bad.mpy", source)])
    said = flash("--to", tmp_path / "box")
    assert said.exit_code == 1 and f"{source}: SyntaxError" in said.output


def test_the_group_of_the_server_has_the_command_of_the_firmware() -> None:
    listed = subprocess.run(
        [".venv/bin/hailong", "device", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "flash" in listed and "renew-password" in listed
