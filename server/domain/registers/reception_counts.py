"""What the form 01/TCD counts: receptions of citizens in person, those of the principal apart.

Only people who came are counted: what was written on a kiosk or a telephone is in 01/XLD. A reception
is one *lượt*; its people are its *người*; its *vụ việc* is the case it is about. In either half of the
form (ordinary receptions; the principal's own) a matter counts once, as *lần đầu* where its very first
reception lies in that half in this period, else as *nhiều lần*. A *đoàn đông người* is one reception of
so many people as `server/rules/petitions.yaml` says (5 or more); it is part of the columns before it.

| column | ordinary | the principal's | what it counts |
|---|---|---|---|
| 1, 2, 3 | | | lượt, người, vụ việc of both halves together |
| | | 12 | days on which the principal received (số kỳ tiếp) |
| | 4 | 13 | lượt |
| | 5 | 14 | người |
| | 6, 7 | 15, 16 | vụ việc, first time; again |
| | 8, 9 | 17, 18 | of these, đoàn đông người: how many, and their people |
| | 10, 11 | 19, 20 | of these, vụ việc of đoàn đông người, first time; again |

The form's columns from 21 on (receptions on the principal's behalf) are not kept and stay empty.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import NamedTuple

from server.domain.registers.petition_counts import Equation, broken


class Reception(NamedTuple):
    """People who came on one day. `matter` is whatever tells cases apart; `again`: it was here before."""

    day: date
    matter: str
    people: int
    again: bool
    by_principal: bool


class ReceptionRow(NamedTuple):
    """The columns 1–20 of 01/TCD in their order; the module says what each counts."""

    visits: int
    people: int
    matters: int
    ordinary_visits: int
    ordinary_people: int
    ordinary_first: int
    ordinary_again: int
    ordinary_groups: int
    ordinary_group_people: int
    ordinary_group_first: int
    ordinary_group_again: int
    principal_days: int
    principal_visits: int
    principal_people: int
    principal_first: int
    principal_again: int
    principal_groups: int
    principal_group_people: int
    principal_group_first: int
    principal_group_again: int


EQUATIONS = (Equation(1, (4, 13)), Equation(2, (5, 14)), Equation(3, (6, 7, 15, 16)))
"""The form's own arithmetic, without the receptions on behalf."""


class _Half(NamedTuple):
    visits: int
    people: int
    first: int
    again: int
    groups: int
    group_people: int
    group_first: int
    group_again: int


def count_receptions(
    receptions: Iterable[Reception], first: date, last: date, group_of: Callable[[date], int]
) -> ReceptionRow:
    """The row of 01/TCD for the days from `first` to `last`.

    `receptions` are all there ever were, in the order in which people came: whether a matter is new
    depends on what was before. `group_of` says how many people made a đoàn đông người on a day.
    """
    seen: set[str] = set()
    now: list[tuple[Reception, bool]] = []
    for each in sorted(receptions, key=lambda reception: reception.day):
        is_first = not each.again and each.matter not in seen
        seen.add(each.matter)
        if first <= each.day <= last:
            now.append((each, is_first))
    ordinary = _half([pair for pair in now if not pair[0].by_principal], group_of)
    principal = _half([pair for pair in now if pair[0].by_principal], group_of)
    return ReceptionRow(
        len(now),
        sum(each.people for each, _ in now),
        sum(half.first + half.again for half in (ordinary, principal)),
        *ordinary,
        len({each.day for each, _ in now if each.by_principal}),
        *principal,
    )


def check(row: ReceptionRow) -> list[Equation]:
    """The equations of the form that the row breaks."""
    return broken(row, EQUATIONS)


def _half(found: Collection[tuple[Reception, bool]], group_of: Callable[[date], int]) -> _Half:
    new = {each.matter for each, is_first in found if is_first}
    groups = [each for each, _ in found if each.people >= group_of(each.day)]
    matters = {each.matter for each, _ in found}
    group_matters = {each.matter for each in groups}
    return _Half(
        visits=len(found),
        people=sum(each.people for each, _ in found),
        first=len(new),
        again=len(matters - new),
        groups=len(groups),
        group_people=sum(each.people for each in groups),
        group_first=len(group_matters & new),
        group_again=len(group_matters - new),
    )
