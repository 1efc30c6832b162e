"""The columns of 01/XLD and 01/TCD: worked cases by hand, and sums that hold for any history whatever."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.cases import casework
from server.domain.registers import petition_counts, reception_counts
from server.domain.registers.petition_counts import History, PetitionRow, Step, count_petitions, count_thanks
from server.domain.registers.reception_counts import Reception, count_receptions

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
NEXT_FIRST, NEXT_LAST = date(2026, 7, 1), date(2026, 12, 31)
STATUSES = (
    "new", "received", "classified", "accepted", "assigned", "in_progress", "answered", "returned",
    "forwarded", "closed",
)  # fmt: skip
REASONS = ("resolved", "withdrawn", "not_eligible", "duplicate", "no_reply", "other")


def case(*steps: tuple[object, ...]) -> History:
    """A case by (month, day, status, kind[, reason or mode]) of 2026; the first is how it came in."""
    made = [
        Step(date(2026, m, d), status, kind, *([more[0], more[0]] if more else []))  # type: ignore
        for m, d, status, kind, *more in steps
    ]
    return History(made[0].day, tuple(made))


def row(*histories: History, first: date = FIRST, last: date = LAST) -> dict[str, int]:
    """The columns that are not 0."""
    found = count_petitions(histories, first, last)
    assert petition_counts.check(found) == []
    return {name: n for name, n in found._asdict().items() if n}


def test_a_case_that_nobody_looked_at_is_carried_over() -> None:
    new = case((2, 3, "new", "pakn"), (2, 4, "received", "pakn"), (2, 5, "classified", "pakn"))
    assert row(new) == {"total": 1, "received": 1, "unprocessed": 1}
    assert row(new, first=NEXT_FIRST, last=NEXT_LAST) == {"total": 1, "carried_over": 1, "unprocessed": 1}


def test_an_answer_settles_once_and_an_answer_after_reopening_again() -> None:
    once = [(2, 3, "new", "pakn"), (2, 9, "assigned", "pakn"), (2, 12, "answered", "pakn")]
    whole = {
        "total": 1, "received": 1, "processed": 1, "eligible": 1, "matters": 1, "reflections": 1,
        "within": 1, "within_reflections": 1,
    }  # fmt: skip
    assert row(case(*once)) == whole | {"settled_once": 1}
    closed = [*once, (2, 13, "closed", "pakn", "resolved")]
    assert row(case(*closed)) == whole | {"settled_once": 1}
    reopened = [*closed, (3, 1, "in_progress", "pakn")]
    assert row(case(*reopened)) == whole | {"unsettled": 1}
    again = case(*reopened, (3, 5, "answered", "pakn"))
    assert row(again) == whole | {"settled_again": 1}
    # Seen from the end of February it was settled once, whatever came later.
    assert row(again, last=date(2026, 2, 28)) == whole | {"settled_once": 1}


@pytest.mark.parametrize(
    ("status", "mode", "column"),
    [
        ("returned", None, "guided"),
        ("forwarded", "transfer", "transferred"),
        ("forwarded", "urge", "urged"),
        ("forwarded", None, "transferred"),
    ],
)
def test_what_is_not_the_schools_own_to_settle(status: str, mode: str | None, column: str) -> None:
    found = row(case((2, 3, "new", "khieu_nai"), (2, 5, status, "khieu_nai", mode)))
    assert found == {
        "total": 1, "received": 1, "processed": 1, "eligible": 1, "matters": 1, "complaints": 1,
        "unsettled": 1, "outside": 1, column: 1,
    }  # fmt: skip


@pytest.mark.parametrize("reason", ["not_eligible", "duplicate", "withdrawn", "no_reply", "other"])
def test_closed_straight_away_is_processed_but_not_eligible(reason: str) -> None:
    found = row(case((2, 3, "new", "pakn"), (2, 5, "closed", "pakn", reason)))
    assert found == {"total": 1, "received": 1, "processed": 1}


@pytest.mark.parametrize(
    ("reason", "eligible"),
    [("withdrawn", 1), ("resolved", 1), ("no_reply", 1), ("not_eligible", 0), ("duplicate", 0)],
)
def test_closed_after_it_was_taken_up(reason: str, eligible: int) -> None:
    found = row(case((2, 3, "new", "pakn"), (2, 5, "assigned", "pakn"), (2, 9, "closed", "pakn", reason)))
    assert (found.get("eligible", 0), found.get("settled_once", 0)) == (eligible, eligible)


def test_a_later_kind_counts_only_from_its_day_on() -> None:
    turned = case((2, 3, "new", "pakn"), (2, 5, "accepted", "pakn"), (7, 2, "accepted", "to_cao"))
    assert row(turned)["reflections"] == 1
    assert "denunciations" not in row(turned)
    assert row(turned, last=NEXT_LAST)["within_denunciations"] == 1


def test_a_signed_petition_after_an_answer_is_settled_for_the_first_time() -> None:
    steps = [(2, 3, "new", "pakn"), (2, 9, "answered", "pakn"), (2, 20, "classified", "khieu_nai")]
    assert row(case(*steps))["unsettled"] == 1
    settled = row(case(*steps, (3, 2, "accepted", "khieu_nai"), (3, 20, "answered", "khieu_nai")))
    assert (settled["complaints"], settled["settled_once"]) == (1, 1)


def test_thanks_are_counted_apart_until_they_turn_out_to_be_a_petition() -> None:
    thanks = case((2, 3, "new", "thong_tin"), (2, 4, "closed", "thong_tin", "resolved"))
    assert row(thanks) == {}
    assert count_thanks([thanks], FIRST, LAST) == 1
    turned = case((2, 3, "new", "thong_tin"), (7, 6, "classified", "pakn"))
    assert (row(turned), count_thanks([turned], FIRST, LAST)) == ({}, 1)
    assert row(turned, first=NEXT_FIRST, last=NEXT_LAST) == {"total": 1, "received": 1, "unprocessed": 1}
    assert count_thanks([turned], FIRST, NEXT_LAST) == 0
    only_thanks = case((2, 3, "new", "pakn"), (2, 4, "closed", "thong_tin", "resolved"))
    assert row(only_thanks) == {"total": 1, "received": 1, "processed": 1}


def test_a_row_with_a_mistake_is_named_and_not_handed_out() -> None:
    from server.domain.problems import Problem

    good = count_petitions([case((2, 3, "new", "pakn"))], FIRST, LAST)
    bad = good._replace(received=2)
    assert [str(each) for each in petition_counts.check(bad)] == ["1 = 2 + 3"]
    petition_counts.require(good, petition_counts.EQUATIONS, "01/XLD")
    with pytest.raises(Problem, match=r"01/XLD do not agree \(1 = 2 \+ 3\)"):
        petition_counts.require(bad, petition_counts.EQUATIONS, "01/XLD")


def test_the_counts_know_every_status_and_kind_of_casework() -> None:
    assert set(casework.STATUSES) == set(STATUSES)
    assert set(casework.CLOSE_REASONS) == set(REASONS)
    assert {*petition_counts.KINDS, petition_counts.THANKS} == set(casework.KINDS)
    assert set(casework.ENDS) <= petition_counts.DECIDED <= set(casework.STATUSES)


# Any history: what the house allows, and any statuses and kinds in any order whether it does or not.
DAYS = st.integers(0, 720).map(lambda n: date(2025, 6, 1) + timedelta(days=n))
KIND = st.sampled_from(("pakn", "khieu_nai", "to_cao", "thong_tin"))
STEP = st.tuples(
    st.integers(0, 60), st.sampled_from(STATUSES), KIND, st.sampled_from(REASONS),
    st.sampled_from(("transfer", "urge")),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> History:
    day = received = draw(DAYS)
    steps = [Step(day, "new", draw(KIND))]
    for after, status, kind, reason, mode in draw(st.lists(STEP, max_size=9)):
        day += timedelta(days=after)
        steps.append(Step(day, status, kind, reason, mode))
    return History(received, tuple(steps))


@st.composite
def walks(draw: st.DrawFn) -> History:
    """A case that the real table of casework allows, move by move, for its kind."""
    kind = draw(st.sampled_from(casework.UNSIGNED))
    day = received = draw(DAYS)
    status = "new"
    steps = [Step(day, status, kind)]
    for _ in range(draw(st.integers(0, 12))):
        offered = sorted(
            {
                action
                for (start, action), cells in casework.TABLE.items()
                for cell in cells
                if start == status and kind in cell.kinds
            }
        )
        action = draw(st.sampled_from(offered))
        if action == "classify":
            kind = draw(st.sampled_from(casework.UNSIGNED))
        status = casework.move(status, action, kind)
        if action == "petition":
            kind = draw(st.sampled_from(casework.SIGNED))
        day += timedelta(days=draw(st.integers(0, 40)))
        reason = draw(st.sampled_from(casework.CLOSE_REASONS)) if status == "closed" else None
        mode = draw(st.sampled_from(casework.FORWARD_MODES)) if action == "forward" else None
        steps.append(Step(day, status, kind, reason, mode))
    return History(received, tuple(steps))


CASES = st.lists(st.one_of(walks(), histories()), max_size=12)


@given(CASES, DAYS, st.integers(0, 400), st.integers(1, 400))
def test_sums_and_carry_over_hold_for_any_history(
    cases: list[History], first: date, length: int, more: int
) -> None:
    last = first + timedelta(days=length)
    then, end = last + timedelta(days=1), last + timedelta(days=more)
    one, two = count_petitions(cases, first, last), count_petitions(cases, then, end)
    both = count_petitions(cases, first, end)
    for each in (one, two, both):
        assert petition_counts.check(each) == []
        assert min(each) >= 0
        assert each.matters <= each.eligible <= each.processed <= each.total
    assert two.carried_over == one.unprocessed
    assert both.carried_over == one.carried_over
    assert both.unprocessed == two.unprocessed
    assert both.received == one.received + two.received
    assert both.processed == one.processed + two.processed
    assert both.total == one.total + two.received


@given(CASES, DAYS, st.integers(1, 200))
def test_every_petition_enters_exactly_one_period(cases: list[History], first: date, length: int) -> None:
    """Cut all time into periods: each case enters, and is processed, in exactly one of them."""
    rows = (count_petitions(cases, a, b) for a, b in cuts(first, length))
    ever = PetitionRow(*map(sum, zip(*rows, strict=True)))
    petitions = [each for each in cases if any(step.kind != "thong_tin" for step in each.steps)]
    assert ever.received == len(petitions)
    assert ever.processed <= len(petitions)
    assert count_thanks(cases, date(2000, 1, 1), date(2199, 1, 1)) == len(cases) - len(petitions)


def cuts(first: date, length: int) -> list[tuple[date, date]]:
    edges = [
        date(2000, 1, 1),
        first,
        *(first + timedelta(days=length * n) for n in (1, 2, 3)),
        date(2199, 1, 1),
    ]
    return [(a, b - timedelta(days=1)) for a, b in pairwise(edges)]


@given(st.one_of(walks(), histories()), DAYS, st.integers(0, 300))
def test_what_comes_later_changes_nothing_before(case: History, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    until = History(case.received, tuple(step for step in case.steps if step.day <= last))
    if case.received <= last:
        assert count_petitions([case], first, last) == count_petitions([until], first, last)
    else:
        assert sum(count_petitions([case], first, last)) == 0


@given(CASES, DAYS, st.integers(0, 300), st.integers(0, 12))
def test_cases_add_up(cases: list[History], first: date, length: int, split: int) -> None:
    last = first + timedelta(days=length)
    parts = [count_petitions(some, first, last) for some in (cases[:split], cases[split:])]
    assert tuple(map(sum, zip(*parts, strict=True))) == tuple(count_petitions(cases, first, last))


def five(_: date) -> int:
    return 5


def test_receptions_by_hand() -> None:
    came = [
        Reception(date(2025, 12, 1), "a", 1, False, False),
        Reception(date(2026, 1, 5), "a", 2, False, True),  # said to be new, but it was here in December
        Reception(date(2026, 1, 5), "b", 1, False, True),
        Reception(date(2026, 2, 1), "b", 1, True, False),
        Reception(date(2026, 2, 2), "c", 5, False, False),
        Reception(date(2026, 3, 2), "c", 4, True, False),
        Reception(date(2026, 4, 6), "d", 7, True, True),
    ]
    found = count_receptions(came, FIRST, LAST, five)
    assert reception_counts.check(found) == []
    assert tuple(found) == (6, 20, 5, 3, 10, 1, 1, 1, 5, 1, 0, 2, 3, 10, 1, 2, 1, 7, 0, 1)


RECEPTIONS = st.lists(
    st.builds(Reception, DAYS, st.sampled_from("abcde"), st.integers(1, 9), st.booleans(), st.booleans()),
    max_size=15,
)


@given(RECEPTIONS, DAYS, st.integers(0, 300), st.integers(1, 300))
def test_receptions_sum_up(came: list[Reception], first: date, length: int, more: int) -> None:
    last = first + timedelta(days=length)
    end = last + timedelta(days=more)
    one = count_receptions(came, first, last, five)
    two = count_receptions(came, last + timedelta(days=1), end, five)
    both = count_receptions(came, first, end, five)
    for each in (one, two, both):
        assert reception_counts.check(each) == []
        for whole, part in ((4, 8), (5, 9), (6, 10), (7, 11), (13, 17), (14, 18), (15, 19), (16, 20)):
            assert 0 <= each[part - 1] <= each[whole - 1]
        assert each.principal_days <= each.principal_visits
        assert 5 * each.ordinary_groups <= each.ordinary_group_people
    for column in (1, 2, 4, 5, 6, 8, 9, 12, 13, 14, 15, 17, 18):
        assert both[column - 1] == one[column - 1] + two[column - 1]
    assert both.matters <= one.matters + two.matters
