"""What a complaint says, before it is sealed: plain values that need no cryptography.

A kiosk holds these while somebody writes; `survey_defs.complaint` seals them and loads its library only
then.
"""

import hashlib
import unicodedata

import msgspec

from survey_defs.plain_text import clean

MAX_TEXT = 4000
"""Characters of one text: more than two printed pages."""
MAX_CONTACT = 200
"""Characters of one line of the contact."""
KEY_BYTES = 32
"""A public or a private key."""
SALT_BYTES = 16
"""The installation's salt for the senders' codes."""


class KeyLink(msgspec.Struct, frozen=True):
    """The word of the key `by` that `key` takes its place (`survey_defs.key_vouch`): public halves."""

    by: bytes
    key: bytes
    signature: bytes


def key_id(public: bytes) -> str:
    """A short name for a key: 16 hexadecimal digits that cannot be chosen (BLAKE2b of 8 bytes, RFC 7693)."""
    return hashlib.blake2b(public, digest_size=8).hexdigest()


class TextProblem(ValueError):  # noqa: N818 - what is wrong with a text is no error of ours
    """A text that cannot be taken; `code` is `empty` or `too-long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Contact(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the sender wants to be reached, by their own consent; `consent` is the sentence agreed to."""

    name: str
    reach: str
    """A telephone number, or any other way, as the sender wrote it."""
    consent: str


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed: a text, and with the first letter of a case whom to answer."""

    text: str
    contact: Contact | None = None
    reply_key: bytes = b""
    """The public key that the sender's code opens; empty where there is none."""
    v: int = 1


def clean_text(text: str, longest: int = MAX_TEXT) -> str:
    """The text as it is kept: clean, tabs as spaces, nothing around it.

    Raises `TextProblem`: `empty`, or `too-long` where it has more than `longest` characters.
    """
    text = clean(text).replace("\t", " ").strip()
    # Signs that nobody sees (of width zero, of direction) say nothing; within a word, as in emoji, they stay.
    if all(c.isspace() or unicodedata.category(c) == "Cf" for c in text):
        raise TextProblem("empty")
    if len(text) > longest:
        raise TextProblem("too-long")
    return text
