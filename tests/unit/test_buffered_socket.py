"""The socket that paho is given: its reads cut anywhere, its writes taken piece by piece, and what finds no
room."""

import socket
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.transport.mqtt.buffered import BufferedSocket, Gate
from tests.support.raw_mqtt import packet, text


@pytest.fixture
def pair() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    ours, theirs = _tcp_pair()
    ours.setblocking(False)
    yield BufferedSocket(ours, _open()[0]), theirs
    ours.close()
    theirs.close()


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    return ours, theirs


def _open(full: frozenset[str] = frozenset()) -> tuple[Gate, Counter[str]]:
    """A gate where some topics are full, and what it was told of them: messages, and bytes under `topic+`."""
    told: Counter[str] = Counter()

    def turned_away(topic: bytes, messages: int, size: int) -> None:
        told[topic.decode()] += messages
        told[topic.decode() + "+"] += size

    return Gate(lambda topic: topic.decode() not in full, turned_away), told


def _read(line: BufferedSocket, sizes: Iterator[int]) -> bytes:
    read = b""
    while line.next_packet():
        read += line.recv(next(sizes))
    return read


class _Message(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    number: int

    def packet(self) -> bytes:
        number = self.number.to_bytes(2, "big") if self.qos else b""
        return packet(0x30 | self.qos << 1, text(self.topic) + number + self.payload)


_messages = st.builds(
    _Message,
    st.sampled_from(["k1", "k2", "k3/a-longer-topic"]),
    st.sampled_from([b"", b"x", b"0123456789" * 11, b"y" * 120, b"z" * 300]),
    st.sampled_from([0, 1]),
    st.integers(1, 65535),
)
_others = st.sampled_from([b"\xd0\x00", b"\x40\x02\x00\x07", b"\x90\x05\x00\x01\x01\x01\x01"])


@settings(deadline=None)  # a stream cut into single bytes
@given(
    st.lists(_messages | _others, max_size=12),
    st.sets(st.sampled_from(["k1", "k3/a-longer-topic"])),
    st.lists(st.integers(1, 400), min_size=1),
    st.lists(st.integers(1, 50), min_size=1),
)
def test_packets_cut_anywhere_come_whole_and_those_without_room_are_acknowledged(
    sent: list[_Message | bytes], full: set[str], cuts: list[int], sizes: list[int]
) -> None:
    _carry(sent, full, cuts, sizes)


def test_large_messages_are_passed_over_as_they_come() -> None:
    large = _Message("k1", b"x" * 3_000_000, 1, 7)
    others = [_Message("k2", b"y" * 20_000, 1, 8), b"\xd0\x00"]
    _carry([large, *others, large], {"k1"}, [65_000], [50_000])


def _carry(sent: list[_Message | bytes], full: set[str], cuts: list[int], sizes: list[int]) -> None:
    ours, theirs = _tcp_pair()
    with ours, theirs:
        gate, told = _open(frozenset(full))
        line = BufferedSocket(ours, gate)
        stream = b"".join(each if isinstance(each, bytes) else each.packet() for each in sent)
        read, cut, size = b"", cycle(cuts), cycle(sizes)
        while stream:
            part = next(cut)
            theirs.sendall(stream[:part])
            line.fill()
            stream = stream[part:]
            read += _read(line, size)
        ours.setblocking(False)
        line.fill()
        read += _read(line, size)
        away = [each for each in sent if isinstance(each, _Message) and each.topic in full]
        kept = [each for each in sent if each not in away]
        assert read == b"".join(each if isinstance(each, bytes) else each.packet() for each in kept)
        expected: Counter[str] = Counter()
        for each in away:
            expected[each.topic] += 1
            expected[each.topic + "+"] += len(each.payload)
        assert told == expected
        assert line.flush()
        acknowledged = [b"\x40\x02" + each.number.to_bytes(2, "big") for each in away if each.qos]
        ours.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: theirs.recv(65536), b"")) == b"".join(acknowledged)


def test_nothing_to_read_is_said_as_a_socket_says_it(pair: tuple[BufferedSocket, socket.socket]) -> None:
    line, _ = pair
    line.fill()
    with pytest.raises(BlockingIOError):
        line.recv(1)


def test_an_end_of_the_connection_is_an_error(pair: tuple[BufferedSocket, socket.socket]) -> None:
    line, theirs = pair
    theirs.close()
    with pytest.raises(ConnectionResetError):
        for _ in range(100):
            line.fill()


def test_writes_wait_for_a_flush_and_what_does_not_fit_for_the_next(
    pair: tuple[BufferedSocket, socket.socket],
) -> None:
    line, theirs = pair
    words = bytes(range(256)) * 40_000  # more than the kernel takes at once
    assert line.send(words[:100]) == 100
    assert line.send(words[100:]) == len(words) - 100
    assert not line.flush()
    theirs.settimeout(5)
    heard = bytearray()
    while len(heard) < len(words):
        heard += theirs.recv(1 << 20)
        line.flush()
    assert bytes(heard) == words
    assert line.flush()
