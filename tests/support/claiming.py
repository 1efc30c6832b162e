"""Claim codes from both sides: a device that comes in by one, and a server that knows some and no more."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from server.services.context import Context
from server.services.devices.enrol import Runs, exchange
from survey_defs import claim, spake2

Post = Callable[[bytes], bytes]
"""Hands a request over; answers what was said to it."""


def new_run(code: str) -> dict[str, Any]:
    """What a device begins with."""
    return claim.new_run(code, secrets.token_hex(claim.DRAWN_BYTES))


class Comer:
    """A device with a code, step by step. `run` is what it keeps; `certificate` the one it was shown."""

    def __init__(
        self, code: str, certificate: str = "", kind: str = "kiosk", run: dict[str, Any] | None = None
    ) -> None:
        self.certificate = certificate
        self.asking = claim.Asking(code, kind, new_run(code) if run is None else run)

    def hello(self) -> bytes:
        """Its first request."""
        spake2.last(self.asking.begin())
        return self.asking.hello()

    def proof(self, share: bytes) -> bytes:
        """Its second request, given the answer to the first."""
        while not self.asking.hear(share, self.certificate):
            raise AssertionError("another share than before")
        spake2.last(self.asking.meet())
        return self.asking.proof()

    def come_in(self, post: Post) -> tuple[dict[str, Any], str]:
        """Its terms and its password. Raises what `post` raises, and `ClaimError`."""
        return self.asking.read_answer(post(self.proof(post(self.hello()))))


def let_in(
    ctx: Context,
    code: str,
    certificate: str = "",
    kind: str = "kiosk",
    *,
    run: dict[str, Any] | None = None,
    runs: Runs | None = None,
) -> dict[str, Any]:
    """What a device does with the server's own service; its terms, with the password among them."""
    under_way = Runs() if runs is None else runs
    comer = Comer(code, certificate, kind, run)
    terms, password = comer.come_in(lambda body: exchange(ctx, under_way, body))
    return terms | {"password": password}


class Keeper:
    """A server that knows some codes and answers as it is told: for what the real one cannot be made to do.

    `passwords`: what came of the runs. `answer` raises KeyError for a claim that it does not know.
    """

    def __init__(self, *codes: str) -> None:
        self._codes = {claim.name_of(code): code for code in codes}
        self._number = 1 + secrets.randbelow(spake2.ORDER - 1)
        self.passwords: list[str] = []

    def code(self, body: bytes) -> str:
        """The code of the claim that a request names."""
        return self._codes[claim.Request(body).name]

    def answer(self, body: bytes, terms: dict[str, Any]) -> bytes | None:
        """What is said to a request, None to a proof that does not hold."""
        asked = claim.Request(body)
        secret, theirs = claim.secret_of(self._codes[asked.name]), bytes.fromhex(asked.share)
        share = spake2.last(spake2.share_of_b(self._number, secret))
        if not asked.proof:
            return claim.make_share(share)
        meet = spake2.last(spake2.meet_of_b(self._number, secret, theirs))
        agreed = claim.Agreed(asked.name, secret, (theirs, share), meet, (asked.kind, asked.certificate))
        if agreed.proof() != asked.proof:
            return None
        self.passwords.append(agreed.password)
        return claim.make_answer(agreed, terms)


def refusal(code: str) -> bytes:
    """What a server says that will not have it."""
    return json.dumps({"code": code, "message": "no"}).encode()
