"""What can be read in the memory of a running process."""

import re
from collections.abc import Iterable
from pathlib import Path

_SPAN = re.compile(r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) r(?P<writable>[w-]).. \S+ \S+ (?P<file>\d+)")


def found_in_memory(pid: int, texts: Iterable[str | bytes]) -> dict[str | bytes, int]:
    """How often each of the texts stands in the process's memory, in any encoding; those that do not, not.

    Bytes, such as a key's, are sought as they are.
    Python's own strings are as wide as their widest letter, Kivy's are UTF-8. Zero bytes are left out of
    both what is searched and what is searched for: what is then left of two and of four bytes a letter is
    the same, and so is Latin-1 where it can say the text. Files mapped read-only hold nothing of the visit.
    """
    needles = {(text, form.replace(b"\0", b"")) for text in texts for form in _forms(text)}
    found: dict[str | bytes, int] = {}
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            span = _SPAN.match(line)
            if span is None or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            if span["file"] != "0" and span["writable"] == "-":
                continue
            start, end = (int(span[place], 16) for place in ("start", "end"))
            try:
                memory.seek(start)
                content = memory.read(end - start).translate(None, b"\0")
            except (OSError, ValueError, OverflowError):
                continue  # what even the process itself cannot read
            for text, form in needles:
                if count := content.count(form):
                    found[text] = found.get(text, 0) + count
    return found


def _forms(text: str | bytes) -> tuple[bytes, ...]:
    return (text,) if isinstance(text, bytes) else (text.encode(), text.encode("utf-16-le"))
