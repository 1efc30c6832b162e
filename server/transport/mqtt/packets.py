"""The few packets of MQTT 3.1.1 that a client exchanges with its broker at QoS 1, to and from bytes.

Source: MQTT Version 3.1.1, OASIS Standard, 29 October 2014, chapters 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from server.domain.addresses import Broker

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 0x20, 0x30, 0x40, 0x90, 0xD0
"""The upper half of a packet's first byte says what it is."""
PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"
REFUSED_SUBSCRIPTION = 0x80
REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "our client name is not allowed",
    3: "it is not available",
    4: "the user name or password is wrong",
    5: "we are not authorised",
}
"""Why a broker does not let us in, by the code in its CONNACK."""


class ProtocolError(Exception):
    """What came is no MQTT, or nothing that was to come here."""


class Message(NamedTuple):
    """A message that the broker passed on. `number` is what it is acknowledged by; QoS 0 has none."""

    topic: str
    payload: bytes
    retain: bool
    number: int | None


def connect(client_id: str, broker: Broker, *, clean: bool, keepalive_s: int) -> bytes:
    """The first packet: who we are, and whether the broker is to forget what it kept for us."""
    flags, fields = 0x02 if clean else 0, [_text(client_id)]
    if broker.username is not None:
        flags |= 0x80
        fields.append(_text(broker.username))
        if broker.password is not None:
            flags |= 0x40
            fields.append(_text(broker.password))
    head = _text("MQTT") + bytes((4, flags)) + _number(keepalive_s)
    return _packet(0x10, head + b"".join(fields))


def subscribe(number: int, topics: Sequence[str]) -> bytes:
    """Ask for topics, with at most QoS 1."""
    return _packet(0x82, _number(number) + b"".join(_text(topic) + b"\x01" for topic in topics))


def publish(topic: str, payload: bytes, number: int, *, retain: bool) -> bytes:
    """Send a message with QoS 1."""
    return _packet(0x33 if retain else 0x32, _text(topic) + _number(number) + payload)


def acknowledgements(messages: Iterable[Message]) -> bytes:
    """A PUBACK for each message that asks for one."""
    return b"".join(
        b"\x40\x02" + _number(message.number) for message in messages if message.number is not None
    )


def split(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Take the whole packets out of `buffer`: first byte and body of each. Raises `ProtocolError`."""
    packets = []
    at, end = 0, len(buffer)
    while at < end:
        start, size, shift = at + 1, 0, 0
        while start < end:
            byte = buffer[start]
            size |= (byte & 0x7F) << shift
            start += 1
            if byte < 0x80:
                break
            shift += 7
            if shift > 21:
                raise ProtocolError("a length of more than four bytes")
        else:
            break  # the length is not all there yet
        if start + size > end:
            break
        packets.append((buffer[at], bytes(buffer[start : start + size])))
        at = start + size
    del buffer[:at]
    return packets


def read_message(first: int, body: bytes) -> Message:
    """The message in a PUBLISH. Raises `ProtocolError`."""
    after = 2 + int.from_bytes(body[:2], "big")
    qos = first >> 1 & 3
    if qos > 1 or len(body) < after + 2 * qos:
        raise ProtocolError("a message that we did not ask for, or cut short")
    topic = body[2:after].decode("utf-8", "replace")
    if qos == 0:
        return Message(topic, body[after:], bool(first & 1), None)
    return Message(topic, body[after + 2 :], bool(first & 1), int.from_bytes(body[after : after + 2], "big"))


def _packet(first: int, body: bytes) -> bytes:
    length, left = bytearray((first,)), len(body)
    while left > 0x7F:
        length.append(left & 0x7F | 0x80)
        left >>= 7
    length.append(left)
    return bytes(length) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    return _number(len(raw)) + raw


def _number(number: int) -> bytes:
    return number.to_bytes(2, "big")
