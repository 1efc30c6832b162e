"""The catalogues of all rooms together.

Each room of the server (`server.services.<room>`, `server.transport.http.<room>`, `server.storage`) has
its codes in the module of its name. They are Python and not YAML like the texts of pages: compiled modules
need no check and no parser when a command has to say what is wrong.
"""

from collections.abc import Iterable, Mapping

from server.domain.problems import (
    access,
    answers,
    api,
    cases,
    deadlines,
    devices,
    figures,
    frame,
    keys,
    misuse,
    network,
    phone,
    privacy,
    registers,
    reporting,
    sample,
    schools,
    sender,
    server_clock,
    storage,
    upkeep,
)
from server.domain.problems.wording import Wording

CATALOGUES: dict[str, Mapping[str, Wording]] = {
    "access": access.PROBLEMS,
    "answers": answers.PROBLEMS,
    "api": api.PROBLEMS,
    "cases": cases.PROBLEMS,
    "deadlines": deadlines.PROBLEMS,
    "devices": devices.PROBLEMS,
    "figures": figures.PROBLEMS,
    "frame": frame.PROBLEMS,
    "keys": keys.PROBLEMS,
    "misuse": misuse.PROBLEMS,
    "network": network.PROBLEMS,
    "phone": phone.PROBLEMS,
    "privacy": privacy.PROBLEMS,
    "registers": registers.PROBLEMS,
    "reporting": reporting.PROBLEMS,
    "sample": sample.PROBLEMS,
    "schools": schools.PROBLEMS,
    "sender": sender.PROBLEMS,
    "server_clock": server_clock.PROBLEMS,
    "storage": storage.PROBLEMS,
    "upkeep": upkeep.PROBLEMS,
}
"""The codes of each room."""


def join(catalogues: Iterable[Mapping[str, Wording]]) -> dict[str, Wording]:
    """Returns the codes of all catalogues together.

    Raises:
        ValueError: a code stands in two of them.
    """
    found: dict[str, Wording] = {}
    for catalogue in catalogues:
        if twice := found.keys() & catalogue.keys():
            raise ValueError(f"problems that stand in two catalogues: {', '.join(sorted(twice))}")
        found.update(catalogue)
    return found


PROBLEMS = join(CATALOGUES.values())
"""Every code with its words."""
