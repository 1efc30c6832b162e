"""A stream that anybody with the public half of a key can write, and its passphrase opens.

The first lines say the format and, in JSON, what is needed to open it: the private half as a passphrase locks
it (`key_lock`) and the stream's own key, sealed to the public half. Then the body in chunks, by libsodium's
secretstream (XChaCha20-Poly1305): each is bound to its place and all to the first lines, and the last is
marked as such, so that a changed, moved or missing byte is noticed.
"""

from __future__ import annotations

import hashlib
import struct
from binascii import Error as BadBase64
from typing import BinaryIO, NamedTuple

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.utils import random

from server.domain.keys import key_lock
from server.domain.keys.key_lock import Lock
from server.domain.problems import Problem
from survey_defs.typed import from_json

MAGIC = b"hailong-backup-1\n"
CHUNK_BYTES = 256 * 1024
_MAX_HEAD = 4096
_MAX_OPERATIONS, _MAX_MEMORY = 8, 256 * 1024 * 1024
"""A file from elsewhere must not choose how long and with how much memory we try: some seconds at most."""
_LENGTH = struct.Struct(">I")
_STREAM_HEAD: int = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MORE: int = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST: int = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_TAG_BYTES: int = bindings.crypto_secretstream_xchacha20poly1305_ABYTES


class BackupKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key pair as it lies on the disk: the private half in `box`, locked by a passphrase."""

    public: bytes
    salt: bytes
    operations: int
    memory: int
    box: bytes

    @property
    def id(self) -> str:
        """Of the public half: 16 hexadecimal digits."""
        return hashlib.sha256(self.public).hexdigest()[:16]

    @property
    def fingerprint(self) -> str:
        """By this people tell keys apart."""
        return key_lock.fingerprint(self.id)


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: BackupKey
    sealed: bytes


class Opened(NamedTuple):
    """The first lines of a stream, not opened yet."""

    key: BackupKey
    sealed: bytes
    bound: bytes


def new_key(passphrase: str) -> BackupKey:
    """A fresh pair, locked by the passphrase."""
    return locked(bytes(PrivateKey.generate()), passphrase)


def locked(private: bytes, passphrase: str) -> BackupKey:
    """The pair of this private half, locked by the passphrase."""
    lock = key_lock.new_lock()
    box = key_lock.shut(private, key_lock.turn(passphrase, lock))
    public = bytes(PrivateKey(private).public_key)
    return BackupKey(public, lock.salt, lock.operations, lock.memory, box)


class Writer:
    """A file to write to, which seals what it is given; `finish` ends it."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        """Writes the first lines. Raises OSError."""
        stream_key = random(bindings.crypto_secretstream_xchacha20poly1305_KEYBYTES)
        sealed = bytes(SealedBox(PublicKey(key.public)).encrypt(stream_key))
        head = MAGIC + msgspec.json.encode(_Head(key, sealed)) + b"\n"
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        start = bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, stream_key)
        self._file, self._bound, self._waiting = file, hashlib.sha256(head).digest(), bytearray()
        file.write(head + start)

    def write(self, content: bytes) -> int:
        """Take more. Raises OSError."""
        self._waiting += content
        while len(self._waiting) > CHUNK_BYTES:
            self._push(bytes(self._waiting[:CHUNK_BYTES]), _MORE)
            del self._waiting[:CHUNK_BYTES]
        return len(content)

    def finish(self) -> None:
        """Nothing more comes. Raises OSError."""
        self._push(bytes(self._waiting), _LAST)

    def _push(self, content: bytes, tag: int) -> None:
        chunk = bindings.crypto_secretstream_xchacha20poly1305_push(self._state, content, self._bound, tag)
        self._file.write(_LENGTH.pack(len(chunk)) + chunk)


def open_key(key: BackupKey, passphrase: str) -> bytes | None:
    """The private half; None where that is not its passphrase. ValueError for a key that is none of ours."""
    try:
        turned = key_lock.turn(passphrase, Lock(key.salt, key.operations, key.memory))
    except CryptoError as error:
        raise ValueError("no key of ours") from error
    return key_lock.open_box(key.box, turned)


class Reader:
    """A file to read from. Every `read` may raise `Problem("bad-backup")`: only its end makes all sure."""

    def __init__(self, file: BinaryIO, head: Opened, private: bytes, name: str) -> None:
        """`private`: the private half of the key it is sealed to. Raises `Problem("bad-backup")`."""
        self._file, self._name, self._bound = file, name, head.bound
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        try:
            stream_key = SealedBox(PrivateKey(private)).decrypt(head.sealed)
            start = file.read(_STREAM_HEAD)
            bindings.crypto_secretstream_xchacha20poly1305_init_pull(self._state, start, stream_key)
        except (CryptoError, ValueError, TypeError) as error:
            raise self._bad() from error
        self._content, self._ended = bytearray(), False

    def read(self, count: int) -> bytes:
        """The next `size` bytes, fewer at the end."""
        while len(self._content) < count and not self._ended:
            self._pull()
        found = bytes(self._content[:count])
        del self._content[:count]
        return found

    def finish(self) -> None:
        """Read to the end, and see that it is one."""
        while not self._ended:
            self._content.clear()
            self._pull()
        if self._file.read(1):
            raise self._bad()

    def _pull(self) -> None:
        length = self._file.read(_LENGTH.size)
        size = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else 0
        if not _TAG_BYTES <= size <= CHUNK_BYTES + _TAG_BYTES:
            raise self._bad()
        try:
            content, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(
                self._state, self._file.read(size), self._bound
            )
        except (CryptoError, ValueError, RuntimeError) as error:
            raise self._bad() from error
        self._content += content
        self._ended = tag == _LAST

    def _bad(self) -> Problem:
        return Problem("bad-backup", path=self._name)


def read_head(file: BinaryIO, name: str) -> Opened | None:
    """The first lines; None where this is no sealed backup. Raises `Problem("bad-backup")` and OSError."""
    if file.read(len(MAGIC)) != MAGIC:
        return None
    line = file.readline(_MAX_HEAD)
    try:
        head = from_json(line, _Head)
    except (msgspec.DecodeError, BadBase64, ValueError) as error:
        raise Problem("bad-backup", path=name) from error
    key = head.key
    if not line.endswith(b"\n") or key.operations > _MAX_OPERATIONS or key.memory > _MAX_MEMORY:
        raise Problem("bad-backup", path=name)
    return Opened(key, head.sealed, hashlib.sha256(MAGIC + line).digest())
