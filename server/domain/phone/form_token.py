"""What a phone's form is handed out with, and what follows from it alone.

The token carries 16 random bytes, the `nonce`, which stand nowhere but in the form itself. The event's id
and a complaint's code are two hashes of it, which say nothing of each other: a form that is sent again,
because the answer to the first sending was lost on the way, makes the same event and the same code, and from
what the server keeps (the event's id) nobody can work out the code.
"""

import uuid
from hashlib import blake2b
from typing import NamedTuple

from survey_defs.complaint import CODE_DIGITS

NONCE_BYTES = 16
VALID_MS = 24 * 3_600_000
"""A form may be sent for so long after it was handed out; then it is shown again, as it was filled in."""


class FormToken(NamedTuple):
    """One form as it was handed out.

    `survey` and `version` are what it asks ('' and 0: a complaint), `given_at` when, in ms UTC. `again`: it
    was shown with entries already made, so that its time says nothing of how long they took. `slip` is the
    hash of the single-use slip that opened it, '' for none.
    """

    point: str
    survey: str
    version: int
    given_at: int
    nonce: bytes
    again: bool = False
    slip: str = ""

    @property
    def event_id(self) -> str:
        """The id of the event that comes of this form: a UUID (version 8, made of a hash)."""
        value = bytearray(self._hash(b"event"))
        value[6] = value[6] & 0x0F | 0x80
        value[8] = value[8] & 0x3F | 0x80
        return str(uuid.UUID(bytes=bytes(value)))

    @property
    def code(self) -> str:
        """The 16 digits with which the sender of a complaint follows it."""
        number = int.from_bytes(self._hash(b"code", 32)) % 10**CODE_DIGITS
        return f"{number:0{CODE_DIGITS}d}"

    def digest(self, content: bytes) -> str:
        """A name for a content that only who has the form can work out: no guess at a text can be tried."""
        return blake2b(content, digest_size=16, key=self.nonce, person=b"content").hexdigest()

    def is_valid(self, now: int) -> bool:
        """Whether the form is young enough to be sent; one from the future is none of ours."""
        return -60_000 <= now - self.given_at <= VALID_MS

    def age_ms(self, now: int) -> int:
        """How long ago it was handed out."""
        return max(0, now - self.given_at)

    def _hash(self, person: bytes, size: int = 16) -> bytes:
        return blake2b(self.nonce, digest_size=size, person=person).digest()
