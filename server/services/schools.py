"""Schools: what is known of each, the procedures that it handles, and when somebody is there."""

from datetime import date
from typing import Any

import msgspec

from server.domain.problems import Problem
from server.domain.records import School, initials
from server.domain.school_hours import SchoolHours, read_hours
from server.services.context import Context
from survey_defs.loader import builtin_catalogue
from survey_defs.model import Procedure
from survey_defs.plain_text import one_line
from survey_defs.typed import from_json
from survey_defs.wire import is_slug


def add_school(
    ctx: Context,
    slug: str,
    name: str,
    parent: str | None = None,
    *,
    abbreviation: str | None = None,
    superior: str = "",
    recipient: str = "Phòng GD&ĐT",
    place: str = "",
    signer: str = "",
    goal: float = 0.90,
    sample: bool = False,
    catalogue: str = "thcs",
) -> None:
    """A new school with the procedures of a built-in catalogue.

    Raises `Problem`: `bad-slug`, `unknown-school` (the parent), `school-exists`, `bad-goal`.
    """
    _check_slug(slug)
    _check_goal(goal)
    name, superior, recipient, place, signer = map(one_line, (name, superior, recipient, place, signer))
    abbreviation = initials(name) if abbreviation is None else one_line(abbreviation)
    sql, now = ctx.store.sql, ctx.now()
    with ctx.store.atomic() as connection:
        if sql.school_find(connection, slug=slug):
            raise Problem("school-exists", slug=slug)
        if parent is not None and not sql.school_find(connection, slug=parent):
            raise Problem("unknown-school", slug=parent)
        sql.school_insert(
            connection,
            slug=slug,
            name=name,
            parent=parent,
            abbreviation=abbreviation,
            superior=superior,
            recipient=recipient,
            place=place,
            signer=signer,
            goal=goal,
            sample=int(sample),
            created_at=now,
        )
        for position, procedure in enumerate(builtin_catalogue(catalogue).procedures):
            body = msgspec.json.encode(procedure).decode()
            sql.procedure_insert(
                connection, school=slug, slug=procedure.slug, position=position, body=body, since=now
            )


def set_school(ctx: Context, slug: str, **changes: object) -> School:
    """Change what is known of a school: any field but `slug`, `sample` and `created_at`.

    What is None stays; a parent of "" takes the parent away. Raises `Problem` as `add_school` does.
    """
    with ctx.store.atomic() as connection:
        old = school(ctx, slug)
        given: dict[str, Any] = {
            key: one_line(value) if isinstance(value, str) else value
            for key, value in changes.items()
            if value is not None
        }
        new = msgspec.structs.replace(old, **given)
        _check_goal(new.goal)
        new = msgspec.structs.replace(new, parent=new.parent or None)
        _check_parent(ctx, slug, new.parent)
        values = msgspec.structs.asdict(new)
        for fixed in ("sample", "created_at"):
            del values[fixed]
        ctx.store.sql.school_update(connection, **values)
    return new


def school(ctx: Context, slug: str) -> School:
    """The school of that slug. Raises `Problem("unknown-school")`."""
    row = ctx.store.sql.school_find(ctx.store.connection, slug=slug)
    if row is None:
        raise Problem("unknown-school", slug=slug)
    return _school(row)


def schools(ctx: Context) -> list[School]:
    """All schools, by slug."""
    return [_school(row) for row in ctx.store.sql.school_all(ctx.store.connection)]


def procedures(ctx: Context, slug: str) -> list[Procedure]:
    """The procedures that the school handles now, in their order on the screens."""
    rows = ctx.store.sql.procedure_current(ctx.store.connection, school=slug)
    return [from_json(row["body"], Procedure) for row in rows]


def hours(ctx: Context, school: str) -> SchoolHours:
    """When somebody is at the school. Raises `Problem("unknown-school")`."""
    text = ctx.store.sql.misuse_hours(ctx.store.connection, school=school)
    if text is None:
        raise Problem("unknown-school", slug=school)
    return read_hours(text)


def set_hours(ctx: Context, school: str, text: str, today: date) -> int:
    """Other hours for a school; the answers of this year so far are judged again by them.

    Returns how many days of devices wait for that. Raises `Problem`: `bad-hours`, `unknown-school`.
    """
    new = read_hours(text)
    if hours(ctx, school) != new:
        with ctx.store.atomic() as connection:
            ctx.store.sql.misuse_hours_set(connection, school=school, hours=str(new))
            ctx.store.sql.misuse_due_again(
                connection,
                school=school,
                first=today.replace(month=1, day=1).isoformat(),
                last=today.replace(month=12, day=31).isoformat(),
            )
    return int(ctx.store.sql.misuse_due_count(ctx.store.connection, school=school))


def _school(row: Any) -> School:
    return School(**{**row, "sample": bool(row["sample"])})


def _check_slug(slug: str) -> None:
    if not is_slug(slug):
        raise Problem("bad-slug", slug=slug)


def _check_goal(goal: float) -> None:
    if not 0 <= goal <= 1:
        raise Problem("bad-goal")


def _check_parent(ctx: Context, slug: str, parent: str | None) -> None:
    """Nobody stands above itself, not even by way of others."""
    above = parent
    while above is not None:
        if above == slug:
            raise Problem("parent-loop", slug=slug)
        above = school(ctx, above).parent
