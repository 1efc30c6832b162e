"""Wi-Fi, as both boards have it. Nothing else knows `network`."""

import asyncio

import network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LOOK_S = 0.2


class Net:
    """The box as a guest in the school's Wi-Fi, or as an access point of its own while it is set up."""

    def __init__(self) -> None:
        self._guest: Any = network.WLAN(network.STA_IF)
        self._host: Any = None

    def scan(self) -> "list[tuple[str, int]]":
        """(name, strength in dBm) of the networks in reach, strongest first; blocks for two seconds."""
        self._guest.active(True)
        found: dict[str, int] = {}
        try:
            for row in self._guest.scan():
                try:
                    name = str(row[0], "utf-8")
                except (UnicodeError, ValueError):
                    continue
                if name.strip("\x00") and row[3] > found.get(name, -1000):
                    found[name] = row[3]
        except OSError:
            pass  # the radio is busy; somebody can type the name
        return sorted(found.items(), key=lambda each: -each[1])

    def open_access_point(self, name: str) -> None:
        """Let phones come to the box itself. Open: it shows one page, and only while somebody sets it up."""
        self._host = network.WLAN(network.AP_IF)
        # ESP32 takes these before it is active, the Pico W knows `security` where the other says `authmode`.
        try:
            self._host.config(ssid=name, security=0)
        except (ValueError, TypeError):
            self._host.config(ssid=name, authmode=0)
        self._host.active(True)

    def close_access_point(self) -> None:
        """No guests any more."""
        if self._host is not None:
            self._host.active(False)
            self._host = None

    def address(self) -> str:
        """Of the box in its own network."""
        return str(self._host.ifconfig()[0]) if self._host is not None else ""

    async def connect(self, ssid: str, password: str, timeout_s: float) -> bool:
        """Join a network; whether that was done in time. At once where it is up already with that name."""
        if self.is_up() and self._guest.config("ssid") == ssid:
            return True
        self._guest.active(True)
        try:
            self._guest.disconnect()
        except OSError:
            pass
        try:
            self._guest.connect(ssid, password or None)
        except OSError:
            return False
        left = timeout_s
        while left > 0:
            if self.is_up():
                return True
            await asyncio.sleep(_LOOK_S)
            left -= _LOOK_S
        return self.is_up()

    def is_up(self) -> bool:
        """Whether the box has an address in the school's network."""
        return bool(self._guest.isconnected())

    def rssi(self) -> "int | None":
        """The strength of the network it is in, dBm; None where that cannot be told."""
        try:
            return int(self._guest.status("rssi")) if self.is_up() else None
        except (OSError, ValueError, TypeError):
            return None

    def down(self) -> None:
        """Radio off."""
        try:
            self._guest.disconnect()
        except OSError:
            pass
        self._guest.active(False)
