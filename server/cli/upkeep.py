"""`hailong backup|restore|migrate|doctor`: looking after a data directory."""

from pathlib import Path

import click

from server import wiring
from server.cli.common import (
    ask_secrets,
    context_for,
    data_options,
    json_option,
    settings_for,
    settings_in_force,
    table,
    tell,
)
from server.services import backup as backups
from server.services import erasures, withdrawals
from server.services.doctor import Finding, examine, repair
from server.services.doctor_times import Times, times
from server.services.erasure import backups_until
from server.services.settling import InUse, in_use
from server.transport.address_check import look
from server.transport.broker_check import asked


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
    made = backups.back_up(ctx, path, plain=plain, settings_file=settings_in_force(data, settings_file))
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
            f"To restore on another machine, first put the newest files '{erasures.FILE}' and "
            f"'{withdrawals.FILE}' of this data directory there."
        )
    tell(as_json, values, *lines)


@backup.command("key")
@click.option("--renew", is_flag=True, help="Another key; older backups keep the passphrase they had.")
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from standard input.")
@json_option
@data_options
def backup_key(
    *, renew: bool, passphrase_stdin: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Make the key to which backups are sealed from now on.

    Asks for its passphrase, 12 characters or more: write it down and keep it where the server is not. Nobody
    opens a backup without it. Making backups does not ask for it.
    """
    ctx = context_for(data, settings_file)
    (passphrase,) = ask_secrets(passphrase_stdin, ("Passphrase of the backups", True))
    key = backups.make_key(ctx, passphrase, renew=renew)
    tell(
        as_json,
        {"key": key.fingerprint},
        f"Made the backup key {key.fingerprint}. Backups are sealed to it from now on.",
        "Keep its passphrase on paper, in the safe: without it no backup is ever opened.",
    )


@backup.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from standard input.")
@json_option
@data_options
def backup_verify(
    *, file: Path, passphrase_stdin: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Open the backup FILE to its end, and see that the store in it is sound. Nothing is changed."""
    ctx = context_for(data, settings_file)
    if backups.is_sealed(file) is None:
        raise click.ClickException(
            f"{file} is not sealed: hailong restore checks it before it changes anything."
        )
    (passphrase,) = ask_secrets(passphrase_stdin, ("Passphrase of the backup", False))
    with backups.opened(file, passphrase, Path(ctx.settings.data)) as found:
        ctx.store.check_copy(found / backups.STORE)
        names = sorted(each.relative_to(found).as_posix() for each in found.rglob("*") if each.is_file())
    tell(as_json, {"files": names}, f"{file} opens to its end, and the store in it is sound.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--passphrase-stdin", is_flag=True, help="Read the backup's passphrase from standard input.")
@json_option
@data_options
def restore(
    *, file: Path, passphrase_stdin: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Put the backup FILE in the place of the store; no server may run on the data directory.

    A sealed one asks for its passphrase, and brings certificates, secrets and settings with it where there
    are none. The store that was there is kept beside it under another name. What was erased since the backup
    was made is erased again, and what was withdrawn stays so: devices out of use, shut accounts, tokens,
    keys, old passwords. What only a person can decide is listed; on another machine that is everything that
    opens a door, unless the newest files 'erasures' and 'withdrawals' of the old data directory lie there.
    """
    settings = settings_for(data, settings_file)
    if backups.is_sealed(file) is None:
        done = wiring.restore(settings, file)
    else:
        (passphrase,) = ask_secrets(passphrase_stdin, ("Passphrase of the backup", False))
        done = wiring.restore_sealed(settings, file, passphrase, settings_in_force(data, settings_file))
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
        found = in_use(done.ctx)
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


@click.command()
@json_option
@data_options
def migrate(*, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Bring the store to this program's schema; every other command does so too when it starts."""
    settings = settings_for(data, settings_file)
    wiring.check_store(settings)
    had, taken = wiring.migrate(settings)
    before, after = had[-1] if had else None, (had + taken)[-1]
    values = {"from": before, "to": after, "taken": taken}
    said = f"From {before} to {after}." if taken else f"Nothing to do: the schema is {after}."
    tell(as_json, values, said)


@click.command()
@click.option("--repair", "repairs", is_flag=True, help="Work the counts out again from the answers.")
@click.option("--times", "wants_times", is_flag=True, help="Look for times that a wrong clock has made.")
@click.option("--mend", is_flag=True, help="With --times: put them right; without it they are only told.")
@click.option(
    "--cases",
    "mends_cases",
    is_flag=True,
    help="With --mend: give complaints and visits of a wrong day the right one, with limits and number.",
)
@json_option
@data_options
def doctor(
    *,
    repairs: bool,
    wants_times: bool,
    mend: bool,
    mends_cases: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Check the store, and that every count agrees with the answers it was made from.

    Reads every answer; the server may run meanwhile. Exits with 1 where something disagrees. A line marked
    `!` tells what is sound and yet needs somebody, such as a key that one person alone opens.
    """
    if mend and not wants_times:
        raise click.ClickException("--mend is for --times; to work the counts out again: --repair.")
    if mends_cases and not mend:
        raise click.ClickException("--cases is for --times --mend.")
    ctx = context_for(data, settings_file)
    if wants_times:
        found = times(ctx, mend=mend, cases=mends_cases)
        _tell_times(found, mend=mend, mended_cases=mends_cases, as_json=as_json)
        return
    if repairs:
        repair(ctx)
    look(ctx)
    ctx.broker.shown = asked(ctx)
    findings = examine(ctx)
    sound = all(finding.sound for finding in findings)
    values = {"sound": sound, "findings": [finding._asdict() for finding in findings]}
    lines = [f"{_mark(each)}  {each.check + ':':19} {each.words}" for each in findings]
    tell(as_json, values, *lines)
    if not sound:
        raise click.ClickException("Something is wrong in the store; see the lines marked BAD.")


def _tell_times(found: Times, *, mend: bool, mended_cases: bool, as_json: bool) -> None:
    values = found._asdict() | {
        "mended": mend,
        "days": [day._asdict() for day in found.days],
        "cases": [case._asdict() for case in found.cases],
    }
    lines = [
        f"{found.rows} row(s) came while the clock was wrong, {found.boots} boot(s) were timed by it.",
        f"{found.moved} time(s) {'were' if mend else 'would be'} worked out anew.",
    ]
    if found.days:
        rows = [(day.school, day.day, str(day.before), str(day.after)) for day in found.days]
        lines += table(("SCHOOL", "DAY", "BEFORE", "AFTER"), rows)
    if found.cases:
        lines.append(f"{len(found.cases)} complaint(s) came in on a wrong day:")
        cases = [(each.school, each.ref, each.received_on, each.should_be, each.now) for each in found.cases]
        lines += table(("SCHOOL", "NUMBER", "RECEIVED", "SHOULD BE", "NUMBER NOW"), cases)
    if found.visits:
        words = "stand" if not mended_cases else "stood"
        lines.append(
            f"{found.visits} visit(s) without a case {words} on a wrong day in the book of receptions."
        )
    if any(not each.now for each in found.cases) or (found.visits and not mended_cases):
        lines.append(
            "They keep day, limits and number. To put these right, with an entry in each history that says "
            "so: hailong doctor --times --mend --cases"
        )
    if found.moved and not mend:
        lines.append("Nothing was changed. To put it right: hailong doctor --times --mend")
    tell(as_json, values, *lines)


def _mark(found: Finding) -> str:
    if not found.sound:
        return "BAD"
    return "!  " if found.warns else "ok "
