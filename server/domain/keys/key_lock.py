"""A private key locked with words that a person keeps: Argon2id makes the lock's key, SecretBox locks.

Whoever steals the store has a salt, a cost and a box, and must try passphrases at that cost each.
The cost stands beside every box, so that a later program may raise it without losing what is older.
"""

import re
import unicodedata
from typing import NamedTuple

from nacl import pwhash
from nacl.encoding import RawEncoder
from nacl.exceptions import CryptoError
from nacl.hash import blake2b
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random

from server.domain.few_at_once import hashing

MIN_CHARACTERS = 12
"""Of a passphrase: longer than a login's password, for no limit of attempts guards a stolen store."""
MAX_CHARACTERS = 1024
OPERATIONS = 3
MEMORY = 64 * 1024 * 1024
"""Bytes; with `OPERATIONS` some 0.1 s on an office PC and half a second on a Raspberry Pi."""
MAX_OPERATIONS, MAX_MEMORY = 4, 128 * 1024 * 1024
"""No lock of ours costs more: what is pasted, or stands in a store, cannot keep the server busy for long."""
SALT_BYTES: int = pwhash.argon2id.SALTBYTES
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 signs; neither I, O nor 0, 1, which people mistake for one another on paper."""
_RELAYED_BYTES = PublicKey.SIZE + SecretBox.MACBYTES + PrivateKey.SIZE
"""Of a box that `shut_for` made; one of `shut` has a nonce of 24 bytes in the place of a key of 32."""
_CODE_SIGNS = 30
_GROUP = 5


class Lock(NamedTuple):
    """How a passphrase becomes the key of a lock: the salt, and Argon2id's cost."""

    salt: bytes
    operations: int
    memory: int


def is_bearable(lock: Lock) -> bool:
    """Whether it is a lock as this program makes them, or has made them: to be asked before any work."""
    return (
        len(lock.salt) == SALT_BYTES
        and 1 <= lock.operations <= MAX_OPERATIONS
        and pwhash.argon2id.MEMLIMIT_MIN <= lock.memory <= MAX_MEMORY
    )


def new_lock() -> Lock:
    """A lock of today's cost with a fresh salt."""
    return Lock(random(SALT_BYTES), OPERATIONS, MEMORY)


def turn(passphrase: str, lock: Lock) -> bytes:
    """The 32 bytes that the passphrase comes to. Takes the time and the memory that the lock says.

    ValueError, at once, for a lock that is not `is_bearable`. Raises `Problem("hashing-busy")`.
    """
    if not is_bearable(lock):
        raise ValueError("no lock of ours")
    with hashing():
        return bytes(
            pwhash.argon2id.kdf(
                SecretBox.KEY_SIZE,
                passphrase.encode(),
                lock.salt,
                opslimit=lock.operations,
                memlimit=lock.memory,
            )
        )


def shut(private: bytes, turned: bytes) -> bytes:
    """The private key in a box that `turned` opens; every box has a nonce of its own."""
    return bytes(SecretBox(turned).encrypt(private))


def open_box(box: bytes, turned: bytes) -> bytes | None:
    """The private key, or None: other words, or the box was changed. Opens what `shut_for` shut too."""
    try:
        if len(box) == _RELAYED_BYTES:
            return bytes(SealedBox(_relay_pair(turned)).decrypt(box))
        return bytes(SecretBox(turned).decrypt(box))
    except (CryptoError, ValueError):
        return None


def relay(private: bytes, holder: str, turned: bytes) -> bytes:
    """To what others may shut a key for this holder who do not know the passphrase.

    It is the public half of the pair that `turned` comes to, with a mark that takes `private`, a key that
    they hold as well: whoever can write the store cannot put a half of their own there.
    """
    public = bytes(_relay_pair(turned).public_key)
    return public + _relay_mark(private, holder, public)


def shut_for(private: bytes, holder: str, relayed: bytes, common: bytes) -> bytes | None:
    """The private key in a box that this holder's passphrase opens.

    None where `relayed` is not marked with `common`, the key that the holder and whoever shuts the box hold.
    """
    public, mark = relayed[: PublicKey.SIZE], relayed[PublicKey.SIZE :]
    if len(public) != PublicKey.SIZE or mark != _relay_mark(common, holder, public):
        return None
    return bytes(SealedBox(PublicKey(public)).encrypt(private))


def relay_mark(private: bytes, holder: str, relayed: bytes) -> bytes:
    """The same half of a holder, marked with another key that they hold from now on."""
    public = relayed[: PublicKey.SIZE]
    return public + _relay_mark(private, holder, public)


def _relay_pair(turned: bytes) -> PrivateKey:
    seed = blake2b(b"", key=turned, person=b"hailong relay", digest_size=PrivateKey.SIZE, encoder=RawEncoder)
    return PrivateKey(seed)


def _relay_mark(private: bytes, holder: str, public: bytes) -> bytes:
    said = holder.encode() + b"\0" + public
    return bytes(blake2b(said, key=private, person=b"hailong relay", digest_size=16, encoder=RawEncoder))


def new_recovery_code() -> str:
    """30 random signs in groups of five, 150 bits, for a sheet in a safe."""
    signs = "".join(_LETTERS[byte % 32] for byte in random(_CODE_SIGNS))
    return "-".join(signs[start : start + _GROUP] for start in range(0, _CODE_SIGNS, _GROUP))


def read_recovery_code(typed: str) -> str | None:
    """The code in what a person typed, whatever its case and what stands between its groups; else None.

    What stands before a colon ("Mã khôi phục: …") is no part of it.
    """
    signs = re.sub(r"[\s\-‐‑‒–—−.·]", "", unicodedata.normalize("NFKC", typed).rpartition(":")[2]).upper()
    if len(signs) != _CODE_SIGNS or set(signs) - set(_LETTERS):
        return None
    return "-".join(signs[start : start + _GROUP] for start in range(0, _CODE_SIGNS, _GROUP))


def fingerprint(id: str) -> str:
    """A key's id in groups of four, as people compare it: `9f2c 01ab 77de 4c10`."""
    return " ".join(id[start : start + 4] for start in range(0, len(id), 4))
