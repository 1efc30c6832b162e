"""A key vouches for the one that takes its place: signed with the very key pair that letters are sealed to.

XEdDSA (Perrin, "The XEdDSA and VXEdDSA Signature Schemes", 2016): the Curve25519 private key signs on the
birationally equal Edwards curve, and the signature is an Ed25519 one under the point with sign 0 that belongs
to the public key. So whoever knows a public key can check its word, and no key needs a second half for it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey

from survey_defs.letter import KEY_BYTES
from survey_defs.letter import KeyLink as KeyLink  # noqa: PLC0414 - part of this interface

SIGNATURE_BYTES = 64
MAX_LINKS = 32
"""Renewals that a device follows at once; after more of them a person compares the key by hand."""
_P = 2**255 - 19
_ABOUT = b"hailong seal key 1\0"
_HASH_1 = b"\xfe" + b"\xff" * 31
"""XEdDSA's hash 1: 2^256 - 2, which no point begins with, before what is hashed."""


def vouch(private: bytes, key: bytes) -> KeyLink:
    """The word of a private key for the public one that takes its place. ValueError where one is no key."""
    if len(private) != KEY_BYTES or len(key) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    by = bytes(PrivateKey(private).public_key)
    return KeyLink(by, key, _sign(private, _message(by, key)))


def is_true(link: KeyLink) -> bool:
    """Whether the key that a link names has given this word. Never raises."""
    if len(link.by) != KEY_BYTES or len(link.key) != KEY_BYTES or len(link.signature) != SIGNATURE_BYTES:
        return False
    point = _point(link.by)
    message = _message(link.by, link.key)
    try:
        return bool(point and bindings.crypto_sign_open(link.signature + message, point) == message)
    except (CryptoError, ValueError, TypeError):
        return False


def leads_to(key: bytes, links: Iterable[KeyLink], goal: bytes) -> bool:
    """Whether these words lead from a key to `goal`, each true, in at most `MAX_LINKS` steps."""
    by = {link.by: link for link in links}
    for _ in range(MAX_LINKS):
        if key == goal:
            return True
        link = by.get(key)
        if link is None or not is_true(link):
            return False
        key = link.key
    return key == goal


def _message(by: bytes, key: bytes) -> bytes:
    return _ABOUT + by + key


def _sign(private: bytes, message: bytes) -> bytes:
    scalar, point = _edwards(private)
    secret_number = _scalar(_HASH_1, scalar, message, os.urandom(64))
    commitment = bindings.crypto_scalarmult_ed25519_base_noclamp(secret_number)
    challenge = _scalar(commitment, point, message)
    answer = bindings.crypto_core_ed25519_scalar_add(
        secret_number, bindings.crypto_core_ed25519_scalar_mul(challenge, scalar)
    )
    return bytes(commitment + answer)


def _edwards(private: bytes) -> tuple[bytes, bytes]:
    """The scalar and the point with sign 0 of a Curve25519 key. Secrets are touched by libsodium alone."""
    clamped = bytes([private[0] & 248, *private[1:31], (private[31] & 127) | 64])
    scalar = bindings.crypto_core_ed25519_scalar_reduce(clamped + bytes(32))
    point = bindings.crypto_scalarmult_ed25519_base_noclamp(scalar)
    if point[31] & 128:
        scalar = bindings.crypto_core_ed25519_scalar_negate(scalar)
        point = point[:31] + bytes([point[31] & 127])
    return scalar, point


def _scalar(*parts: bytes) -> bytes:
    return bytes(bindings.crypto_core_ed25519_scalar_reduce(hashlib.sha512(b"".join(parts)).digest()))


def _point(public: bytes) -> bytes | None:
    """The point with sign 0 of a public key, y = (u - 1) / (u + 1); None for what is none."""
    u = int.from_bytes(public, "little")
    if u >= _P or u == _P - 1:
        return None
    return ((u - 1) * pow(u + 1, -1, _P) % _P).to_bytes(KEY_BYTES, "little")
