"""The figures of a report, worked out a second time in other ways."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from math import sqrt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.localtime import start_of
from server.domain.problems import Problem
from server.reports.reporting import findings
from server.reports.reporting.tables import months_table, procedures_table
from server.services.context import Context
from server.services.figures.rates import procedure_names, rates
from server.services.reporting.facts import ReportFacts
from server.services.reporting.gather import gather
from survey_defs.model import localized
from tests.support.reading import reading
from tests.support.report_school import (
    SCHOOL,
    a_half_year,
    add_arrived,
    add_choices,
    add_rates,
    add_refused,
    report_school,
)

TODAY = date(2026, 5, 29)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> ReportFacts:
    context = report_school(tmp_path_factory.mktemp("data"))
    a_half_year(context)
    return gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A school whose roll-ups a test fills anew."""
    return report_school(tmp_path_factory.mktemp("data"))


def emptied(context: Context) -> Context:
    with context.write() as work:
        for table in ("rate_cells", "choice_cells", "quality_cells", "arrived", "dead_letters"):
            work.connection.execute(f"DELETE FROM {table}")
    return context


def score_interval(k: int, n: int) -> tuple[float, float]:
    """The shares p at which k in n lies 1.96 of p's own standard errors away, by bisection."""
    seen = k / n

    def bound(low: float, high: float, rising: bool) -> float:
        for _ in range(100):
            middle = (low + high) / 2
            far = abs(seen - middle) > 1.959963984540054 * sqrt(middle * (1 - middle) / n)
            low, high = (middle, high) if far == rising else (low, middle)
        return low

    return bound(0, seen, True), bound(seen, 1, False)


def test_the_total_is_that_of_the_answers(facts: ReportFacts) -> None:
    assert (facts.total.n, sum((facts.total.levels or ())[3:])) == (1068, 987)
    low, high = score_interval(987, 1068)
    assert facts.total.share == pytest.approx(987 / 1068)
    assert (facts.total.low, facts.total.high) == pytest.approx((low, high), abs=1e-9)
    assert facts.verdict == "met"


def test_each_procedure_has_its_own_figures(facts: ReportFacts) -> None:
    rows = {row.short: row.group for row in facts.procedures if row.kind == "known"}
    transfer = rows["Chuyển trường"]
    assert (transfer.n, transfer.share) == (246, pytest.approx(208 / 246))
    assert (transfer.low, transfer.high) == pytest.approx(score_interval(208, 246), abs=1e-9)
    assert [row.group.n for row in facts.procedures if row.kind == "known"] == [
        318,
        246,
        187,
        164,
        62,
        58,
        12,
    ]
    merged = next(row for row in facts.procedures if row.kind == "merged")
    assert merged.group.n == 7 and merged.named_members == 2
    assert facts.procedures[-1].kind == "none"


def test_the_change_against_last_year_is_newcombes(facts: ReportFacts) -> None:
    assert facts.comparison is not None and facts.comparison.difference is not None
    p1, p2 = 987 / 1068, 883 / 980
    (low1, high1), (low2, high2) = score_interval(987, 1068), score_interval(883, 980)
    expected = (
        p1 - p2,
        p1 - p2 - sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2),
        p1 - p2 + sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2),
    )
    assert tuple(facts.comparison.difference) == pytest.approx(expected, abs=1e-9)


def test_the_same_days_a_year_before(context: Context) -> None:
    """A half-year cut on 29 May is compared with one cut on 29 May."""
    emptied(context)
    add_rates(context, date(2026, 5, 2), "hoc-ba", (0, 0, 0, 0, 20))
    add_rates(context, date(2025, 5, 29), "hoc-ba", (0, 0, 0, 0, 30))
    add_rates(context, date(2025, 5, 30), "hoc-ba", (0, 0, 0, 0, 999))
    add_rates(context, date(2024, 12, 31), "hoc-ba", (0, 0, 0, 0, 999))
    comparison = gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY).comparison
    assert comparison is not None
    assert (comparison.earlier.start, comparison.earlier.end) == (date(2025, 1, 1), date(2025, 5, 29))
    assert comparison.before is not None and comparison.before.n == 30


