"""A socket for paho that makes one system call out of many.

paho reads a packet in three calls or more and writes every packet in one of its own. That cost more
than storing an answer does. Here its reads come out of a buffer, its writes go into one, and whoever
runs its loop fills and flushes them.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import cast

from paho.mqtt.client import Client

_AT_ONCE = 1024 * 1024
"""Much: after each call a thread waits until the others let it go on, which is what counts in a flood."""
_LAST_WORDS_S = 1.0
_LAST_READS = 64
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BufferedSocket:
    """What paho needs of a socket (its `SocketLike`). Only the thread that runs paho's loop may use it."""

    def __init__(self, inner: socket.socket) -> None:
        """Around a connected socket, TLS or not."""
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._inner = inner
        self._in, self._at = b"", 0
        self._out = bytearray()

    def fill(self) -> None:
        """Read what has come. Raises `OSError` where the connection has ended."""
        with contextlib.suppress(*_NOT_NOW):
            data = self._inner.recv(_AT_ONCE)
            if not data:
                raise ConnectionResetError("the broker hung up")
            self._in, self._at = self._in[self._at :] + data, 0
            # TLS may have read more from the wire than it has told: poll() would never tell of it.
            while isinstance(self._inner, ssl.SSLSocket) and (more := self._inner.pending()):
                self._in += self._inner.recv(more)

    def pending(self) -> int:
        """How many bytes `recv` can still give."""
        return len(self._in) - self._at

    def recv(self, buffer_size: int) -> bytes:
        """Up to so many bytes of what `fill` has read. Raises `BlockingIOError` where nothing is left."""
        data = self._in[self._at : self._at + buffer_size]
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


class BufferedClient(Client):
    """paho's client on a `BufferedSocket`, to be run by a loop of ours (loop_read, loop_write, loop_misc)."""

    line: BufferedSocket
    """There once `connect` has returned."""

    def _create_socket(self) -> BufferedSocket:
        self.line = BufferedSocket(cast(socket.socket, super()._create_socket()))
        return self.line
