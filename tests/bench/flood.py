"""One device says as much as its line takes: how late the others' receipts are, what the memory does.

python -m tests.bench.flood PORT PASSWORD KIND SECONDS   (the flood itself, as a process of its own)
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from server.services.network.certificate_terms import BROKER_FILES
from survey_defs import wire
from tests.bench.report import figure
from tests.support.broker_line import Line, open_line
from tests.support.device import Device, batch, event
from tests.support.raw_mqtt import RawClient, publish

_HOG, _SCHOOL = "k1", "mau"
_FLOOD_S = 15
_BYTES_PER_S = 12_000_000
"""What a line of 100 Mbit/s carries."""
_EVERY_S = 0.25
_KINDS = {
    "answers": "batches of 20 answers",
    "full": "batches of 64 answers",
    "rubbish": "rubbish of 200 KB",
    "small": "rubbish of some bytes",
    "small-0": "rubbish of some bytes with QoS 0",
    "health": "words of its health",
}


def payloads(kind: str) -> Iterator[tuple[str, bytes]]:
    """(leaf, payload) without an end; ids and numbers are all different."""
    journal, seq = str(uuid.uuid4()), 0
    blob = os.urandom(200_000)
    while True:
        seq += 1
        if kind in ("answers", "full"):
            size = 20 if kind == "answers" else 64
            events = [event(size * seq + n, journal=journal, boot=journal) for n in range(size)]
            yield "up", wire.encode_batch(journal, 5_000_000, None, False, events)
        elif kind == "rubbish":
            yield "up", seq.to_bytes(8, "big") + blob
        elif kind == "small":
            yield "up", b"rubbish %d" % seq
        else:
            yield "health", b'{"v":1,"outbox":%d}' % seq


def flood(port: int, password: str, kind: str, seconds: float, most: int = 0) -> int:
    """Send as fast as the broker takes it, until it puts us out; how many messages went out."""
    kind, qos = (kind.removesuffix("-0"), 0) if kind.endswith("-0") else (kind, 1)
    made = payloads(kind)
    bulk = 1 if kind == "rubbish" else 50
    rounds = [
        [(wire.topic(_SCHOOL, _HOG, leaf), body) for leaf, body in (next(made) for _ in range(bulk))]
        for _ in range(20 if kind == "rubbish" else 200 if kind in ("answers", "full") else 2000)
    ]
    client = RawClient(port, within_s=60).enter(_HOG, password)
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=_drain, args=(client.socket,), daemon=True).start()
    print("ready", flush=True)
    began, sent, out = time.monotonic(), 0, 0
    until = began + seconds
    with contextlib.suppress(ConnectionError):  # it is put out
        while time.monotonic() < until and not (most and sent >= most):
            for part in rounds:
                packets = [
                    publish(topic, body, 1 + (sent + n) % 60_000, qos=qos)
                    for n, (topic, body) in enumerate(part)
                ]
                client.socket.sendall(b"".join(packets))
                sent += len(part)
                out += sum(map(len, packets))
                if (ahead := out / _BYTES_PER_S - (time.monotonic() - began)) > 0:
                    time.sleep(ahead)
                if time.monotonic() > until or (most and sent >= most):
                    break
        client.socket.shutdown(socket.SHUT_WR)
    return sent


def _drain(line: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        while line.recv(65536):
            pass


def run() -> None:
    """Both brokers, every kind of flood; mosquitto also where it cannot be told to put anybody out."""
    for broker, is_told in (("embedded", True), ("mosquitto", True), ("mosquitto", False)):
        for kind, words in _KINDS.items():
            with (
                tempfile.TemporaryDirectory(prefix="hailong-bench-") as directory,
                open_line(Path(directory), broker) as line,
            ):
                if not is_told:
                    (line.data / BROKER_FILES).unlink()
                _measure(line, broker if is_told else f"{broker} untold", kind, words)


def _measure(line: Line, broker: str, kind: str, words: str) -> None:
    others = [
        Device(line.port, name, line.passwords[name], school=school).listen()
        for name, school in (("k2", "mau"), ("k3", "khac"))
    ]
    before = _memory_mb(line)
    arguments = [str(line.port), line.passwords[_HOG], kind, str(_FLOOD_S)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.flood", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    late, number, until = [], 0, time.monotonic() + _FLOOD_S + 5
    while time.monotonic() < until:
        number += 1
        for other in others:
            one = event(number, journal=f"bench-{other.device}")
            began = time.monotonic()
            other.client.publish(other.topic("up"), batch(one), qos=1)
            try:
                other.outcome(one["id"], within_s=60)
            except AssertionError:
                late.append(60.0)
                break
            late.append(time.monotonic() - began)
            other.received.clear()
        time.sleep(_EVERY_S)
    sent = process.communicate()[0].strip()
    late.sort()
    p99 = late[min(len(late) - 1, int(len(late) * 0.99))]
    where = f"{broker}, {words}"
    figure(f"{where}: messages sent", sent)
    figure(f"{where}: others' receipts p50", f"{1000 * late[len(late) // 2]:,.0f} ms")
    figure(f"{where}: others' receipts p99 of {len(late)}", f"{p99:.2f} s", "≤ 2 s")
    figure(f"{where}: memory of the server", f"{before:.0f} → {_memory_mb(line):.0f} MB")
    size = (line.data / "hailong.db").stat().st_size / 1e6
    figure(f"{where}: the store", f"{size:.0f} MB")
    for other in others:
        other.close()


def _memory_mb(line: Line) -> float:
    for row in Path(f"/proc/{line.server.pid}/status").read_text(encoding="ascii").splitlines():
        if row.startswith("VmRSS"):
            return int(row.split()[1]) / 1000
    return 0.0


if __name__ == "__main__":
    print(flood(int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])))
