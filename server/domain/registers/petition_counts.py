"""What the form 01/XLD counts: how the đơn of a period came in, were processed and stand at its end.

Everything is worked out from the cases' histories alone, by days at the school. A period is two days,
both inclusive; what happened after its last day changes nothing in it, so an old period can be counted
again at any time. The words the columns are defined in:

- **đơn**: a case whose kind is or once was khiếu nại, tố cáo or kiến nghị – phản ánh. It *enters* on the
  day it was received, or, where it came as thông tin (thanks), on the day it was first classified as one
  of the others. Thanks that stay thanks are no đơn and are counted apart (`thanks`).
- **processed** (đã xử lý): classified and decided. From the first day on which the case was accepted,
  assigned, begun or answered, returned with guidance, forwarded, or closed. A reopened đơn stays
  processed: it was decided what to do with it.
- **eligible** (đủ điều kiện): processed in the period and, as it stands on the last day, neither found to
  be thanks, nor closed as not_eligible or duplicate, nor closed straight away (without having been
  accepted, returned or forwarded) for any reason but `resolved`.
- **settled**: answered by the school, or closed after it was taken up. Settled *again* when the case had
  been reopened after it was settled before; what was settled as kiến nghị – phản ánh says nothing of the
  khiếu nại or tố cáo that followed from it. A đơn that was returned or forwarded, or that is open again,
  has no result that the school knows of: it is *not settled*.
- **outside** (không thuộc thẩm quyền): returned with guidance, or forwarded, and not taken up again since.

| column | what it counts |
|---|---|
| 1 | all đơn of the period: entered by its last day and not processed before its first |
| 2 | of 1, those that entered before the first day (kỳ trước chuyển sang) |
| 3 | of 1, those that entered in the period |
| 4, 5 | of 1, those processed by the last day; those not |
| 6 | of 4, the eligible ones |
| 7 | the matters (vụ việc) behind 6: one a đơn, since a đơn about the same matter is closed as duplicate |
| 8, 9, 10 | of 6, by kind on the last day: khiếu nại, tố cáo, kiến nghị – phản ánh |
| 11, 12, 13 | of 6: settled once; settled again; not settled |
| 14 | of 6, within the school's competence; 15, 16, 17 by kind as in 8, 9, 10 |
| 18 | of 6, outside it; 19 returned with guidance, 20 forwarded, 21 forwarded with a request to be told |

Form and arithmetic: Thông tư 01/2024/TT-TTCP (the headings are in `server/rules/petitions.yaml`).
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from server.domain.problems import Problem

THANKS = "thong_tin"
KINDS = ("khieu_nai", "to_cao", "pakn")
"""The kinds of đơn, in the order of the form's columns."""
_SIGNED = frozenset(("khieu_nai", "to_cao"))
DECIDED = frozenset(("accepted", "assigned", "in_progress", "answered", "returned", "forwarded", "closed"))
"""The statuses in which it has been decided what is done with a case."""
_OWN = frozenset(("accepted", "assigned", "in_progress", "answered"))
_SETTLED = frozenset(("answered", "closed"))
_NEVER_ELIGIBLE = frozenset(("not_eligible", "duplicate"))


class Step(NamedTuple):
    """One entry of a case: the day at the school, and how the case stood after it.

    `reason` is a closing's; `mode` a forwarding's (`transfer` or `urge`).
    """

    day: date
    status: str
    kind: str
    reason: str | None = None
    mode: str | None = None


class History(NamedTuple):
    """A case as its entries tell it, its opening first; `received` is the day its limits run from."""

    received: date
    steps: tuple[Step, ...]


class Standing(NamedTuple):
    """How a case stood at the end of a day. `entered` and `processed` are None where it was not (yet)."""

    kind: str
    status: str
    entered: date | None
    processed: date | None
    eligible: bool
    times_settled: int
    outside: str | None
    """`guided`, `transferred` or `urged`; None within the school's competence."""


class PetitionRow(NamedTuple):
    """The 21 columns of 01/XLD in their order; the module says what each counts."""

    total: int
    carried_over: int
    received: int
    processed: int
    unprocessed: int
    eligible: int
    matters: int
    complaints: int
    denunciations: int
    reflections: int
    settled_once: int
    settled_again: int
    unsettled: int
    within: int
    within_complaints: int
    within_denunciations: int
    within_reflections: int
    outside: int
    guided: int
    transferred: int
    urged: int


class Equation(NamedTuple):
    """A column that must be the sum of others, by their numbers on the form."""

    column: int
    parts: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.column} = {' + '.join(map(str, self.parts))}"


EQUATIONS = (
    Equation(1, (2, 3)),
    Equation(1, (4, 5)),
    Equation(6, (8, 9, 10)),
    Equation(6, (11, 12, 13)),
    Equation(6, (14, 18)),
    Equation(14, (15, 16, 17)),
    Equation(18, (19, 20, 21)),
)
"""The form's own arithmetic."""


