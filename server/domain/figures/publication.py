"""What may be told to somebody who sees no single answers: periods that no subtraction undoes.

The periods of a year lie inside one another: year, halves, quarters, months. Whoever knows a period and all
its parts but one knows that one. So the parts of a period that is told are hidden as the groups of a
breakdown are (`rates.make_groups`): a small one never alone, nor with so few others that they are a small
cell together; and of a period that is hidden all parts are hidden. Every sum that follows from what is told
is then that of a period that is told, or of hidden ones that together are no small cell.

A year that is not over is not told at all: its halves stand by themselves, so that the first days of a new
one do not hide the one that has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from server.domain.figures.periods import Period, month_period, parse_period
from server.domain.figures.rates import Cell, Levels, add, make_groups

Span = tuple[date, date]


@dataclass(frozen=True)
class Node:
    """A period and those that it divides into."""

    period: Period
    parts: tuple[Node, ...] = ()

    @property
    def span(self) -> Span:
        """Its first and last day."""
        return self.period.start, self.period.end


def periods_of(year: int, today: date) -> tuple[Node, ...]:
    """The periods of a year that can be told on that day, each with its parts."""
    halves = tuple(
        Node(
            parse_period(f"{year}-H{half}"),
            tuple(
                Node(
                    parse_period(f"{year}-Q{quarter}"),
                    tuple(
                        Node(month_period(year, month)) for month in range(quarter * 3 - 2, quarter * 3 + 1)
                    ),
                )
                for quarter in (half * 2 - 1, half * 2)
            ),
        )
        for half in (1, 2)
    )
    whole = parse_period(str(year))
    return (Node(whole, halves),) if whole.end < today else halves


def is_whole(period: Period, today: date) -> bool:
    """Whether these days are a year that is over, a half, a quarter or a month."""
    return (period.start, period.end) in _spans(periods_of(period.start.year, today))


def hidden(year: int, months: Mapping[str, Levels], *, today: date, small_cell: int) -> frozenset[Span]:
    """The periods of a year that are not told, by their days; `months` has what was counted by `YYYY-MM`."""
    found: set[Span] = set()
    for root in periods_of(year, today):
        n = sum(_levels(root, months))
        told = n == 0 or n >= small_cell
        if not told:
            found.add(root.span)
        _hide_parts(root, told, months, small_cell, found)
    return frozenset(found)


def _hide_parts(
    node: Node, told: bool, months: Mapping[str, Levels], small_cell: int, found: set[Span]
) -> None:
    cells = [Cell(part.period.code, _levels(part, months)) for part in node.parts]
    small = {group.key for group in make_groups(cells, small_cell) if group.suppressed}
    for part, cell in zip(node.parts, cells, strict=True):
        part_told = told and part.period.code not in small
        if not part_told and any(cell.levels):
            found.add(part.span)
        _hide_parts(part, part_told, months, small_cell, found)


def _levels(node: Node, months: Mapping[str, Levels]) -> Levels:
    if not node.parts:
        return months.get(f"{node.period.start:%Y-%m}", (0, 0, 0, 0, 0))
    total: Levels = (0, 0, 0, 0, 0)
    for part in node.parts:
        total = add(total, _levels(part, months))
    return total


def _spans(nodes: tuple[Node, ...]) -> set[Span]:
    return {span for node in nodes for span in ({node.span} | _spans(node.parts))}
