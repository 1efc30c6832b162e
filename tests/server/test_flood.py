"""One device says as much as its line takes: the others are heard between, and nothing grows without end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.services.letters import MAX_A_DAY, MAX_BYTES_A_DAY, SAMPLE_BYTES
from survey_defs import wire
from tests.support.broker_line import Line, open_line
from tests.support.commands import hailong
from tests.support.device import batch, event
from tests.support.raw_mqtt import RawClient, publish

UP = wire.topic("mau", "k1", "up")
BATCHES, EVENTS = 1000, 20


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with open_line(tmp_path_factory.mktemp("line"), request.param) as line:
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


def memory_mb(line: Line) -> float:
    rows = Path(f"/proc/{line.server.pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1000


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
    assert grown[-1] - grown[0] < 60, told
    assert line.rows("SELECT SUM(kept + counted) FROM letter_counts") == [(sent,)]
    ((kept, size),) = line.rows("SELECT COUNT(*), SUM(length(payload)) FROM dead_letters")
    assert kept <= MAX_A_DAY
    assert size <= MAX_BYTES_A_DAY + MAX_A_DAY * SAMPLE_BYTES
    assert hailong("doctor", "--json", "--data", line.data)["sound"]


def _read(client: RawClient) -> None:
    with contextlib.suppress(OSError):
        while client.socket.recv(65536):
            pass
