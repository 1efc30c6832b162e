"""A publisher that is never the bottleneck: packets made beforehand, written in bulk, own window.

    python -m tests.bench.publisher PORT USER TOPIC EVENTS PER_MESSAGE [RECEIPTS]   (password in PASSWORD)

Prints `ready`, waits for a line on its standard input, publishes at QoS 1, prints `done`. With a topic of
receipts it waits for those, as devices do, and not for the broker's acknowledgements alone: of one device no
more than its window waits at the server.
"""

import os
import re
import socket
import struct
import sys
import uuid

from survey_defs import wire
from tests.support.device import event

_WINDOW = 200
_WINDOW_MESSAGES, _WINDOW_ANSWERS = 450, 3000
"""Without a receipt: less than the server's window, in messages and in bytes."""
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, digit = divmod(size, 128)
        out.append(digit | (128 if size else 0))
        if not size:
            return bytes(out)


def _field(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("!H", len(raw)) + raw


def connect_packet(client: str, user: str, password: str) -> bytes:
    """MQTT 3.1.1 CONNECT with a clean session."""
    body = (
        _field("MQTT")
        + bytes([4, 0xC2])
        + struct.pack("!H", 0)
        + _field(client)
        + _field(user)
        + _field(password)
    )
    return b"\x10" + _length(len(body)) + body


def publish_packet(topic: str, payload: bytes, number: int) -> bytes:
    """MQTT 3.1.1 PUBLISH at QoS 1."""
    body = _field(topic) + struct.pack("!H", number) + payload
    return b"\x32" + _length(len(body)) + body


def _subscribe_packet(topic: str) -> bytes:
    body = struct.pack("!H", 1) + _field(topic) + b"\x00"
    return b"\x82" + _length(len(body)) + body


def messages(events: int, per_message: int, journal: str = "bench") -> list[bytes]:
    """Batches of answers as a kiosk sends them; ids and sequence numbers are all different."""
    boot = "bench-" + journal
    out = []
    for first in range(1, events + 1, per_message):
        batch = [
            event(
                seq,
                journal=journal,
                boot=boot,
                up_ms=1000 + seq,
                answers={"rating": 1 + seq % 5, "timeliness": "dung-hen"},
            )
            for seq in range(first, min(first + per_message, events + 1))
        ]
        out.append(wire.encode_batch(boot, 5_000_000, None, False, batch))
    return out


def main() -> None:
    """See the module."""
    port, user, topic, events, per_message, *receipts = sys.argv[1:]
    payloads = messages(int(events), int(per_message), journal=str(uuid.uuid4()))
    packets = [publish_packet(topic, p, 1 + i % 60000) for i, p in enumerate(payloads)]
    connection = socket.create_connection(("127.0.0.1", int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(connect_packet("bench-" + uuid.uuid4().hex[:8], user, os.environ.get("PASSWORD", "")))
    answer = connection.recv(4)
    if answer[3:4] != b"\x00":
        sys.exit(f"refused by the broker: {answer!r}")
    for each in receipts:
        connection.sendall(_subscribe_packet(each))
    print("ready", flush=True)
    sys.stdin.readline()
    if receipts:
        _with_receipts(connection, packets, int(per_message))
        return
    sent = acknowledged_bytes = 0
    # Every PUBACK is four bytes, and nothing else comes back.
    while acknowledged_bytes < 4 * len(packets):
        room = _WINDOW - (sent - acknowledged_bytes // 4)
        if room >= _WINDOW // 2 and sent < len(packets):
            connection.sendall(b"".join(packets[sent : sent + room]))
            sent = min(len(packets), sent + room)
        acknowledged_bytes += len(connection.recv(65536))
    print("done", flush=True)


def _with_receipts(connection: socket.socket, packets: list[bytes], per_message: int) -> None:
    window = min(_WINDOW_MESSAGES, _WINDOW_ANSWERS // per_message)
    sent = told = 0
    rest = b""
    while told < len(packets) * per_message:
        room = window - (sent - told // per_message)
        if room >= window // 2 and sent < len(packets):
            connection.sendall(b"".join(packets[sent : sent + room]))
            sent = min(len(packets), sent + room)
        rest += connection.recv(65536)
        found = list(_ID.finditer(rest))
        told += len(found)
        rest = rest[found[-1].end() :] if found else rest[-64:]
    print("done", flush=True)


if __name__ == "__main__":
    main()
