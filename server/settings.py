"""Settings: one frozen object, read once from `hailong.toml` and `HAILONG_<KEY>`, then passed in."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from server.domain.network.addresses import parse_broker
from server.domain.problems import Problem
from server.domain.school_hours import read_clock
from survey_defs.typed import from_plain


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting with its default. An environment variable `HAILONG_<KEY>` overrides the file."""

    data: str = "data"
    """The directory that holds everything: database, secrets, backups."""
    host: str = "0.0.0.0"  # noqa: S104 - kiosks reach the server over the school's network
    """The address to listen on, for pages and for the embedded broker."""
    port: int = 8080
    """The port of the pages. Where there is a certificate with its key, the staff's lead on to `tls_port`."""
    mqtt_port: int = 1883
    """The port of the embedded broker."""
    tls_cert: str = ""
    """The certificate chain of pages and broker, PEM; empty: the one of `hailong tls make`, if there is one.
    Without `tls_key`: the one that a proxy in front of the pages shows."""
    tls_key: str = ""
    """The key of that certificate, PEM."""
    tls_ca: str = ""
    """The authority that devices are told to trust, PEM; empty: the one of `hailong tls make`."""
    tls_port: int = 8443
    """The port of the pages over TLS, where there is a certificate with its key."""
    mqtt_tls_port: int = 8883
    """The port of the embedded broker over TLS, where there is a certificate with its key."""
    broker: str = ""
    """An outside broker, `mqtt(s)://user:password@host:port`; empty means the embedded one."""
    public_broker: str = ""
    """The broker's address as devices see it, told to each when it enrols; empty: the broker's own. The
    server opens it every minute, and makes no claim code while nobody can open it."""
    public_url: str = ""
    """The pages as parents' phones reach them, `https://host`; empty: this machine in its network."""
    trusted_proxy: str = ""
    """The address of the proxy in front of the pages, whose word on who asks is believed; empty: none."""
    secure_cookies: bool = False
    """The pages are behind a proxy that brings TLS: cookies go over HTTPS alone, also where it does not say
    by X-Forwarded-Proto how it was asked. Over this server's own TLS they always do."""
    lang: str = "vi"
    """The language of a page before its reader has chosen one."""
    small_cell: int = 5
    """Groups with fewer answers than this are hidden, so that no answer can be told from a figure."""
    batch_events: int = 400
    """The most events that are committed together."""
    batch_ms: int = 5
    """How long the ingest waits for more before it commits, in milliseconds."""
    backup_dir: str = ""
    """Where the running server writes a backup every day, best on another disk; empty: none by itself."""
    backup_at: str = "02:30"
    """The time of day, at the school, from which it is made; where the server was off then, once it runs."""
    backup_daily: int = 7
    """How many of the newest of these stay."""
    backup_weekly: int = 4
    """Besides, the newest of each of so many weeks stays."""
    backup_keep_days: int = 30
    """How many days a backup may be kept: what a person had deleted still stands in older ones. Of those in
    `backup_dir` the server deletes older ones itself, but never the newest."""

    def __post_init__(self) -> None:
        if read_clock(self.backup_at) is None:
            raise ValueError("backup_at must be a time of day like 02:30, from 00:00 to 23:59")
        for name in ("backup_daily", "backup_keep_days"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more: the newest backup is never deleted")
        if self.backup_weekly < 0:
            raise ValueError("backup_weekly must be 0 or more")
        if self.public_url and not _is_pages_address(self.public_url):
            raise ValueError("public_url must be like https://hailong.example.vn, without a path")
        if self.public_broker and not _is_broker_address(self.public_broker):
            raise ValueError("public_broker must be like mqtts://hailong.example.vn:8883, without a password")
        if self.trusted_proxy and not _is_address(self.trusted_proxy):
            raise ValueError("trusted_proxy must be an address like 127.0.0.1, without a port")


def _is_pages_address(url: str) -> bool:
    """Whether these are a scheme, a host and perhaps a port, and nothing else."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    whole = not any((parts.path.strip("/"), parts.query, parts.fragment, parts.username))
    return parts.scheme in ("http", "https") and bool(parts.hostname) and whole and url.isprintable()


def _is_broker_address(url: str) -> bool:
    """Whether this is a broker's address that everybody may see."""
    try:
        told = parse_broker(url)
    except Problem:
        return False
    return told.username is None and told.password is None and url.isprintable()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


SYSTEM_FILE = Path("/etc/hailong/hailong.toml")
"""The settings of a server that `make install` set up."""


class BadSettings(Exception):  # noqa: N818 - reads as what it is
    """The settings cannot be used; the text says which key and why."""


def settings_file(data: str | None, system: Path = SYSTEM_FILE) -> Path | None:
    """The file that holds where none is named: `./hailong.toml`, else that in the `data` directory that was
    named, else the machine's, else none.
    """
    places = [Path("hailong.toml"), *([Path(data) / "hailong.toml"] if data else []), system]
    # os.path, because Path.is_file raises in a directory that this user may not look into.
    return next((path for path in places if os.path.isfile(path)), None)  # noqa: PTH113


def read_settings(
    file: Path | None, environ: Mapping[str, str] = os.environ, **overrides: object
) -> Settings:
    """Settings from `file`, if there is one, then the environment, then `overrides`.

    `overrides` are a command's options; None means not given. Raises `BadSettings`.
    """
    values: dict[str, object] = {}
    if file is not None:
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except PermissionError as error:
            raise BadSettings(f"{file} may not be read: run the command as root, with sudo") from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadSettings(f"{file}: {error}") from error
    # TOML has times of its own, 02:30:00 without quotes.
    values = {key: f"{each:%H:%M}" if isinstance(each, time) else each for key, each in values.items()}
    for key in Settings.__struct_fields__:
        if (text := environ.get(f"HAILONG_{key.upper()}")) is not None:
            values[key] = text
        if overrides.get(key) is not None:
            values[key] = overrides[key]
    try:
        return from_plain(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(f"settings: {error}") from error
