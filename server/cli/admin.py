"""`hailong school|user|token`: setting a school up, by hand or from scripts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from server.cli.common import (
    context_for,
    data_options,
    for_people,
    json_option,
    opened_or_new,
    read_password,
    settings_for,
    table,
    tell,
    utc,
)
from server.domain.collation import vietnamese_order
from server.domain.records import ROLES, School, Token, User
from server.services import schools
from server.services.access import people, sessions, tokens
from server.services.keys import custody


@click.group()
def school() -> None:
    """Schools, and the offices above them."""


@school.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="The full name, as in a document: 'Trường THCS Mẫu'.")
@click.option("--parent", help="The slug of the school or office above.")
@click.option("--abbreviation", help="As in a document's number (05/BC-THCSM); by default from the name.")
@click.option("--superior", default="", help="Cơ quan chủ quản, above the school's name in a document.")
@click.option("--recipient", default="Phòng GD&ĐT", show_default=True, help="Whom reports go to.")
@click.option("--place", default="", help="Địa danh: the place in a document's date line.")
@click.option("--signer", default="", help="Who signs the reports.")
@click.option("--goal", type=float, default=0.90, show_default=True, help="Goal of the satisfaction rate.")
@json_option
@data_options
def school_add(
    *,
    slug: str,
    name: str,
    parent: str | None,
    abbreviation: str | None,
    superior: str,
    recipient: str,
    place: str,
    signer: str,
    goal: float,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Add the school SLUG with the procedures that such a school starts with.

    Where the data directory is empty, a new store is begun.
    """
    ctx = opened_or_new(settings_for(data, settings_file))
    schools.add_school(
        ctx,
        slug,
        name,
        parent,
        abbreviation=abbreviation,
        superior=superior,
        recipient=recipient,
        place=place,
        signer=signer,
        goal=goal,
    )
    with ctx.read() as work:
        added = schools.school(work, slug)
    tell(as_json, _school(added), f"Added the school {slug}: {name}")


@school.command("set")
@click.argument("slug")
@click.option("--name", help="The full name.")
@click.option("--parent", help="The slug of the school or office above; '' for none.")
@click.option("--abbreviation", help="As in the number of a document.")
@click.option("--superior", help="Cơ quan chủ quản.")
@click.option("--recipient", help="Whom reports go to.")
@click.option("--place", help="Địa danh.")
@click.option("--signer", help="Who signs the reports.")
@click.option("--goal", type=float, help="Goal of the satisfaction rate, a fraction.")
@json_option
@data_options
def school_set(
    slug: str, as_json: bool, data: str | None, settings_file: Path | None, **changes: str | float | None
) -> None:
    """Change what is known of the school SLUG; what is not named stays."""
    changed = schools.set_school(context_for(data, settings_file), slug, **changes)
    tell(as_json, _school(changed), f"Changed the school {slug}")


