"""A TLS connection as waitress uses a socket: from its one loop, which waits for nobody."""

import contextlib
import errno
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_UNREAD_BYTES = 64 * 1024
_RECORD_BYTES = 16 * 1024
"""TLS sends in records of so many bytes; OpenSSL wants one that it could not send in whole again."""


class TlsLine:
    """Speaks TLS; whoever would have to wait is told `BlockingIOError`, as by a socket that does not block.

    The handshake is made by the first reads. Reading and writing meet in different threads, and OpenSSL
    bears one at a time.
    """

    def __init__(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        """Takes the socket over; says nothing yet."""
        plain.setblocking(False)
        self._lock = threading.Lock()
        self._line = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        self._is_closed = False
        self.wants_to_write = False
        """Whether reading goes on only after something was sent: a handshake may not fit at once."""

    def recv(self, count: int) -> bytes:
        """What has come, b"" at its end. `count`: of a record at least, or a rest would wait unseen."""
        with self._open():
            self.wants_to_write = False
            try:
                return self._line.recv(max(count, _RECORD_BYTES))
            except ssl.SSLWantReadError:
                raise _not_yet() from None
            except ssl.SSLWantWriteError:
                self.wants_to_write = True
                raise _not_yet() from None

    def send(self, data: bytes) -> int:
        """Send the first of it. Returns how many bytes."""
        with self._open():
            try:
                return self._line.send(data[:_RECORD_BYTES])
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise _not_yet() from None

    def close(self) -> None:
        """Say goodbye, where there is somebody to say it to, and end."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            with contextlib.suppress(OSError, ValueError):
                self._line.unwrap()
            # What nobody has read would turn the end into a reset, and take what we said last with it.
            with socket.socket(fileno=self._line.detach()) as plain, contextlib.suppress(OSError):
                plain.setblocking(False)
                plain.recv(_UNREAD_BYTES)

    @contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            if self._is_closed:
                raise OSError(errno.EBADF, "closed")
            yield

    def __getattr__(self, name: str) -> Any:
        """Everything else is the socket's own."""
        return getattr(self._line, name)


def _not_yet() -> BlockingIOError:
    return BlockingIOError(errno.EWOULDBLOCK, "not yet")
