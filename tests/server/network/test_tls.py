"""The line to an outside broker over TLS."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import pytest

from tests.support.certificates import certificate
from tests.support.commands import hailong
from tests.support.device import Device, batch, event
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.server import ServerProcess
from tests.support.store import make_school


def spoken(port: int, context: ssl.SSLContext) -> str | None:
    """The version of TLS on which this client and the broker agree."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        return line.version()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_answers_come_over_tls_and_only_from_a_broker_that_can_show_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, config = tmp_path / "data", tmp_path / "broker"
    password = make_school(data)["k1"]
    cert, key = certificate(tmp_path)
    port = free_port()
    tls = ("--tls-cert", cert, "--tls-key", key)
    said = hailong("broker", "config", "-o", config, "--port", port, *tls, "--data", data)
    assert f"--broker mqtts://127.0.0.1:{port}" in said
    with Mosquitto(config):
        assert spoken(port, ssl.create_default_context(cafile=str(cert))) == "TLSv1.3"
        old = ssl.create_default_context(cafile=str(cert))
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            spoken(port, old)
        url = f"mqtts://127.0.0.1:{port}"
        doubting = ServerProcess(data, broker=url)
        doubting.launch()
        doubting.wait_until(503)
        while "cannot be reached" not in doubting.words():
            assert doubting.health() == 503
        doubting.stop()
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(cert))
        with ServerProcess(data, broker=url):
            device = Device(port, "k1", password, tls=ssl.create_default_context(cafile=str(cert))).listen()
            events = [event(seq) for seq in range(1, 101)]
            for one in events:
                device.client.publish(device.topic("up"), batch(one), qos=1)
            said_of_them = device.outcome(*[one["id"] for one in events], within_s=30)
            assert set(said_of_them.values()) == {"accepted"}
            device.close()
