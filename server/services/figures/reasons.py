"""What dissatisfied visitors named, and whether results came in time: choices, read from the roll-ups."""

from dataclasses import dataclass

from server.domain.figures.periods import Period
from server.domain.figures.rates import Group, wilson
from server.services.context import Context, Work
from server.services.figures.rates import choice_counts
from survey_defs.model import Choice, localized

SURVEY = "tthc"
"""The survey of the procedures, which asks for reasons and time limits."""
REASONS, TIMELINESS = "reasons", "timeliness"
_IN_TIME, _LATE, _OPEN = ("truoc-hen", "dung-hen"), "tre-hen", "chua-den-hen"


@dataclass(frozen=True)
class Reason:
    """One reason and how many named it."""

    id: str
    text: str
    n: int


@dataclass(frozen=True)
class Reasons:
    """`answered` of `dissatisfied` visitors named reasons; None where that is hidden.

    `shown` by how often they were named; `hidden` were named by too few (or nobody) to tell.
    """

    dissatisfied: int | None
    answered: int | None
    shown: tuple[Reason, ...]
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class Timeliness:
    """Answers to "was the result there in time". `early`, `on_time`, `late` have ended, `open` not yet.

    `share` of the ended ones in time with its 95 % interval, as fractions; all None where hidden or empty.
    """

    n: int
    hidden: bool
    early: int | None
    on_time: int | None
    late: int | None
    open: int | None
    share: float | None
    low: float | None
    high: float | None


NO_REASONS = Reasons(None, None, (), ())
NO_TIMELINESS = Timeliness(0, False, None, None, None, None, None, None, None)
"""Where a period is not to be divided."""


def make_reasons(work: Work, school: str, period: Period, total: Group, lang: str) -> Reasons:
    """The reasons named in the period; counts below the small cell are hidden, zero among them."""
    counts = choice_counts(work, school, SURVEY, REASONS, period)
    small = work.ctx.settings.small_cell
    answered = counts.pop("", 0)
    texts = {choice.id: localized(choice.text, lang) for choice in _choices(work.ctx, SURVEY, REASONS)}
    dissatisfied = None if total.levels is None else total.levels[0] + total.levels[1]
    if answered < small:
        return Reasons(dissatisfied, None if answered else 0, (), ())
    named = [
        Reason(key, texts.get(key, key), counts.get(key, 0))
        for key in {**dict.fromkeys(texts), **dict.fromkeys(counts)}
    ]
    shown = sorted((reason for reason in named if reason.n >= small), key=lambda reason: -reason.n)
    hidden = tuple(reason.text for reason in named if reason.n < small)
    return Reasons(dissatisfied, answered, tuple(shown), hidden)


def make_timeliness(work: Work, school: str, period: Period) -> Timeliness:
    """The on-time share of the period."""
    counts = choice_counts(work, school, SURVEY, TIMELINESS, period)
    n = counts.get("", 0)
    if n < work.ctx.settings.small_cell:
        return Timeliness(n, n > 0, None, None, None, None, None, None, None)
    early, on_time = (counts.get(key, 0) for key in _IN_TIME)
    late, still_open = counts.get(_LATE, 0), counts.get(_OPEN, 0)
    ended = early + on_time + late
    if ended < work.ctx.settings.small_cell:
        return Timeliness(n, True, None, None, None, None, None, None, None)
    low, high = wilson(early + on_time, ended)
    share = (early + on_time) / ended
    return Timeliness(n, False, early, on_time, late, still_open, share, low, high)


def _choices(ctx: Context, survey: str, question: str) -> tuple[Choice, ...]:
    """The choices of all versions, the newest wording winning: old answers keep their words."""
    found: dict[str, Choice] = {}
    for each in sorted((s for s in ctx.surveys if s.id == survey), key=lambda s: -s.version):
        of = each.question(question)
        for choice in of.choices if of else ():
            found.setdefault(choice.id, choice)
    return tuple(found.values())
