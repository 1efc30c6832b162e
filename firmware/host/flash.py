"""`hailong device flash`: compiles the firmware and brings it onto a board over USB, or into a folder.

What is typed here is left on the board as a wish (see `firmware.setup`), which the box tries when it starts.
"""

import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from firmware import durable_json, enrol, label
from firmware.host import board, build
from firmware.setup import AUTHORITY, WISH
from survey_defs import claim

_FOLDERS = ("firmware", "firmware/boards", "survey_defs")
"""Where nothing may lie that is not of this version: an old source would be run before the new module."""


@click.command()
@click.option("--port", help="The serial port; found by itself where one board is connected.")
@click.option(
    "--board",
    "wanted",
    type=click.Choice(list(build.BOARDS)),
    help="Which board it is; a connected one says so itself.",
)
@click.option("--wifi", metavar="SSID", help="The Wi-Fi that the box is to join (2.4 GHz).")
@click.option(
    "--wifi-password-stdin", is_flag=True, help="For scripts: read the Wi-Fi's password from standard input."
)
@click.option(
    "--server", metavar="URL", help="The server as the devices page shows it: https://192.168.1.10:8443."
)
@click.option("--claim", "code", metavar="CODE", help="The claim code that the devices page shows.")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The server's authority (PEM), data/tls/ca.pem there; not needed, the claim code proves the server.",
)
@click.option(
    "--new-label",
    is_flag=True,
    help="Give the box another password for its own Wi-Fi; what its label says now is then of no use.",
)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write into this folder, laid out as on a board, instead of onto a board.",
)
def flash(
    *,
    port: str | None,
    wanted: str | None,
    wifi: str | None,
    wifi_password_stdin: bool,
    server: str | None,
    code: str | None,
    ca: Path | None,
    new_label: bool,
    to: Path | None,
) -> None:
    """Install the firmware of a button box over USB; with a claim code, set it up too.

    What was pressed on the box before and its configuration stay. Without --wifi, --server and --claim it is
    set up by telephone: hold its first and last button while it is switched on. The Wi-Fi that it opens for
    that has a password, which is drawn here the first time and shown once: write it on the box's label.
    """
    extra = _settings(wifi, wifi_password_stdin, server, code, ca)
    try:
        if to is not None:
            name = wanted or next(iter(build.BOARDS))
            written = _new_label(new_label or not (to / label.LABEL).exists())
            files = _files(name, extra | _label_files(written))
            _write_folder(to, files)
            _tell(name, files, str(to), written)
            return
        target = board.Board(board.find_port(port))
        try:
            name = target.name()
            if wanted not in (None, name):
                raise board.BoardError(
                    f"The board says that it is another: {build.BOARDS[name]}. "
                    "Leave --board out, or connect the right one."
                )
            written = _new_label(new_label or not target.has(label.LABEL))
            files = _files(name, extra | _label_files(written))
            _write_board(target, files)
        finally:
            target.close()
        _tell(name, files, target.port, written)
    except (build.BuildError, board.BoardError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or to}: {error.strerror or error}") from error


def _settings(
    wifi: str | None, from_stdin: bool, server: str | None, code: str | None, ca: Path | None
) -> dict[str, bytes]:
    """The files that carry what was typed. Raises `click.UsageError`."""
    files: dict[str, bytes] = {}
    if from_stdin and wifi is None:
        raise click.UsageError("--wifi-password-stdin belongs to --wifi.")
    if (server is None) != (code is None):
        raise click.UsageError("--server and --claim belong together: the code proves the one to the other.")
    if ca is not None:
        text = ca.read_bytes()
        if b"-----BEGIN CERTIFICATE-----" not in text:
            raise click.UsageError(f"{ca} holds no certificate in PEM.")
        files[AUTHORITY] = text
    if wifi is None and code is None:
        return files
    wish: dict[str, Any] = {"ssid": wifi or "", "password": "", "server": "", "code": ""}
    wish |= {"run": None, "same": False, "tries": 0}
    if wifi is not None:
        if not 1 <= len(wifi.encode()) <= 32:
            raise click.UsageError("A Wi-Fi's name has 1 to 32 bytes.")
        wish["password"] = _password(from_stdin)
    if server is not None and code is not None:
        typed = claim.read_code(code)
        if typed is None:
            raise click.UsageError(
                "The claim code is mistyped: it has 10 signs, like K7PM9-XQ2RE, and no 0, 1, i, l or o."
            )
        try:
            wish["server"] = enrol.read_server(server).spell()
        except claim.ClaimError as error:
            sentence = (
                "Devices enrol over HTTPS alone: the address begins with https://."
                if error.code == "enrol-insecure"
                else "--server is no address. For example: https://192.168.1.10:8443."
            )
            raise click.UsageError(sentence) from error
        wish["code"] = typed
    files[WISH] = durable_json.encode(wish)
    return files