@school.command("list")
@json_option
@data_options
def school_list(as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show all schools."""
    with context_for(data, settings_file).read() as work:
        found = schools.schools(work)
    by_name = sorted(found, key=lambda one: vietnamese_order(one.name))
    rows = [(one.slug, one.name, one.parent or "-") for one in by_name]
    tell(as_json, {"schools": [_school(one) for one in found]}, *table(("slug", "name", "parent"), rows))


@school.command("show")
@click.argument("slug")
@json_option
@data_options
def school_show(slug: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show everything about the school SLUG, with its procedures."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        values = _school(schools.school(work, slug))
        procedures = schools.procedures(work, slug)
    values["procedures"] = [msgspec.to_builtins(procedure) for procedure in procedures]
    lines = [f"{key:13} {value}" for key, value in values.items() if key != "procedures"]
    named = [f"{'procedure':13} {procedure.slug}: {procedure.name['vi']}" for procedure in procedures]
    tell(as_json, values, *lines, *named)


def _password_option(function: Callable[..., Any]) -> Callable[..., Any]:
    text = "For scripts: read the password from standard input."
    return click.option("--password-stdin", is_flag=True, help=text)(function)


@click.group()
def user() -> None:
    """The accounts of the pages."""


@user.command("add")
@click.argument("login")
@click.option("--role", required=True, metavar="|".join(ROLES), help="Whose account it is.")
@click.option("--school", "of", required=True, help="The slug of the account's school.")
@_password_option
@json_option
@data_options
def user_add(
    *,
    login: str,
    role: str,
    of: str,
    password_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Add the account LOGIN; its password has 10 characters or more."""
    ctx = context_for(data, settings_file)
    people.add_user(ctx, login, role, of, read_password(password_stdin))
    tell(as_json, {"login": login, "role": role, "school": of}, f"Added the account {login} ({role}, {of})")


@user.command("passwd")
@click.argument("login")
@_password_option
@json_option
@data_options
def user_passwd(
    login: str, password_stdin: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Give the account LOGIN another password."""
    people.set_password(context_for(data, settings_file), login, read_password(password_stdin))
    tell(as_json, {"login": login}, f"The account {login} has a new password")


@user.command("sessions")
@click.argument("login")
@click.option("--end", is_flag=True, help="End them: whoever is signed in as LOGIN has to sign in again.")
@json_option
@data_options
def user_sessions(login: str, end: bool, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show where the account LOGIN is signed in, by browser and system; no address is kept."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = sessions.of_login(work, people.user(work, login).login)
    if end:
        sessions.end_others(ctx, login)
        tell(as_json, {"login": login, "ended": len(found)}, f"Ended {len(found)} session(s) of {login}")
        return
    rows = [(utc(each.made_at) or "", utc(each.seen_at) or "", each.machine or "unknown") for each in found]
    shown = [
        {"made_at": utc(each.made_at), "seen_at": utc(each.seen_at), "machine": each.machine}
        for each in found
    ]
    heads = ("signed in", "last used", "browser")
    tell(as_json, {"login": login, "sessions": shown}, *table(heads, rows))


@user.command("disable")
@click.argument("login")
@click.option(
    "--even-last",
    is_flag=True,
    help="Even where nobody, or the principal alone, reads sealed complaints without this person; not within "
    "a week after they opened the key or got it.",
)
@json_option
@data_options
def user_disable(
    login: str, even_last: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Shut the account LOGIN; the keys it holds open nothing any more."""
    ctx = context_for(data, settings_file)
    custody.shut_account(ctx, login, even_last=even_last)
    tell(as_json, {"login": login}, f"The account {login} is shut")


@user.command("list")
@click.option("--school", "of", help="Only those of this school.")
@json_option
@data_options
def user_list(of: str | None, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show the accounts."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = people.users(work, of)
    shown = for_people(ctx, found, lambda u: u.login)
    rows = [(u.login, u.school, u.role, "shut" if u.disabled_at else "open") for u in shown]
    heads = ("login", "school", "role", "state")
    tell(as_json, {"users": [_user(one) for one in found]}, *table(heads, rows))


@click.group()
def token() -> None:
    """Tokens of the JSON API."""


@token.command("add")
@click.option("--school", "of", required=True, help="The slug of the school that it opens.")
@click.option("--label", default="", help="What it is for.")
@click.option("--public", is_flag=True, help="Only whole months and the periods of reports that are over.")
@json_option
@data_options
def token_add(
    *, of: str, label: str, public: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Make a token and show it, this once.

    Without --public it is live: it opens any two days, and from two ranges that differ by few answers those
    can be worked out. Keep it for the school's own use; give others a public one.
    """
    made = tokens.add_token(context_for(data, settings_file), of, label, public=public)
    kind = "public" if public else "live"
    opens = (
        "public: it opens whole months and the periods of reports that are over."
        if public
        else "live: it opens any two days, from which single answers can be worked out. For the school's own "
        "use; for others make one with --public."
    )
    values = {"token": made, "school": of, "kind": kind}
    tell(as_json, values, f"token     {made}", "It is shown this once; keep it safe.", opens)


@token.command("revoke")
@click.argument("id")
@json_option
@data_options
def token_revoke(id: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Make the token useless whose ID `hailong token list` shows."""
    revoked = tokens.revoke_token(context_for(data, settings_file), id)
    tell(as_json, _token(revoked), f"Revoked the token {revoked.id}")


@token.command("list")
@click.option("--school", "of", help="Only those of this school.")
@json_option
@data_options
def token_list(of: str | None, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show the tokens by their ids; the tokens themselves are kept nowhere."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = tokens.tokens(work, of)
    shown = for_people(ctx, found, lambda t: t.label)
    rows = [(t.id, t.school, t.kind, "revoked" if t.revoked_at else "open", t.label) for t in shown]
    heads = ("id", "school", "kind", "state", "label")
    tell(as_json, {"tokens": [_token(one) for one in found]}, *table(heads, rows))


def _school(school: School) -> dict[str, object]:
    return {**msgspec.structs.asdict(school), "created_at": utc(school.created_at)}


def _user(user: User) -> dict[str, object]:
    times = {"created_at": utc(user.created_at), "disabled_at": utc(user.disabled_at)}
    return {**msgspec.structs.asdict(user), **times}


def _token(token: Token) -> dict[str, object]:
    times = {"created_at": utc(token.created_at), "revoked_at": utc(token.revoked_at)}
    return {**msgspec.structs.asdict(token), **times}
