"""`hailong misuse`: what is left out of the rates and why, running the rules again, the school's hours."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import msgspec

from server.cli.common import context_for, data_options, json_option, table, tell, utc
from server.domain.cases.casework import Actor
from server.domain.figures.periods import current_half, parse_period
from server.domain.figures.rates import Group
from server.domain.localtime import local, local_day, read_day
from server.domain.misuse.misuse import COUNTED
from server.domain.problems import Problem
from server.services import schools
from server.services.access import accounts
from server.services.context import Context
from server.services.misuse import labels, review, views
from server.services.misuse.views import Asked, Episode, LeftOut

_ALL_AT_ONCE = 1_000_000


@click.group("misuse")
def misuse_group() -> None:
    """Answers that are left out of the rates, with the reason; nothing is ever deleted."""


@misuse_group.command("list")
@click.argument("school")
@click.option("--period", help="2026, 2026-H1, 2026-Q3 or two days; the running half-year by default.")
@click.option("--device", help="Show the single answers of this device, with their numbers.")
@click.option("--day", metavar="YYYY-MM-DD", help="The day of which --device is shown; today by default.")
@json_option
@data_options
def misuse_list(
    *,
    school: str,
    period: str | None,
    device: str | None,
    day: str | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Show what is left out at SCHOOL: by reason, in episodes, and the rate without and with it."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        slug = schools.school(work, school).slug
        today = local_day(work.now)
        if device is not None:
            of = views.device_of(work, slug, device)
            _tell_answers(ctx, as_json, slug, Asked(of.id, _day(day, today)))
            return
        span = parse_period(period) if period else current_half(today)
        view, (found, count) = (
            views.left_out(work, slug, span),
            views.episodes(work, slug, span),
        )
        values = {
            "school": slug,
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            "reasons": {reason.reason: reason.rated for reason in view.reasons if reason.rated},
            "other_surveys": sum(reason.others for reason in view.reasons),
            "counted": _group(view.counted),
            "included": _group(view.included),
            "returned_by_hand": view.returned,
            "left_out_by_hand": view.removed,
            "waiting": review.waiting(work, slug),
            "episodes": [_episode(episode) for episode in found],
        }
    tell(as_json, values, *_lines(view, found, count))


@misuse_group.command("review")
@click.option("--school", help="Judge old answers of this school again, from --from to --to.")
@click.option(
    "--from", "first", metavar="YYYY-MM-DD", help="The first day; 1 January of this year by default."
)
@click.option("--to", "last", metavar="YYYY-MM-DD", help="The last day; today by default.")
@json_option
@data_options
def misuse_review(
    *,
    school: str | None,
    first: str | None,
    last: str | None,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Run the rules over everything that is due; a running server does so by itself."""
    ctx = context_for(data, settings_file)
    if school is None and (first or last):
        raise click.ClickException("Say whose answers are to be judged again: --school SLUG.")
    if school is not None:
        today = local_day(ctx.now())
        review.review_again(ctx, school, _day(first, today.replace(month=1, day=1)), _day(last, today))
    done = review.review(ctx, _ALL_AT_ONCE)
    tell(as_json, {"days_of_devices": done}, f"Ran the rules over {done} days of devices")


@misuse_group.command("label")
@click.argument("events", nargs=-1, required=True, type=int)
@click.option("--by", required=True, metavar="LOGIN", help="Who says so: the principal or the deputy.")
@click.option("--as", "word", required=True, metavar="|".join(labels.LABELS), help="What they are.")
@click.option("--note", default="", help="Why; needed with --as other.")
@json_option
@data_options
def misuse_label(
    *,
    events: tuple[int, ...],
    by: str,
    word: str,
    note: str,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Return answers to the count, or leave them out, by their numbers in `hailong misuse list --device`."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        account = accounts.find_account(work, by)
    if account is None:
        raise Problem("unknown-user", login=by)
    actor = Actor(account.login, account.role, account.school)
    count = labels.label(ctx, actor, events, word, note)
    said = "returned to the count" if word == COUNTED else f"left out as '{word}'"
    tell(as_json, {"labelled": count, "label": word}, f"{count} answers {said}")


@misuse_group.command("hours")
@click.argument("school")
@click.argument("hours", required=False)
@json_option
@data_options
def misuse_hours(
    school: str, hours: str | None, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Show when somebody is at SCHOOL, or say so: HOURS as 05:30-19:30; 00:00-24:00 is always.

    Answers that come to a kiosk, a button or a desk at other hours are left out. With other HOURS the
    answers of this year are judged again.
    """
    ctx = context_for(data, settings_file)
    waiting = 0 if hours is None else schools.set_hours(ctx, school, hours, local_day(ctx.now()))
    with ctx.read() as work:
        now = str(schools.hours(work, school))
    lines = [f"{school}: somebody is there {now}"]
    if waiting:
        lines.append(f"{waiting} days of devices wait to be judged by these hours")
    tell(as_json, {"school": school, "hours": now, "waiting": waiting}, *lines)


def _day(text: str | None, otherwise: date) -> date:
    if text is None:
        return otherwise
    day = read_day(text)
    if day is None:
        raise Problem("bad-day", day=text[:40])
    return day


def _lines(view: LeftOut, found: list[Episode], count: int) -> list[str]:
    lines = [f"{reason.reason:13} {reason.rated}" for reason in view.reasons if reason.rated] or [
        "No rating is left out."
    ]
    if others := sum(reason.others for reason in view.reasons):
        lines.append(f"{'other surveys':13} {others}, which enter no rate anyway")
    lines += [f"{'without them':13} {_rate(view.counted)}", f"{'with them':13} {_rate(view.included)}"]
    if found:
        rows = [
            (f"{local(one.first_at):%Y-%m-%d %H:%M:%S}", one.device, one.reason, str(one.n)) for one in found
        ]
        lines += ["", *table(("from", "device", "reason", "n"), rows)]
    if count > len(found):
        lines.append(f"and {count - len(found)} older ones")
    return lines


def _rate(group: Group) -> str:
    if group.share is None:
        return f"n = {group.n}, the rate is hidden" if group.suppressed else f"n = {group.n}"
    return f"{group.share:.1%}, n = {group.n}"


def _group(group: Group) -> dict[str, object]:
    return {key: getattr(group, key) for key in ("n", "share", "low", "high", "suppressed")}


def _episode(one: Episode) -> dict[str, object]:
    return {
        "device": one.device,
        "day": one.day.isoformat(),
        "reason": one.reason,
        "n": one.n,
        "first": utc(one.first_at),
        "last": utc(one.last_at),
    }


def _tell_answers(ctx: Context, as_json: bool, school: str, asked: Asked) -> None:
    with ctx.read() as work:
        lines, count = views.answers(work, school, asked)
        pages = -(-count // views.ANSWERS_A_PAGE)
        for page in range(2, pages + 1):
            lines += views.answers(work, school, asked, page)[0]
    rows = [
        (
            str(one.n),
            f"{local(one.at):%H:%M:%S}",
            one.procedure or "-",
            one.misuse or "counted",
            one.label or "-",
        )
        for one in lines
    ]
    heads = ("number", "time", "procedure", "state", "label")
    values = {
        "device": asked.device,
        "day": asked.day.isoformat(),
        "count": count,
        "answers": [msgspec.to_builtins(one) for one in lines],
    }
    tell(as_json, values, *table(heads, rows))
