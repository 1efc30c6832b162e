"""Schools: what is known of each, the procedures that it handles, and when somebody is there."""

from datetime import date
from typing import Any

import msgspec

from server.domain.problems import Problem
from server.domain.records import School, initials
from server.domain.school_hours import SchoolHours, read_hours
from server.services.context import Context, Work
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
    now = ctx.now()
    with ctx.write() as work:
        if work.sql.school_find(slug=slug):
            raise Problem("school-exists", slug=slug)
        if parent is not None and not work.sql.school_find(slug=parent):
            raise Problem("unknown-school", slug=parent)
        work.sql.school_insert(
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
            work.sql.procedure_insert(
                school=slug, slug=procedure.slug, position=position, body=body, since=now
            )


def set_school(ctx: Context, slug: str, **changes: object) -> School:
    """Change what is known of a school: any field but `slug`, `sample` and `created_at`.

    What is None stays; a parent of "" takes the parent away. Raises `Problem` as `add_school` does.
    """
    with ctx.write() as work:
        old = school(work, slug)
        given: dict[str, Any] = {
            key: one_line(value) if isinstance(value, str) else value
            for key, value in changes.items()
            if value is not None
        }
        new = msgspec.structs.replace(old, **given)
        _check_goal(new.goal)
        new = msgspec.structs.replace(new, parent=new.parent or None)
        _check_parent(work, slug, new.parent)
        values = msgspec.structs.asdict(new)
        for fixed in ("sample", "created_at"):
            del values[fixed]
        work.sql.school_update(**values)
    return new


def school(work: Work, slug: str) -> School:
    """The school of that slug. Raises `Problem("unknown-school")`."""
    row = work.sql.school_find(slug=slug)
    if row is None:
        raise Problem("unknown-school", slug=slug)
    return _school(row)


def schools(work: Work) -> list[School]:
    """All schools, by slug."""
    return [_school(row) for row in work.sql.school_all()]


def only_school(work: Work) -> School | None:
    """The installation's school, where it has one and no more."""
    found = [_school(row) for row in work.sql.school_first_two()]
    return found[0] if len(found) == 1 else None


def is_all_sample(work: Work) -> bool:
    """Whether there are sample schools, and no others."""
    return bool(work.sql.school_any(sample=1)) and not work.sql.school_any(sample=0)


def procedures(work: Work, slug: str) -> list[Procedure]:
    """The procedures that the school handles now, in their order on the screens."""
    rows = work.sql.procedure_current(school=slug)
    return [from_json(row["body"], Procedure) for row in rows]


def hours(work: Work, school: str) -> SchoolHours:
    """When somebody is at the school. Raises `Problem("unknown-school")`."""
    text = work.sql.misuse_hours(school=school)
    if text is None:
        raise Problem("unknown-school", slug=school)
    return read_hours(text)


def set_hours(ctx: Context, school: str, text: str, today: date) -> int:
    """Other hours for a school; the answers of this year so far are judged again by them.

    Returns how many days of devices wait for that. Raises `Problem`: `bad-hours`, `unknown-school`.
    """
    new = read_hours(text)
    with ctx.write() as work:
        if hours(work, school) != new:
            work.sql.misuse_hours_set(school=school, hours=str(new))
            work.sql.misuse_due_again(
                school=school,
                first=today.replace(month=1, day=1).isoformat(),
                last=today.replace(month=12, day=31).isoformat(),
            )
        return int(work.sql.misuse_due_count(school=school))


def _school(row: Any) -> School:
    return School(**{**row, "sample": bool(row["sample"])})


def _check_slug(slug: str) -> None:
    if not is_slug(slug):
        raise Problem("bad-slug", slug=slug)


def _check_goal(goal: float) -> None:
    if not 0 <= goal <= 1:
        raise Problem("bad-goal")


def _check_parent(work: Work, slug: str, parent: str | None) -> None:
    """Nobody stands above itself, not even by way of others."""
    above = parent
    while above is not None:
        if above == slug:
            raise Problem("parent-loop", slug=slug)
        above = school(work, above).parent
