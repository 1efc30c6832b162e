"""Files for mosquitto: its settings, its passwords, and who may say and hear what."""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from server.domain.devices import device_password
from server.domain.network.addresses import Broker as Address
from server.domain.network.rights import (
    MAX_INFLIGHT,
    MAX_INFLIGHT_BYTES,
    MAX_RELAYED_BYTES,
    SERVER_HEARS,
    SERVER_SAYS,
    SERVER_USER,
    device_rights,
)
from server.domain.problems import Problem
from server.services.context import Context
from server.services.network.certificate_terms import BROKER_FILES
from survey_defs.whole_file import write_once, write_whole

PID = "mosquitto.pid"
_WORK = "broker-files"
NAMES_SESSIONS_SINCE = (2, 0, 21)


class Listener(NamedTuple):
    """Where mosquitto listens, and with which certificate."""

    host: str
    port: int
    tls_cert: Path | None = None
    tls_key: Path | None = None


class Credential(NamedTuple):
    """One device that may connect."""

    device: str
    school: str
    password_hash: str


def names_sessions() -> bool:
    """Whether the mosquitto of this machine may name each session after its user.

    2.0.11 (Debian 12) must not: there a stranger without a user, by giving the name of somebody's session,
    takes it out of a list, and the next reload leaves that session with rights that are freed memory: the
    broker ends at its next word. 2.0.21 (Debian 13) is sound. Where nothing is known, neither is this.
    Every client of ours has a secret name besides (`Link`, kiosk and box), so that nobody can take its place.
    """
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        return False
    try:
        said = subprocess.run([program, "-h"], check=False, capture_output=True, text=True, timeout=5).stdout  # noqa: S603 - no word of anybody's in it
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.search(r"mosquitto version (\d+)\.(\d+)\.(\d+)", said)
    return version is not None and tuple(map(int, version.groups())) >= NAMES_SESSIONS_SINCE


def settings_file(directory: Path, listener: Listener, *, names_sessions: bool = False) -> str:
    """mosquitto.conf. Its limits: one answer is a few hundred bytes, one batch 64 KiB at the most."""
    lines = [
        "# Written by `hailong broker config`; write it again rather than change it.",
        "per_listener_settings false",
        "allow_anonymous false",
        f"password_file {directory / 'passwd'}",
        f"acl_file {directory / 'acl'}",
        "",
        f"listener {listener.port} {listener.host}",
    ]
    if names_sessions:
        lines += [
            "# Each user has one session, named after it: no other name puts anybody else out. This counts",
            "# for the listener above it; standing before it, it would do nothing.",
            "use_username_as_clientid true",
        ]
    if listener.tls_cert and listener.tls_key:
        # By the names that were given: behind certbot's links lies another file after each renewal.
        lines += [
            f"certfile {listener.tls_cert.absolute()}",
            f"keyfile {listener.tls_key.absolute()}",
            "tls_version tlsv1.2",
        ]
    lines += [
        "",
        "# More than a device may say, so that the server hears of it. What is larger still is read to its",
        "# end and acknowledged; with max_packet_size the line would be cut, and the same come again.",
        f"message_size_limit {MAX_RELAYED_BYTES}",
        "max_keepalive 600",
        "# The server takes all that comes at once, and then lets the devices take turns: what waited here",
        "# would wait in one line behind whoever says most.",
        f"max_inflight_messages {MAX_INFLIGHT}",
        f"max_inflight_bytes {MAX_INFLIGHT_BYTES}",
        "max_queued_messages 20000",
        "max_queued_bytes 67108864",
        "# Nothing is kept on disk: a store that a power cut damages would stop every later start. Devices",
        "# keep each answer until its receipt has come, and the server sends configurations again.",
        "persistence false",
        f"pid_file {directory / 'state' / PID}",
        "persistent_client_expiration 14d",
        "set_tcp_nodelay true",
        "",
        "# Errors and warnings only: what connects from where is nobody's business.",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "connection_messages false",
        "",
    ]
    return "\n".join(lines)


def password_file(server_hash: str, devices: Iterable[Credential]) -> str:
    """The password file: the server's own user, then the devices."""
    lines = [f"{SERVER_USER}:{server_hash}"]
    lines += [f"{each.device}:{each.password_hash}" for each in devices]
    return "\n".join(lines) + "\n"


