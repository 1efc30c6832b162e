"""The sentences of a report that follow from its figures."""

from server.domain.rates import Group
from server.reports.letter import period_words
from server.reports.numbers import decimal, goal, percent, points, short_date, whole
from server.reports.tables import mean, procedure_name
from server.reports.wording import in_words, listed, say
from server.services.reasons import Timeliness
from server.services.report_facts import Comparison, ReportFacts

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
    compared = facts.comparison
    if compared is None:
        return []
    days = {"first": short_date(compared.period.start), "last": short_date(compared.period.end)}
    if compared.before.n == 0:
        return [say("change.none", **days)]
    if compared.before.share is None:
        return [say("change.few", n=whole(compared.before.n), **days)]
    return [_difference(compared, days)] if compared.difference is not None else []


def _difference(compared: Comparison, days: dict[str, str]) -> str:
    difference, before = compared.difference, compared.before
    if difference is None or before.share is None:
        return ""
    moved = decimal(abs(difference.value) * 100, 1)
    direction = "same" if moved == "0,0" else "up" if difference.value > 0 else "down"
    certain = difference.low > 0 or difference.high < 0
    return say(
        "change.text",
        before=percent(before.share),
        n=whole(before.n),
        change=say(f"change.{direction}", points=moved),
        low=points(difference.low),
        high=points(difference.high),
        verdict=say("change.certain" if certain else "change.chance"),
        **days,
    )


def timeliness(facts: ReportFacts) -> list[str]:
    """The on-time shares, as what parents say."""
    of = facts.timeliness
    if of.n == 0:
        return [say("time.none")]
    if of.share is None:
        return [say("time.few", n=whole(of.n))]
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
    below = [row for row in facts.procedures if row.verdict == "below"]
    if below:
        names = [
            say("three.below_one", name=row.short or procedure_name(row), share=_told(row.group))
            for row in below
        ]
        found.append(say("three.below", goal=aim, procedures=listed(names)))
    elif facts.total.share is not None:
        found.append(say("three.none_below", goal=aim))
    if facts.reasons.shown:
        most = facts.reasons.shown[0]
        found.append(say("three.reason", reason=most.text[:1].lower() + most.text[1:], n=whole(most.n)))
    if facts.timeliness.late:
        found.append(say("three.late", late=whole(facts.timeliness.late)))
    return found


def _told(group: Group) -> str:
    return percent(group.share or 0)
