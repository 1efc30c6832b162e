"""Every command of the program, and the least that each asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from survey_defs.cli import main

NEED_NONE = {
    "survey check", "kiosk", "kiosk enrol", "kiosk key", "device flash", "simulate", "deadline",
    "backup verify",
}  # fmt: skip
"""What has nothing to do with a store, or makes one of its own."""


WORTH = {
    "day": "2026-01-05", "date": "2026-01-05", "from": "2026-01-05", "period": "2026-H1", "kind": "kiosk",
    "role": "deputy", "year": "2026", "hours": "06:30-18:00", "broker": "mqtt://127.0.0.1:1",
    "regime": "ha-long", "number": "1", "rule": "citizen_reception.answer", "people": "1", "format": "docx",
}  # fmt: skip


BESIDES = {"privacy answer": ["--done"], "backup": ["-o", "so.backup"]}
"""What a command asks for beyond its required options."""


def every_command() -> Iterator[tuple[str, click.Command]]:
    def walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                yield from walk(child, f"{path} {name}".strip())

    return walk(main, "")


def least_arguments(command: click.Command, file: Path) -> list[str]:
    """What the command cannot do without, filled in."""
    made: list[str] = []
    for each in command.params:
        if not (each.required or each.name in WORTH):
            continue
        name = each.name or ""
        if isinstance(each.type, click.Choice):
            worth = str(each.type.choices[0])
        elif isinstance(each.type, click.Path):
            worth = str(file if each.type.file_okay else file.parent)
        else:
            worth = WORTH.get(name, "1" if each.type.name == "integer" else "mau")
        made += [worth] if isinstance(each, click.Argument) else [max(each.opts, key=len), worth]
    return made
