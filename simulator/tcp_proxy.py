"""A TCP proxy between each device and the broker, so that connections can break below the clients.

Each device has a port of its own on this machine; what it says there is passed on unread.
"""

import asyncio
import contextlib
from functools import partial


class TcpProxy:
    """One device's line. Used on the loop's thread, `cut` from any."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str, port: int) -> None:
        self._loop, self._host, self._port = loop, host, port
        self._ends: set[asyncio.Transport] = set()
        self._down_until = 0.0
        self._server: asyncio.Server | None = None
        self.cuts = 0
        """How often it was broken while something was on it."""

    async def open(self) -> int:
        """Listen; the port."""
        self._server = await self._loop.create_server(partial(_DeviceSide, self), "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Take it away."""
        if self._server is not None:
            self._server.close()
        self._cut(0.0)

    def cut(self, for_s: float = 0.0) -> None:
        """Break it, without a word to either side; for `for_s` seconds it cannot be made anew."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._cut, for_s)

    def _cut(self, for_s: float) -> None:
        self._down_until = self._loop.time() + for_s
        self.cuts += bool(self._ends)
        for end in list(self._ends):
            end.abort()

    @property
    def is_down(self) -> bool:
        """Whether nobody gets through at this moment."""
        return self._loop.time() < self._down_until

    def took(self, end: asyncio.Transport) -> None:
        """Another end of it."""
        self._ends.add(end)

    def lost(self, end: asyncio.Transport) -> None:
        """An end has gone."""
        self._ends.discard(end)

    async def reach(self, device_side: "_DeviceSide") -> "_BrokerSide":
        """Returns the broker's side of a new connection. Raises OSError."""
        _, broker_side = await self._loop.create_connection(
            partial(_BrokerSide, self, device_side), self._host, self._port
        )
        return broker_side


class _End(asyncio.Protocol):
    """One side: what comes in here goes out there."""

    def __init__(self, proxy: TcpProxy) -> None:
        self.proxy = proxy
        self.transport: asyncio.Transport | None = None
        self.other: _End | None = None
        self.early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream
        self.transport = transport
        self.proxy.took(transport)

    def data_received(self, data: bytes) -> None:
        if self.other is None or self.other.transport is None:
            self.early.append(data)
        else:
            self.other.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.transport is not None:
            self.proxy.lost(self.transport)
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


class _BrokerSide(_End):
    """The broker's side."""

    def __init__(self, proxy: TcpProxy, device_side: "_DeviceSide") -> None:
        super().__init__(proxy)
        self.other = device_side


class _DeviceSide(_End):
    """The device's side."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.proxy.is_down:
            assert self.transport is not None  # noqa: S101 - just made
            self.transport.abort()
            return
        self._reaching = asyncio.ensure_future(self._reach())

    async def _reach(self) -> None:
        assert self.transport is not None  # noqa: S101 - just made
        try:
            broker_side = await self.proxy.reach(self)
        except OSError:
            self.transport.abort()
            return
        if self.transport.is_closing():
            assert broker_side.transport is not None  # noqa: S101 - just made
            broker_side.transport.close()
            return
        assert broker_side.transport is not None  # noqa: S101 - just made
        self.other = broker_side
        broker_side.transport.writelines(self.early)
        self.early.clear()
