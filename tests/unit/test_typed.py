"""Typed values are read by many threads at once; a type is new to each program once."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("server", "kiosk", "survey_defs", "simulator")

MANY_THREADS = """
import sys, threading
from msgspec import Struct, defstruct
from survey_defs.typed import from_json, from_msgpack, from_plain

sys.setswitchinterval(1e-6)
READ = [
    lambda shape: from_json(b'{"one": {"a": 1}, "two": {"a": 2}}', shape),
    lambda shape: from_plain({"one": {"a": 1}, "two": {"a": 2}}, shape),
    lambda shape: from_msgpack(b"\\x82\\xa3one\\x81\\xa1a\\x01\\xa3two\\x81\\xa1a\\x02", shape),
]
for number in range(400):
    inner = [defstruct(f"Inner{each}", [("a", int), ("b", dict[str, int], {})]) for each in range(2)]
    shape = defstruct("Outer", [("one", inner[0]), ("two", inner[1])])
    together, read = threading.Barrier(8), []

    def one(way):
        together.wait()
        read.append(READ[way](shape).two.a)

    threads = [threading.Thread(target=one, args=(way % 3,)) for way in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [2] * 8
"""


def test_threads_may_read_the_same_new_type_at_once() -> None:
    """msgspec alone ends the program here, within the first hundred types."""
    done = subprocess.run(
        [sys.executable, "-c", MANY_THREADS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stderr)


def test_nothing_else_reads_into_a_type() -> None:
    found = []
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        if path.name == "typed.py":
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name, words = ast.unparse(call.func), {word.arg for word in call.keywords}
            if name in ("msgspec.convert", "convert") or name.endswith(".Decoder"):
                found.append(f"{path}:{call.lineno}")
            if name.startswith("msgspec.") and name.endswith(".decode") and "type" in words:
                found.append(f"{path}:{call.lineno}")
    assert found == []
