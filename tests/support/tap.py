"""A tap on a wire: passes bytes on between a client and a server, keeps all of them, and can cut the line."""

import contextlib
import socket
import threading
from types import TracebackType

from tests.support.ports import free_port


class Tap:
    """`with Tap(server_port) as tap`: clients connect to `tap.port`; `tap.heard` is what passed."""

    def __init__(self, server_port: int) -> None:
        self.port = free_port()
        self._server_port = server_port
        self._parts: list[bytes] = []
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._connected = True
        self._listener = socket.create_server(("127.0.0.1", self.port))

    def __enter__(self) -> "Tap":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()

    @property
    def heard(self) -> bytes:
        """All bytes so far, in the order in which they came."""
        with self._lock:
            return b"".join(self._parts)

    def cut(self) -> None:
        """Break every connection and let no new one through, until `mend`."""
        with self._lock:
            self._connected = False
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._connected = True

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                connected = self._connected
            try:
                if not connected:
                    raise ConnectionRefusedError
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                with self._lock:
                    self._parts.append(data)
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