def change_in(context: Context, period: str, today: date) -> str:
    told = findings.satisfaction(gather(reading(context), SCHOOL, "ha-long", period, today))
    return told[-1].replace("\N{NO-BREAK SPACE}", " ")


def test_a_year_whose_data_begin_in_july_is_compared_from_july_on(context: Context) -> None:
    """Seen in a report: January to November 2026 against data that begin in July 2025."""
    emptied(context)
    for month in range(1, 12):
        add_rates(context, date(2026, month, 10), "hoc-ba", (0, 0, 10, 0, 40 if month < 7 else 90))
    for month in range(7, 12):
        add_rates(context, date(2025, month, 1), "hoc-ba", (0, 0, 20, 0, 80))
    today = date(2026, 11, 30)
    year = change_in(context, "2026", today)
    assert "chỉ so những tháng mà cả hai năm đều có số liệu từ đầu tháng" in year
    assert "(từ ngày 01/7/2026 đến hết ngày 30/11/2026 và cùng những ngày ấy của năm trước)" in year
    assert "năm nay 90,0 % trên 500 lượt, năm trước 80,0 % trên 500 lượt" in year
    assert "tăng 10,0 điểm phần trăm" in year
    assert "số liệu bắt đầu từ ngày 01/7/2025" in change_in(context, "2026-H1", today)
    assert "So với cùng kỳ năm trước (từ ngày 01/7/2025 đến hết ngày 30/9/2025" in change_in(
        context, "2026-Q3", today
    )
    assert "Chưa có số liệu cùng kỳ năm trước" not in year


def test_a_month_that_began_in_its_middle_is_compared_with_nothing(context: Context) -> None:
    emptied(context)
    add_rates(context, date(2025, 7, 14), "hoc-ba", (0, 0, 20, 0, 80))
    add_rates(context, date(2026, 7, 14), "hoc-ba", (0, 0, 10, 0, 90))
    told = change_in(context, "2026-07-01..2026-07-31", date(2026, 8, 3))
    assert "không có tháng nào mà cả hai năm đều có số liệu từ đầu tháng" in told


def test_the_on_time_share_counts_what_was_due(facts: ReportFacts) -> None:
    of = facts.timeliness
    assert (of.n, of.early, of.on_time, of.late, of.open) == (700, 150, 420, 50, 80)
    assert of.share == pytest.approx(570 / 620)
    assert (of.low, of.high) == pytest.approx(score_interval(570, 620), abs=1e-9)
    [transfer] = facts.focus
    assert transfer.name == "Chuyển trường"
    assert transfer.timeliness.share == pytest.approx(150 / 180)


def test_one_procedures_timeliness_does_not_betray_the_others(context: Context) -> None:
    """Where all but a few answered about the procedure that the regime names, it is not told apart."""
    for others, told in ((4, 0), (5, 1)):
        emptied(context)
        add_rates(context, date(2026, 2, 2), "chuyen-truong", (0, 0, 0, 0, 60))
        add_choices(context, date(2026, 2, 2), "timeliness", "chuyen-truong", {"": 50, "dung-hen": 50})
        add_choices(context, date(2026, 2, 2), "timeliness", "hoc-ba", {"": others, "tre-hen": others})
        assert len(gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY).focus) == told


def test_reasons_and_what_lies_behind_them(facts: ReportFacts) -> None:
    assert facts.reasons.answered == 27
    assert facts.reasons.dissatisfied == sum((facts.total.levels or ())[:2])
    assert [(reason.id, reason.n) for reason in facts.reasons.shown] == [
        ("thoi-gian", 15), ("di-lai", 11), ("huong-dan", 9), ("thai-do", 6), ("giay-to", 5),
    ]  # fmt: skip


def test_quality_tells_what_is_missing_and_what_was_left_out(facts: ReportFacts) -> None:
    quality = facts.quality
    assert quality.sources == 3
    assert [(hole.device, hole.missing) for hole in quality.holes] == [("kiosk-2", 3)]
    assert quality.misuse == 31
    assert (quality.clocks.certain, quality.clocks.bounded, quality.clocks.unknown) == (1052, 12, 4)
    assert quality.refused == {"bad-answer": 1, "bad-batch": 1}


