"""`hailong kiosk`: the touchscreen, or a simulated visitor where there is no display."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import click

from kiosk.clock import SYNCHRONIZED
from kiosk.log import log_to_stderr
from kiosk.settings import BadSettings, KioskSettings, check_slug, prepare_data, read_broker, read_size

PASSWORD = "HAILONG_DEVICE_PASSWORD"  # noqa: S105 - the name of a variable


@click.command()
@click.option(
    "--broker", required=True, envvar="HAILONG_BROKER", help="mqtt(s)://[user:password@]host[:port]"
)
@click.option("--school", required=True, envvar="HAILONG_SCHOOL", help="The school's slug.")
@click.option(
    "--device", required=True, envvar="HAILONG_DEVICE", help="The device id of 'hailong device add'."
)
@click.option(
    "--data",
    required=True,
    envvar="HAILONG_KIOSK_DATA",
    type=click.Path(path_type=Path),
    help="Where answers rest until the server has them.",
)
@click.option("--size", help="The window, such as 800x480.")
@click.option("--fullscreen", is_flag=True, help="Take the whole screen and hide the pointer.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Read the device's password from this file. Else {PASSWORD}, else the URL.",
)
@click.option(
    "--ca-file",
    envvar="HAILONG_CA_FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Trust this certificate authority for mqtts instead of the system's.",
)
@click.option(
    "--synced-file",
    envvar="HAILONG_SYNCED_FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=SYNCHRONIZED,
    show_default=True,
    help="Exists once a time server has set the clock; systemd-timesyncd makes the one named here.",
)
@click.option(
    "--simulate", type=click.IntRange(min=0), help="No window: a simulated visitor, N visits (0: go on)."
)
@click.option(
    "--pace",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    help="Seconds between two such visits.",
)
@click.option("--seed", type=int, help="Makes the simulated visitors repeatable.")
def kiosk(
    *,
    broker: str,
    school: str,
    device: str,
    data: Path,
    size: str | None,
    fullscreen: bool,
    password_file: Path | None,
    ca_file: Path | None,
    synced_file: Path,
    simulate: int | None,
    pace: float,
    seed: int | None,
) -> None:
    """Show the kiosk: visitors rate how their paperwork was handled."""
    log_to_stderr()
    try:
        password = _password(password_file)
        settings = KioskSettings(
            broker=read_broker(
                broker, check_slug("--device", device), password, str(ca_file) if ca_file else None
            ),
            school=check_slug("--school", school),
            device=device,
            data=prepare_data(data),
            size=read_size(size),
            fullscreen=fullscreen,
            synced_file=synced_file,
            trace=Path(os.environ["HAILONG_KIOSK_TRACE"]) if "HAILONG_KIOSK_TRACE" in os.environ else None,
        )
        with _alone(data):
            _run(settings, simulate, pace, seed)
    except (BadSettings, RuntimeError) as error:
        raise click.ClickException(str(error)) from error


def _run(settings: KioskSettings, simulate: int | None, pace: float, seed: int | None) -> None:
    if simulate is None:
        from kiosk.ui.memory import restart_wiping  # noqa: PLC0415

        restart_wiping()
    from kiosk.wiring import Parts  # noqa: PLC0415 - so that --help needs nothing

    parts = Parts(settings)
    if simulate is not None:
        from kiosk.simulated import simulate as run_simulated  # noqa: PLC0415

        run_simulated(parts, visits=simulate, pace_s=pace, seed=settings.device if seed is None else seed)
        return
    from kiosk.ui.run import run  # noqa: PLC0415 - Kivy only where there is a window

    run(settings, parts)


def _password(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(PASSWORD)
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSettings(f"--password-file '{file}' cannot be read: {error.strerror}") from error


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Two kiosks in one directory would number their answers twice: only one may run."""
    with (data / "kiosk.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadSettings(
                f"another kiosk already runs in '{data}': stop it, or give this one a --data of its own"
            ) from error
        yield
