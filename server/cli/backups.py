"""`hailong backup|restore`: one file that brings a server back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from server.cli.common import (
    ask_secrets,
    context_for,
    data_options,
    json_option,
    saying_problems,
    settings_for,
    settings_in_force,
    stdin_option,
    tell,
    write_new_file,
)
from server.domain.problems import Problem
from server.services import withdrawals
from server.services.privacy import erasure_list
from server.services.privacy.erasure import backups_until
from server.services.upkeep import backup as backups
from server.services.upkeep import backup_sheet as sheets
from server.services.upkeep.restore_settling import InUse, in_use
from server.wiring import restoring

_CODE = "Recovery code of the sheet"
_OLDER = "Backups made before keep the passphrase and the sheet that they had: keep these, too."


def _sheet_option(function: Callable[..., Any]) -> Callable[..., Any]:
    text = "A sheet of `hailong backup sheet`, whose recovery code is asked for in the passphrase's place."
    kind = click.Path(path_type=Path, dir_okay=False, exists=True)
    return click.option("--sheet", type=kind, help=text)(function)


def _opening(passphrase_stdin: bool, sheet: Path | None) -> backups.Opening:
    """Asks for what opens a sealed backup."""
    (typed,) = ask_secrets(passphrase_stdin, (_CODE if sheet else "Passphrase of the backups", False))
    return _by(typed, sheet)


def _by(typed: str, sheet: Path | None) -> backups.Opening:
    if sheet is None:
        return backups.by_passphrase(typed)
    return sheets.by_sheet(sheet.read_text(encoding="utf-8", errors="replace"), typed)


def _say_waits() -> None:
    click.echo("Another backup is being made or opened here; waiting until it is done.", err=True)


@click.group(invoke_without_command=True)
@click.option("-o", "path", type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@click.option("--plain", is_flag=True, help="In the clear, and the store alone, although there is a key.")
@json_option
@data_options
@click.pass_context
def backup(
    context: click.Context,
    *,
    path: Path | None,
    plain: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Write everything into one file; the server may run meanwhile.

    After `hailong backup key` it is sealed: the store, certificates with their keys, secrets and settings, of
    which nobody reads anything without the passphrase, and which bring a server back on an empty machine.
    Until then it is a copy of the store alone, in the clear: keep it as safe as the data directory. Delete a
    backup after `backup_keep_days`: what people have had erased meanwhile still stands in it.
    """
    if context.invoked_subcommand is not None:
        return
    if path is None:
        raise click.UsageError("Missing option '-o': the file to write.")
    ctx = context_for(data, settings_file)
    withdrawals.adopt(ctx)
    given = settings_in_force(data, settings_file)
    made = backups.back_up(ctx, path, plain=plain, settings_file=given, waits=_say_waits)
    until = backups_until(ctx).isoformat()
    values = {"file": str(path), "bytes": made.bytes, "delete_after": until, "sealed_to": made.fingerprint}
    lines = [
        f"Wrote {path} ({made.bytes / 1e6:.1f} MB). To put it back: hailong restore {path}",
        f"Delete it after {until}: what is erased from now on still stands in it.",
    ]
    if made.fingerprint:
        lines.append(f"Sealed to the backup key {made.fingerprint}: its passphrase opens it, on any machine.")
    else:
        lines.append(
            "It is NOT sealed: who has this file reads all but the complaints. Once: hailong backup key"
        )
        lines.append(
            f"To restore on another machine, first put the newest files '{erasure_list.FILE}' and "
            f"'{withdrawals.FILE}' of this data directory there."
        )
    tell(as_json, values, *lines)


