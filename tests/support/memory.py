"""What can be read in the memory of a running process."""

import re
from collections.abc import Iterable
from pathlib import Path

ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le")
"""How a text can stand in memory; Python's own strings are as wide as their widest letter, or Latin-1."""


def found_in_memory(pid: int, texts: Iterable[str]) -> dict[str, int]:
    """How often each of the texts stands in the process's memory, in any encoding; those that do not, not."""
    needles = {
        (text, code): text.encode(code, "ignore")
        for text in texts
        for code in (*ENCODINGS, "latin-1")
        if len(text.encode(code, "ignore")) >= len(text)
    }
    found: dict[str, int] = {}
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            span = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if span is None or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(place, 16) for place in span.groups())
            try:
                memory.seek(start)
                content = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue  # what even the process itself cannot read
            for (text, _), needle in needles.items():
                if count := content.count(needle):
                    found[text] = found.get(text, 0) + count
    return found