def test_a_journal_that_never_began_at_one_lacks_its_beginning(context: Context) -> None:
    emptied(context)
    add_arrived(context, "kiosk-1", "a", (4, 9))
    add_arrived(context, "kiosk-1", "b", (1, 2), (5, 5))
    [hole] = gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY).quality.holes
    assert (hole.label, hole.missing) == ("Kiosk quầy tiếp nhận", 3 + 2)


def test_refused_messages_are_those_of_the_period(context: Context) -> None:
    emptied(context)
    first = start_of(date(2026, 1, 1))
    for digest, moment in (("a", first - 1), ("b", first), ("c", start_of(date(2026, 5, 30)) - 1)):
        add_refused(context, "bad-event", moment, digest)
    add_refused(context, "bad-event", start_of(date(2026, 5, 30)), "d")
    assert gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY).quality.refused == {"bad-event": 2}


def test_a_period_that_runs_is_cut_at_today(context: Context) -> None:
    emptied(context)
    add_rates(context, TODAY, "hoc-ba", (0, 0, 0, 0, 9))
    add_rates(context, date(2026, 5, 30), "hoc-ba", (0, 0, 0, 0, 100))
    running = gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY)
    assert (running.shown.end, running.running, running.total.n) == (TODAY, True, 9)
    over = gather(reading(context), SCHOOL, "ha-long", "2026-H1", date(2026, 7, 1))
    assert (over.shown.end, over.running, over.total.n) == (date(2026, 6, 30), False, 109)


def test_kinds_of_report_follow_the_period(context: Context) -> None:
    kinds = {
        code: gather(reading(context), SCHOOL, "ha-long", code, date(2026, 12, 31)).kind
        for code in ("2026-H1", "2026", "2026-H2", "2026-Q3", "2026-01-01..2026-05-28")
    }
    assert kinds == {
        "2026-H1": "so-ket", "2026": "tong-ket", "2026-H2": "dot-xuat", "2026-Q3": "dot-xuat",
        "2026-01-01..2026-05-28": "dot-xuat",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("school", "regime", "period", "code"),
    [
        ("khong-co", "ha-long", "2026-H1", "unknown-school"),
        (SCHOOL, "krong-pa", "2026-H1", "regime-not-served"),
        (SCHOOL, "sao-hoa", "2026-H1", "unknown-regime"),
        (SCHOOL, "ha-long", "2026-H3", "bad-period"),
        (SCHOOL, "ha-long", "2026-H2", "period-in-future"),
    ],
)
def test_what_cannot_be_reported_has_its_code(
    context: Context, school: str, regime: str, period: str, code: str
) -> None:
    with pytest.raises(Problem) as caught:
        gather(reading(context), school, regime, period, TODAY)
    assert caught.value.code == code


def spans(rows: list[set[str]], wanted: set[str], every: list[str]) -> bool:
    """Whether the sum over `wanted` follows from the sums over `rows`, by subtraction and addition."""
    matrix = [[float(key in row) for key in every] for row in rows]
    target = [float(key in wanted) for key in every]
    rank = 0
    for column in range(len(every)):
        pivot = next((i for i in range(rank, len(matrix)) if abs(matrix[i][column]) > 1e-9), None)
        if pivot is None:
            continue
        matrix[rank], matrix[pivot] = matrix[pivot], matrix[rank]
        head = matrix[rank]
        for other in [*matrix[:rank], *matrix[rank + 1 :], target]:
            factor = other[column] / head[column]
            for index in range(len(every)):
                other[index] -= factor * head[index]
        rank += 1
    return all(abs(value) < 1e-9 for value in target)


def small_sets(counts: dict[str, int], small_cell: int) -> Iterator[set[str]]:
    """Every set of groups that together are fewer than may be shown."""
    for size in range(1, len(counts) + 1):
        for chosen in combinations(counts, size):
            if sum(counts[key] for key in chosen) < small_cell:
                yield set(chosen)


