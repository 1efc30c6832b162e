"""Holds the licence of every part against the allowed ones, and lists them in docs/licences.md.

.venv/bin/python -m tools.licences          writes the list
.venv/bin/python -m tools.licences --check  only says whether it is up to date

A package says its licence in its metadata; where these do not, tools/licences.toml does. Either way a part
whose licence is unknown or not allowed is an error.
"""

import importlib.metadata
import sys
import tomllib
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, get_spdx_licensing

from tools.locked import LOCKS, pins

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "licences.md"
RULES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "licences.toml").read_text(encoding="utf-8"))
_SPDX = get_spdx_licensing()


class LicenceError(Exception):
    """A part whose licence is not known, or not allowed; says which and what to do."""


def licence_of(name: str) -> str:
    """The SPDX expression of a pinned package. Raises `LicenceError` where nobody has said it."""
    try:
        described = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        described = None
    if described is not None and described["License-Expression"]:
        return str(described["License-Expression"])
    if name in RULES["packages"]:
        return str(RULES["packages"][name])
    said = [] if described is None else [described["License"] or "", *_classified(described)]
    for text in said:
        spelled = RULES["spellings"].get(text.strip(), text.strip())
        if spelled in RULES["allowed"]:
            return str(spelled)
    raise LicenceError(f"{name}: its metadata name no licence. Read it and add it to tools/licences.toml.")


def check_allowed(name: str, licence: str) -> None:
    """Whether a part may be used: one of each alternative is allowed. Raises `LicenceError`."""
    try:
        parsed = _SPDX.parse(licence)
    except ExpressionError as error:
        raise LicenceError(f"{name}: '{licence}' is no SPDX expression.") from error
    if not _is_allowed(parsed):
        raise LicenceError(f"{name}: {licence} is not among the allowed licences of tools/licences.toml.")


def page() -> str:
    """The list as Markdown, or every `LicenceError` at once."""
    errors: list[str] = []
    run = {pin.name for pin in pins("run.txt")}
    makers = {pin.name for lock in LOCKS for pin in pins(lock)} - run
    tables = [_rows(sorted(run), errors), _rows(sorted(makers), errors)]
    parts = []
    for part in RULES["parts"]:
        _note(errors, part["name"], part["licence"])
        parts.append(f"| {part['name']} | {part['licence']} | {part['from']} |")
    if errors:
        raise LicenceError("\n".join(errors))
    return (
        "\n".join(
            [
                "# Licences",
                "",
                "Code of ours: Apache-2.0, see [LICENSE](../LICENSE). The parts that it stands on, as the",
                "lock files pin them; `make check` holds each against the licences that",
                "[tools/licences.toml](../tools/licences.toml) allows, and this list against the lock files.",
                "`make sbom` writes them with versions and hashes.",
                "",
                "## What an installation runs",
                "",
                "| package | licence |",
                "|---|---|",
                *tables[0],
                "",
                "| other part | licence | comes from |",
                "|---|---|---|",
                *parts,
                "",
                "## What only its makers use",
                "",
                "| package | licence |",
                "|---|---|",
                *tables[1],
            ]
        )
        + "\n"
    )


def _rows(names: list[str], errors: list[str]) -> list[str]:
    rows = []
    for name in names:
        try:
            licence = licence_of(name)
        except LicenceError as error:
            errors.append(str(error))
            continue
        _note(errors, name, licence)
        rows.append(f"| {name} | {licence.removeprefix('LicenseRef-')} |")
    return rows


def _note(errors: list[str], name: str, licence: str) -> None:
    try:
        check_allowed(name, licence)
    except LicenceError as error:
        errors.append(str(error))


def _classified(described: Any) -> list[str]:
    """The licences among the trove classifiers."""
    found = described.get_all("Classifier") or []
    return [text.split("::")[-1].strip() for text in found if text.startswith("License ::")]


def _is_allowed(parsed: Any) -> bool:
    if isinstance(parsed, _SPDX.OR):
        return any(_is_allowed(part) for part in parsed.args)
    if isinstance(parsed, _SPDX.AND):
        return all(_is_allowed(part) for part in parsed.args)
    return str(parsed) in RULES["allowed"]


def main() -> int:
    """Write the list, or with `--check` compare it; 1 where something is not as it should be."""
    try:
        text = page()
    except LicenceError as error:
        print(error, file=sys.stderr)
        return 1
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.relative_to(ROOT)} is out of date: run python -m tools.licences.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
