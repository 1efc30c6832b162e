"""MQTT byte by byte, for what no client library would send or survive."""

from __future__ import annotations

import socket
import time
from typing import Any

CONNACK, PUBLISH, PUBACK, PUBREC, PUBCOMP, SUBACK = 0x20, 0x30, 0x40, 0x50, 0x70, 0x90
PINGREQ, PINGRESP = b"\xc0\x00", 0xD0


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
    return packet(
        0x30 | qos << 1 | flags, text(topic) + (number.to_bytes(2, "big") if qos else b"") + payload
    )


def connect(
    user: str | None = "k1",
    password: str | None = "",
    *,
    client: str | None = None,
    will: tuple[str, bytes] | None = None,
    name: str = "MQTT",
    level: int = 4,
    keep_alive: int = 60,
) -> bytes:
    """A CONNECT; for version 5 with its properties. `client`: the client id, the user's name by default.

    Without a user, nobody says who he is. The will is retained, with QoS 1.
    """
    properties = b"\x05\x11\x00\x00\x00\x3c" if level == 5 else b""
    flags = 0x02 | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    body = text(client if client is not None else user or "")
    if will:
        flags |= 0x2C
        body += text(will[0]) + len(will[1]).to_bytes(2, "big") + will[1]
    body += b"".join(text(each) for each in (user, password) if each is not None)
    return packet(
        0x10, text(name) + bytes([level, flags]) + keep_alive.to_bytes(2, "big") + properties + body
    )


def subscribe(number: int, *topics: str) -> bytes:
    """A SUBSCRIBE, each with QoS 1."""
    return packet(0x82, number.to_bytes(2, "big") + b"".join(text(each) + b"\x01" for each in topics))


class RawClient:
    """One connection; what it says and hears are bytes."""

    def __init__(self, port: int, within_s: float = 15) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), within_s)

    def enter(self, user: str, password: str, **options: Any) -> RawClient:
        """Connect as a device."""
        self.socket.sendall(connect(user, password, **options))
        assert self.heard() == (CONNACK, b"\x00\x00")
        return self

    def is_let_in(self, user: str | None, password: str | None, **options: Any) -> bool:
        """Whether the broker takes these."""
        self.socket.sendall(connect(user, password, **options))
        return self.heard() == (CONNACK, b"\x00\x00")

    def is_held(self) -> bool:
        """Whether the broker still answers on this connection; what came before its answer is read away."""
        return self.settle() is not None

    def settle(self) -> list[str] | None:
        """The topics of the messages that came before the broker's answer to a PINGREQ; None: it hung up."""
        topics = []
        try:
            self.socket.sendall(PINGREQ)
            while (heard := self.heard()) is not None:
                first, body = heard
                if first == PINGRESP:
                    return topics
                if first & 0xF0 == PUBLISH:
                    topics.append(body[2 : 2 + int.from_bytes(body[:2], "big")].decode())
        except OSError:
            pass
        return None

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
