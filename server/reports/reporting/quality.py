"""What a report says about its own figures: what is missing, left out, uncertain, refused, hidden."""

from server.reports.words.numbers import percent, short_date, whole
from server.reports.words.wording import say
from server.services.misuse.views import LeftOut
from server.services.reporting.facts import ReportFacts


def statements(facts: ReportFacts, procedures_table: int | None) -> list[str]:
    """One sentence for each kind of doubt, also where there is none; `procedures_table` is its number."""
    return [
        say("quality.method"),
        _complete(facts),
        _misuse(facts),
        _clocks(facts),
        *_server_clock(facts),
        _refused(facts),
        _hidden(facts, procedures_table),
    ]


def _complete(facts: ReportFacts) -> str:
    of, today = facts.quality, short_date(facts.today)
    if not of.sources:
        return say("quality.no_source", today=today)
    if not of.holes:
        return say("quality.complete", today=today, sources=whole(of.sources))
    devices = ", ".join(say("quality.hole", label=h.label, missing=whole(h.missing)) for h in of.holes)
    missing = whole(sum(hole.missing for hole in of.holes))
    return say("quality.holes", today=today, missing=missing, devices=devices)


def _misuse(facts: ReportFacts) -> str:
    misuse, left_out = facts.quality.misuse, facts.quality.left_out
    by_hand = _by_hand(left_out) if left_out else ""
    if facts.quality.waiting:
        by_hand += say("quality.waiting", count=whole(facts.quality.waiting))
    if not misuse:
        return say("quality.no_misuse", by_hand=by_hand)
    told = [
        say(f"misuse.{one.reason}", n=whole(one.rated))
        for one in (left_out.reasons if left_out else ())
        if one.rated
    ]
    return say(
        "quality.misuse",
        misuse=whole(misuse),
        reasons=f" ({', '.join(told)})" if told else "",
        with_them=_with_them(left_out) if left_out else "",
        by_hand=by_hand,
    )


def _with_them(left_out: LeftOut) -> str:
    """The rate with what was left out, for comparison, where it tells no handful of answers."""
    group = left_out.included
    if group.share is None:
        return ""
    return say("quality.with_misuse", share=percent(group.share), n=whole(group.n))


def _by_hand(left_out: LeftOut) -> str:
    """What people decided otherwise than the rules."""
    told = [
        say(f"quality.{key}", n=whole(n))
        for key, n in (("returned", left_out.returned), ("removed", left_out.removed))
        if n
    ]
    return say("quality.by_hand", what=", ".join(told)) if told else ""


def _clocks(facts: ReportFacts) -> str:
    of = facts.quality.clocks
    if of.bounded or of.unknown:
        counts = {"certain": whole(of.certain), "bounded": whole(of.bounded), "unknown": whole(of.unknown)}
        return say("quality.clocks", **counts)
    if not of.certain:
        return say("quality.clocks_none")
    return say("quality.clocks_sure", certain=whole(of.certain))


def _server_clock(facts: ReportFacts) -> list[str]:
    """Nothing where the server believes its clock: every other report would only ask why that is said."""
    if not facts.quality.clock_doubt:
        return []
    return [
        say("quality.server_clock", today=short_date(facts.today), waiting=whole(facts.quality.unnumbered))
    ]


_TOLD_CODES = (
    "bad-event", "unknown-survey", "unknown-version", "unknown-question", "bad-answer", "conflict",
    "too-large", "wrong-device", "bad-batch",
)  # fmt: skip


def _refused(facts: ReportFacts) -> str:
    refused = facts.quality.refused
    if not refused:
        return say("quality.no_refused")
    by_words: dict[str, int] = {}
    for code, count in refused.items():
        words = say(f"refused.{code if code in _TOLD_CODES else 'other'}")
        by_words[words] = by_words.get(words, 0) + count
    codes = "; ".join(say("quality.code", words=words, n=whole(n)) for words, n in by_words.items())
    return say("quality.refused", refused=whole(sum(refused.values())), codes=codes)


def _hidden(facts: ReportFacts, procedures_table: int | None) -> str:
    what = []
    if facts.total.suppressed:
        what.append(say("quality.hidden_total"))
    merged = sum(row.named_members for row in facts.procedures)
    if merged and procedures_table is not None:
        what.append(say("quality.hidden_procedures", count=merged, table=procedures_table))
    elif merged:
        what.append(say("quality.hidden_all_procedures", count=merged))
    if facts.months_hidden:
        what.append(say("quality.hidden_months", count=facts.months_hidden))
    if facts.timeliness.hidden:
        what.append(say("quality.hidden_time"))
    if facts.reasons.hidden:
        what.append(say("quality.hidden_reasons", count=len(facts.reasons.hidden)))
    small = facts.quality.small_cell
    if not what:
        return say("quality.hidden_none", small=small)
    return say("quality.hidden", small=small, what="; ".join(what))
