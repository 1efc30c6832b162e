"""Which tiles stand on a page: procedures on the rest screen and behind it, the choices of a question."""

from collections.abc import Sequence

from kiosk.screen.view import MORE, NO_PROCEDURE, Tile
from survey_defs.model import Procedure, Question

ON_REST = 3
"""Number of procedures on the rest screen; the fourth tile leads to the others."""
PROCEDURES_A_PAGE = 6
CHOICES_A_PAGE = 8
"""More tiles than these would stand closer than 20 mm on a 7-inch panel."""


def rest_tiles(procedures: Sequence[Procedure]) -> tuple[Tile, ...]:
    """Returns the first procedures, and the way to the others."""
    first, rest = split(procedures)
    return (*map(procedure_tile, first), MORE if rest else NO_PROCEDURE)


def split(procedures: Sequence[Procedure]) -> tuple[tuple[Procedure, ...], tuple[Procedure, ...]]:
    """Returns those for the rest screen, and the others."""
    first = tuple(p for p in procedures if p.on_rest)[:ON_REST] or tuple(procedures[:ON_REST])
    return first, tuple(p for p in procedures if p not in first)


def procedure_tile(procedure: Procedure) -> Tile:
    """Returns the tile of one procedure."""
    return Tile(f"procedure:{procedure.slug}", procedure.short)


def procedure_page(procedures: Sequence[Procedure], page: int) -> tuple[Tile, ...]:
    """One page of procedures; the last page ends with "not in this list"."""
    room = PROCEDURES_A_PAGE - 1
    rest = procedures[page * room :]
    return (*map(procedure_tile, rest[:room]), MORE if len(rest) > room else NO_PROCEDURE)


def choice_page(question: Question, ticked: frozenset[str], page: int) -> tuple[Tile, ...]:
    """One page of a question's choices."""
    room = CHOICES_A_PAGE - 1
    rest = [
        Tile(f"choice:{choice.id}", choice.text, choice.id in ticked if question.kind == "choices" else None)
        for choice in question.choices[page * room :]
    ]
    return tuple(rest) if len(rest) <= CHOICES_A_PAGE else (*rest[:room], MORE)