def access_file(devices: Iterable[Credential]) -> str:
    """The ACL file. Every device by its name: a `%u` pattern would not hold it to its school."""
    lines = [f"user {SERVER_USER}"]
    lines += [f"topic read {topic}" for topic in SERVER_HEARS]
    lines += [f"topic write {topic}" for topic in SERVER_SAYS]
    for each in devices:
        rights = device_rights(each.school, each.device)
        lines += ["", f"user {each.device}"]
        lines += [f"topic write {topic}" for topic in sorted(rights.says)]
        lines += [f"topic read {topic}" for topic in sorted(rights.hears)]
    return "\n".join(lines) + "\n"


def write_files(ctx: Context, directory: Path, listener: Listener) -> Address:
    """Write `mosquitto.conf`, `passwd` and `acl` into `directory`. Returns the server's own address there.

    The server's password is made once and kept in the data directory. Raises `Problem("cannot-write")`.
    """
    directory = directory.resolve()
    conf = settings_file(directory, listener, names_sessions=names_sessions())
    contents = {"mosquitto.conf": (conf, 0o644)}
    try:
        (directory / "state").mkdir(parents=True, exist_ok=True)
        with ctx.store.alone(_WORK):
            _write_all(directory, contents | _device_files(ctx))
        write_whole(Path(ctx.settings.data) / BROKER_FILES, f"{directory}\n".encode(), 0o600)
    except OSError as error:
        raise Problem("cannot-write", path=str(directory), reason=error.strerror or str(error)) from error
    host = "127.0.0.1" if listener.host in ("0.0.0.0", "") else listener.host  # noqa: S104 - compared
    return Address(host, listener.port, listener.tls_cert is not None, None, None)


def rewrite_devices(ctx: Context, directory: Path) -> None:
    """Write `passwd` and `acl` anew, with the devices of now. Raises `Problem("cannot-write")`."""
    try:
        with ctx.store.alone(_WORK):
            _write_all(directory, _device_files(ctx))
    except OSError as error:
        raise Problem("cannot-write", path=str(directory), reason=error.strerror or str(error)) from error


def known_files(data: Path) -> Path | None:
    """The directory that `broker config` wrote to last, if it is still there."""
    try:
        directory = Path((data / BROKER_FILES).read_text(encoding="utf-8").strip())
    except OSError:
        return None
    return directory if (directory / "passwd").is_file() else None


def devices_in_use(ctx: Context) -> list[Credential]:
    """The devices that may connect at present."""
    with ctx.read() as work:
        rows = work.sql.device_secrets()
    out = ctx.flooding.out(ctx.running())
    return [
        Credential(row["id"], row["school"], row["password_hash"]) for row in rows if row["id"] not in out
    ]


def _device_files(ctx: Context) -> dict[str, tuple[str, int]]:
    devices = devices_in_use(ctx)
    secret = server_secret(Path(ctx.settings.data), make=True)
    salt = secrets.token_bytes(device_password.SALT_BYTES)
    return {
        "passwd": (password_file(device_password.hash_password(str(secret), salt), devices), 0o640),
        "acl": (access_file(devices), 0o640),
    }


def _write_all(directory: Path, contents: dict[str, tuple[str, int]]) -> None:
    for name, (text, mode) in contents.items():
        write_whole(directory / name, text.encode(), mode)
    _hand_over(directory, contents)


def server_secret(data: Path, *, make: bool = False) -> str | None:
    """The password of the server's own user at an outside broker; None where none was ever made."""
    path = data / "broker-password"
    if path.is_file():
        return path.read_text(encoding="ascii").strip()
    if not make:
        return None
    written = write_once(path, f"{secrets.token_urlsafe(32)}\n".encode(), 0o600)
    return written.decode("ascii").strip()


def _hand_over(directory: Path, names: Iterable[str]) -> None:
    """mosquitto started by root becomes the user `mosquitto`, who has to read and keep its files."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(LookupError):
        for name in names:
            shutil.chown(directory / name, group="mosquitto")
        shutil.chown(directory / "state", user="mosquitto", group="mosquitto")
