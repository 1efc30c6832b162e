"""A device on a bare MQTT client: what goes over the wire and what comes back, without a kiosk."""

from __future__ import annotations

import json
import ssl
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from survey_defs import wire

MINUTE = 60_000


def event(
    seq: int, *, journal: str = "j1", boot: str = "b1", level: int = 5, **fields: Any
) -> dict[str, Any]:
    """One answer with a fresh id."""
    return {
        "id": str(uuid.uuid4()),
        "journal": journal,
        "seq": seq,
        "boot": boot,
        "up_ms": 1000 * seq,
        "wall": None,
        "type": "answer",
        "survey": "tthc",
        "version": 1,
        "channel": "kiosk",
        "lang": "vi",
        "procedure": "hoc-ba",
        "answers": {"rating": level},
        "took_ms": 4000,
    } | fields


def batch(
    *events: dict[str, Any],
    boot: str = "b1",
    up_ms: int = MINUTE,
    wall: str | None = None,
    synced: bool = False,
) -> bytes:
    """The events in their envelope."""
    return wire.encode_batch(boot, up_ms, wall, synced, list(events))


class Device:
    """One connected client. Messages that reach it are kept by topic."""

    def __init__(
        self,
        port: int,
        user: str | None,
        password: str | None,
        *,
        school: str = "mau",
        device: str | None = None,
        will: tuple[str, bytes] | None = None,
        client_id: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.school, self.device = school, device or user or "nobody"
        self.received: list[tuple[str, bytes]] = []
        self.granted: list[bool] = []
        self.refused = threading.Event()
        self.connected = threading.Event()
        self.gone = threading.Event()
        self._news = threading.Condition()
        self._subscribed = threading.Event()
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or f"test-{uuid.uuid4()}",
            protocol=MQTTv311,
            reconnect_on_failure=False,
        )
        if user is not None:
            client.username_pw_set(user, password)
        if tls:
            client.tls_set_context(tls)
        if will:
            client.will_set(*will, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = lambda *_: self.gone.set()
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        self.client = client
        client.connect("127.0.0.1", port, 15)
        client.loop_start()

    def _on_connect(self, _client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        (self.refused if reason.is_failure else self.connected).set()

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        self.granted = [not reason.is_failure for reason in reasons]
        self._subscribed.set()

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        with self._news:
            self.received.append((message.topic, bytes(message.payload)))
            self._news.notify_all()

    def wait_connected(self) -> Device:
        """Wait until the broker has let it in."""
        assert self.connected.wait(10), "the broker does not let it in"
        return self

    def subscribe(self, *topics: str) -> list[bool]:
        """Ask for topics; which of them were granted."""
        self._subscribed.clear()
        self.client.subscribe([(topic, 1) for topic in topics])
        assert self._subscribed.wait(10)
        return self.granted

    def listen(self) -> Device:
        """Wait for the connection and subscribe to its own receipts and configuration."""
        self.wait_connected()
        granted = self.subscribe(self.topic("receipt"), self.topic("config"))
        assert granted == [True, True], granted
        return self

    def topic(self, leaf: str) -> str:
        """One of its own topics."""
        return wire.topic(self.school, self.device, leaf)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send with QoS 1 and wait for the broker's acknowledgement."""
        info = self.client.publish(topic, payload, qos=1, retain=retain)
        info.wait_for_publish(10)
        assert info.is_published()

    def send(self, *events: dict[str, Any], **envelope: Any) -> None:
        """Send events on its own topic."""
        self.publish(self.topic("up"), batch(*events, **envelope))

    def wait_for(self, wanted: Callable[[list[tuple[str, bytes]]], Any], within_s: float = 15) -> Any:
        """What `wanted` makes of the received messages, as soon as that is something."""
        deadline = time.monotonic() + within_s
        with self._news:
            while not (found := wanted(self.received)):
                left = deadline - time.monotonic()
                assert left > 0, f"nothing of the kind came; only {[topic for topic, _ in self.received]}"
                self._news.wait(left)
            return found

    def outcome(self, *ids: str, within_s: float = 15) -> dict[str, str]:
        """What the receipts say of these events, once they say something of each: a code or 'accepted'."""

        def told(received: list[tuple[str, bytes]]) -> dict[str, str] | None:
            found: dict[str, str] = {}
            for topic, payload in received:
                if topic == self.topic("receipt"):
                    receipt = json.loads(payload)
                    found |= dict.fromkeys(receipt["accepted"], "accepted")
                    found |= {entry["id"]: entry["code"] for entry in receipt["rejected"]}
            return {id: found[id] for id in ids} if set(ids) <= found.keys() else None

        answer: dict[str, str] = self.wait_for(told, within_s)
        return answer

    def drop(self) -> None:
        """Break the connection without a word, so that the broker sends the will."""
        connection = self.client.socket()
        assert connection
        connection.shutdown(2)  # type: ignore[union-attr]
        assert self.gone.wait(10)

    def close(self) -> None:
        """Say goodbye."""
        self.client.disconnect()
        self.client.loop_stop()
