"""`hailong demo`: the whole line with a sample school, to touch and to watch."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import click
from msgspec.structs import replace

from server.cli.common import opened_or_new, saying_problems
from server.services.access import people
from server.services.context import Context
from server.services.devices import points, registry
from server.services.keys import custody, keys, pins
from server.services.sample import sample_cases, sample_school
from server.settings import Settings, read_settings
from survey_defs import complaint

_LOGIN, _OFFICER = "pho-hieu-truong", "giao-vu"


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    help="Where the demo keeps its data; delete it to begin anew.",
)
@click.option(
    "--port", type=int, default=8080, show_default=True, help="Port of the dashboard, or the next free one."
)
@click.option(
    "--mqtt-port", type=int, default=1883, show_default=True, help="Port of the broker, or the next free one."
)
@click.option("--size", default="1024x600", show_default=True, help="Size of the kiosk's window.")
@click.option("--no-window", is_flag=True, help="A simulated visitor in place of the kiosk's window.")
@click.option("--pace", type=float, default=4.0, show_default=True, help="Seconds between simulated visits.")
@saying_problems
def demo(*, data: Path, port: int, mqtt_port: int, size: str, no_window: bool, pace: float) -> None:
    """Show the main job: server, broker, dashboard and a kiosk, with a sample school.

    Everything stays on this machine. Without a display the kiosk's window gives way to a simulated
    visitor who uses the very same visit, outbox and link. Stop it with Ctrl-C.
    """
    port, mqtt_port = _free_from(port), _free_from(mqtt_port)
    settings = read_settings(
        None, data=str(data), host="127.0.0.1", port=port, mqtt_port=mqtt_port, broker=""
    )
    settings = replace(settings, public_url=settings.public_url or f"http://127.0.0.1:{port}")
    context = opened_or_new(settings)
    kept = _keep_settings(settings)
    filled = fill(context, data / "passphrase.txt")
    with context.read() as work:
        there = points.points(work, sample_school.SCHOOL)
    point = next((each for each in there if each.retired_at is None), None)
    phone = points.address(context, point) if point else ""
    device_password = registry.renew_password(context, sample_school.KIOSK)
    context.store.close()

    with ExitStack() as running:
        ports = ["--host", "127.0.0.1", "--port", str(port), "--mqtt-port", str(mqtt_port)]
        server = _start(
            running,
            ["serve", "--data", str(data), "--settings", str(kept), *ports],
            data / "server.log",
        )
        _wait_until_healthy(port, server, data / "server.log")
        with_window = not no_window and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        _say_where(port, mqtt_port, filled.password, with_window)
        if phone:  # a demo made before there were points has none
            click.echo(f"  Phone      {phone}, as the poster at the desk says")
        _say_how_to_read(port, data / "passphrase.txt", filled.code)
        kiosk_arguments = [
            "kiosk", "--broker", f"mqtt://127.0.0.1:{mqtt_port}", "--school", sample_school.SCHOOL,
            "--device", sample_school.KIOSK, "--data", str(data / "kiosk"),
        ]  # fmt: skip
        simulated = ["--simulate", "0", "--pace", str(pace)]
        environment = {"HAILONG_DEVICE_PASSWORD": device_password}
        kiosk = _start(
            running,
            kiosk_arguments + (["--size", size] if with_window else simulated),
            data / "kiosk.device.log",
            environment,
        )
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.wait(0.5):
            if server.poll() is not None:
                raise click.ClickException(f"The server stopped; see {data / 'server.log'}")
            if kiosk.poll() is None:
                continue
            if with_window and kiosk.returncode == 0:
                click.echo("The kiosk's window was closed; stopping.")
                return
            if not with_window:
                raise click.ClickException(f"The kiosk stopped; see {data / 'kiosk.device.log'}")
            click.echo("The kiosk's window could not be opened here; a simulated visitor takes its place.")
            with_window = False
            kiosk = _start(running, kiosk_arguments + simulated, data / "kiosk.device.log", environment)


def _keep_settings(settings: Settings) -> Path:
    """For commands on the demo's data, whose posters must lead where its server is."""
    path = Path(settings.data) / "hailong.toml"
    lines = [f'{key} = "{getattr(settings, key)}"' for key in ("public_url", "host")]
    lines += [f"{key} = {getattr(settings, key)}" for key in ("port", "mqtt_port")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Filled(NamedTuple):
    """What to show of the demo's data: the deputy's password, and a code that follows a complaint, or ""."""

    password: str
    code: str


def fill(context: Context, passphrase: Path) -> Filled:
    """Put the demo's data into a store, where they are not there yet; `passphrase`: the file that keeps it.

    The people get new passwords each time.
    """
    is_new = sample_school.ensure_sample_school(context)
    password = _fresh_login(context, _LOGIN, "deputy")
    _fresh_login(context, _OFFICER, "officer")
    if not is_new:
        return Filled(password, "")
    words = _make_key(context, passphrase)
    # All in the order of time: what stands in another would look like the work of a wrong clock.
    with context.read() as work:
        complaints = sample_cases.write(work, school=sample_school.SCHOOL, kiosk=sample_school.KIOSK)
    others = [sample_school.child_at_play(context), *(each.delivery for each in complaints)]
    with click.progressbar(length=1000, label="Sample school", file=sys.stderr) as bar:
        sample_school.fill(context, lambda share: bar.update(round(share * 1000) - bar.pos), others)
    code = sample_cases.work_on(
        context, complaints, school=sample_school.SCHOOL, lead=_LOGIN, handler=_OFFICER, passphrase=words
    )
    return Filled(password, code)


def _fresh_login(context: Context, login: str, role: str) -> str:
    """A new password at each start, shown once: none is kept anywhere in the clear."""
    password = secrets.token_urlsafe(9)
    with context.read() as work:
        is_there = any(user.login == login for user in people.users(work, sample_school.SCHOOL))
    if is_there:
        people.set_password(context, login, password)
    else:
        people.add_user(context, login, role, sample_school.SCHOOL, password)
    return password


def _make_key(context: Context, kept: Path) -> str:
    """Make the keys to which kiosks and phones seal, held by both accounts. Returns their passphrase.

    It lies beside the data: they are made up, and the next start must open them again.
    """
    passphrase = secrets.token_urlsafe(15)
    kept.touch(mode=0o600)
    kept.write_text(passphrase + "\n", encoding="utf-8")
    for room in pins.ROOMS:
        custody.make_key(context, sample_school.SCHOOL, room, _LOGIN, passphrase)
        opened = keys.unlock(context, _LOGIN, passphrase)
        custody.grant(context, sample_school.SCHOOL, room, opened, holder=_OFFICER, passphrase=passphrase)
    return passphrase


def _say_where(port: int, mqtt_port: int, password: str, with_window: bool) -> None:
    click.echo()
    click.echo(f"  Dashboard  http://127.0.0.1:{port}/")
    click.echo(f"  Login      {_LOGIN}")
    click.echo(f"  Password   {password}")
    click.echo(f"  Broker     mqtt://127.0.0.1:{mqtt_port}")
    if with_window:
        click.echo("  Kiosk      in its window: touch a procedure, then a face, and watch the dashboard.")
    else:
        click.echo("  Kiosk      no display here: a simulated visitor rates every few seconds.")


def _say_how_to_read(port: int, passphrase: Path, code: str) -> None:
    click.echo(f"  Complaints http://127.0.0.1:{port}/phan-anh, unlocked by the line in {passphrase}")
    follow = f", with the code {complaint.spell_code(code)}" if code else ""
    click.echo(f"  Parent     http://127.0.0.1:{port}/tra-cuu{follow}")
    click.echo()
    click.echo("  Stop with Ctrl-C.")


def _start(
    running: ExitStack, arguments: list[str], log: Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `hailong …` with its words going to `log`; it is stopped when the demo ends."""
    command = [sys.executable, "-m", "survey_defs.cli", *arguments]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=os.environ | (environment or {}), stdout=output, stderr=output
        )
    running.callback(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise click.ClickException(f"The server did not start; see {log}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise click.ClickException(f"The server did not become ready within 30 seconds; see {log}")


def _free_from(port: int) -> int:
    """`port`, or the next one that nobody listens on."""
    for candidate in range(port, port + 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise click.ClickException(
        f"Ports {port} to {port + 49} are all taken; choose others with --port and --mqtt-port."
    )
