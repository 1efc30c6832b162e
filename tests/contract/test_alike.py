"""Garbled golden messages: whatever CPython makes of one, MicroPython makes the same of it."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
from pathlib import Path

from tests.support.micropython import micropython
from tests.support.vectors import GOLDEN, PROJECT, RUNNER

PIECES = [
    *(
        b'"',
        b",",
        b":",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\\",
        b"\\u00e9",
        b"\\ud83d",
        b"\\ude00",
        b"1",
        b".0",
        b"e5",
        b"-",
    ),
    *(b"null", b"true", b" ", b"\xc3\xa9", b"\xed\xa0\x80", b"0", b"\x00", b"T", b"Z", "ế".encode()),
]
KINDS = ("batch", "event", "receipt", "state", "wall", "box-config")


def garbled(rnd: random.Random, data: bytes) -> bytes:
    """`data` with one to three places cut, changed or put in."""
    for _ in range(rnd.randint(1, 3)):
        at = rnd.randint(0, len(data))
        cut = rnd.choice([0, 0, 1])
        put = rnd.choice([b"", bytes([rnd.randint(0, 255)]), rnd.choice(PIECES), rnd.choice(PIECES)])
        data = data[:at] + put + data[at + cut :]
    return data


def messages(seed: int, count: int) -> list[dict[str, str]]:
    rnd = random.Random(seed)
    plain = [v for v in GOLDEN if v["kind"] in KINDS and "text" in v and len(v["text"]) < 2000]
    found: list[dict[str, str]] = []
    while len(found) < count:
        vector = rnd.choice(plain)
        data = garbled(rnd, vector["text"].encode())
        kind = vector["kind"]
        if kind == "wall" and data.decode(errors="replace").encode() != data:
            continue  # a wall is text by the time it is read
        if kind == "event":  # it may no longer be one event
            head = b'{"v":1,"boot":"b","up_ms":0,"wall":null,"synced":false,"events":['
            kind, data = "batch", head + data + b"]}"
        found.append({"name": f"{len(found)}", "kind": kind, "base64": base64.b64encode(data).decode()})
    return found


def test_garbled_messages_mean_the_same_on_both_sides(tmp_path: Path) -> None:
    sent = messages(seed=20260528, count=1500)
    path = tmp_path / "garbled.json"
    path.write_text(json.dumps(sent), encoding="ascii")
    told = []
    for command in ([sys.executable], [*micropython(), "-X", "heapsize=16M"]):
        done = subprocess.run(
            [*command, str(RUNNER), str(PROJECT), str(path)],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        told.append([json.loads(line) for line in done.stdout.splitlines()][1:])
    assert len(told[0]) == len(sent)
    for message, one, other in zip(sent, *told, strict=True):
        assert one == other, base64.b64decode(message["base64"])
    refused = sum("error" in result for _, result in told[0])
    assert 300 < refused < len(sent) - 300