@backup.command("key")
@click.option("--renew", is_flag=True, help="Another key; older backups keep the passphrase they had.")
@stdin_option
@json_option
@data_options
def backup_key(
    *, renew: bool, passphrase_stdin: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Make the key to which backups are sealed from now on.

    Asks for its passphrase, 12 characters or more: write it down and keep it where the server is not. Making
    backups does not ask for it. Nobody opens a backup without it, or a sheet of the key (`hailong backup
    sheet`): where both are lost, what lies in the backups is lost, and --renew makes another key for those to
    come.
    """
    ctx = context_for(data, settings_file)
    (passphrase,) = ask_secrets(passphrase_stdin, ("Passphrase of the backups", True))
    key = backups.make_key(ctx, passphrase, renew=renew)
    tell(
        as_json,
        {"key": key.fingerprint},
        f"Made the backup key {key.fingerprint}. Backups are sealed to it from now on.",
        "Keep its passphrase on paper, in the safe: without it, or a sheet of the key, no backup is opened.",
        "Now the sheet, for the day on which the passphrase is lost: hailong backup sheet -o FILE",
        *([_OLDER] if renew else []),
    )


@backup.command("sheet")
@click.option(
    "-o", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@stdin_option
@json_option
@data_options
def backup_sheet(
    *, path: Path, passphrase_stdin: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Write the backup key as a sheet for the safe and show its recovery code, this once.

    Asks for the passphrase. Sheet and code together open every backup that is sealed to this key, and let
    another passphrase be chosen; one without the other opens nothing.
    """
    ctx = context_for(data, settings_file)
    if path.exists():
        raise Problem("file-exists", path=str(path))
    opening = _opening(passphrase_stdin, None)
    made = sheets.make_sheet(ctx, opening, lambda sheet: write_new_file(path, sheet.encode(), 0o600))
    tell(
        as_json,
        {"file": str(path), "recovery_code": made.code, "key": made.fingerprint},
        f"Wrote {path}: print it for the safe, then delete the file.",
        f"recovery code  {made.code}",
        "The code is shown this once; write it on paper and keep it apart from the sheet.",
    )


@backup.command("passphrase")
@_sheet_option
@stdin_option
@json_option
@data_options
def backup_passphrase(
    *,
    sheet: Path | None,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Give the backup key another passphrase: by the one it has, or by its sheet where that is lost.

    Backups that were made before open with the passphrase they had, or the sheet.
    """
    ctx = context_for(data, settings_file)
    first = (_CODE if sheet else "Passphrase of the backups", False)
    typed, passphrase = ask_secrets(passphrase_stdin, first, ("New passphrase of the backups", True))
    key = backups.change_passphrase(ctx, _by(typed, sheet), passphrase)
    tell(
        as_json,
        {"key": key.fingerprint},
        f"The backup key {key.fingerprint} has a new passphrase, which opens backups from now on.",
        "Backups that were made before keep the old one; the sheet of the key opens all of them.",
    )


@backup.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@_sheet_option
@stdin_option
@json_option
@saying_problems
def backup_verify(*, file: Path, sheet: Path | None, passphrase_stdin: bool, as_json: bool) -> None:
    """Open the backup FILE to its end, and see that the store in it is sound, on any machine.

    Asks for its passphrase, where it is sealed. Nothing is changed, and no data directory is needed: what is
    in it is unpacked below TMPDIR (/tmp), and goes afterwards.
    """
    sealed = backups.is_sealed(file) is not None
    names = restoring.verify(file, _opening(passphrase_stdin, sheet) if sealed else None)
    values = {"files": names, "sealed": sealed}
    said = "opens to its end" if sealed else "is NOT sealed"
    tell(as_json, values, f"{file} {said}, and the store in it is sound.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_sheet_option
@stdin_option
@json_option
@data_options
def restore(
    *,
    file: Path,
    sheet: Path | None,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Put the backup FILE in the place of the store; no server may run on the data directory.

    A sealed one asks for its passphrase, or with --sheet for the sheet's recovery code, and brings
    certificates, secrets and settings with it where there are none. The store that was there is kept beside
    it under another name. What was erased since the backup was made is erased again, and what was withdrawn
    stays so: devices out of use, shut accounts, tokens, keys, old passwords. What only a person can decide is
    listed; on another machine that is everything that opens a door, unless the newest files 'erasures' and
    'withdrawals' of the old data directory lie there.
    """
    settings = settings_for(data, settings_file)
    if backups.is_sealed(file) is None:
        done = restoring.restore(settings, file)
    else:
        opening, given = _opening(passphrase_stdin, sheet), settings_in_force(data, settings_file)
        done = restoring.restore_sealed(settings, file, opening, given, _say_waits)
    settled = done.settled
    values: dict[str, object] = {
        "restored": str(file),
        "aside": str(done.aside) if done.aside else None,
        "schema": done.schema,
        "erased_again": settled.erased,
        "withdrawals_known": settled.known,
        **{kind: list(getattr(settled, kind)) for kind in _AGAIN},
        "decisions": [each.words for each in settled.decisions],
    }
    kept = f"The store that was there is now {done.aside}." if done.aside else "There was no store before."
    lines = [f"Restored {file}. {kept}"]
    if done.aside:
        days = settings.backup_keep_days
        lines.append(f"The server deletes {done.aside.name} after {days} days: it may hold what was erased.")
    if done.kept:
        values["kept"] = list(done.kept)
        lines.append(f"Already here, and left as they are: {', '.join(done.kept)}.")
    if settled.erased:
        lines.append(f"Erased again what was erased after the backup: {settled.erased} case(s).")
    for kind, words in _AGAIN.items():
        if ids := getattr(settled, kind):
            lines.append(f"{words}: {', '.join(ids)}")
    lines += [f"To decide: {each.words}." for each in settled.decisions]
    if not settled.known:
        with done.ctx.read() as work:
            found = in_use(work)
        values["in_use"] = {name: list(listed) for name, listed in _listed(found).items()}
        lines.append("Nothing here tells what was withdrawn after the backup was made. Look over, before")
        lines.append("`hailong serve`, what opens a door again, and withdraw what must not:")
        for name, listed in _listed(found).items():
            lines.append(f"  {name}: {', '.join(listed) or 'none'}")
    tell(as_json, values, *lines)


_AGAIN = {
    "devices": "Devices and points out of use again",
    "users": "Accounts shut again",
    "tokens": "Tokens revoked again",
    "holders": "Keys taken away again from",
    "keys": "Keys retired again",
    "claims": "Open claim codes ended, make new ones: for",
}


def _listed(found: InUse) -> dict[str, tuple[str, ...]]:
    """What opens a door, by its commands: how each is named there."""
    return {
        "device list": tuple(f"{each.id} ({each.school})" for each in found.devices),
        "user list": tuple(f"{each.login} ({each.role}, {each.school})" for each in found.users),
        "token list": tuple(f"{each.id} {each.label} ({each.school})" for each in found.tokens),
        "key list": found.holders,
    }
