"""One device says as much as its line takes: the others are heard between, and nothing grows without end."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.services.answers.dead_letters import MAX_A_DAY, MAX_BYTES_A_DAY, SAMPLE_BYTES
from server.services.network.certificate_terms import BROKER_FILES
from survey_defs import wire
from tests.support.broker_line import Line, open_line
from tests.support.commands import hailong
from tests.support.device import batch, event
from tests.support.raw_mqtt import RawClient, publish

UP = wire.topic("mau", "k1", "up")
BATCHES, EVENTS = 1000, 20
PER_CHUNK = 500


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Its server may not tell mosquitto to put anybody out, as where another user runs it."""
    with open_line(tmp_path_factory.mktemp("line"), request.param) as line:
        (line.data / BROKER_FILES).unlink(missing_ok=True)
        yield line


@pytest.fixture(autouse=True)
def goodbye(line: Line) -> Iterator[None]:
    yield
    line.say_goodbye()


class Hog:
    """A device that sends all that it has at once, and acknowledges nothing."""

    def __init__(self, line: Line, payloads: list[bytes]) -> None:
        self.client = RawClient(line.port, within_s=120).enter("k1", line.passwords["k1"])
        packets = b"".join(publish(UP, payload, 1 + n % 60_000) for n, payload in enumerate(payloads))
        self._sender = threading.Thread(target=self._send, args=(packets,), daemon=True)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._sender.start()
        self._listener.start()

    def has_sent(self, within_s: float) -> bool:
        """Whether the broker has taken all of it within that time."""
        self._sender.join(within_s)
        return not self._sender.is_alive()

    def _send(self, packets: bytes) -> None:
        self.client.socket.sendall(packets)

    def _listen(self) -> None:
        _read(self.client)


class Stream:
    """A device that says short words as fast as they are taken, until `end`."""

    def __init__(self, line: Line, qos: int) -> None:
        self.client = RawClient(line.port, within_s=60).enter("k1", line.passwords["k1"])
        # What already lies on the way when it ends is not to keep the next test waiting.
        self.client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32 * 1024)
        self.sent = 0
        self._chunk = b"".join(publish(UP, b"rubbish %d" % n, n, qos=qos) for n in range(1, PER_CHUNK + 1))
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._send, self._listen)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ending.set()
        self._threads[0].join(60)
        self.client.close()

    def _send(self) -> None:
        while not self._ending.is_set():
            self.client.socket.sendall(self._chunk)
            self.sent += PER_CHUNK

    def _listen(self) -> None:
        _read(self.client)


def memory_mb(line: Line) -> float:
    rows = Path(f"/proc/{line.server.pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1000


def test_rubbish_without_end_is_counted_and_leaves_little(
    line: Line, record_property: Callable[[str, object], None]
) -> None:
    before, sent = memory_mb(line), 0
    grown = []
    for size, count in ((10, 1500), (10, 2500), (100_000, 200)):
        payloads = [b"rubbish %d " % (sent + n) + b"x" * size for n in range(count)]
        sent += count
        hog = Hog(line, payloads)
        assert hog.has_sent(within_s=120)
        witness = line.device("k2").listen()
        one = event(sent, journal=f"rubbish-{sent}")
        witness.send(one)
        assert witness.outcome(one["id"], within_s=60) == {one["id"]: "accepted"}
        counted = "SELECT 1 FROM letter_counts GROUP BY school HAVING SUM(kept + counted) >= ?"
        line.wait_for_row(counted, sent, within_s=60)
        grown.append(memory_mb(line))
        line.say_goodbye()
    told = f"{before:.0f} → {' → '.join(f'{each:.0f}' for each in grown)} MB"
    record_property("memory of the server after 1,500, 4,000 and 200 large malformed messages", told)
    print(f"\n{told}")
    assert grown[-1] - grown[0] < 30, told
    assert line.rows("SELECT SUM(kept + counted) FROM letter_counts") == [(sent,)]
    ((kept, size),) = line.rows("SELECT COUNT(*), SUM(length(payload)) FROM dead_letters")
    assert kept <= MAX_A_DAY
    assert size <= MAX_BYTES_A_DAY + MAX_A_DAY * SAMPLE_BYTES
    assert hailong("doctor", "--json", "--data", line.data)["sound"]


def test_the_others_receipts_come_before_the_end_of_a_flood(line: Line) -> None:
    """Four thousand batches of one device in seconds made every other wait for half a minute."""
    other = line.device("k2").listen()
    seqs = iter(range(1, BATCHES * EVENTS + 1))
    flood = [
        batch(*(event(next(seqs), journal="flood", boot="flood") for _ in range(EVENTS)), boot="flood")
        for _ in range(BATCHES)
    ]
    hog = Hog(line, flood)
    hog.has_sent(within_s=2)  # or as much as the broker takes
    for number in range(1, 6):
        one = event(number, journal="others")
        other.send(one)
        assert other.outcome(one["id"]) == {one["id"]: "accepted"}
    ((stored,),) = line.rows("SELECT COUNT(*) FROM events WHERE journal = 'flood'")
    assert stored < BATCHES * EVENTS, "the others had to wait for the whole flood"
    assert hog.has_sent(within_s=120)
    line.wait_for_row("SELECT 1 FROM events WHERE journal = 'flood'")
    assert "the line to the broker broke" not in line.server.words()


@pytest.mark.parametrize("qos", [0, 1])
def test_the_others_are_heard_through_small_messages_without_end(
    line: Line, qos: int, record_property: Callable[[str, object], None]
) -> None:
    """Ten thousands of them a second stood in one line at mosquitto, and the others waited for a minute."""
    others = [line.device("k2").listen(), line.device("k3", school="khac").listen()]
    before = memory_mb(line)
    stream = Stream(line, qos)
    for number in range(1, 4):
        for other in others:
            one = event(number, journal=f"small-{qos}-{other.device}")
            other.send(one)
            assert other.outcome(one["id"]) == {one["id"]: "accepted"}
    stream.end()
    told = f"{stream.sent} messages, {before:.0f} → {memory_mb(line):.0f} MB"
    record_property("small messages of one device, and the memory of the server", told)
    assert memory_mb(line) - before < 30, told
    assert "the line to the broker broke" not in line.server.words()


def _read(client: RawClient) -> None:
    with contextlib.suppress(OSError):
        while client.socket.recv(65536):
            pass
