"""As much of an MQTT 3.1.1 client as a box needs: one connection, QoS 1, no memory of its own.

Each packet is put together once and written in one go (a packet in pieces costs a radio frame each). The
broker's acknowledgements are read and thrown away: they prove nothing, only the server's receipt does. So
nothing is kept to be sent again here, and nobody but `link.py` decides when to connect anew.
Runs on asyncio streams under MicroPython and CPython alike.
"""

import asyncio

from firmware.secure import is_certificate as is_certificate  # noqa: PLC0414 - who connects judges by it
from firmware.secure import tls_context as tls_context  # noqa: PLC0414

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, DISCONNECT = 1, 2, 3, 4, 8, 9, 12, 14
_CHUNK = 256
"""A message that is too large is read in pieces of this size and dropped."""
_MAX_TOPIC = 256
_NOT_AUTHORISED = (4, 5)
"""CONNACK: bad user name or password; not authorised."""


class Lost(Exception):  # noqa: N818 - reads as what it is
    """The connection is over, or what came over it makes no sense."""


class Refused(Lost):
    """The broker does not let this device in."""


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def packet(kind: int, parts: "Sequence[bytes]", before: bytes = b"") -> bytearray:
    """One packet, its length worked out; the only copy that is made of `parts`. `kind`: its first byte.

    `before`: whole packets that go out in the same write.
    """
    length = 0
    for part in parts:
        length += len(part)
    head = before + bytes((kind,))
    rest = length
    while True:
        rest, digit = rest >> 7, rest & 127
        head += bytes((digit | 128 if rest else digit,))
        if not rest:
            break
    whole = bytearray(len(head) + length)
    at = len(head)
    whole[:at] = head
    for part in parts:
        whole[at : at + len(part)] = part
        at += len(part)
    return whole


class Client:
    """A connection that has just been opened. Raises `Lost` and OSError; is of no use after either."""

    def __init__(self, reader: "Any", writer: "Any", *, max_bytes: int = 6144) -> None:
        """`max_bytes`: a larger message is not kept, only told of."""
        self._reader, self._writer, self._max_bytes = reader, writer, max_bytes
        self._last_id = 0
        self._unacknowledged = 0
        self._thanks = b""
        self.granted: list[bool] | None = None
        """Which of the topics that were asked for the broker grants; None until it has said so."""

    @property
    def all_acknowledged(self) -> bool:
        """Whether the broker says that it has everything: good for a good-bye, no proof of anything."""
        return self._unacknowledged <= 0

    async def enter(
        self, device: str, password: str, name: str, keepalive_s: int, will: "tuple[str, bytes]"
    ) -> None:
        """Introduce the device, with its last will (topic and message; retained, QoS 1). Raises `Refused`.

        `name`: of this connection; at some brokers whoever knows it can put it out.
        """
        await self._send(
            CONNECT << 4,
            (
                b"\x00\x04MQTT\x04\xee",  # user, password, will retained with QoS 1, clean session
                keepalive_s.to_bytes(2, "big"),
                _text(name),
                _text(will[0]),
                len(will[1]).to_bytes(2, "big"),
                will[1],
                _text(device),
                _text(password),
            ),
        )
        kind, length = await self._head()
        if kind >> 4 != CONNACK or length != 2:
            raise Lost("no MQTT broker")
        code = (await self._read(2))[1]
        if code in _NOT_AUTHORISED:
            raise Refused("refused " + str(code))
        if code:
            raise Lost("broker says " + str(code))

    async def subscribe(self, topics: "Sequence[str]") -> None:
        """Ask for topics; `granted` tells once the broker has answered."""
        self.granted = None
        parts = [self._next_id()]
        for topic in topics:
            parts += (_text(topic), b"\x01")
        await self._send(SUBSCRIBE << 4 | 2, parts)

    async def publish(self, topic: str, parts: "Sequence[bytes]", retain: bool = False) -> None:
        """Hand over one message, its payload in parts."""
        self._unacknowledged += 1
        whole = [_text(topic), self._next_id()]
        whole += parts
        await self._send(PUBLISH << 4 | (3 if retain else 2), whole)

    async def ping(self) -> None:
        """Ask the broker to say something."""
        await self._send(PINGREQ << 4, ())

    async def acknowledge(self) -> None:
        """Tell the broker what has come, if no packet has done so meanwhile.

        Not at once: a small packet of its own holds the next one up until the other side has confirmed it
        (RFC 896), and costs the radio another frame.
        """
        if self._thanks:
            thanks, self._thanks = self._thanks, b""
            self._writer.write(thanks)
            await self._writer.drain()

    async def receive(self) -> "tuple[str, bytes | None, bool] | None":
        """The next thing that the broker says: (topic, payload, retained) of a message, else None.

        The payload is None where the message is larger than `max_bytes`.
        """
        kind, length = await self._head()
        if kind >> 4 == PUBLISH:
            return await self._message(kind, length)
        if length > self._max_bytes:
            raise Lost("too much")
        body = await self._read(length)
        if kind >> 4 == PUBACK:
            self._unacknowledged -= 1
        elif kind >> 4 == SUBACK:
            self.granted = [code < 128 for code in body[2:]]
        return None

    async def leave(self) -> None:
        """Say good-bye: the last will is then not sent."""
        await self._send(DISCONNECT << 4, ())

    async def close(self) -> None:
        """Let go of the connection, with or without a good-bye."""
        try:
            self._writer.close()
            await self._writer.wait_closed()
        except (OSError, ValueError):
            pass  # it was gone already

    async def _message(self, kind: int, length: int) -> "tuple[str, bytes | None, bool]":
        size = int.from_bytes(await self._read(2), "big")
        quality = kind >> 1 & 3
        left = length - 2 - size - (2 if quality else 0)
        if left < 0 or size > _MAX_TOPIC or quality > 1:
            raise Lost("a message that makes no sense")
        try:
            topic = str(await self._read(size), "utf-8")
        except (UnicodeError, ValueError):
            raise Lost("a message that makes no sense") from None
        number = await self._read(2) if quality else b""
        payload = await self._read(left) if left <= self._max_bytes else None
        if payload is None:
            while left > 0:
                left -= len(await self._read(min(left, _CHUNK)))
        if number:
            self._thanks += bytes((PUBACK << 4, 2)) + number
        return topic, payload, bool(kind & 1)

    async def _head(self) -> "tuple[int, int]":
        """(first byte, length of the rest) of the next packet."""
        kind = (await self._read(1))[0]
        length = shift = 0
        while shift < 28:
            byte = (await self._read(1))[0]
            length |= (byte & 127) << shift
            if byte < 128:
                return kind, length
            shift += 7
        raise Lost("a length that makes no sense")

    async def _read(self, count: int) -> "Any":
        try:
            return await self._reader.readexactly(count) if count else b""
        except EOFError:
            raise Lost("the broker has hung up") from None

    async def _send(self, kind: int, parts: "Sequence[bytes]") -> None:
        thanks, self._thanks = self._thanks, b""
        self._writer.write(packet(kind, parts, thanks))
        await self._writer.drain()

    def _next_id(self) -> bytes:
        self._last_id = self._last_id % 65535 + 1
        return self._last_id.to_bytes(2, "big")


async def open_client(host: str, port: int, tls: "Any" = None, max_bytes: int = 6144) -> Client:
    """A connection to `host`, not introduced yet. `tls`: the context of `tls_context`, None without TLS."""
    if tls is None:
        reader, writer = await asyncio.open_connection(host, port)
    else:
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=host)
    return Client(reader, writer, max_bytes=max_bytes)
