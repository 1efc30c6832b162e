"""Which reports can be made: the regular ones of the served regimes, and others on demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from server.domain.figures.periods import Period
from server.rules import DueReport, Regime, due_reports, regimes


@dataclass(frozen=True)
class ReportRow:
    """One report. `title` by language, None for one on demand; `due` where it is one that is due next."""

    period: Period
    regime: Regime
    title: dict[str, str] | None
    due: DueReport | None


def report_list(choices: Sequence[Period], today: date) -> list[ReportRow]:
    """A row per regime and period: what is due next first, then regular ones, then those on demand."""
    rows = []
    for regime in regimes():
        if not regime.served:
            continue
        due = {report.period: report for report in due_reports(regime.id, today)}
        for period in choices:
            title = next(
                (
                    report.title
                    for report in regime.reports
                    if report.period and report.period.format(year=period.start.year) == period.code
                ),
                None,
            )
            rows.append(ReportRow(period, regime, title, due.get(period.code)))
    return sorted(rows, key=_urgency)


def _urgency(row: ReportRow) -> tuple[bool, bool, int]:
    return row.title is None, row.due is None, row.due.days_left if row.due else 0
