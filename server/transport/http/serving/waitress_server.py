"""waitress with patience for nobody who says nothing: what it holds, for how long, and over TLS as well.

waitress reads all connections in one thread and gives a worker only to a request that has come whole. What
it lacks is here: TLS in that same thread, short limits for handshake, header and form, and room for whoever
comes.
"""

from __future__ import annotations

import errno
import ssl
import time
from typing import Any

import structlog
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.utilities import BadRequest, ServerNotImplemented

from server.domain.network.addresses import network_of
from server.transport.failures import told
from server.transport.http.serving.tls_line import TlsLine
from server.transport.ports.connection_limits import Room

BEGIN_WITHIN_S = 10.0
"""For a handshake, and for the head of a request from its first letter on."""
REQUEST_WITHIN_S = 60.0
"""For a whole request: a form of half a megabyte over a slow telephone."""
KEEP_OPEN_S = 30.0
"""For a next request after an answer."""
TAKE_WITHIN_S = 20.0
"""Some more of an answer has to be taken within so long."""
MAX_HELD_BYTES = 64 * 1024 * 1024
"""Of forms that have come in part, in all connections of a port together."""
_LOOK_EVERY_S = 1.0
_NEVER = float("inf")
_NO_FILES = (errno.EMFILE, errno.ENFILE)

_log = structlog.get_logger()


class _Parser(HTTPRequestParser):
    """As waitress's own; what it does not understand is a bad request, whatever it breaks."""

    def received(self, data: bytes) -> int:
        """Takes of it what belongs to this request."""
        try:
            taken = super().received(data)
        except ValueError:  # a number of thousands of digits, an address that is none
            self.error, self.completed, taken = BadRequest("Request is invalid"), True, len(data)
        if isinstance(self.error, ServerNotImplemented):
            self.error = BadRequest(self.error.body)
        return int(taken)


class Channel(HTTPChannel):
    """One connection."""

    parser_class = _Parser
    server: PageServer

    def __init__(self, server: PageServer, sock: Any, addr: Any, adj: Adjustments, map: Any) -> None:
        """As waitress makes one; over TLS where the server has a context for it."""
        self.network = network_of(str(addr[0]))
        self.since = self._begun = self._moved = time.monotonic()
        self._served = self._working = False
        line: Any = sock if server.context is None else TlsLine(sock, server.context)
        super().__init__(server, line, addr, adj, map)

    @property
    def is_waiting(self) -> bool:
        """Whether no request of it is being worked on."""
        return not self._working

    @property
    def held_bytes(self) -> int:
        """Of a form that has come in part."""
        request = self.request
        return 0 if request is None else int(request.body_bytes_received)

    def is_overdue(self, now: float) -> bool:
        """Whether it has had its time."""
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:  # a worker waits for it
            return now - self._moved > TAKE_WITHIN_S
        if not self.is_waiting:
            return False
        if self.total_outbufs_len:
            return now - max(self._moved, self.since) > TAKE_WITHIN_S
        request = self.request
        if request is None:
            return now - self.since > (KEEP_OPEN_S if self._served else BEGIN_WITHIN_S)
        within = REQUEST_WITHIN_S if request.headers_finished else BEGIN_WITHIN_S
        return now - max(self._begun, self.since) > within

    def received(self, data: bytes) -> bool:
        """Notes when a request begins, and when it is there."""
        if self.request is None:
            self._begun = time.monotonic()
        self._working = True  # before a worker can be done with it
        taken = super().received(data)
        self._working = bool(self.requests)
        return taken

    def service(self) -> None:
        """In a worker's thread: answer one request."""
        super().service()
        self._served, self.since = True, time.monotonic()
        self._working = bool(self.requests)

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Notes when something was taken."""
        sent = super().send(data, do_close)
        if sent:
            self._moved = time.monotonic()
        return sent

    def writable(self) -> bool:
        """Whether something is to be sent, or a handshake goes on with it."""
        return bool(super().writable() or getattr(self.socket, "wants_to_write", False))

    def handle_write(self) -> None:
        """Send, and go on with a handshake."""
        if getattr(self.socket, "wants_to_write", False):
            self.handle_read()
        super().handle_write()

    def handle_read(self) -> None:
        """Take what has come."""
        try:
            data = self.recv(self.adj.recv_bytes)
        except BlockingIOError:  # of a TLS record, or a handshake, there is a part
            return
        except (OSError, ValueError):  # no TLS, or none that we speak
            self.handle_close()
            return
        if data:
            self.received(data)

    def handle_error(self) -> None:
        """Something broke in waitress itself: where, and nothing of what was said."""
        _log.error("a connection to the pages failed", **told())
        self.handle_close()


class PageServer(TcpWSGIServer):
    """The listening port and its connections."""

    channel_class = Channel
    active_channels: dict[int, Channel]  # type: ignore[assignment]
    _map: dict[int, Any]

    def __init__(
        self, app: Any, listener: Any, room: Room, context: ssl.SSLContext | None, adj: Adjustments
    ) -> None:
        """Serves nobody before `run`. `context`: for TLS; None for plain HTTP."""
        self.context, self._room = context, room
        self._look_at = 0.0
        self._end_at = _NEVER
        address = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(app, _sock=listener, adj=adj, bind_socket=False, sockinfo=address)

    def readable(self) -> bool:
        """Whether somebody can be let in. waitress asks in every round of its loop."""
        now = time.monotonic()
        if self._end_at != _NEVER and (now >= self._end_at or not any(map(_is_sending, self._channels()))):
            self.asyncore.close_all(self._map, ignore_all=True)
            return False
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            self._look_after(now)
        has_room = len(self.active_channels) < self._room.connections or bool(self._waiting())
        return bool(self.accepting and has_room and self._end_at == _NEVER)

    def handle_accept(self) -> None:
        """Let one in, and make room for it."""
        try:
            let_in = self.accept()
        except OSError as error:
            if error.errno in _NO_FILES:
                self._drop_oldest()
            return
        if let_in is None:
            return
        sock, address = let_in
        oldest = self._room.to_drop(self._waiting(), len(self.active_channels), network_of(str(address[0])))
        try:
            self.set_socket_options(sock)
            self.channel_class(self, sock, address, self.adj, map=self._map)
        except (OSError, ValueError):  # gone again
            sock.close()
        # Only now: its number must not become the newcomer's while the loop still has news of the old one.
        if oldest is not None:
            oldest.handle_close()

    def end(self, within_s: float) -> None:
        """From another thread: send what is answered already, for so long at the most, and end."""
        self._end_at = time.monotonic() + within_s
        self.pull_trigger()

    def _channels(self) -> list[Channel]:
        return list(self.active_channels.values())  # a worker may take one out

    def _waiting(self) -> list[Channel]:
        return [each for each in self._channels() if each.is_waiting]

    def _look_after(self, now: float) -> None:
        for each in self._channels():
            if each.is_overdue(now):
                each.handle_close()
        waiting = sorted(self._waiting(), key=lambda each: each.held_bytes)
        held = sum(each.held_bytes for each in waiting)
        while held > MAX_HELD_BYTES:
            largest = waiting.pop()
            held -= largest.held_bytes
            largest.handle_close()

    def _drop_oldest(self) -> None:
        oldest = min(self._waiting(), key=lambda each: each.since, default=None)
        if oldest is not None:
            oldest.handle_close()


def _is_sending(channel: Channel) -> bool:
    return bool(channel.total_outbufs_len)
