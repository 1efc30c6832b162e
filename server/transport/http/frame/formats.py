"""Numbers, dates and times as the reader's language writes them; what of a line stays together."""

import re
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from server.domain.localtime import local, read_typed_day

NBSP = "\N{NO-BREAK SPACE}"
"""No-break space: a figure never stands apart from its unit."""
_FIGURE = re.compile(r"(?<![\w/.,-])(\d[\d.,]*) (?=[^\W\d])")
_HYPHENED = re.compile(r"(\w[\w.]{0,63}(?:-[\w.]{1,64})+)")
"""With a bound, for a letter may be one word of thousands of signs: each would be a beginning to try."""
_LONGEST_WHOLE = 24
"""Longer ones may break: a telephone's line holds no more."""
_MINUTE = 60_000
_NO_MEASURE = 1e15
"""Beyond this a number has more digits than Babel can round."""


def number(value: int, lang: str) -> str:
    """`1.068`"""
    return format_decimal(value, locale=lang)


def decimal_plain(value: float, lang: str) -> str:
    """A measured value: `58`, `51,5`; whole where it is large, `–` where nothing can have measured it."""
    if not abs(value) < _NO_MEASURE:  # NaN too
        return "–"
    return format_decimal(value, "#,##0" if abs(value) >= 100 else "#,##0.#", locale=lang)


def decimal(fraction: float, lang: str, digits: int = 1) -> str:
    """A fraction as percent without its sign: `92,4`; at whole hundred and nothing no decimals are lost."""
    return format_decimal(100 * fraction, "0." + "0" * digits if digits else "0", locale=lang)


def signed(fraction: float, lang: str, digits: int = 1) -> str:
    """Percentage points with their sign, as a change is told: `+1,2`, `−0,4`, `0,0`."""
    text = decimal(abs(fraction), lang, digits)
    return text if round(abs(fraction) * 100, digits) == 0 else f"{'+' if fraction > 0 else '−'}{text}"


def percent_sign(lang: str) -> str:
    """The sign as it follows a figure, in Vietnamese after a space."""
    return NBSP + "%" if lang == "vi" else "%"


def percent(fraction: float, lang: str, digits: int = 1) -> str:
    """`92,4 %` in Vietnamese, `92.4%` in English."""
    return decimal(fraction, lang, digits) + percent_sign(lang)


def bound(fraction: float, lang: str, goal_share: float) -> str:
    """A bound of an interval as `decimal`, with more places where fewer would make it look like the goal."""
    for digits in (1, 2, 3):
        text = decimal(fraction, lang, digits)
        if fraction == goal_share or text != decimal(goal_share, lang, digits):
            return text
    return text


def goal(fraction: float, lang: str) -> str:
    """A goal: `90 %`, with a decimal only where it has one."""
    return percent(fraction, lang, 0 if abs(fraction * 100 - round(fraction * 100)) < 1e-9 else 1)


def bound_figures(text: str) -> str:
    """The text with its figures bound to the word behind them: `6 tháng` is never broken after the 6."""
    return type(text)(_FIGURE.sub(rf"\1{NBSP}", text))  # what is safe stays so


def whole(text: str) -> Markup:
    """The text, where no login and no id breaks at its hyphens: `vai-le-tan`."""
    words = _HYPHENED.split(text)
    marked = Markup('<span class="whole">{}</span>')
    return Markup("").join(
        marked.format(word) if number % 2 and len(word) <= _LONGEST_WHOLE else escape(word)
        for number, word in enumerate(words)
    )


def day(value: date, lang: str) -> str:
    """`28/05/2026`, in English `28 May 2026`."""
    return f"{value:%d/%m/%Y}" if lang == "vi" else format_date(value, "d MMM y", locale="en")


def typed_day(value: date | str) -> str:
    """A day as a form shows it, in every language: `28/05/2026`. What is no day stays as it was typed."""
    day = read_typed_day(value) if isinstance(value, str) else value
    return f"{day:%d/%m/%Y}" if day else str(value)


def day_month(value: date, lang: str) -> str:
    """`28/05`, in English `28 May`."""
    return f"{value:%d/%m}" if lang == "vi" else format_date(value, "d MMM", locale="en")


def span(first: date, last: date, lang: str) -> str:
    """`01/01 – 28/05/2026`; both years where they differ."""
    begin = day_month(first, lang) if first.year == last.year else day(first, lang)
    return f"{begin} – {day(last, lang)}"


def days_short(first: date, last: date, lang: str) -> str:
    """`24/11`, `04–10/02`, `31/12–02/01`; in English `4–10 Feb`."""
    if first == last:
        return day_month(first, lang)
    if first.month != last.month:
        return f"{day_month(first, lang)}–{day_month(last, lang)}"
    return f"{first:%d}–{last:%d/%m}" if lang == "vi" else f"{first.day}–{day_month(last, lang)}"


def month(value: date, lang: str) -> str:
    """`8/2025`, in English `August 2025`."""
    return f"{value.month}/{value.year}" if lang == "vi" else format_date(value, "MMMM y", locale="en")


def weekday(value: date, lang: str) -> str:
    """`thứ Năm`, in English `Thursday`."""
    name = format_date(value, "EEEE", locale=lang)
    if lang != "vi":
        return name
    # The locale data write "Chủ Nhật"; only the days that are numbers have a capital in their second word.
    return "chủ nhật" if value.weekday() == 6 else name[0].lower() + name[1:]


def weekday_short(value: date, lang: str) -> str:
    """`T2` to `T7`, `CN`; in English `Mon`."""
    if lang != "vi":
        return format_date(value, "EEE", locale=lang)
    return "CN" if value.weekday() == 6 else f"T{value.weekday() + 2}"


def clock(ms: int) -> str:
    """`07:52`, the school's time."""
    return f"{local(ms):%H:%M}"


def moment(ms: int, lang: str, today: date) -> str:
    """`07:52` today, else with its day: `07:52 27/05/2026`."""
    at = local(ms)
    return clock(ms) if at.date() == today else f"{clock(ms)} {day(at.date(), lang)}"


def size(count: float, lang: str) -> str:
    """`812 B`, `64,0 KB`, `24,5 GB`: by thousands, as disks are sold; `–` where no disk can be so large."""
    if not 0 <= count < 1e9 * _NO_MEASURE:
        return "–"
    if count < 1000:
        return f"{number(round(count), lang)}{NBSP}B"
    unit = next((i for i in (1, 2) if count < 1000 ** (i + 1)), 3)
    text = format_decimal(count / 1000**unit, "#,##0.0", locale=lang)
    return f"{text}{NBSP}{('KB', 'MB', 'GB')[unit - 1]}"


def duration(ms: int) -> tuple[str, int, int]:
    """How long, as the key of its sentence and two numbers: days and hours, hours and minutes, or minutes."""
    minutes = max(0, ms) // _MINUTE
    if minutes >= 24 * 60:
        return "days", minutes // (24 * 60), minutes % (24 * 60) // 60
    if minutes >= 60:
        return "hours", minutes // 60, minutes % 60
    return "minutes", minutes, 0
