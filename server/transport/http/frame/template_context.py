"""What every template may use: texts, numbers and dates in the reader's language, charts, the frame."""

from datetime import date
from functools import partial

from flask import Flask, url_for
from flask_login import current_user

from server.domain.access.roles import CASES
from server.domain.cases.casework import spelled
from server.domain.localtime import local_day
from server.services import schools
from server.services.access.accounts import Account
from server.services.cases import actions, queue
from server.services.context import Context, Work
from server.services.dashboard.fleet import attention
from server.transport.http.frame import formats
from server.transport.http.frame.language import language, other_language, switch_address
from server.transport.http.security.access import declared_roles
from server.transport.http.security.form_sizes import MAX_TYPED_LINE, MAX_TYPED_TEXT
from survey_defs.texts import Texts


def install(app: Flask, ctx: Context, texts: Texts) -> None:
    """Make the templates' functions and filters."""

    def t(key: str, **values: object) -> str:
        return texts(language(), key, **values)

    def lasting(ms: int) -> str:
        kind, large, small = formats.duration(ms)
        return t(f"duration.{kind}", large=large, small=small)

    def ago(ms: int | None, now: int) -> str:
        if ms is None:
            return ""
        return t("duration.just-now") if now - ms < 60_000 else t("duration.ago", duration=lasting(now - ms))

    def moment(ms: int) -> str:
        return formats.moment(ms, language(), local_day(ctx.now()))

    def refused(code: str) -> str:
        key = f"refused.{code}"
        return t(key) if key in texts else t("refused.other", code=code)

    def link(endpoint: str, **values: str | int) -> str | None:
        """The page's address, where there is one and this reader's role may use it; else None."""
        if endpoint not in app.view_functions:
            return None
        roles = declared_roles(app, endpoint)
        role = current_user.account.role if current_user.is_authenticated else ""
        if roles is not None and role not in roles:
            return None
        return url_for(endpoint, **values)  # type: ignore[arg-type]

    def rule_name(rule: str) -> str:
        key = f"case.rule.{rule}"
        return t(key if key in texts else "case.rule.other")

    app.jinja_env.globals.update(
        refused=refused, t=t, lasting=lasting, ago=ago, moment=moment, clock=formats.clock,
        link=link, day_of=local_day, rule_name=rule_name,
    )  # fmt: skip
    for name in (
        "number",
        "decimal",
        "percent",
        "goal",
        "day",
        "day_month",
        "month",
        "weekday",
        "weekday_short",
        "size",
        "signed",
        "decimal_plain",
        "bound",
    ):
        app.jinja_env.filters[name] = _in_language(name)
    app.jinja_env.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    app.jinja_env.filters["spelled"] = spelled
    app.jinja_env.filters["typed_day"] = formats.typed_day
    app.jinja_env.filters["bound_figures"] = formats.bound_figures
    app.jinja_env.filters["whole"] = formats.whole
    app.jinja_env.globals["small_cell"] = ctx.settings.small_cell
    app.jinja_env.globals["most_typed_text"] = MAX_TYPED_TEXT
    app.jinja_env.globals["most_typed_line"] = MAX_TYPED_LINE
    app.jinja_env.globals["span"] = lambda first, last: formats.span(first, last, language())
    app.jinja_env.globals["days_short"] = lambda first, last: formats.days_short(first, last, language())
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def frame() -> dict[str, object]:
        return {
            "lang": language(),
            "percent_sign": formats.percent_sign(language()),
            "other_lang": other_language(),
            "switch_address": partial(switch_address),
            "today": local_day(ctx.now()),
            **_reader(ctx),
        }


def _in_language(name: str) -> object:
    function = getattr(formats, name)

    def filtered(value: int | float | date, *more: object) -> str:
        return str(function(value, language(), *more))

    return filtered


def _reader(ctx: Context) -> dict[str, object]:
    """Whose page this is: the school of whoever has signed in, and how many of its devices need someone."""
    if not current_user or not current_user.is_authenticated:
        with ctx.read() as work:
            return {"reader": None, "school": None, "sample": schools.is_all_sample(work)}
    account = current_user.account
    with ctx.read() as work:
        school = schools.school(work, account.school)
        return {
            "reader": account,
            "school": school,
            "sample": school.sample,
            "attention": attention(work, school.slug, work.now),
            "case_attention": _case_attention(work, account),
        }


def _case_attention(work: Work, account: Account) -> int:
    """How many complaints wait for this reader; none for whom there are none."""
    if account.role not in CASES:
        return 0
    return queue.attention(work, actions.actor_of(work, account), local_day(work.now))