def standing(history: History, day: date) -> Standing | None:
    """How the case stood at the end of `day`; None where it had not been received by then."""
    if history.received > day or not history.steps:
        return None
    entered = processed = outside = reason = None
    kind = status = ""
    times_settled, straight_away = 0, False
    for number, step in enumerate(history.steps):
        at = history.received if number == 0 else max(step.day, history.received)
        if at > day:
            break
        before, was, status, kind = status, kind, step.status, step.kind
        if status != before:
            reason = step.reason if status == "closed" else None
            outside = _outside(status, step.mode, outside)
        if entered is None and kind != THANKS:
            # What was done with mere thanks was nothing done about a đơn.
            entered, before = at, ""
        if entered is None:
            continue
        if kind != was and kind in _SIGNED:
            times_settled, before = 0, ""
        if processed is None and status in DECIDED:
            processed, straight_away = at, status == "closed"
        straight_away = straight_away and status == "closed"
        times_settled += status in _SETTLED and before not in _SETTLED and outside is None
    return Standing(
        kind=kind,
        status=status,
        entered=entered,
        processed=processed,
        eligible=processed is not None and not _dismissed(kind, reason, straight_away),
        times_settled=times_settled,
        outside=outside,
    )


def count_petitions(histories: Iterable[History], first: date, last: date) -> PetitionRow:
    """The row of 01/XLD for the days from `first` to `last`."""
    counted = [
        (each, each.entered)
        for each in (standing(history, last) for history in histories)
        if each is not None and each.entered is not None
        if each.processed is None or each.processed >= first
    ]
    processed = [each for each, _ in counted if each.processed is not None]
    eligible = [each for each in processed if each.eligible]
    within = [each for each in eligible if each.outside is None]
    of_kind = _counter(eligible, lambda each: each.kind)
    within_kind = _counter(within, lambda each: each.kind)
    outside = _counter(eligible, lambda each: each.outside or "")
    settled = _counter(eligible, _settled)
    return PetitionRow(
        total=len(counted),
        carried_over=sum(entered < first for _, entered in counted),
        received=sum(entered >= first for _, entered in counted),
        processed=len(processed),
        unprocessed=sum(each.processed is None for each, _ in counted),
        eligible=len(eligible),
        matters=len(eligible),
        complaints=of_kind("khieu_nai"),
        denunciations=of_kind("to_cao"),
        reflections=of_kind("pakn"),
        settled_once=settled("once"),
        settled_again=settled("again"),
        unsettled=settled("not"),
        within=len(within),
        within_complaints=within_kind("khieu_nai"),
        within_denunciations=within_kind("to_cao"),
        within_reflections=within_kind("pakn"),
        outside=sum(each.outside is not None for each in eligible),
        guided=outside("guided"),
        transferred=outside("transferred"),
        urged=outside("urged"),
    )


def count_thanks(histories: Iterable[History], first: date, last: date) -> int:
    """Words of thanks received in the period that no one had made a đơn of by its last day."""
    return sum(
        each is not None and each.entered is None and history.received >= first
        for history in histories
        for each in (standing(history, last),)
    )


def check(row: PetitionRow) -> list[Equation]:
    """The equations of the form that the row breaks: none, or there is a mistake in it."""
    return broken(row, EQUATIONS)


def broken(columns: tuple[int, ...], equations: Iterable[Equation]) -> list[Equation]:
    """Which of the equations do not hold for these columns, the first of which is column 1."""
    return [
        each
        for each in equations
        if columns[each.column - 1] != sum(columns[part - 1] for part in each.parts)
    ]


def require(columns: tuple[int, ...], equations: Iterable[Equation], form: str) -> None:
    """Raises `Problem("sums-broken")`: a form whose own sums do not agree is not handed out."""
    wrong = broken(columns, equations)
    if wrong:
        raise Problem("sums-broken", form=form, equations="; ".join(map(str, wrong)))


def _dismissed(kind: str, reason: str | None, straight_away: bool) -> bool:
    """Whether it was found to be no đơn to deal with."""
    return kind == THANKS or reason in _NEVER_ELIGIBLE or (straight_away and reason != "resolved")


def _outside(status: str, mode: str | None, before: str | None) -> str | None:
    if status == "returned":
        return "guided"
    if status == "forwarded":
        return "urged" if mode == "urge" else "transferred"
    return None if status in _OWN else before


def _settled(each: Standing) -> str:
    if each.status not in _SETTLED or each.outside is not None:
        return "not"
    return "once" if each.times_settled == 1 else "again"


def _counter(found: list[Standing], key: Callable[[Standing], str]) -> Callable[[str], int]:
    counts: dict[str, int] = {}
    for each in found:
        counts[key(each)] = counts.get(key(each), 0) + 1
    return lambda name: counts.get(name, 0)
