"""How a device comes in by a claim code: the server's side of the exchange of `survey_defs.claim`.

What is begun with a device lives in this process's memory alone; after a restart the device simply begins
anew. Of a claim that was used, what the device may ask for again stays until its day is over: the shares, the
proofs and the terms, none of which opens anything.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from typing import Any, NamedTuple

import structlog

from server.domain.devices import device_password
from server.domain.problems import Problem
from server.domain.records import Device
from server.services import withdrawals
from server.services.context import Context, Work
from server.services.devices import claims, registry
from server.services.network import endpoints
from survey_defs import claim, spake2, wire

MAX_RUNS, MAX_RUNS_OF_ONE = 512, 8
"""Runs under way, in all and for one claim: the oldest goes. A device whose run is gone begins another."""
RUN_MS = 3_600_000
"""A run that nobody goes on with for so long is forgotten."""

_log = structlog.get_logger()


class Run(NamedTuple):
    """A run under way."""

    n: int
    """The claim's."""
    number: int
    """y, which the server has drawn for it."""
    share: bytes
    """What the server said."""
    began: int
    """Milliseconds by a clock that only goes on."""


class Runs:
    """The runs under way, by the device's share. One for each web process; safe to use from many threads."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._runs)

    def find(self, share: str, n: int, now: int) -> Run | None:
        """The run of the claim `n` that a device began with this share."""
        with self._lock:
            run = self._runs.get(share)
        return run if run is not None and run.n == n and now - run.began < RUN_MS else None

    def add(self, share: str, run: Run) -> Run:
        """Keep it, unless the same was begun at the same moment. Returns the one that is kept."""
        with self._lock:
            there = self._runs.get(share)
            if there is not None and there.n == run.n and run.began - there.began < RUN_MS:
                return there
            self._runs.pop(share, None)
            self._runs[share] = run
            of_one = [each for each, other in self._runs.items() if other.n == run.n]
            for each in of_one[:-MAX_RUNS_OF_ONE]:
                del self._runs[each]
            while len(self._runs) > MAX_RUNS:
                self._runs.popitem(last=False)
        return run

    def end(self, share: str) -> None:
        """Forget that one."""
        with self._lock:
            self._runs.pop(share, None)


def exchange(ctx: Context, runs: Runs, payload: bytes) -> bytes:
    """Answer one of the two requests by which a device comes in. After the second the old password has ended.

    The same again is answered alike while the code is valid. Raises `Problem`: `bad-enrolment`,
    `claim-unknown`, `claim-wrong`, `claim-guessed`, `claim-expired`, `claim-used`, `claim-withdrawn`,
    `claim-wrong-kind`, `certificate-mismatch`, `certificate-unknown`, `enrol-again`, and those of
    `claims.claimable`.
    """
    try:
        asked = claim.Request(payload)
        if not asked.proof:
            with ctx.read() as work:
                return _begin(work, runs, asked)
    except (claim.ClaimError, spake2.ShareError) as error:
        raise Problem("bad-enrolment") from error
    return _let_in(ctx, runs, asked)


def _begin(work: Work, runs: Runs, asked: claim.Request) -> bytes:
    """The server's share, for a device that begins a run or has begun it before."""
    row, now = _open_claim(work, asked), work.ctx.running()
    if row["used_at"] is not None:
        return claim.make_share(bytes.fromhex(row["shares"].split()[1]))
    run = runs.find(asked.share, row["n"], now)
    if run is None:
        spake2.read_point(bytes.fromhex(asked.share))
        number = 1 + secrets.randbelow(spake2.ORDER - 1)
        share = spake2.last(spake2.share_of_b(number, int(row["secret"], 16)))
        run = runs.add(asked.share, Run(row["n"], number, share, now))
    return claim.make_share(run.share)


def _let_in(ctx: Context, runs: Runs, asked: claim.Request) -> bytes:
    """The terms, for a device that has proved itself."""
    with ctx.read() as work:
        row = _open_claim(work, asked)
    if row["used_at"] is not None:
        return _answer_again(row, asked)
    run = runs.find(asked.share, row["n"], ctx.running())
    if run is None:
        raise Problem("enrol-again")
    agreed = _agree(asked, run, int(row["secret"], 16))
    with ctx.write() as work:
        row = _open_claim(work, asked)  # others may have been here meanwhile
        if row["used_at"] is not None:
            return _answer_again(row, asked)
        trouble = _judge(work, asked, row, agreed)
        if trouble is None:
            answer = _use(work, asked, row, run, agreed)
    runs.end(asked.share)  # it has served for its one try
    if trouble is not None:  # what follows from it is committed
        raise trouble
    return answer


