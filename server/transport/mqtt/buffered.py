"""A socket for paho that makes one system call out of many, and keeps from it what finds no room.

paho reads a packet in three calls or more and writes every packet in one of its own. That cost more
than storing an answer does. Here its reads come out of a buffer, its writes go into one, and whoever
runs its loop fills and flushes them. A message without room is acknowledged by its first bytes and passed
over: in a flood, having paho make messages of all that is thrown away is what the others would wait for.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple, cast

from paho.mqtt.client import Client

_AT_ONCE = 1024 * 1024
"""Much: after each call a thread waits until the others let it go on, which is what counts in a flood."""
_LAST_WORDS_S = 1.0
_LAST_READS = 64
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_PUBLISH, _PUBACK = 0x30, b"\x40\x02"
_KIND, _QOS_1, _QOS_2 = 0xF0, 0x02, 0x04
_ONE_BYTE, _MAX_LENGTH_BYTES, _NUMBER_BYTES = 0x7F, 4, 2


class Gate(NamedTuple):
    """Which messages may come in, told by their topic; both run in the thread of the socket."""

    fits: Callable[[bytes], bool]
    """Whether there is room for one more."""
    turned_away: Callable[[bytes, int, int], None]
    """Of this topic so many found none, so many bytes in all."""


class BufferedSocket:
    """What paho needs of a socket (its `SocketLike`). Only the thread that runs paho's loop may use it."""

    def __init__(self, inner: socket.socket, gate: Gate) -> None:
        """Around a connected socket, TLS or not."""
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._inner = inner
        self._gate = gate
        self._in, self._at, self._until = b"", 0, 0
        """What has come, how far it is read, and where the packet ends that paho reads: both may lie beyond
        what has come."""
        self._out = bytearray()

    def fill(self) -> None:
        """Read what has come. Raises `OSError` where the connection has ended."""
        with contextlib.suppress(*_NOT_NOW):
            data = self._inner.recv(_AT_ONCE)
            if not data:
                raise ConnectionResetError("the broker hung up")
            done = min(self._at, len(self._in))
            self._in = self._in[done:] + data
            self._at, self._until = self._at - done, self._until - done
            # TLS may have read more from the wire than it has told: poll() would never tell of it.
            while isinstance(self._inner, ssl.SSLSocket) and (more := self._inner.pending()):
                self._in += self._inner.recv(more)

    def next_packet(self) -> bool:
        """Whether `recv` has something to give: of the packet that is being read, or of the next one that
        fits. What does not fit is acknowledged here, and passed over.
        """
        if self._at >= self._until:
            self._pass_over()
        return self._at < min(self._until, len(self._in))

    def _pass_over(self) -> None:
        """Go on to the next packet that fits. In a flood this runs ten thousands of times a second."""
        data, at, end, acknowledged = self._in, self._at, len(self._in), self._out
        full: dict[bytes, list[int]] = {}
        while at + 1 < end:
            kind, length, body = data[at], data[at + 1], at + 2
            if length > _ONE_BYTE:
                if (head := _long_head(data, at)) is None:
                    break
                length, body = head
            after = body + length
            if kind & _KIND == _PUBLISH and not kind & _QOS_2:
                topic_at = body + 2
                if topic_at > end:
                    break  # not enough of it has come to tell
                topic_end = topic_at + (data[body] << 8 | data[body + 1])
                if topic_end + _NUMBER_BYTES > end and after > end:
                    break
                topic = data[topic_at:topic_end]
                if (away := full.get(topic)) is None and not self._gate.fits(topic):
                    away = full[topic] = [0, 0]
                if away is not None:
                    away[0] += 1
                    away[1] += after - topic_end
                    if kind & _QOS_1:
                        away[1] -= _NUMBER_BYTES
                        acknowledged += _PUBACK + data[topic_end : topic_end + _NUMBER_BYTES]
                    at = after
                    continue
            self._until = after
            break
        self._at = at
        for topic, (count, size) in full.items():
            self._gate.turned_away(topic, count, size)

    def recv(self, buffer_size: int) -> bytes:
        """Up to so many bytes of a packet that `next_packet` has found. Raises `BlockingIOError` where
        nothing is left of it.
        """
        data = self._in[self._at : min(self._at + buffer_size, self._until)]
        if not data:
            raise BlockingIOError
        self._at += len(data)
        return data

    def send(self, buffer: bytes | bytearray) -> int:
        """Keep for the next `flush`; takes all, as paho's own queue does."""
        self._out += buffer
        return len(buffer)

    def flush(self) -> bool:
        """Write as much as the connection takes now; whether that was all. Raises `OSError`."""
        if self._out:
            with contextlib.suppress(*_NOT_NOW):
                del self._out[: self._inner.send(self._out)]
        return not self._out

    def close(self) -> None:
        """Let the last words out and the broker hang up.

        Whoever hangs up first, with words of the other unread, cuts the connection short.
        """
        with contextlib.suppress(OSError):
            self._inner.settimeout(_LAST_WORDS_S)
            self._inner.sendall(self._out)
            for _ in range(_LAST_READS):
                if not self._inner.recv(_AT_ONCE):
                    break
        self._out.clear()
        self._inner.close()

    def fileno(self) -> int:
        """For poll()."""
        return self._inner.fileno()

    def setblocking(self, flag: bool) -> None:
        """As the socket's own."""
        self._inner.setblocking(flag)


def _long_head(data: bytes, at: int) -> tuple[int, int] | None:
    """The length of a packet's body, said in more than one byte, and where it begins; None while it has not
    come."""
    length, place = 0, 0
    for place, byte in enumerate(data[at + 1 : at + 1 + _MAX_LENGTH_BYTES]):
        length |= (byte & _ONE_BYTE) << 7 * place
        if byte <= _ONE_BYTE:
            return length, at + 2 + place
    return None if place + 1 < _MAX_LENGTH_BYTES else (length, at + 1 + _MAX_LENGTH_BYTES)


class BufferedClient(Client):
    """paho's client on a `BufferedSocket`, to be run by a loop of ours (loop_read, loop_write, loop_misc)."""

    gate: Gate
    """To be set before `connect`."""
    line: BufferedSocket
    """There once `connect` has returned."""

    def _create_socket(self) -> BufferedSocket:
        self.line = BufferedSocket(cast(socket.socket, super()._create_socket()), self.gate)
        return self.line
