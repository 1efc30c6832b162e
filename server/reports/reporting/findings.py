"""The sentences of a report that follow from its figures."""

from server.domain.figures.comparison import Comparison
from server.domain.figures.rates import Difference, Group
from server.reports.documents.letter import period_words
from server.reports.reporting.tables import mean, procedure_name
from server.reports.words.numbers import decimal, goal, percent, points, short_date, whole
from server.reports.words.wording import in_words, listed, say
from server.services.figures.reasons import Timeliness
from server.services.reporting.facts import ReportFacts

_ATTITUDE, _TROUBLE, _HARASSMENT = "thai-do", "phien-ha", "nhung-nhieu"
_KINDS = ("kiosk", "button", "qr")


def opening(facts: ReportFacts) -> str:
    """On which plan, about which period, with which days."""
    return say(
        "opening",
        abbreviation=facts.school.abbreviation,
        school=facts.school.name,
        period=period_words(facts),
        first=short_date(facts.shown.start),
        last=short_date(facts.shown.end),
        so_far=say("opening.so_far") if facts.running else "",
    )


def voluntary(facts: ReportFacts) -> str:
    """That nobody has to rate, and on what they can."""
    parts = [
        say(f"device.{kind}", count=in_words(facts.devices[kind]))
        for kind in _KINDS
        if facts.devices.get(kind)
    ]
    return say("one.voluntary", devices=say("one.devices", list=listed(parts)) if parts else "")


def satisfaction(facts: ReportFacts) -> list[str]:
    """The rate, the levels behind it, and the change against the year before."""
    total = facts.total
    if total.n == 0:
        return [say("rate.none"), *_change(facts)]
    if total.levels is None or total.share is None or total.low is None or total.high is None:
        return [say("rate.few", n=whole(total.n), small=facts.quality.small_cell)]
    channels = [
        say(f"channel.{key}", n=whole(facts.channels[key])) for key in _KINDS if facts.channels.get(key)
    ]
    share = say(
        "rate.share",
        share=percent(total.share),
        low=percent(total.low),
        high=percent(total.high),
        goal=say(f"goal.{facts.verdict}", goal=goal(facts.school.goal)),
        mean=mean(total),
    )
    n = say("rate.n", n=whole(total.n), channels=f" ({', '.join(channels)})" if channels else "")
    levels = {f"n{level}": whole(count) for level, count in enumerate(total.levels, start=1)}
    return [f"{n} {share}", say("rate.levels", **levels), *_change(facts)]


def _change(facts: ReportFacts) -> list[str]:
    """What was compared with the year before, or why nothing was."""
    compared = facts.comparison
    if compared is None:
        return []
    days = {"first": short_date(compared.earlier.start), "last": short_date(compared.earlier.end)}
    if compared.now is None or compared.before is None or compared.difference is None:
        begins = short_date(compared.begins) if compared.begins else ""
        outcome = "none" if compared.begins is None else compared.outcome
        return [say(f"change.{outcome}", begins=begins, small=facts.quality.small_cell, **days)]
    return [_difference(compared, compared.now, compared.before, compared.difference, days)]


def _difference(
    compared: Comparison, now: Group, before: Group, difference: Difference, days: dict[str, str]
) -> str:
    moved = decimal(abs(difference.value) * 100, 1)
    direction = "same" if moved == "0,0" else "up" if difference.value > 0 else "down"
    spans = [
        say("change.span", first=short_date(first), last=short_date(last)) for first, last in compared.spans
    ]
    return say(
        "change.text" if compared.outcome == "whole" else "change.months",
        spans=listed(spans),
        now=percent(now.share or 0),
        now_n=whole(now.n),
        before=percent(before.share or 0),
        n=whole(before.n),
        change=say(f"change.{direction}", points=moved),
        low=points(difference.low),
        high=points(difference.high),
        verdict=say("change.certain" if compared.certain else "change.chance"),
        **days,
    )


def timeliness(facts: ReportFacts) -> list[str]:
    """The on-time shares, as what parents say."""
    of = facts.timeliness
    if of.n == 0:
        return [say("time.none")]
    if of.share is None:
        return [say("time.few", n=whole(of.n), small=facts.quality.small_cell)]
    text = say(
        "time.text",
        n=whole(of.n),
        due=whole(_due(of)),
        early=whole(of.early or 0),
        on_time=whole(of.on_time or 0),
        late=whole(of.late or 0),
        open=whole(of.open or 0),
        **_share(of),
    )
    named = [
        say(
            "time.focus",
            name=each.name,
            due=whole(_due(each.timeliness)),
            in_time=whole((each.timeliness.early or 0) + (each.timeliness.on_time or 0)),
            **_share(each.timeliness),
        )
        for each in facts.focus
    ]
    return [text, *named, say("time.source")]


def _due(of: Timeliness) -> int:
    return (of.early or 0) + (of.on_time or 0) + (of.late or 0)


def _share(of: Timeliness) -> dict[str, str]:
    return {
        "share": percent(of.share or 0),
        "low": percent(of.low or 0),
        "high": percent(of.high or 0),
    }


def reasons(facts: ReportFacts) -> list[str]:
    """What people named after a low rating; attitude, trouble and harassment are asked for by name."""
    of = facts.reasons
    if of.answered is None:
        return [say("reasons.few", small=facts.quality.small_cell)]
    if of.answered == 0:
        return [say("reasons.none")]
    text = say(
        "reasons.text", dissatisfied=whole(of.dissatisfied or of.answered), answered=whole(of.answered)
    )
    shown = {reason.id: reason.n for reason in of.shown}

    def told(reason: str) -> str:
        if reason in shown:
            return say("reasons.count", n=whole(shown[reason]))
        return say("reasons.below", small=facts.quality.small_cell)

    pointed = say(
        "reasons.pointed", attitude=told(_ATTITUDE), trouble=told(_TROUBLE), harassment=told(_HARASSMENT)
    )
    return [text, pointed]


def shortcomings(facts: ReportFacts) -> list[str]:
    """What the figures themselves point at; the causes are for people to say."""
    aim = goal(facts.school.goal)
    found = []
    told = [row for row in facts.procedures if row.kind in ("known", "unknown")]
    below = [row for row in told if row.verdict == "below"]
    if below:
        names = [
            say("three.below_one", name=row.short or procedure_name(row), share=_told(row.group))
            for row in below
        ]
        found.append(say("three.below", goal=aim, procedures=listed(names)))
    elif told:
        found.append(say("three.none_below", goal=aim, count=whole(len(told))))
    elif facts.total.share is not None:
        found.append(say("three.few", goal=aim, small=facts.quality.small_cell))
    if facts.reasons.shown:
        most = facts.reasons.shown[0].n
        first = [each.text for each in facts.reasons.shown if each.n == most]
        found.append(
            say(
                "three.reason" if len(first) == 1 else "three.reasons",
                reason=listed([text[:1].lower() + text[1:] for text in first]),
                n=whole(most),
                answered=whole(facts.reasons.answered or most),
            )
        )
    if facts.timeliness.late:
        found.append(say("three.late", late=whole(facts.timeliness.late)))
    return found


def _told(group: Group) -> str:
    return percent(group.share or 0)
