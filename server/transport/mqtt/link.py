"""One connection to a broker, from its opening to its end; a new one is a new `Link`.

paho keeps state from one connection to the next (message numbers above all, which then name other
messages); a fresh client each time keeps none. The connection is given up, never mended: whoever
holds the link opens another, and so reconnection has one owner.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from server.domain.addresses import Broker

CONNECT_TIMEOUT_S = 5
KEEPALIVE_S = 30
_log = structlog.get_logger()


class LinkError(Exception):
    """The connection could not be opened; the text says why, without any address."""


class Link:
    """A connection that is open until `lost` is set. Safe to use from several threads."""

    def __init__(
        self,
        broker: Broker,
        *,
        client_id: str,
        clean: bool,
        topics: Sequence[str],
        on_message: Callable[[Link, MQTTMessage], None],
    ) -> None:
        """Opens nothing yet. `on_message` runs in the link's own thread."""
        self.ready = threading.Event()
        """Set once the broker has granted every subscription."""
        self.lost = threading.Event()
        """Set when the connection has ended, for whatever reason."""
        self.answered = threading.Event()
        """Set whenever the broker acknowledges something that we sent."""
        self._broker = broker
        self._topics = topics
        self._on_message = on_message
        self._refusal = "it does not answer"
        self._settled = threading.Event()
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean,
            protocol=MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(1000)
        client.max_queued_messages_set(0)
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set()
        client.on_connect = self._guarded(self._connected)
        client.on_subscribe = self._guarded(self._subscribed)
        client.on_disconnect = self._guarded(self._disconnected)
        client.on_message = self._guarded(self._received)
        client.on_publish = self._guarded(self._published)
        self._client = client

    def open(self) -> None:
        """Connect and subscribe. Raises `LinkError` where that did not come about: the link is then over."""
        try:
            self._client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self.lost.set()
            raise LinkError(_reason(error)) from error
        self._client.loop_start()
        self._settled.wait(2 * CONNECT_TIMEOUT_S)
        if not self.ready.is_set():
            self.close()
            raise LinkError(self._refusal)

    def close(self) -> None:
        """End the connection; its thread ends by itself."""
        self.lost.set()
        self.ready.clear()
        connection: Any = self._client.socket()
        self._client.disconnect()
        if connection is not None:
            with contextlib.suppress(OSError, ValueError):
                connection.shutdown(socket.SHUT_RDWR)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send with QoS 1. On a link that is lost, nothing happens: who needs it will ask again."""
        if not self.lost.is_set():
            self._client.publish(topic, payload, qos=1, retain=retain)

    def acknowledge(self, message: MQTTMessage) -> None:
        """Tell the broker that a message has been dealt with."""
        if message.qos and not self.lost.is_set():
            self._client.ack(message.mid, message.qos)

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """An exception in a callback ends paho's thread and nobody hears of it: here it ends the link."""

        def guarded(*args: Any) -> None:
            try:
                callback(*args)
            except Exception:
                _log.exception("the line to the broker broke on our side")
                self.close()
                self._settled.set()

        return guarded

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = f"it refuses us: {reason}"
            self._settled.set()
            return
        client.subscribe([(topic, 1) for topic in self._topics])

    def _subscribed(self, _client: Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = "it does not let us hear the devices; check its access rules"
        else:
            self.ready.set()
        self._settled.set()

    def _disconnected(self, _client: Client, _data: Any, _flags: Any, _reason: Any, _properties: Any) -> None:
        self.lost.set()
        self.ready.clear()
        self._settled.set()

    def _received(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self._on_message(self, message)

    def _published(self, _client: Client, _data: Any, _mid: int, _reason: Any, _properties: Any) -> None:
        self.answered.set()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    text = error.strerror if isinstance(error, OSError) else None
    return (text or type(error).__name__).lower()
