"""MQTT byte by byte, for what no client library would send or survive."""

from __future__ import annotations

import socket
import time

PUBACK, PUBREC, PUBCOMP, CONNACK = 0x40, 0x50, 0x70, 0x20


def text(value: str) -> bytes:
    """A string with its length."""
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


def packet(first: int, body: bytes) -> bytes:
    """A packet with the length of its body."""
    length, left = bytearray(), len(body)
    while True:
        left, part = divmod(left, 128)
        length.append(part | (0x80 if left else 0))
        if not left:
            return bytes([first]) + bytes(length) + body


def publish(topic: str, payload: bytes, number: int, *, qos: int = 1, flags: int = 0) -> bytes:
    """A PUBLISH."""
    return packet(0x30 | qos << 1 | flags, text(topic) + number.to_bytes(2, "big") + payload)


def connect(
    user: str = "k1", password: str = "", *, name: str = "MQTT", level: int = 4, keep_alive: int = 60
) -> bytes:
    """A CONNECT; for version 5 with its properties."""
    properties = b"\x05\x11\x00\x00\x00\x3c" if level == 5 else b""
    head = text(name) + bytes([level, 0xC2]) + keep_alive.to_bytes(2, "big") + properties
    return packet(0x10, head + text(user) + text(user) + text(password))


class RawClient:
    """One connection; what it says and hears are bytes."""

    def __init__(self, port: int, within_s: float = 15) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), within_s)

    def enter(self, user: str, password: str, *, keep_alive: int = 60) -> RawClient:
        """Connect as a device."""
        self.socket.sendall(connect(user, password, keep_alive=keep_alive))
        assert self.heard() == (CONNACK, b"\x00\x00")
        return self

    def say(self, data: bytes, *, slices: int = 1, pause_s: float = 0) -> None:
        """Send, in so many slices."""
        size = -(-len(data) // slices)
        for start in range(0, len(data), size):
            self.socket.sendall(data[start : start + size])
            time.sleep(pause_s)

    def heard(self) -> tuple[int, bytes] | None:
        """The next packet: its first byte and its body; None where the line was ended."""
        first = self._take(1)
        if not first:
            return None
        length, shift = 0, 0
        while True:
            part = self._take(1)[0]
            length |= (part & 0x7F) << shift
            if part < 0x80:
                return first[0], self._take(length)
            shift += 7

    def close(self) -> None:
        """Hang up without a word."""
        self.socket.close()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            try:
                more = self.socket.recv(length - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                return b""
            data += more
        return data
