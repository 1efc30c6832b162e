"""`hailong kiosk key`: which key this kiosk seals to, and the word that another one is the school's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiosk.cli.options import data_option
from kiosk.device.identity import kept_identity
from kiosk.device.settings import BadSettings, locked, prepare_data

if TYPE_CHECKING:
    from kiosk.complaint.seal_pin import SealPins


@click.command("key")
@data_option()
@click.option("--school", envvar="HAILONG_SCHOOL", help="The school's slug, where it was not enrolled.")
@click.option(
    "--confirm",
    metavar="FINGERPRINT",
    help="Take the server's new key, if this is its fingerprint as the page of the school's keys shows it.",
)
def key(*, data: Path, school: str | None, confirm: str | None) -> None:
    """Show the fingerprints of the keys that complaints are sealed to, or confirm another one.

    The kiosk stops meanwhile. On its screen: hold the upper right corner for 4 seconds.
    """
    from kiosk.complaint.seal_pin import SealPins  # noqa: PLC0415
    from kiosk.device.program import kept_program  # noqa: PLC0415 - so that --help needs nothing
    from kiosk.setup.technician import grouped  # noqa: PLC0415
    from survey_defs.letter import key_id  # noqa: PLC0415

    try:
        with locked(prepare_data(data)):
            identity = kept_identity(data)
            device = identity.device if identity else ""
            pins = SealPins(data, school or (identity.school if identity else ""))
            program = kept_program(data, device)
            pins.settle(program.complaints if program else None, None)
            _confirm(pins, confirm)
    except BadSettings as error:
        raise click.ClickException(str(error)) from error
    if pins.complaints.pin is None:
        raise click.ClickException(
            "this kiosk knows no key yet: the server brings it once the school has one"
        )
    for what, known in (("complaints", pins.complaints), ("what is about the principal", pins.principal)):
        if known.pin is not None:
            verb = "are" if known is pins.complaints else "is"
            click.echo(f"{what} {verb} sealed to {grouped(key_id(known.pin.key))} ({known.pin.how})")
        if known.refused is not None:
            click.echo("the server brings another key, which is not believed: --confirm FINGERPRINT")


def _confirm(pins: SealPins, typed: str | None) -> None:
    """Raises `BadSettings` where that is not the fingerprint of a key that waits for it."""
    if typed is None or pins.confirm(typed, None):
        return
    if pins.complaints.refused is None and pins.principal.refused is None:
        raise BadSettings("there is no key to confirm: the server brings none but the known one")
    raise BadSettings("that is not the fingerprint of the key that the server brings")
