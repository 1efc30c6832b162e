"""Wi-Fi, as both boards have it. Nothing else knows `network`."""

import asyncio
import errno
import sys

import network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LOOK_S = 0.2
_WPA2 = 0x00400004 if sys.platform == "rp2" else 3
"""WPA2 with AES and nothing older: CYW43_AUTH_WPA2_AES_PSK of the Pico W, WIFI_AUTH_WPA2_PSK of the ESP32."""


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

    def open_access_point(self, name: str, password: str) -> None:
        """Let phones come to the box itself, by WPA2. Raises OSError where the board would do without."""
        self._host = network.WLAN(network.AP_IF)
        # Before it is active, so that it is not open for a moment; older ports have older names for these.
        try:
            self._host.config(ssid=name, key=password, security=_WPA2)
        except (ValueError, TypeError):
            self._host.config(ssid=name, password=password, authmode=_WPA2)
        self._host.active(True)
        try:
            is_open = self._host.config("security") == 0
        except (ValueError, OSError):
            is_open = False  # it was taken above, and this port does not tell
        if is_open:
            self.close_access_point()
            raise OSError(errno.EINVAL)

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
