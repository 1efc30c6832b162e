"""Writes docs/commands.md and docs/settings.md from the program itself, so that they cannot disagree.

.venv/bin/python tools/write_reference.py          writes both
.venv/bin/python tools/write_reference.py --check  only says whether they are up to date
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from server import settings
from survey_defs.cli import main

DOCS = Path(__file__).parent.parent / "docs"


def commands() -> str:
    """Every command with its help, as `--help` prints it."""
    parts = [
        "# Commands",
        "",
        "What `hailong … --help` says, all on one page. Every command exits non-zero on failure and",
        "then says in one line what was wrong and what to do.",
    ]
    for path, command in _walk(main, ["hailong"]):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
        parts += ["", f"## {' '.join(path)}", "", "```", command.get_help(context), "```"]
    return "\n".join(parts) + "\n"


def _walk(command: click.Command, path: list[str]) -> Iterator[tuple[list[str], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from _walk(child, [*path, name])


def settings_reference() -> str:
    """Every key of `hailong.toml` with its default and its meaning."""
    parts = [
        "# Settings",
        "",
        "`hailong.toml` in the directory where the command is started holds them, else the one in the",
        "directory that `--data` or `HAILONG_DATA` names, else `/etc/hailong/hailong.toml`. The environment",
        "variable `HAILONG_<KEY>` overrides the file, and an option of a command overrides both.",
        "",
        "| key | environment | default | meaning |",
        "|---|---|---|---|",
    ]
    defaults = settings.Settings()
    for key, meaning in _field_docs(settings.Settings).items():
        default = getattr(defaults, key)
        shown = f"`{default}`" if default != "" else "empty"
        parts.append(f"| `{key}` | `HAILONG_{key.upper()}` | {shown} | {meaning} |")
    return "\n".join(parts) + "\n"


def _field_docs(cls: type) -> dict[str, str]:
    """The string that follows each field in the source of `cls`."""
    body = ast.parse(inspect.getsource(cls)).body[0]
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{cls} is no class")
    docs: dict[str, str] = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            docs[field.target.id] = " ".join(str(text.value.value).split())
    return docs


def run(check: bool) -> int:
    """Write both files, or say which one is stale; the number of stale files."""
    stale = 0
    for name, text in (("commands.md", commands()), ("settings.md", settings_reference())):
        path = DOCS / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"docs/{name} is out of date: run tools/write_reference.py")
        else:
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    only_check = "--check" in sys.argv
    stale_files = run(only_check)
    sys.exit(1 if only_check and stale_files else 0)