def _agree(asked: claim.Request, run: Run, secret: int) -> claim.Agreed:
    theirs = bytes.fromhex(asked.share)
    meet = spake2.last(spake2.meet_of_b(run.number, secret, theirs))
    return claim.Agreed(asked.name, secret, (theirs, run.share), meet, (asked.kind, asked.certificate))


def _judge(work: Work, asked: claim.Request, row: dict[str, Any], agreed: claim.Agreed) -> Problem | None:
    """What is to be kept of a try that does not let the device in; None where it does.

    Raises what changes nothing: another try may follow.
    """
    sql, now = work.sql, work.now
    if not hmac.compare_digest(agreed.proof(), asked.proof):
        sql.claim_wrong(n=row["n"])
        left = claims.MAX_WRONG - row["wrong"] - 1
        if left > 0:
            return Problem("claim-wrong", left=left)
        sql.claim_withdraw(device=row["device"], at=now)
        _log.warning("wrong claim codes were tried for a device, its code is withdrawn", device=row["device"])
        return Problem("claim-guessed", most=claims.MAX_WRONG)
    device = claims.claimable(work, row["device"])
    if asked.kind not in ("", device.kind):
        raise Problem("claim-wrong-kind", id=device.id)
    known = endpoints.served_fingerprints(work.ctx.served, work.ctx.settings)
    if asked.certificate and not known:
        raise Problem("certificate-unknown")
    if asked.certificate and asked.certificate not in known:
        sql.claim_withdraw(device=device.id, at=now)
        _log.warning("a claim code came from a device that was shown another certificate", device=device.id)
        return Problem("certificate-mismatch")
    return None


def _use(work: Work, asked: claim.Request, row: dict[str, Any], run: Run, agreed: claim.Agreed) -> bytes:
    """Give the device its new password and its school. Returns the terms."""
    sql, device = work.sql, registry.device(work, row["device"])
    answer = claim.make_answer(agreed, _terms(work.ctx, device, row["school"]))
    hashed = device_password.hash_password(agreed.password, secrets.token_bytes(device_password.SALT_BYTES))
    old = sql.device_secret(id=device.id)["password_hash"]
    withdrawals.withdraw(work.ctx, "device-password", f"{device.id}:{withdrawals.mark(old)}")
    sql.device_let_in(id=device.id, school=row["school"], password_hash=hashed)
    sql.claim_use(
        n=row["n"],
        at=work.now,
        shares=f"{asked.share} {run.share.hex()}",
        proof=asked.proof,
        answer=answer.decode(),
        came_from=device.school,
    )
    if row["school"] != device.school:
        # What it last said, it said at the other school.
        sql.device_presence_forget(device=device.id)
    else:
        # The new key is one machine's: a copy of it is kept out from now on.
        sql.presence_boots_forget(device=device.id)
    return answer


def _terms(ctx: Context, device: Device, school: str) -> dict[str, Any]:
    return {
        "v": 1,
        "device": device.id,
        "school": school,
        "kind": device.kind,
        "broker": endpoints.device_broker(ctx.settings),
        "ca": endpoints.authority(ctx.settings),
        "time": wire.format_time(ctx.now()),
    }


def _answer_again(row: dict[str, Any], asked: claim.Request) -> bytes:
    if not hmac.compare_digest(row["proof"], asked.proof):
        raise Problem("claim-used")
    return str(row["answer"]).encode()


def _open_claim(work: Work, asked: claim.Request) -> dict[str, Any]:
    """The claim of that name, if a device can still come in by it or has just come in by this very share."""
    row = work.sql.claim_named(name=asked.name)
    if row is None:
        raise Problem("claim-unknown")
    is_over = work.now >= row["expires_at"]
    if row["withdrawn_at"] is not None:
        is_guessed = row["wrong"] >= claims.MAX_WRONG
        raise Problem("claim-guessed", most=claims.MAX_WRONG) if is_guessed else Problem("claim-withdrawn")
    if row["used_at"] is not None:
        if is_over or row["shares"] is None or not row["shares"].startswith(asked.share + " "):
            raise Problem("claim-used")
    elif is_over or row["secret"] is None:
        raise Problem("claim-expired")
    return dict(row)
