"""`hailong key …`: the keys that complaints are sealed to, and who may open them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from server.cli.common import (
    ask_secrets,
    context_for,
    data_options,
    json_option,
    stdin_option,
    table,
    tell,
    utc,
    write_new_file,
)
from server.domain.cases.casework import OPEN_ROOM
from server.domain.problems import Problem
from server.services.access.second_person import Second
from server.services.keys import custody, keys, paper_backup
from server.services.keys.open_keys import open_locks
from survey_defs.plain_text import clean

_ROOM = "|".join(keys.ROOMS)


@click.group()
def key() -> None:
    """Keys that complaints are sealed to, and who may open them (docs/keys.md)."""


def _options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that several of these commands share."""
    made: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
        "school": click.option("--school", required=True, help="The school's slug."),
        "room": click.option(
            "--room", default=OPEN_ROOM, show_default=True, metavar=_ROOM, help="Which cases it opens."
        ),
        "holder": click.option("--holder", required=True, help="The login of whom it concerns."),
        "by": click.option("--by", required=True, help="The login of a holder, who opens it for this."),
        "stdin": stdin_option,
    }

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            function = made[name](function)
        return function

    return add


@key.command("make")
@_options("school", "room", "holder", "stdin")
@json_option
@data_options
def key_make(
    *,
    school: str,
    room: str,
    holder: str,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Make the first key of a room, for its first holder.

    Asks for the holder's passphrase, 12 characters or more.
    """
    ctx = context_for(data, settings_file)
    (passphrase,) = ask_secrets(passphrase_stdin, (f"Key passphrase of {holder}", True))
    id = custody.make_key(ctx, school, room, holder, passphrase, by="")
    said = f"Made the key {id} of {school} ({room}); {holder} opens it. Now: hailong key backup"
    tell(as_json, {"key": id, "school": school, "room": room, "holder": holder}, said)


@key.command("grant")
@_options("school", "room", "by", "holder", "stdin")
@json_option
@data_options
def key_grant(
    *,
    school: str,
    room: str,
    by: str,
    holder: str,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Let one more person open the room's keys, those of the past too.

    Asks for the passphrase of --by, then for that of --holder, who has 12 characters or more.
    """
    ctx = context_for(data, settings_file)
    old, new = ask_secrets(
        passphrase_stdin, (f"Key passphrase of {by}", False), (f"Key passphrase of {holder}", True)
    )
    given = custody.grant(ctx, school, room, open_locks(ctx, by, old), holder=holder, passphrase=new)
    said = f"{holder} now opens {len(given)} more key(s) of {school} ({room})"
    tell(as_json, {"keys": given, "school": school, "room": room, "holder": holder}, said)


@key.command("revoke")
@_options("school", "room", "holder")
@click.option("--by", default="", help="The login of a holder, who does it.")
@click.option(
    "--second", default="", help="The login of who agrees: who loses the key, or a holder of a week or more."
)
@click.option(
    "--even-last",
    is_flag=True,
    help="For a passphrase that is lost: nobody is asked, even where nobody can read the texts any more.",
)
@_options("stdin")
@json_option
@data_options
def key_revoke(
    *,
    school: str,
    room: str,
    holder: str,
    by: str,
    second: str,
    even_last: bool,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Take the room's keys from a person; new letters need `hailong key renew` to be safe from copies.

    Asks for the passphrase of --by, then for the login password of --second. With --even-last for neither,
    but not within a week after they opened the key or got it; the log says so, and unreadable cases are
    counted.
    """
    ctx = context_for(data, settings_file)
    if even_last:
        custody.revoke_lost(ctx, school, room, holder, by=by)
    elif not by or not second:
        raise click.ClickException("Nobody does this alone: say --by and --second, or --even-last.")
    else:
        passphrase, password = ask_secrets(
            passphrase_stdin, (f"Key passphrase of {by}", False), (f"Login password of {second}", False)
        )
        agrees = Second(second, password)
        custody.revoke(ctx, school, room, open_locks(ctx, by, passphrase), agrees, holder=holder)
    said = f"{holder} opens nothing of {school} ({room}) any more"
    tell(as_json, {"school": school, "room": room, "holder": holder}, said)


@key.command("passphrase")
@_options("holder", "stdin")
@json_option
@data_options
def key_passphrase(
    *, holder: str, passphrase_stdin: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Change a person's key passphrase, for all keys they hold.

    Asks for the present passphrase, then for the new one.
    """
    ctx = context_for(data, settings_file)
    old, new = ask_secrets(
        passphrase_stdin, (f"Present key passphrase of {holder}", False), ("New one", True)
    )
    custody.change_passphrase(ctx, holder, old, new)
    tell(as_json, {"holder": holder}, f"The key passphrase of {holder} is changed")


@key.command("renew")
@_options("school", "room", "holder", "stdin")
@json_option
@data_options
def key_renew(
    *,
    school: str,
    room: str,
    holder: str,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Make a new key for what comes from now on; the old one still opens what is old.

    Asks for the holder's passphrase. Whoever held the old key opens the new one too; back it up afterwards.
    """
    ctx = context_for(data, settings_file)
    (passphrase,) = ask_secrets(passphrase_stdin, (f"Key passphrase of {holder}", True))
    id = custody.renew(ctx, school, room, holder, passphrase, by="")
    said = f"New letters of {school} ({room}) are sealed to {id}; {holder} opens it. Now: hailong key backup"
    tell(as_json, {"key": id, "school": school, "room": room, "holder": holder}, said)


@key.command("backup")
@_options("school", "room", "by")
@click.option(
    "-o", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@_options("stdin")
@json_option
@data_options
def key_backup_command(
    *,
    school: str,
    room: str,
    by: str,
    path: Path,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Write the room's keys as a sheet for the safe and show its recovery code, this once.

    Asks for the passphrase of --by.
    """
    ctx = context_for(data, settings_file)
    if path.exists():
        raise Problem("file-exists", path=str(path))
    (passphrase,) = ask_secrets(passphrase_stdin, (f"Key passphrase of {by}", False))
    opened = open_locks(ctx, by, passphrase)
    made = paper_backup.export_key(
        ctx, school, room, opened, keep=lambda sheet: write_new_file(path, sheet.encode(), 0o600)
    )
    values = {"file": str(path), "recovery_code": made.code, "keys": made.keys}
    tell(
        as_json,
        values,
        f"Wrote {path}: print it for the safe.",
        f"recovery code  {made.code}",
        "The code is shown this once; write it on paper and keep it apart from the sheet.",
    )


@key.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@_options("holder")
@click.option("--by", default="", help="The login of who decided it, for the log.")
@_options("stdin")
@json_option
@data_options
def key_restore(
    *,
    file: Path,
    holder: str,
    by: str,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Give a person the keys of the backup sheet FILE.

    Asks for the sheet's recovery code, then for the passphrase of --holder.
    """
    ctx = context_for(data, settings_file)
    try:
        sheet = clean(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("bad-key-sheet" if file.is_file() else "no-such-file", path=str(file)) from error
    code, passphrase = ask_secrets(
        passphrase_stdin, ("Recovery code", False), (f"Key passphrase of {holder}", True)
    )
    found = paper_backup.import_key(ctx, sheet, code, holder=holder, passphrase=passphrase, by=by)
    tell(as_json, {"keys": found, "holder": holder}, f"{holder} now opens {', '.join(found)}")


@key.command("list")
@click.option("--school", required=True, help="The school's slug.")
@json_option
@data_options
def key_list(*, school: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show a school's keys, who opens them, and whether they were backed up."""
    ctx = context_for(data, settings_file)
    with ctx.read() as work:
        found = [each for room in keys.ROOMS for each in keys.keys_of(work, school, room)]
    values = {"school": school, "keys": [_key(each) for each in found]}
    rows = [
        (
            each.id,
            each.room,
            "retired" if each.retired_at else "in use",
            (utc(each.backed_up_at) or "never")[:10],
            ", ".join(f"{one.login} (shut)" if one.shut else one.login for one in each.holders) or "nobody",
        )
        for each in found
    ]
    lines = table(("key", "room", "state", "backup", "holders"), rows) if rows else [_none(school)]
    tell(as_json, values, *lines)


@key.command("log")
@_options("school", "room")
@json_option
@data_options
def key_log(*, school: str, room: str, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Show what was ever done with a room's keys, the newest first."""
    with context_for(data, settings_file).read() as work:
        found = keys.log(work, school, room)
    values = {
        "school": school,
        "room": room,
        "log": [{**each._asdict(), "at": utc(each.at)} for each in found],
    }
    rows = [
        (utc(each.at) or "", each.act, each.key, each.actor or "(on the server)", each.holder)
        for each in found
    ]
    tell(as_json, values, *table(("at", "act", "key", "by", "holder"), rows))


def _key(each: keys.Key) -> dict[str, object]:
    times = ("created_at", "retired_at", "backed_up_at")
    people = [
        {
            "login": one.login,
            "role": one.role,
            "since": utc(one.granted_at),
            "granted_by": one.granted_by,
            "last_unlock": utc(one.unlocked_at),
            "shut": one.shut,
        }
        for one in each.holders
    ]
    return {
        "key": each.id,
        "room": each.room,
        **{name: utc(getattr(each, name)) for name in times},
        "holders": people,
    }


def _none(school: str) -> str:
    return f"{school} has no key, so its kiosks offer no complaints. Make one: hailong key make"
