"""Numbers and dates as Vietnamese documents write them: 1.068; 92,4 %; 03/6/2026."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"


def whole(count: int) -> str:
    """A count, its thousands parted by points: 1.068."""
    return f"{count:,}".replace(",", ".")


def decimal(value: float, places: int) -> str:
    """A decimal with a comma, halves rounded up as at school: 4,46. Negative ones with a real minus sign."""
    # Twelve places first: 14.05 must not turn into 14.0 because its nearest binary number lies below it.
    exact = Decimal(repr(round(value, 12))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{abs(exact):,f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    return f"{MINUS}{text}" if exact < 0 else text


def points(fraction: float) -> str:
    """A fraction as per cent without its sign, for tables: 92,4."""
    return decimal(fraction * 100, 1)


def percent(fraction: float) -> str:
    """A fraction as per cent: 92,4 % with a no-break space."""
    return f"{points(fraction)}{NBSP}%"


def goal(fraction: float) -> str:
    """A goal as per cent, without decimals where it has none: 90 %."""
    text = points(fraction)
    return f"{text.removesuffix(',0')}{NBSP}%"


def interval(low: float, high: float) -> str:
    """Two fractions as per cent, for tables: 90,7 – 93,9 on one line."""
    return f"{points(low)}{NBSP}{EN_DASH}{NBSP}{points(high)}"


def short_date(day: date) -> str:
    """A date in figures, by the decree's rule: a leading 0 for days below 10 and months 1 and 2 only."""
    return f"{day.day:02d}/{_month(day)}/{day.year}"


def page_date(day: date) -> str:
    """A date in figures as every page writes it: 05/03/2026."""
    return f"{day:%d/%m/%Y}"


def long_date(day: date) -> str:
    """A date in words: "ngày 05 tháng 3 năm 2026"."""
    return f"ngày{NBSP}{day.day:02d} tháng{NBSP}{_month(day)} năm{NBSP}{day.year}"


def month(first: date) -> str:
    """A month in figures: 01/2026, 3/2026."""
    return f"{_month(first)}/{first.year}"


def _month(day: date) -> str:
    return f"{day.month:02d}" if day.month < 3 else str(day.month)