def _password(from_stdin: bool) -> str:
    if sys.stdin.isatty():  # even with the option: what is typed must not stand on the screen
        text = click.prompt(
            "Wi-Fi password (empty for an open network)", hide_input=True, default="", show_default=False
        )
    elif from_stdin:
        text = sys.stdin.readline().rstrip("\r\n")
    else:
        raise click.UsageError(
            "The Wi-Fi's password comes by --wifi-password-stdin (an empty line: open network)."
        )
    if text and not 8 <= len(text.encode()) <= 64:
        raise click.UsageError("A Wi-Fi password has 8 to 63 signs.")
    return str(text)


def _new_label(is_wanted: bool) -> dict[str, str] | None:
    return label.draw(secrets.token_bytes(label.DRAWN_BYTES)) if is_wanted else None


def _label_files(written: dict[str, str] | None) -> dict[str, bytes]:
    """Both copies, as `durable_json.write` would leave them."""
    if written is None:
        return {}
    return dict.fromkeys((label.LABEL, f"{label.LABEL}~"), durable_json.encode(written))


def _files(name: str, extra: dict[str, bytes]) -> dict[str, bytes]:
    """Everything that goes onto the board by its place there; what starts by itself comes last."""
    with tempfile.TemporaryDirectory(prefix="hailong-flash-") as folder:
        files = {
            piece.target: (Path(folder) / piece.target).read_bytes()
            for piece in build.build(name, Path(folder))
        }
    start = files.pop(build.START)
    return files | extra | {build.START: start}


def _write_folder(to: Path, files: dict[str, bytes]) -> None:
    for folder in _FOLDERS:
        for stale in (to / folder).glob("*") if (to / folder).is_dir() else ():
            if stale.is_file() and stale.relative_to(to).as_posix() not in files:
                stale.unlink()
    shutil.rmtree(to / "firmware" / "__pycache__", ignore_errors=True)
    with click.progressbar(files.items(), label="Writing", file=sys.stderr) as bar:
        for target, data in bar:
            (to / target).parent.mkdir(parents=True, exist_ok=True)
            (to / target).write_bytes(data)
            if target == WISH:
                (to / f"{WISH}~").unlink(missing_ok=True)


def _write_board(target: board.Board, files: dict[str, bytes]) -> None:
    target.free()
    for folder in _FOLDERS:
        for stale in target.names(folder):
            if f"{folder}/{stale}" not in files:
                target.remove(f"{folder}/{stale}")
    if WISH in files:
        target.remove(f"{WISH}~")
    size = sum(map(len, files.values()))
    with click.progressbar(length=size, label="Writing", file=sys.stderr) as bar:
        for place, data in files.items():
            target.write(place, data)
            bar.update(len(data))
    target.restart()


def _tell(name: str, files: dict[str, bytes], where: str, written: dict[str, str] | None) -> None:
    size = sum(map(len, files.values()))
    click.echo(f"{build.BOARDS[name]}: {len(files)} files, {size} bytes, written to {where}.")
    if WISH in files:
        click.echo("The box now tries what you typed: its lamps say how it goes (firmware/README.md).")
    else:
        click.echo("Set it up by telephone: hold its first and last button while it is switched on.")
    if written is None:
        click.echo("The password of its own Wi-Fi stays as its label says; --new-label makes another.")
        return
    click.echo(
        "For its label, shown this once; put it where visitors do not see it:\n"
        f"  Wi-Fi     {written['name']}\n  password  {written['password']}"
    )
