"""One connection to a broker, from its opening to its end; a new one is a new `Link`.

The connection is given up, never mended: whoever holds the link opens another, and so reconnection
has one owner, and no state outlives a connection (message numbers above all, which would then name
other messages).

The kiosk speaks MQTT through paho. Here, where every device's answers come together, paho's dozen
system calls a message cost more than storing it: this reads and acknowledges in bulk.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import structlog

from server.domain.addresses import Broker
from server.transport.mqtt import packets
from server.transport.mqtt.packets import Message, ProtocolError

CONNECT_TIMEOUT_S = 5
KEEPALIVE_S = 30
_LAST_WORDS_S = 1.0
_LAST_READS = 64
_AT_ONCE = 65536
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_log = structlog.get_logger()


class LinkError(Exception):
    """The connection could not be opened; the text says why, without any address."""


class Link:
    """A connection that is open until `lost` is set. Safe to use from several threads.

    One thread of its own does all that is done with the socket (two must not use one TLS connection
    at a time); the others leave what is to be sent in `_out` and wake it.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        client_id: str,
        clean: bool,
        topics: Sequence[str],
        on_message: Callable[[Link, Message], None],
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
        self._lock = threading.Lock()
        self._out = bytearray(packets.connect(client_id, broker, clean=clean, keepalive_s=KEEPALIVE_S))
        self._in = bytearray()
        self._number = 0
        self._woken, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="hailong-link", daemon=True)

    def open(self) -> None:
        """Connect and subscribe. Raises `LinkError` where that did not come about: the link is then over."""
        try:
            self._socket = self._connect()
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
            self._thread.join(2 * _LAST_WORDS_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send with QoS 1. On a link that is lost, nothing happens: who needs it will ask again."""
        with self._lock:
            self._number = self._number % 65535 + 1
            number = self._number
        self._send(packets.publish(topic, payload, number, retain=retain))

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that messages have been dealt with."""
        self._send(packets.acknowledgements(messages))

    # ---- any thread

    def _send(self, data: bytes) -> None:
        if self.lost.is_set():
            return
        with self._lock:
            idle = not self._out
            self._out += data
        if idle:
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # it has ended by itself
            self._waker.send(b"\x00")

    # ---- the link's own thread

    def _connect(self) -> socket.socket:
        address = (self._broker.host, self._broker.port)
        connection = socket.create_connection(address, timeout=CONNECT_TIMEOUT_S)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._broker.tls:
                context = ssl.create_default_context()
                connection = context.wrap_socket(connection, server_hostname=self._broker.host)
            connection.setblocking(False)
        except BaseException:
            connection.close()
            raise
        return connection

    def _run(self) -> None:
        try:
            self._converse()
        except (OSError, ProtocolError) as error:
            _log.debug("the line to the broker broke", reason=str(error))
        except Exception:
            _log.exception("the line to the broker broke on our side")
        finally:
            self.lost.set()
            self.ready.clear()
            with contextlib.suppress(OSError):
                self._say_goodbye()
            for each in (self._socket, self._woken, self._waker):
                each.close()
            self._settled.set()

    def _say_goodbye(self) -> None:
        self._socket.settimeout(_LAST_WORDS_S)
        self._socket.sendall(bytes(self._out) + packets.DISCONNECT)
        # The broker then hangs up. Whoever does so first, with words of the other unread, cuts it short.
        for _ in range(_LAST_READS):
            if not self._socket.recv(_AT_ONCE):
                return

    def _converse(self) -> None:
        heard = said = time.monotonic()
        while not self.lost.is_set():
            # A TLS connection may have read more from the wire than it has told us yet.
            more = isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0
            want = [self._socket] if self._out else []
            readable, _, _ = select.select([self._socket, self._woken], want, [], 0 if more else 1)
            now = time.monotonic()
            if self._woken in readable:
                self._woken.recv(_AT_ONCE)
            if (more or self._socket in readable) and self._read():
                heard = now
            if self._out:
                self._write()
                said = now
            elif now - said > KEEPALIVE_S / 2:
                self._send(packets.PINGREQ)
            if now - heard > KEEPALIVE_S * 1.5:
                raise ProtocolError("the broker is silent")

    def _read(self) -> bool:
        try:
            data = self._socket.recv(_AT_ONCE)
        except _NOT_NOW:
            return False
        if not data:
            raise ProtocolError("the broker hung up")
        self._in += data
        for first, body in packets.split(self._in):
            self._take(first, body)
        return True

    def _write(self) -> None:
        with self._lock, contextlib.suppress(*_NOT_NOW):
            del self._out[: self._socket.send(self._out)]

    def _take(self, first: int, body: bytes) -> None:
        kind = first & 0xF0
        if kind == packets.PUBLISH:
            self._on_message(self, packets.read_message(first, body))
        elif kind == packets.PUBACK:
            self.answered.set()
        elif kind == packets.CONNACK:
            self._connected(body)
        elif kind == packets.SUBACK:
            self._subscribed(body)
        elif kind != packets.PINGRESP:
            raise ProtocolError(f"an unexpected packet: {first:#x}")

    def _connected(self, body: bytes) -> None:
        code = body[1] if len(body) == 2 else -1
        if code != 0:
            self._refusal = f"it refuses us: {packets.REFUSALS.get(code, 'it does not say why')}"
            raise ProtocolError(self._refusal)
        self._send(packets.subscribe(1, self._topics))

    def _subscribed(self, body: bytes) -> None:
        if packets.REFUSED_SUBSCRIPTION in body[2:]:
            self._refusal = "it does not let us hear the devices; check its access rules"
            raise ProtocolError(self._refusal)
        self.ready.set()
        self._settled.set()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    text = error.strerror if isinstance(error, OSError) else None
    return (text or type(error).__name__).lower()
