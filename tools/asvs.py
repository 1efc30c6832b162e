"""Reads docs/asvs.md, counts what it says, and writes the counts at its top.

.venv/bin/python -m tools.asvs          writes the counts
.venv/bin/python -m tools.asvs --check  only says whether they are those of the rows
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "asvs.md"
STATES = ("met", "partly", "not met")
APART = "does not apply"
_ID = re.compile(r"V\d+\.\d+\.\d+")
_BEGIN, _END = "<!-- counts: written by tools/asvs.py -->\n", "<!-- end of the counts -->\n"


class Row(NamedTuple):
    """One requirement: its id, its level (0 where the page does not name it), how it stands, and how so."""

    id: str
    level: int
    state: str
    how: str


def rows(text: str) -> list[Row]:
    """Every requirement that the page names, in its order. ValueError for a line that is no row."""
    found: list[Row] = []
    for line in text.splitlines():
        if line.startswith("| V"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) != 5 or not _ID.fullmatch(cells[0]):
                raise ValueError(f"no row of five cells: {line[:60]}")
            found.append(Row(cells[0], int(cells[1]), cells[3], cells[4]))
        elif line.startswith("- V"):
            ids, _, reason = line[2:].partition(": ")
            found += [Row(id.strip(), 0, APART, reason) for id in ids.split(",")]
    return found


def counts(text: str, levels: dict[str, int]) -> str:
    """The table for the top. `levels`: of every id, from the standard."""
    head = ["level", "requirements", "apply", *STATES, APART]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, of in (("1", {1}), ("2", {2}), ("1 and 2", {1, 2})):
        states = [row.state for row in rows(text) if levels.get(row.id) in of]
        said = [states.count(state) for state in STATES]
        figures = [len(states), sum(said), *said, states.count(APART)]
        lines.append(f"| {name} | {' | '.join(map(str, figures))} |")
    return "\n".join(lines) + "\n"


def levels() -> dict[str, int]:
    """The ids of ASVS 5.0.0 at levels 1 and 2, and which it is."""
    lines = (ROOT / "tests" / "unit" / "asvs_5_0_ids.txt").read_text(encoding="ascii").splitlines()
    return {id: int(level) for id, level in (line.split() for line in lines)}


def with_counts(text: str) -> str:
    """The page with the counts of its rows."""
    before, _, rest = text.partition(_BEGIN)
    return before + _BEGIN + counts(text, levels()) + _END + rest.partition(_END)[2]


def main() -> int:
    """Write the counts, or with `--check` compare them; 1 where they are not those of the rows."""
    text = PAGE.read_text(encoding="utf-8")
    fresh = with_counts(text)
    if "--check" not in sys.argv:
        PAGE.write_text(fresh, encoding="utf-8")
    elif fresh != text:
        print("docs/asvs.md counts other than its rows: run python -m tools.asvs.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
