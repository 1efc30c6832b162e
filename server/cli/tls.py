"""`hailong tls`: the certificate by which devices know the server."""

import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from server.cli.common import data_options, json_option, settings_for, tell
from server.services.network import certificates
from server.services.network.lan import lan_address
from server.settings import Settings
from server.storage.locks import of_work
from server.wiring.contexts import check_store
from server.wiring.machine import real_now


@click.group()
def tls() -> None:
    """The certificate by which devices know the server."""


@tls.command("make")
@click.option(
    "--name", "names", multiple=True, help="A host name or address of this server; may be given again."
)
@click.option(
    "--new-authority", is_flag=True, help="A new authority too: every device has to enrol again afterwards."
)
@json_option
@data_options
def tls_make(
    *,
    names: tuple[str, ...],
    new_authority: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Make a certificate for this server, and at the first time the authority behind it.

    `hailong serve` then also listens on `tls_port` (pages, 8443) and `mqtt_tls_port` (broker, 8883). Without
    --name it is made for this machine's names and its address in the network. Make it again when the
    address changes and before it ends: devices notice nothing as long as the authority stays, and a server
    that shows one already shows the new one within seconds.
    """
    settings = settings_for(data, settings_file)
    check_store(settings)
    now = datetime.fromtimestamp(real_now() / 1000, UTC)
    directory, names = Path(settings.data), names or own_names(settings)
    # Of two at once the key of one would stand beside the certificate of the other.
    with of_work(directory, "tls").held():
        made = certificates.make(directory, names, now, new_authority=new_authority)
    values = {
        "folder": str(made.folder),
        "names": list(made.names),
        "until": made.until.date().isoformat(),
        "new_authority": made.new_authority,
    }
    lines = [
        f"Made a certificate for {', '.join(made.names)}, valid until {values['until']}, in {made.folder}.",
        "A server that listens over TLS already shows it within seconds; else start `hailong serve` again.",
    ]
    if made.new_authority:
        lines.append(f"Devices trust the authority in {made.folder} alone; sealed backups hold it.")
    tell(as_json, values, *lines)


def own_names(settings: Settings) -> tuple[str, ...]:
    """What this machine is called: its address in the network first, which is what devices are told."""
    public = urlsplit(settings.public_url).hostname
    host = socket.gethostname()
    found = [public, lan_address(), host, f"{host}.local", "localhost", "127.0.0.1"]
    return tuple(dict.fromkeys(name for name in found if name))
