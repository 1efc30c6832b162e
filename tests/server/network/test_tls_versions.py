"""Which TLS our own ports speak, and what they choose: both ends of one connection, in memory."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.services.network.certificates import make
from server.services.network.endpoints import CERTIFICATE, KEY, Credentials
from server.transport.ports.tls import server_context


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("tls"), ["127.0.0.1"], datetime.now(UTC)).folder


def ours(folder: Path) -> ssl.SSLContext:
    return server_context(Credentials(folder / CERTIFICATE, folder / KEY))


def client(folder: Path, version: ssl.TLSVersion | None = None, ciphers: str = "") -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if version:
        context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def agreed(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[str, str]:
    """The version and the cipher on which both ends come together. Raises `ssl.SSLError`."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = client.wrap_bio(down, up, server_hostname="127.0.0.1")
    answers = server.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for end in (asks, answers):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    cipher = asks.cipher()
    assert cipher
    return str(asks.version()), cipher[0]


def test_the_newest_version_is_spoken_with_whoever_can(folder: Path) -> None:
    version, cipher = agreed(ours(folder), client(folder))
    assert version == "TLSv1.3"
    assert "GCM" in cipher or "POLY1305" in cipher


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_ones_are_not_spoken_at_all(folder: Path, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError):
        agreed(ours(folder), client(folder, version, "ALL:@SECLEVEL=0"))


def test_of_what_a_client_can_the_strongest_is_chosen_whatever_it_names_first(folder: Path) -> None:
    weak_first = "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    asked = client(folder, ssl.TLSVersion.TLSv1_2, weak_first)
    assert agreed(ours(folder), asked) == ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")


def test_a_terminal_that_knows_no_more_than_cbc_is_served_with_forward_secrecy(folder: Path) -> None:
    asked = client(folder, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256")
    assert agreed(ours(folder), asked) == ("TLSv1.2", "ECDHE-ECDSA-AES128-SHA256")


def test_nothing_weaker_is_offered(folder: Path) -> None:
    for cipher in ours(folder).get_ciphers():
        assert cipher["strength_bits"] >= 128
        assert cipher["protocol"] == "TLSv1.3" or cipher["kea"] in ("kx-ecdhe", "kx-dhe"), cipher["name"]
        assert cipher["aead"] or cipher["digest"] in ("sha256", "sha384"), cipher["name"]
