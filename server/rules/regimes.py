"""Who asks the school for reports, and when they are due."""

from datetime import date, timedelta
from functools import cache

import msgspec

from server.domain.problems import Problem
from server.rules.files import read_rules


class DueDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day of every year. `before`: the day itself is too late."""

    month: int
    day: int
    before: bool

    def in_year(self, year: int) -> date:
        """That day in `year`."""
        return date(year, self.month, self.day)


class RegimeReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of report. `period` is a period's code with `{year}`; no `due`: on demand only."""

    kind: str
    title: dict[str, str]
    period: str | None
    due: DueDay | None


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One office's rules for reports: who gets them, which, when, what they ask for."""

    id: str
    name: str
    served: bool
    effective_from: date
    effective_to: date | None
    source: str
    verified: bool
    layout: str
    recipients: tuple[str, ...]
    reports: tuple[RegimeReport, ...]
    asks: tuple[str, ...]
    focus_procedures: tuple[str, ...] = ()


class DueReport(msgspec.Struct, frozen=True):
    """A report that is due next. `last_day` is the last day on which it is in time."""

    regime: str
    kind: str
    title: dict[str, str]
    due: date
    before: bool
    last_day: date
    days_left: int
    period: str

    def sentence(self, lang: str = "vi") -> str:
        """As the dashboard says it: "Báo cáo sơ kết 6 tháng, hạn trước 03/06"."""
        title = self.title.get(lang) or self.title["vi"]
        if lang == "vi":
            return f"{title}, hạn {'trước' if self.before else 'ngày'} {self.due:%d/%m}"
        return f"{title}, due {'before' if self.before else 'on'} {self.due:%d/%m}"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    regimes: tuple[Regime, ...]


@cache
def regimes() -> tuple[Regime, ...]:
    """Every regime that the program knows, the served ones first."""
    return tuple(sorted(read_rules("regimes", _File).regimes, key=lambda each: not each.served))


def regime(regime_id: str) -> Regime:
    """The regime of that id. Raises `Problem("unknown-regime")`."""
    return _find(regime_id, offered=[each.id for each in regimes()])


def served_regime(regime_id: str) -> Regime:
    """The regime of that id whose reports can be made. Raises `unknown-regime` or `regime-not-served`."""
    served = [each.id for each in regimes() if each.served]
    found = _find(regime_id, offered=served)
    if not found.served:
        raise Problem("regime-not-served", regime=found.id, name=found.name, served=", ".join(served))
    return found


def _find(regime_id: str, offered: list[str]) -> Regime:
    for each in regimes():
        if each.id == regime_id:
            return each
    raise Problem("unknown-regime", regime=regime_id[:40], known=", ".join(offered))


def due_reports(regime_id: str, today: date) -> list[DueReport]:
    """The next due date of each kind of report, the nearest first; those due on demand are left out.

    A date that has passed gives way to next year's: whether the report went out is not known here.
    A regime that no longer holds on the date asks for nothing. Raises `Problem("unknown-regime")`.
    """
    of = regime(regime_id)
    found = []
    for report in of.reports:
        if report.due is None or report.period is None:
            continue
        for year in (today.year, today.year + 1):
            due = report.due.in_year(year)
            last_day = due - timedelta(days=1) if report.due.before else due
            if last_day < today:
                continue
            if of.effective_from <= due and (of.effective_to is None or due <= of.effective_to):
                period = report.period.format(year=year)
                left = (last_day - today).days
                found.append(
                    DueReport(
                        of.id, report.kind, report.title, due, report.due.before, last_day, left, period
                    )
                )
            break
    return sorted(found, key=lambda each: (each.due, each.kind))
