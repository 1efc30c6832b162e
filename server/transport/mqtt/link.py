"""One connection to a broker, from its opening to its end; a new one is a new `Link`.

paho keeps state from one connection to the next (message numbers above all, which then name other
messages); a fresh client each time keeps none. The connection is given up, never mended: whoever
holds the link opens another, and so reconnection has one owner.

Here every device's answers come together, so paho gets a buffering socket and a loop of ours, by its
interface for loops of others: by itself it reads a packet in three system calls, and writes each in one.
"""

from __future__ import annotations

import contextlib
import hashlib
import select
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from server.domain.network.addresses import Broker
from server.transport.mqtt.buffered import BufferedClient, Gate

CONNECT_TIMEOUT_S = 5
KEEPALIVE_S = 30
_CLOSE_WITHIN_S = 2.0
_log = structlog.get_logger()


class LinkError(Exception):
    """The connection could not be opened; the text says why, without any address."""


class Link:
    """A connection that is open until `lost` is set. Safe to use from several threads.

    One thread of its own does all that is done with the socket (two must not use one TLS connection
    at a time); the others leave what is to be sent in paho's queue, which wakes it.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        clean: bool,
        topics: Sequence[str],
        gate: Gate,
        on_message: Callable[[Link, MQTTMessage], None],
    ) -> None:
        """Opens nothing yet. `gate` and `on_message` run in the link's own thread.

        The gate counts once the link is ready: what comes before has waited at the broker while nobody was
        here, and is no flood, however often a device has said the same meanwhile.
        """
        self.ready = threading.Event()
        """Set once the broker has granted every subscription."""
        self.lost = threading.Event()
        """Set when the connection has ended, for whatever reason."""
        self.answered = threading.Event()
        """Set whenever the broker acknowledges something that we sent."""
        self._broker = broker
        self._topics = topics
        self._refusal = "it does not answer"
        self._settled = threading.Event()
        client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=_session_name(broker),
            clean_session=clean,
            protocol=MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.gate = gate._replace(fits=lambda topic: not self.ready.is_set() or gate.fits(topic))
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(0)  # no limit; with one, paho goes through them all at each answer
        client.max_queued_messages_set(0)
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set()
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = lambda _client, _data, message: on_message(self, message)
        client.on_publish = lambda *_: self.answered.set()
        client.on_socket_register_write = lambda *_: self._wake()
        self._client = client
        self._woken, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="hailong-link", daemon=True)

    def open(self) -> None:
        """Connect and subscribe. Raises `LinkError` where that did not come about: the link is then over."""
        try:
            self._client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self.lost.set()
            self._woken.close()
            self._waker.close()
            raise LinkError(_reason(error)) from error
        self._thread.start()
        self._settled.wait(2 * CONNECT_TIMEOUT_S)
        if not self.ready.is_set():
            self.close()
            raise LinkError(self._refusal)

    def close(self) -> None:
        """End the connection, once what is to be sent is sent or cannot be sent."""
        self.lost.set()
        self.ready.clear()
        self._wake()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_WITHIN_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send with QoS 1. On a link that is lost, nothing happens: who needs it will ask again."""
        if not self.lost.is_set():
            self._client.publish(topic, payload, qos=1, retain=retain)

    def acknowledge(self, messages: Iterable[MQTTMessage]) -> None:
        """Tell the broker that messages have been dealt with."""
        for message in messages:
            if message.qos and not self.lost.is_set():
                self._client.ack(message.mid, message.qos)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # it has ended by itself
            self._waker.send(b"\x00")

    # ---- the link's own thread

    def _run(self) -> None:
        try:
            self._converse()
        except OSError as error:
            _log.debug("the line to the broker broke", reason=str(error))
        except Exception:  # of ours, in what paho called
            _log.exception("the line to the broker broke on our side")
        finally:
            self.lost.set()
            self.ready.clear()
            self._client.disconnect()
            self._client.loop_write()  # the last words; paho then closes
            self._woken.close()
            self._waker.close()
            self._settled.set()

    def _converse(self) -> None:
        client, line = self._client, self._client.line
        all_out = True
        poll = select.poll()  # select() cannot watch a process's thousandth file
        poll.register(line, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while client.socket() is not None and not self.lost.is_set():
            # What was queued while paho wrote has not woken us.
            timeout_ms = 0 if client.want_write() else 1000
            poll.modify(line, select.POLLIN if all_out else select.POLLIN | select.POLLOUT)
            ready = dict(poll.poll(timeout_ms))
            if self._woken.fileno() in ready:
                self._woken.recv(65536)
            if ready.get(line.fileno(), 0) & ~select.POLLOUT:
                line.fill()
                while line.next_packet() and not client.loop_read():
                    pass
            if client.want_write():
                client.loop_write()
            all_out = line.flush()
            client.loop_misc()

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = f"it refuses us: {reason}"
            return
        client.subscribe([(topic, 1) for topic in self._topics])

    def _subscribed(self, _client: Client, _data: Any, _mid: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refusal = "it does not let us hear the devices; check its access rules"
            self.lost.set()
            return
        self.ready.set()
        self._settled.set()


def _session_name(broker: Broker) -> str:
    """The same at each start, for the session is to last; nobody without our password knows it.

    At a broker that does not name sessions after their users, who knows a session's name can take it over.
    """
    secret = f"session of {broker.username}: {broker.password}"
    return "hailong" + hashlib.sha256(secret.encode()).hexdigest()[:16]


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    text = error.strerror if isinstance(error, OSError) else None
    return (text or type(error).__name__).lower()
