"""A contract for import-linter: what a room offers to others is what its `__init__` names in `__all__`."""

from __future__ import annotations

import importlib
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PublicFaces(Contract):
    """Modules outside a room import those of its modules alone that its `__all__` names.

    A room is a package directly below one of `containers`. One that names nothing offers nothing.
    """

    containers = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import of a room's module from outside it."""
        inner = [
            (importer, imported)
            for container in self.containers  # type: ignore[attr-defined]
            for room in sorted(graph.find_children(container))
            if graph.find_children(room)
            for imported in sorted(graph.find_descendants(room) - _offered(graph, room))
            for importer in sorted(graph.find_modules_that_directly_import(imported))
            if not importer.startswith(f"{room}.")
        ]
        return ContractCheck(kept=not inner, metadata={"inner": inner})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import, and what to do."""
        inner: list[tuple[str, str]] = check.metadata["inner"]
        for importer, imported in inner:
            output.print_error(f"{importer} imports {imported}, which its room does not name in __all__.")


def _offered(graph: ImportGraph, room: str) -> set[str]:
    """The modules that a room names, with all that is below them."""
    package: Any = importlib.import_module(room)
    named = {f"{room}.{name}" for name in getattr(package, "__all__", ())}
    return named | {below for name in named for below in graph.find_descendants(name)}
