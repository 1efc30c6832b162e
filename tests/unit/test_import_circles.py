"""No module needs itself: the imports of each package, also those for types alone, form no circle."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

PACKAGES = ("firmware", "kiosk", "server", "simulator", "survey_defs", "tests", "tools")

FOR_TYPES_ALONE = {("server.services.work", "server.services.context")}
"""A unit of work names the context that makes it; all else that looks like it is to be cut."""


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_form_no_circle(package: str) -> None:
    graph = grimp.build_graph(package, exclude_type_checking_imports=False, cache_dir=None)
    for importer, imported in FOR_TYPES_ALONE:
        if importer.startswith(f"{package}."):
            graph.remove_import(importer=importer, imported=imported)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))
