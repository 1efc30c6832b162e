"""The list of what was erased: a file of its own, so that an older backup cannot bring it back.

`erasures` in the data directory has a line for each case: its random id, when, why, the roles of who did it
and the mark of its code, so that its sender is told the same after a restore. It is only ever added to, holds
nothing of any content, and belongs with every backup that is carried to another machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from server.domain.problems import Problem
from server.services.context import Context
from server.services.line_file import add_line

FILE = "erasures"
_SIGNS = frozenset("0123456789abcdef-")


class Erasure(NamedTuple):
    """A line: the case's id, when it was erased (ms UTC); then, not in old lines, why, by which roles, and
    what `erasure.code_mark` makes of its code."""

    id: str
    at: int
    why: str = ""
    roles: tuple[str, ...] = ()
    mark: str = ""


def path_of(ctx: Context) -> Path:
    """Where the list lies."""
    return Path(ctx.settings.data) / FILE


def read(ctx: Context) -> list[Erasure]:
    """The list, the oldest first. A line that a power cut has torn is the beginning of one: it is left aside.

    Its case was not erased either: the line comes before the commit. Raises `Problem("bad-erasures-file")`
    for anything else that is no line of ours.
    """
    path = path_of(ctx)
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        id, at, why, roles, mark = (*line.split(" "), "", "", "", "")[:5]
        if not at and set(id) <= _SIGNS:
            continue
        if not set(id) <= _SIGNS or not (at.isdecimal() and at.isascii()):
            raise Problem("bad-erasures-file", path=str(path), line=number)
        found.append(Erasure(id, int(at), why, tuple(filter(None, roles.split(","))), mark))
    return found


class Listed:
    """Whether an id stands in the list, read anew whenever it has grown."""

    def __init__(self, ctx: Context) -> None:
        """Reads nothing yet."""
        self._ctx = ctx
        self._size = 0
        self._ids: frozenset[str] = frozenset()

    def __contains__(self, id: str) -> bool:
        """Raises as `read` does."""
        try:
            size = path_of(self._ctx).stat().st_size
        except OSError:
            return False
        if size != self._size:
            self._ids = frozenset(each.id for each in read(self._ctx))
            self._size = size
        return id in self._ids


def add(ctx: Context, erasure: Erasure) -> None:
    """Add a case, and see it on the disk. Raises `Problem("cannot-write")`."""
    words = (erasure.id, str(erasure.at), erasure.why, ",".join(erasure.roles), erasure.mark)
    add_line(path_of(ctx), " ".join(words).rstrip())
