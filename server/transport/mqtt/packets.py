"""The packets of one connection to the embedded broker: whole, one after the other, and none too large.

amqtt reads a packet in many small pieces and believes what each says of its length: one that lies, or whose
topic it does not like, leaves it in the middle of the stream. Here a packet is taken from the line whole, and
nothing reads beyond its end. A message over the limit is read to its end without being kept, and a note
stands in its place: its sender has its acknowledgement, and what comes behind it goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from typing import NamedTuple

from amqtt.adapters import ReaderAdapter
from amqtt.mqtt.packet import CONNECT, PUBLISH, MQTTFixedHeader

from server.domain.network.rights import MAX_MESSAGE_BYTES

STALL_S = 60
"""A large message may come slowly, but within so long some more of it has to come."""
_CHUNK_BYTES = 65536
_LENGTH_BYTES = 4
_RETAIN = 0x01
_NAME, _LEVEL = b"MQTT", 4


class Malformed(ValueError):  # noqa: N818 - reads as what it is
    """A packet that breaks the protocol: the connection is over."""


class Size(NamedTuple):
    """What is left of a message that was thrown away."""

    length: int
    sha256: str


class Notes:
    """What stands in the place of a message thrown away; a secret in it keeps clients from writing one."""

    def __init__(self) -> None:
        """With a secret of its own."""
        self._secret = secrets.token_bytes(16)
        self.length = len(self.write(Size(0, hashlib.sha256().hexdigest())))

    def write(self, size: Size) -> bytes:
        """The note; all are of the same length."""
        return self._secret + f"{size.length:010}{size.sha256}".encode()

    def read(self, payload: bytes) -> Size | None:
        """What the note says; None for a message that is none."""
        if len(payload) != self.length or not payload.startswith(self._secret):
            return None
        text = bytes(payload[len(self._secret) :]).decode()
        return Size(int(text[:10]), text[10:])


class _Large(NamedTuple):
    """A message over the limit, of which its topic's length is read: what of it is still on the line."""

    topic_length: int
    id_length: int
    left: int


class Window:
    """How many messages of one connection are on their way to the server at once.

    Where it is full, nothing more is read from that connection: its sender's own line fills up, and nobody
    else's. `limit`: None for the server itself.
    """

    def __init__(self, limit: int | None) -> None:
        """Nothing is on its way."""
        self.limit = limit
        self._under_way = 0
        self._room = asyncio.Event()
        self._room.set()

    def take(self) -> None:
        """One more."""
        self._under_way += 1
        if self.limit is not None and self._under_way >= self.limit:
            self._room.clear()

    def release(self) -> None:
        """One has arrived, or goes nowhere."""
        self._under_way = max(0, self._under_way - 1)
        if self.limit is None or self._under_way < self.limit:
            self._room.set()

    async def room(self) -> None:
        """Wait until there is room for one."""
        await self._room.wait()


class PacketReader(ReaderAdapter):  # type: ignore[misc]  # amqtt carries no types
    """What amqtt reads from. Raises `Malformed`, and what asyncio raises where the line breaks."""

    def __init__(self, reader: asyncio.StreamReader, notes: Notes, window: Window) -> None:
        """Reads nothing yet. Of each message that it reads, `window` is told."""
        self._reader = reader
        self.window = window
        self._notes = notes
        self._ready, self._at = b"", 0
        self._kind = self._flags = 0
        self._body_left = 0
        self._large: _Large | None = None

    async def speaks_our_mqtt(self) -> bool:
        """Whether the first packet asks for MQTT 3.1.1. Raises `Malformed` where it is no CONNECT."""
        await self._begin()
        header = self._ready
        if self._kind != CONNECT:
            raise Malformed("no CONNECT")
        body = await self._reader.readexactly(self._body_left)
        self._ready, self._body_left = header + body, 0
        name_end = 2 + int.from_bytes(body[:2], "big")
        return body[2:name_end] == _NAME and body[name_end : name_end + 1] == bytes([_LEVEL])

    async def read(self, n: int = -1) -> bytes:
        """The next `n` bytes, all of one packet."""
        if n <= 0:
            return b""
        if self._at == len(self._ready):
            if self._large:
                await self._throw_away(self._large)
            elif self._body_left:
                await self._take_body()
            else:
                await self._begin()
        data = self._ready[self._at : self._at + n]
        self._at += len(data)
        if len(data) < n:
            raise Malformed("a packet that says more than it holds")
        return data

    def feed_eof(self) -> None:
        """As amqtt's own."""
        self._reader.feed_eof()

    async def _begin(self) -> None:
        await self.window.room()
        first = (await self._reader.readexactly(1))[0]
        self._kind, self._flags = first >> 4, first & 0x0F
        if self._kind == PUBLISH:
            self.window.take()
        length = await self._read_length()
        if length > MAX_MESSAGE_BYTES:
            length = await self._begin_large(length)
        else:
            self._body_left = length
        self._hand_out(MQTTFixedHeader(self._kind, self._flags, length).to_bytes())

    async def _read_length(self) -> int:
        length = 0
        for place in range(_LENGTH_BYTES):
            byte = (await self._reader.readexactly(1))[0]
            length += (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return length
        raise Malformed("a length that does not end")

    async def _take_body(self) -> None:
        body = await self._reader.readexactly(self._body_left)
        self._body_left = 0
        if self._kind == PUBLISH:
            _check_topic(body[2 : 2 + int.from_bytes(body[:2], "big")], self._qos)
        self._hand_out(body)

    async def _begin_large(self, length: int) -> int:
        """Returns the length that the packet has with a note in place of its message."""
        if self._kind != PUBLISH:
            raise Malformed("too large, and no message")
        self._flags &= ~_RETAIN
        topic_length = int.from_bytes(await self._reader.readexactly(2), "big")
        id_length = 2 if self._qos else 0
        self._large = _Large(topic_length, id_length, length - 2)
        return 2 + topic_length + id_length + self._notes.length

    async def _throw_away(self, large: _Large) -> None:
        topic = await self._reader.readexactly(large.topic_length)
        _check_topic(topic, self._qos)
        packet_id = await self._reader.readexactly(large.id_length)
        length = left = large.left - large.topic_length - large.id_length
        sha256 = hashlib.sha256()
        while left:
            chunk = await asyncio.wait_for(self._reader.read(min(left, _CHUNK_BYTES)), STALL_S)
            if not chunk:
                raise ConnectionResetError
            sha256.update(chunk)
            left -= len(chunk)
        self._large = None
        note = self._notes.write(Size(length, sha256.hexdigest()))
        self._hand_out(large.topic_length.to_bytes(2, "big") + topic + packet_id + note)

    @property
    def _qos(self) -> int:
        return (self._flags >> 1) & 0x03

    def _hand_out(self, data: bytes) -> None:
        self._ready, self._at = data, 0


def _check_topic(topic: bytes, qos: int) -> None:
    """MQTT 3.1.1: 3.3.1-4, 3.3.2-2, 1.5.3-1, 1.5.3-2, 4.7.3-1."""
    if qos > 2 or not topic or any(bad in topic for bad in b"+#\x00"):
        raise Malformed("a message for no topic")
    try:
        topic.decode()
    except UnicodeDecodeError:
        raise Malformed("a topic that is no text") from None
