"""`hailong privacy …`: what people ask about their data, erasing for good, and the proof of it."""

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
)
from server.domain.access.roles import LEADERS
from server.domain.cases.casework import Actor, sees
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.access.accounts import find_account
from server.services.access.second_person import NOBODY, Second
from server.services.cases import actions
from server.services.context import Context
from server.services.privacy import erasure_proof, requests
from server.services.privacy.erasure import Erased, boxes_of
from server.services.privacy.erasure_proof import Proof
from server.wiring.restoring import boxes_of_backup


@click.group("privacy")
def privacy_group() -> None:
    """Requests about personal data, and deleting for good (docs/privacy.md)."""


def _by(function: Callable[..., Any]) -> Callable[..., Any]:
    text = "The login of who does it, a principal or deputy; the school and what is seen are theirs."
    return click.option("--by", required=True, help=text)(function)


def _case_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--case", "ref", required=True, metavar="YEAR-NUMBER", help="The case: 2026-14.")(
        function
    )


@privacy_group.command("list")
@_by
@click.option("--answered", is_flag=True, help="Those that were answered instead of those that wait.")
@json_option
@data_options
def privacy_list(
    *, by: str, answered: bool, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Show the requests, first those due first."""
    ctx = context_for(data, settings_file)
    actor = _actor(ctx, by)
    with ctx.read() as work:
        found = requests.requests(work, actor, local_day(work.now), answered=answered)
    rows = [
        (
            str(each.n),
            each.kind,
            each.ref or "-",
            each.asked_on.isoformat(),
            each.deadline.last_day.isoformat(),
            each.state if each.remaining is None else str(each.remaining),
        )
        for each in found
    ]
    heads = ("request", "kind", "case", "asked on", "due", "answered" if answered else "working days left")
    lines = table(heads, rows) if rows else ["There is none."]
    tell(as_json, {"school": actor.school, "requests": [_request(each) for each in found]}, *lines)


def _second_options(function: Callable[..., Any]) -> Callable[..., Any]:
    told = (
        "The login of who agrees, where the sender did not ask with the code: another who knows of the case."
    )
    return click.option("--second", default="", help=told)(stdin_option(function))


def _second(login: str, from_stdin: bool) -> Second:
    """The second person, asked for the password; nobody, where none was named."""
    if not login:
        return NOBODY
    (password,) = ask_secrets(from_stdin, (f"Login password of {login}", False))
    return Second(login, password)


@privacy_group.command("answer")
@click.argument("number", type=int)
@_by
@click.option("--done", is_flag=True, help="It was done; a request to delete is carried out by this.")
@click.option("--refused", metavar="REASON", help=f"It was refused: {', '.join(requests.REFUSALS)}.")
@_second_options
@json_option
@data_options
def privacy_answer(
    *,
    number: int,
    by: str,
    done: bool,
    refused: str | None,
    second: str,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Answer the request NUMBER, as `hailong privacy list` shows it."""
    if done == (refused is not None):
        raise click.ClickException("Say either --done or --refused REASON.")
    ctx = context_for(data, settings_file)
    outcome = "done" if done else "refused"
    agrees = _second(second, passphrase_stdin)
    erased = requests.answer(ctx, _actor(ctx, by), number, outcome, refused or "", second=agrees)
    values = {"request": number, "state": outcome, "erased": _erased(erased) if erased else None}
    tell(as_json, values, f"Answered the request {number}: {outcome}", *(_said(erased) if erased else ()))
    _check(erased.proof if erased else None)


@privacy_group.command("erase")
@_case_option
@_by
@_second_options
@json_option
@data_options
def privacy_erase(
    *,
    ref: str,
    by: str,
    second: str,
    passphrase_stdin: bool,
    as_json: bool,
    data: str | None,
    settings_file: Path | None,
) -> None:
    """Delete what was written in a case for good; the case itself stays in all counts. An open case ends.

    It takes two persons of the school: asks for the login password of --second. Where the sender has asked
    with the code, answer that request instead: it takes one. The sender is told who did it. Every file of the
    data directory is read back afterwards. There is no way to undo it.
    """
    ctx = context_for(data, settings_file)
    actor = _actor(ctx, by)
    erased = requests.erase(ctx, actor, ref, _second(second, passphrase_stdin))
    tell(as_json, {"case": ref, **_erased(erased)}, f"Erased the case {ref}.", *_said(erased))
    _check(erased.proof)


@privacy_group.command("sweep")
@json_option
@data_options
def privacy_sweep(*, as_json: bool, data: str | None, settings_file: Path | None) -> None:
    """Erase what was kept as long as the rules say; a running server does so every day."""
    ctx = context_for(data, settings_file)
    swept = requests.sweep(ctx, local_day(ctx.now()))
    found = swept._asdict() | {"proof": _proof(swept.proof) if swept.proof else None}
    line = (
        f"Erased {len(swept.cases)} case(s), {swept.letters} first letter(s) with their contact, "
        f"{swept.visits} visitor(s), {swept.requests} request(s), {len(swept.asides)} old store(s)."
    )
    tell(as_json, found, line)
    _check(swept.proof)


@privacy_group.command("prove")
@_case_option
@_by
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="A backup made before it was erased: its sealed texts are looked for.",
)
@json_option
@data_options
def privacy_prove(
    *, ref: str, by: str, against: Path | None, as_json: bool, data: str | None, settings_file: Path | None
) -> None:
    """Read every file of the data directory and say where the sealed texts of a case stand.

    Of a case that was erased nothing is left to look for, so --against names a backup that still has it.
    Exits with 1 where something of an erased case is found.
    """
    ctx = context_for(data, settings_file)
    case = _case(ctx, _actor(ctx, by), ref)
    with ctx.read() as work:
        boxes = boxes_of_backup(against, case["id"]) if against else boxes_of(work, case["n"])
    if not boxes:
        raise Problem("nothing-to-look-for")
    found = erasure_proof.search(Path(ctx.settings.data), erasure_proof.windows(boxes))
    erased = case["erased_at"] is not None
    values = {"case": ref, "erased": erased, "boxes": len(boxes), **_proof(found)}
    where = ", ".join(found.found) or "nowhere"
    tell(as_json, values, f"{len(boxes)} sealed text(s) looked for in {found.files} files: found {where}.")
    if erased:
        _check(found)


