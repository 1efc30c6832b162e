"""A port of the embedded broker: so many clients are held, and no more, that have not said who they are."""

import contextlib
import socket
import time
from dataclasses import dataclass
from typing import Any

from server.domain.network.addresses import network_of
from server.transport.ports.connection_limits import Room


@dataclass
class _Silent:
    line: socket.socket
    network: str
    since: float


class GuardedListener(socket.socket):
    """asyncio accepts from it as from any other; who makes room for a newcomer is shut down, and ends so."""

    def __init__(self, listener: socket.socket, room: Room) -> None:
        """Takes the listening socket over."""
        super().__init__(fileno=listener.detach())
        self.setblocking(False)
        self._room = room
        self._silent: dict[Any, _Silent] = {}

    def accept(self) -> tuple[socket.socket, Any]:
        """One more connection, silent until `heard`."""
        line, address = super().accept()
        self._silent = {peer: each for peer, each in self._silent.items() if each.line.fileno() >= 0}
        network = network_of(str(address[0]))
        oldest = self._room.to_drop(self._silent.values(), len(self._silent), network)
        if oldest is not None:
            self._silent = {peer: each for peer, each in self._silent.items() if each is not oldest}
            with contextlib.suppress(OSError):
                oldest.line.shutdown(socket.SHUT_RDWR)
        self._silent[address[:2]] = _Silent(line, network, time.monotonic())
        return line, address

    def heard(self, peer: Any) -> None:
        """Whoever connects from there has said who it is, and goes for nobody. `peer`: host and port."""
        self._silent.pop(tuple(peer or ())[:2], None)
