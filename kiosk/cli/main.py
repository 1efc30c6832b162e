"""`hailong kiosk`: the touchscreen, or a simulated visitor where there is no display."""

import os
from pathlib import Path
from typing import NamedTuple

import click
from msgspec.structs import replace

from kiosk.cli.enrol import BOOT_FILE, enrol, enrol_at_start
from kiosk.cli.key import key
from kiosk.cli.options import data_option
from kiosk.delivery.outbox import FILE as OUTBOX
from kiosk.device.clock import SYNCHRONIZED
from kiosk.device.identity import Identity, enrolled_broker, kept_identity
from kiosk.device.log import Log, log_to_stderr
from kiosk.device.settings import (
    BadSettings,
    Broker,
    KioskSettings,
    check_slug,
    locked,
    prepare_data,
    read_broker,
    read_size,
)

_log = Log("kiosk")
PASSWORD = "HAILONG_DEVICE_PASSWORD"  # noqa: S105 - the name of a variable


class Where(NamedTuple):
    """Whom this kiosk talks to, and as whom; without a broker it is not enrolled yet."""

    broker: Broker | None
    school: str
    device: str


@click.group(invoke_without_command=True)
@click.option(
    "--broker",
    envvar="HAILONG_BROKER",
    help="mqtt(s)://[user:password@]host[:port]. As the next two, it stands above what was enrolled.",
)
@click.option("--school", envvar="HAILONG_SCHOOL", help="The school's slug.")
@click.option("--device", envvar="HAILONG_DEVICE", help="The device id of 'hailong device add'.")
@data_option(
    "Where answers rest until the server has them, and the credentials of 'enrol'.  [required]",
    required=False,
)
@click.option(
    "--enrol-file",
    envvar="HAILONG_ENROL_FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=BOOT_FILE,
    show_default=True,
    help="Enrols this kiosk at its start, and is deleted then: server and claim, in TOML.",
)
@click.option("--server", help="What the set-up screen offers as the server's address, https://host:8443.")
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
@click.pass_context
def kiosk(
    ctx: click.Context,
    *,
    broker: str | None,
    school: str | None,
    device: str | None,
    data: Path | None,
    enrol_file: Path,
    server: str | None,
    size: str | None,
    fullscreen: bool,
    password_file: Path | None,
    ca_file: Path | None,
    synced_file: Path,
    simulate: int | None,
    pace: float,
    seed: int | None,
) -> None:
    """Show the kiosk: visitors rate how their paperwork was handled.

    A kiosk that is not enrolled yet asks on its screen for the server's address and a claim code.
    """
    if ctx.invoked_subcommand is not None:
        return
    if data is None:
        raise click.UsageError("Missing option '--data'.", ctx)
    log_to_stderr()
    try:
        given = _Given(broker, school, device, _password(password_file), ca_file)
        given.check()
        frame = read_size(size)
        with locked(prepare_data(data)):
            if simulate is None:
                from survey_defs.process_memory import restart_wiping  # noqa: PLC0415

                restart_wiping()
            if not (data / OUTBOX).exists():
                _log.info("nothing is kept here yet: this kiosk begins anew", data=str(data.absolute()))
            identity = kept_identity(data)
            at_screen = simulate is None and broker is None and identity is None
            offer = enrol_at_start(data, enrol_file, server, at_screen=at_screen)
            where = given.joined(kept_identity(data), data)
            settings = KioskSettings(
                broker=where.broker,
                school=where.school,
                device=where.device,
                data=data,
                size=frame,
                fullscreen=fullscreen,
                synced_file=synced_file,
                trace=Path(os.environ["HAILONG_KIOSK_TRACE"])
                if "HAILONG_KIOSK_TRACE" in os.environ
                else None,
            )
            if simulate is None:
                from kiosk.ui.run import run  # noqa: PLC0415 - Kivy only where there is a window

                run(settings, offer)
            else:
                _simulate(settings, simulate, pace, seed)
    except (BadSettings, RuntimeError) as error:
        raise click.ClickException(str(error)) from error


kiosk.add_command(enrol)
kiosk.add_command(key)


class _Given(NamedTuple):
    """What the options say of who this kiosk is."""

    broker: str | None
    school: str | None
    device: str | None
    password: str | None
    ca_file: Path | None

    def check(self) -> None:
        """Raises `BadSettings` for what can never be right."""
        for name, value in (("--school", self.school), ("--device", self.device)):
            if value is not None:
                check_slug(name, value)
        if self.broker is not None:
            read_broker(self.broker, "", None)

    def joined(self, identity: Identity | None, data: Path) -> Where:
        """With what was enrolled, which stands below the options. Raises `BadSettings`."""
        if self.broker is None and identity is None:
            return Where(None, "", "")
        school = self.school or (identity.school if identity else None)
        device = self.device or (identity.device if identity else None)
        if school is None or device is None:
            missing = "--school" if school is None else "--device"
            raise BadSettings(
                f"Missing option '{missing}': this kiosk is not enrolled, see 'hailong kiosk enrol'"
            )
        url = self.broker or (identity.broker if identity is not None else "")
        if identity is not None and "@" not in url:
            enrolled = replace(identity, broker=url, device=device)
            return Where(enrolled_broker(data, enrolled, self.password, self.ca_file), school, device)
        ca_file = str(self.ca_file) if self.ca_file else None
        return Where(read_broker(url, device, self.password, ca_file), school, device)


def _simulate(settings: KioskSettings, visits: int, pace: float, seed: int | None) -> None:
    from kiosk.simulated_visitor import simulate  # noqa: PLC0415 - so that --help needs nothing
    from kiosk.wiring import Parts  # noqa: PLC0415

    if settings.broker is None:
        raise BadSettings("this kiosk is not enrolled yet: run 'hailong kiosk enrol', or name a --broker")
    simulate(Parts(settings), visits=visits, pace_s=pace, seed=settings.device if seed is None else seed)


def _password(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(PASSWORD)
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSettings(f"--password-file '{file}' cannot be read: {error.strerror}") from error