def _actor(ctx: Context, login: str) -> Actor:
    with ctx.read() as work:
        account = find_account(work, login)
        if account is None:
            raise Problem("unknown-user", login=login)
        return actions.actor_of(work, account)


def _case(ctx: Context, actor: Actor, ref: str) -> Any:
    with ctx.read() as work:
        row = requests.find_case(work, actor, ref)
    if actor.role not in LEADERS or not sees(actor, row):
        raise Problem("not-yours")
    return row


def _request(each: requests.Request) -> dict[str, object]:
    return {
        "request": each.n,
        "kind": each.kind,
        "case": each.ref,
        "asked_on": each.asked_on.isoformat(),
        "by": each.actor,
        "due": each.deadline.last_day.isoformat(),
        "remaining": each.remaining,
        "state": each.state,
        "reason": each.reason,
        "answered_at": utc(each.answered_at),
        "answered_by": each.answered_by,
    }


def _erased(erased: Erased) -> dict[str, object]:
    return {
        "boxes": erased.boxes,
        "in_backups_until": erased.in_backups_until.isoformat(),
        "proof": _proof(erased.proof),
    }


def _proof(found: Proof) -> dict[str, object]:
    return {**found._asdict(), "holds": found.holds}


def _said(erased: Erased) -> tuple[str, ...]:
    found = erased.proof
    return (
        f"{erased.boxes} sealed text(s) deleted; read back {found.files} files, {found.bytes / 1e6:.1f} MB.",
        f"Backups made before today still hold it: delete them by {erased.in_backups_until}.",
    )


def _check(found: Proof | None) -> None:
    """End with 1 where something is still there, naming the files."""
    if found is not None and not found.holds:
        names = ", ".join([*found.found, *found.unread])
        raise click.ClickException(
            f"Something of it still stands in: {names}. Delete these, or wait for their day."
        )
