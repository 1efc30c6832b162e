"""Signing and reading the tokens of the phone's forms; a restart of the server changes nothing for them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets

import msgspec
from itsdangerous import BadSignature, Signer

from server.domain.phone.form_token import NONCE_BYTES, FormToken
from server.domain.problems import Problem

_MAX_LETTERS = 600


class Forms:
    """Hands out tokens and knows its own again. `secret` is the installation's, one for all processes."""

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(secret, salt="phone-form", key_derivation="hmac", digest_method=hashlib.sha256)

    def sign(self, token: FormToken) -> str:
        """The token as a form carries it: letters that need no escaping in a page."""
        content = msgspec.json.encode([*token[:4], token.nonce.hex(), int(token.again), token.slip])
        return self._signer.sign(base64.urlsafe_b64encode(content).rstrip(b"=")).decode("ascii")

    def give(  # noqa: PLR0917 - the parts of a token, in its own order
        self, point: str, survey: str, version: int, now: int, again: bool = False, slip: str = ""
    ) -> str:
        """The token of a form that is handed out now; see `FormToken`. `slip` is a slip's hash."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self.sign(FormToken(point, survey, version, now, nonce, again, slip))

    def read(self, signed: str) -> FormToken:
        """The token that came back. Raises `Problem("form-forged")` for anything that this did not sign."""
        try:
            if len(signed) > _MAX_LETTERS:
                raise Problem("form-forged")
            content = self._signer.unsign(signed.encode("ascii"))
            values = msgspec.json.decode(base64.urlsafe_b64decode(content + b"=" * (-len(content) % 4)))
        except (BadSignature, UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
            raise Problem("form-forged") from error
        point, survey, version, given_at, nonce, again, slip = values
        return FormToken(point, survey, version, given_at, bytes.fromhex(nonce), bool(again), slip)
