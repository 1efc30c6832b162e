"""The server's own few MQTT packets: cut anywhere, and refused where they are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.transport.mqtt import packets
from server.transport.mqtt.packets import Message, ProtocolError

sent = st.tuples(
    st.text(min_size=1, max_size=40), st.binary(max_size=300), st.integers(1, 65535), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(st.lists(sent, max_size=6), st.integers(1, 50))
def test_messages_come_out_whole_however_the_stream_is_cut(
    messages: list[tuple[str, bytes, int, bool]], cut: int
) -> None:
    stream = b"".join(
        packets.publish(topic, payload, number, retain=retain) for topic, payload, number, retain in messages
    )
    buffer, found = bytearray(), []
    for at in range(0, len(stream), cut):
        buffer += stream[at : at + cut]
        found += [packets.read_message(*packet) for packet in packets.split(buffer)]
    assert not buffer
    assert found == [Message(topic, payload, retain, number) for topic, payload, number, retain in messages]


@pytest.mark.parametrize("size", [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_lengths_of_one_to_four_bytes(size: int) -> None:
    payload = bytes(max(size - 5, 0))
    buffer = bytearray(packets.publish("t", payload, 7, retain=False))
    buffer += packets.PINGREQ
    (first, body), ping = packets.split(buffer)
    assert packets.read_message(first, body).payload == payload
    assert ping == (0xC0, b"")


def test_only_what_asks_for_it_is_acknowledged() -> None:
    messages = [Message("t", b"", False, 1), Message("t", b"", False, None), Message("t", b"", False, 258)]
    assert packets.acknowledgements(messages) == b"\x40\x02\x00\x01\x40\x02\x01\x02"


def test_what_is_no_mqtt_is_refused() -> None:
    with pytest.raises(ProtocolError):
        packets.split(bytearray(b"\x30\xff\xff\xff\xff\x01"))
    for first, body in (
        (0x32, b""),
        (0x32, b"\x00\x01t\x00"),
        (0x30, b"\x00\x09t"),
        (0x34, b"\x00\x01t\x00\x01"),
    ):
        with pytest.raises(ProtocolError):
            packets.read_message(first, body)
