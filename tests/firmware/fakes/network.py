"""Wi-Fi without the air: one network, `BOX_WIFI` ("name:password", taken for granted where it is not set).

`wifi off` on standard input takes it away. What goes over it are this machine's own sockets.
"""

import os

import machine

STA_IF, AP_IF = 0, 1


class WLAN:
    def __init__(self, kind):
        self._kind = kind
        self._active = self._joined = False
        self._settings = {}

    def active(self, on=None):
        if on is None:
            return self._active
        self._active = on
        if self._kind == AP_IF:
            wpa2 = self._settings.get("security") == 3 and len(self._settings.get("key", "")) >= 8
            how = "by WPA2" if wpa2 else "without a password"
            print("access point", "open" if on else "closed", self._settings.get("ssid"), how)
        self._joined = self._joined and on
        return None

    def config(self, name=None, **settings):
        if name is not None:
            return self._settings[name]
        self._settings.update(settings)
        return None

    def scan(self):
        known = (os.getenv("BOX_WIFI") or "Truong:x").split(":")[0]
        near = [(known.encode(), b"", 1, -50, 3, 0), (b"Quan ca phe", b"", 6, -80, 3, 0)]
        return near if machine.wifi[0] else near[1:]

    def connect(self, ssid, password):
        known = os.getenv("BOX_WIFI")
        self._settings["ssid"] = ssid
        # Like an ESP32, it goes on trying by itself.
        self._joined = self._active and (known is None or known == ssid + ":" + (password or ""))

    def disconnect(self):
        self._joined = False

    def isconnected(self):
        machine.look()
        return self._joined and machine.wifi[0]

    def status(self, what):
        return -61

    def ifconfig(self):
        return ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")
