"""The socket that paho is given: its reads cut anywhere, its writes taken piece by piece."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.transport.mqtt.buffered import BufferedSocket


@pytest.fixture
def pair() -> Iterator[tuple[BufferedSocket, socket.socket]]:
    ours, theirs = _tcp_pair()
    ours.setblocking(False)
    yield BufferedSocket(ours), theirs
    ours.close()
    theirs.close()


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    return ours, theirs


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.lists(st.integers(1, 50), min_size=1))
def test_what_came_is_read_in_pieces_of_any_size(sent: list[bytes], sizes: list[int]) -> None:
    ours, theirs = _tcp_pair()
    with ours, theirs:
        line = BufferedSocket(ours)
        expected, read = b"".join(sent), b""
        for part in sent:
            theirs.sendall(part)
            line.fill()
            read += line.recv(sizes[len(part) % len(sizes)])
        ours.setblocking(False)
        while len(read) < len(expected):
            line.fill()
            if line.pending():
                read += line.recv(sizes[len(read) % len(sizes)])
        assert read == expected
        assert line.pending() == 0


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