def test_the_attack_itself_works() -> None:
    every = ["a", "b", "c", "d"]
    assert spans([{"a", "b", "c"}, {"b", "c"}], {"a"}, every)
    assert spans([{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d"}], {"a"}, every)
    assert not spans([{"a", "b", "c", "d"}, {"c"}, {"a", "b"}], {"a"}, every)


COUNTS = st.dictionaries(
    st.sampled_from(["hoc-ba", "chuyen-truong", "tuyen-sinh-6", "ban-sao", "van-bang", "la", ""]),
    st.one_of(st.integers(1, 6), st.integers(5, 60)),
    min_size=1,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(COUNTS)
def test_small_procedures_cannot_be_recovered(context: Context, counts: dict[str, int]) -> None:
    """Neither from the report alone nor from the report and the breakdown that the API gives."""
    emptied(context)
    for procedure, n in counts.items():
        add_rates(context, date(2026, 3, 3), procedure, (0, n // 4, 0, 0, n - n // 4))
    facts = gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY)
    keys = {
        localized(each.name, "vi"): slug for slug, each in procedure_names(reading(context), SCHOOL).items()
    }
    known: list[set[str]] = []
    for row in facts.procedures:
        pairs = row.members if row.kind == "merged" else ((row.kind, row.name),)
        known.append({keys.get(name, name) for _, name in pairs})
        assert row.group.n == sum(counts[key] for key in known[-1])
    if facts.total.share is None:
        assert sum(counts.values()) < 5 and facts.procedures == ()
    else:
        known.append(set(counts))
        assert set().union(*known) == set(counts)
    shown = rates(reading(context), SCHOOL, facts.shown.start, facts.shown.end, by="procedure")
    known += [{group.key} for group in shown if group.share is not None]
    for few in small_sets(counts, 5):
        assert not spans(known, few, sorted(counts))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.one_of(st.integers(0, 6), st.integers(0, 60)), min_size=5, max_size=5))
def test_small_months_cannot_be_recovered(context: Context, counts: list[int]) -> None:
    emptied(context)
    for month, n in enumerate(counts, start=1):
        add_rates(context, date(2026, month, 3), "hoc-ba", (0, n // 4, 0, 0, n - n // 4))
    facts = gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY)
    assert [month.group.n for month in facts.months] == counts
    named = {str(month.first): month.group.n for month in facts.months if month.group.n}
    known = [{str(month.first)} for month in facts.months if month.group.share is not None]
    if facts.total.share is not None:
        known.append(set(named))
    for few in small_sets(named, 5):
        assert not spans(known, few, sorted(named))


def test_hidden_figures_are_not_in_the_tables_either(context: Context) -> None:
    emptied(context)
    add_rates(context, date(2026, 1, 3), "hoc-ba", (0, 0, 0, 0, 40))
    add_rates(context, date(2026, 2, 3), "ban-sao", (3, 0, 0, 0, 0))
    facts = gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY)
    procedures = procedures_table(facts, 1).rows
    assert procedures[0][1] == "Hai thủ tục ít người, gộp lại" and procedures[0][2:4] == ("43", "40")
    assert len(procedures) == 2
    months = {row[0]: row[1:] for row in months_table(facts, 2).rows}
    assert months["01/2026"] == ("40", "–", "–", "–") and months["02/2026"] == ("3", "–", "–", "–")


def test_everything_is_read_at_one_moment(tmp_path: Path) -> None:
    """An answer that comes in while the facts are gathered is in all of them or in none."""
    context = report_school(tmp_path)
    add_rates(context, date(2026, 3, 3), "hoc-ba", (0, 0, 0, 0, 10))
    with context.read() as work:
        before = gather(work, SCHOOL, "ha-long", "2026-H1", TODAY)
        other = report_school_again(tmp_path)
        add_rates(other, date(2026, 3, 3), "ban-sao", (0, 0, 0, 0, 10))
        other.store.close()
        assert gather(work, SCHOOL, "ha-long", "2026-H1", TODAY) == before
    assert gather(reading(context), SCHOOL, "ha-long", "2026-H1", TODAY).total.n == 20


def report_school_again(data: Path) -> Context:
    """A second look at the same directory, as another process has it."""
    from server.settings import Settings
    from server.wiring.contexts import build

    return build(Settings(data=str(data)))
