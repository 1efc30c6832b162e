"""A real mosquitto for the link alone, and a client that plays the server's part of the conversation."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from survey_defs import wire
from tests.support.mosquitto import Mosquitto
from tests.support.ports import free_port
from tests.support.waiting import wait_until

SCHOOL, DEVICE = "mau", "kiosk-1"


def open_broker(directory: Path) -> Mosquitto:
    """A broker that lets everybody in, on the loopback only."""
    directory.mkdir()
    (directory / "mosquitto.conf").write_text(f"listener {free_port()} 127.0.0.1\nallow_anonymous true\n")
    return Mosquitto(directory)


def closed_broker(directory: Path, user: str, password: str) -> Mosquitto:
    """A broker that knows one user."""
    directory.mkdir()
    passwords = directory / "passwords"
    passwords.touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), user, password], check=True)
    (directory / "mosquitto.conf").write_text(
        f"listener {free_port()} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n"
    )
    return Mosquitto(directory)


class Peer:
    """Hears what a device says; answers as it is told to. `answer` maps a batch to a receipt or None."""

    def __init__(self, port: int, answer: Callable[[dict[str, Any]], bytes | None]) -> None:
        self.batches: list[dict[str, Any]] = []
        self.said: list[tuple[str, bytes]] = []
        self._answer = answer
        self._port = port
        self._lock = threading.Lock()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="peer")
        self._client.on_message = self._message
        self._client.on_connect = lambda client, *_: client.subscribe(f"hailong/1/{SCHOOL}/+/+", qos=1)
        self._client.reconnect_delay_set(1, 1)

    def __enter__(self) -> Peer:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        wait_until(self._client.is_connected, "the peer's connection")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, leaf: str, payload: bytes, *, retain: bool = False) -> None:
        self._client.publish(wire.topic(SCHOOL, DEVICE, leaf), payload, qos=1, retain=retain)

    def events(self) -> list[dict[str, Any]]:
        with self._lock:
            return [event for batch in self.batches for event in batch["events"]]

    def last(self, leaf: str) -> dict[str, Any] | None:
        with self._lock:
            found = [payload for topic, payload in self.said if topic.endswith(f"/{leaf}") and payload]
        return msgspec.json.decode(found[-1]) if found else None

    def _message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._lock:
            self.said.append((message.topic, bytes(message.payload)))
            if not message.topic.endswith("/up"):
                return
            batch = wire.decode_batch(bytes(message.payload))
            self.batches.append(batch)
        receipt = self._answer(batch)
        if receipt is not None:
            self.publish("receipt", receipt)


def accept(batch: Any) -> bytes:
    """The receipt that accepts everything."""
    return wire.encode_receipt(0, [event["id"] for event in batch["events"]], [])
