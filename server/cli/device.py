"""`hailong device`: the machines and codes that take answers, from their first day to their last."""

from pathlib import Path
from typing import Any

import click
import msgspec

from server.cli.common import context_for, data_options, for_people, json_option, table, tell, utc
from server.cli.device_look import set_device, show_device
from server.cli.sample_devices import add_sample, arrived
from server.domain.problems import Problem
from server.domain.records import DEVICE_KINDS, Device
from server.services import schools
from server.services.context import Context
from server.services.devices import claims, devices, registry
from server.services.devices.claims import Claim
from server.services.network.broker_address import address_trouble, check_address
from server.services.network.endpoints import device_broker, enrol_server
from server.transport.background.address_check import look
from survey_defs.claim import spell_code

_KINDS = "|".join(DEVICE_KINDS)


@click.group()
def device() -> None:
    """The kiosks, buttons and codes that take answers."""


@device.command("add")
@click.argument("id")
@click.option("--school", "of", required=True, help="The slug of the school where it stands.")
@click.option("--kind", required=True, metavar=_KINDS, help="What it is.")
@click.option("--label", help="What people call it: 'Kiosk quầy tiếp nhận'.")
@click.option("--claim", "with_claim", is_flag=True, help="Show a claim code in place of a password.")
@json_option
@data_options
def device_add(
    *,
    id: str,
    of: str,
    kind: str,
    label: str | None,
    with_claim: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Add the device ID and show its password, this once.

    With --claim a code of 10 signs is shown instead, valid once and for a day: typed into the device, it
    fetches its password by itself.
    """
    ctx = context_for(data, settings_file)
    if with_claim and kind == "qr":
        raise Problem("claim-not-for-paper", id=id)
    broker = _told_broker(ctx)
    password = registry.add_device(ctx, id, of, kind, label)
    if with_claim:
        _tell_claim(ctx, as_json, claims.make(ctx, id))
    else:
        _tell_credentials(as_json, id, of, password, broker)


@device.command("claim")
@click.argument("id")
@click.option("--school", "to", help="The slug of the school where it is to stand then; where it stands now.")
@json_option
@data_options
def device_claim(
    id: str, to: str | None, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Make a claim code for the device ID: one set up anew, or whose key is to be renewed.

    The old password ends when the device has used the code; an earlier code ends at once.
    """
    ctx = context_for(data, settings_file)
    _told_broker(ctx)
    _tell_claim(ctx, as_json, claims.make(ctx, id, to))


@device.command("move")
@click.argument("id")
@click.option("--school", "to", required=True, help="The slug of the school to which it goes.")
@click.option("--label", help="What people call it there.")
@json_option
@data_options
def device_move(
    *,
    id: str,
    to: str,
    label: str | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Let the device ID go to another school: it is there once it has used the claim code.

    Until then it stays where it is; what it has sent stays with the school where it stood.
    """
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        schools.school(work, to)
    _told_broker(ctx)
    if label is not None:
        devices.rename(ctx, id, label)
    _tell_claim(ctx, as_json, claims.make(ctx, id, to))


@device.command("rename")
@click.argument("id")
@click.option("--label", required=True, help="What people call it now: 'Kiosk Sảnh B'.")
@json_option
@data_options
def device_rename(id: str, label: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Give the device ID another name, for instance because it stands at another desk."""
    changed = devices.rename(context_for(data, settings_file), id, label)
    tell(as_json, _device(changed), f"{id} is called {changed.label}")


@device.command("renew-password")
@click.argument("id")
@json_option
@data_options
def device_renew_password(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Give the device ID a new password and show it, this once."""
    ctx = context_for(data, settings_file)
    broker = _told_broker(ctx)
    password = registry.renew_password(ctx, id)
    with ctx.read() as work:
        _tell_credentials(as_json, id, registry.device(work, id).school, password, broker)


@device.command("retire")
@click.argument("id")
@json_option
@data_options
def device_retire(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Take the device ID out of use for good; what it sent stays."""
    ctx = context_for(data, settings_file)
    registry.retire_device(ctx, id)
    said = f"Retired {id}. The broker puts it out by itself."
    with ctx.read() as work:
        tell(as_json, _device(registry.device(work, id)), said)


@device.command("list")
@click.option("--school", "of", help="Only those of this school.")
@json_option
@data_options
def device_list(of: str | None, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show the devices."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = registry.devices(work, of)
    shown = for_people(ctx, found, lambda d: d.label)
    rows = [(d.id, d.school, d.kind, "retired" if d.retired_at else "in use", d.label) for d in shown]
    heads = ("id", "school", "kind", "state", "label")
    tell(as_json, {"devices": [_device(one) for one in found]}, *table(heads, rows))


for command in (add_sample, arrived, set_device, show_device):
    device.add_command(command)


def _told_broker(ctx: Context) -> str:
    """The broker's address that a device is told, opened before anything is changed; a word on stderr where
    the server cannot open it itself. Raises `Problem("public-broker-wrong")`.
    """
    look(ctx)
    check_address(ctx)
    if trouble := address_trouble(ctx):
        click.echo(trouble, err=True)
    return device_broker(ctx.settings)


def _tell_credentials(as_json: bool, id: str, of: str, password: str, broker: str) -> None:
    values = {"device": id, "school": of, "username": id, "password": password, "broker": broker}
    lines = [f"{key:9} {value}" for key, value in values.items()]
    tell(as_json, values, *lines, "The password is shown this once; keep it for the device.")


def _tell_claim(ctx: Context, as_json: bool, made: Claim) -> None:
    server = enrol_server(ctx.settings, ctx.site.opened)
    values: dict[str, Any] = {
        "device": made.device,
        "school": made.school,
        "claim": spell_code(made.code),
        "expires": utc(made.expires_at),
        "server": server,
    }
    lines = [f"{key:9} {value}" for key, value in values.items() if value]
    if not server:
        lines.append("There is no door over TLS yet: run 'hailong tls make', then start the server again.")
    tell(as_json, values, *lines, "The code is shown this once, valid once and for a day.")


def _device(device: Device) -> dict[str, object]:
    times = {"created_at": utc(device.created_at), "retired_at": utc(device.retired_at)}
    return {**msgspec.structs.asdict(device), **times}
