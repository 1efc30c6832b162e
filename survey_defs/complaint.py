"""A complaint's content as it travels: sealed on the device, and followed by a code that only its sender has.

The content is a `Letter`, sealed to the school's public key (libsodium's sealed box): the device itself
cannot open it again, nor can the broker, the outbox or whoever takes the SD card. The sender's code of
16 digits goes through Argon2id with the installation's salt and gives 64 bytes. The first half is the
`code_hash` that travels and by which the server finds the case. The second half never travels: it is the
seed of the key pair to which the school's answers are sealed, so that they too can be read only with the
code, or with the school's key. The public half of that pair travels inside the sealed letter.
"""

import base64
import binascii
import re
import secrets
import unicodedata
from typing import NamedTuple

import msgspec
from nacl import pwhash
from nacl.bindings import sodium_pad, sodium_unpad
from nacl.encoding import RawEncoder
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from survey_defs.letter import KEY_BYTES as KEY_BYTES  # noqa: PLC0414 - part of this interface
from survey_defs.letter import MAX_CONTACT as MAX_CONTACT  # noqa: PLC0414
from survey_defs.letter import MAX_TEXT as MAX_TEXT  # noqa: PLC0414
from survey_defs.letter import SALT_BYTES as SALT_BYTES  # noqa: PLC0414
from survey_defs.letter import Contact as Contact  # noqa: PLC0414
from survey_defs.letter import Letter as Letter  # noqa: PLC0414
from survey_defs.letter import TextProblem as TextProblem  # noqa: PLC0414
from survey_defs.letter import clean_text as clean_text  # noqa: PLC0414
from survey_defs.letter import key_id as key_id  # noqa: PLC0414
from survey_defs.plain_text import clean_within
from survey_defs.typed import from_json

CODE_DIGITS = 16
_OPERATIONS = 3
_MEMORY = 32 * 1024 * 1024
_BLOCK = 512
"""A letter is padded to a multiple of this, so that its length tells little of its text."""


class CodeKeys(NamedTuple):
    """What a code comes to: the hash that travels, and the key pair that answers are sealed to."""

    code_hash: str
    private: bytes
    public: bytes


_DIGITS = re.compile(r"[0-9](?:[\W_]*[0-9])*")
"""Digits with no letter between them."""


def new_code() -> str:
    """A fresh code of 16 random digits."""
    return "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))


def spell_code(code: str) -> str:
    """The code in four groups of four, as people read it."""
    return " ".join(code[start : start + 4] for start in range(0, CODE_DIGITS, 4))


def read_code(typed: str) -> str | None:
    """The code in what a person typed or pasted; None unless there is one of 16 digits.

    Whatever stands between its digits does not matter, unless it is a letter. Around it may stand what our
    pages and papers show with it: "Mã tra cứu: 1234 …", "Số 3/2026", the QR's link with the code behind `#`.
    """
    text = "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in typed)
    runs = [re.sub(r"\D", "", run) for run in _DIGITS.findall(text.rpartition("#")[2])]
    codes = {digits for digits in runs if len(digits) == CODE_DIGITS}
    return codes.pop() if len(codes) == 1 else None


def code_keys(code: str, salt: bytes) -> CodeKeys:
    """What the code comes to. Takes some 50 ms and 32 MB: that is its purpose.

    `salt` is the installation's, `SALT_BYTES` long. ValueError for anything that is no code or no salt.
    """
    if len(code) != CODE_DIGITS or not code.isdecimal() or not code.isascii() or len(salt) != SALT_BYTES:
        raise ValueError("no code, or no salt")
    both = pwhash.argon2id.kdf(2 * KEY_BYTES, code.encode(), salt, opslimit=_OPERATIONS, memlimit=_MEMORY)
    private = PrivateKey.from_seed(both[KEY_BYTES:])
    return CodeKeys(both[:KEY_BYTES].hex(), bytes(private), bytes(private.public_key))


def new_key() -> tuple[bytes, bytes]:
    """A fresh key pair: (public, private), 32 bytes each."""
    private = PrivateKey.generate()
    return bytes(private.public_key), bytes(private)


def public_of(private: bytes) -> bytes:
    """The public half of a private key. ValueError where it is no key."""
    if len(private) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return bytes(PrivateKey(private).public_key)


def seal(letter: Letter, public: bytes) -> bytes:
    """Returns the letter sealed to a public key. ValueError where that is no key."""
    if len(public) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    padded = sodium_pad(msgspec.json.encode(letter), _BLOCK)
    return bytes(SealedBox(PublicKey(public)).encrypt(padded, encoder=RawEncoder))


def unseal(sealed_text: bytes, private: bytes) -> Letter | None:
    """Returns the letter in a sealed text, its texts clean whoever sealed them.

    None where the key is another, or the sealed text was cut or holds no letter.
    """
    try:
        padded = SealedBox(PrivateKey(private)).decrypt(sealed_text, encoder=RawEncoder)
        letter = from_json(sodium_unpad(padded, _BLOCK), Letter)
    except (CryptoError, ValueError, TypeError, msgspec.MsgspecError):
        return None
    return clean_within(letter)  # type: ignore[no-any-return]


def encode_sealed(sealed_text: bytes) -> str:
    """Returns a sealed text as the wire's `sealed` carries it: in base64."""
    return base64.b64encode(sealed_text).decode("ascii")


def decode_sealed(sealed: str) -> bytes | None:
    """Returns the sealed text of a wire's `sealed`, or None where it is no base64."""
    try:
        return base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        return None
