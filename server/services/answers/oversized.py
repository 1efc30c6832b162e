"""Messages too large to be kept: the length, the digest and the topic of each become a dead letter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from server.domain.answers.accept import Refused
from server.services.answers.dead_letters import dead_letter, keep_letters
from server.services.context import Context
from survey_defs.wire import parse_topic


class Oversized(NamedTuple):
    """A message that was thrown away; `topic` is one of a device's own."""

    topic: str
    bytes: int
    sha256: str


def measure(topic: str, payload: bytes) -> Oversized:
    """What is kept of a message that came whole."""
    return Oversized(topic, len(payload), hashlib.sha256(payload).hexdigest())


def keep(ctx: Context, messages: Iterable[Oversized], received_at: int, *, retained: bool = False) -> None:
    """Store the dead letters. Raises `Problem` where the store cannot be written.

    `retained`: a broker had kept them, and brings them at each new connection: only the first time counts.
    """
    letters = [_letter(message, received_at) for message in messages]
    with ctx.write() as work:
        keep_letters(work, letters, retained=retained)


def _letter(message: Oversized, received_at: int) -> dict[str, Any]:
    place = parse_topic(message.topic)
    school, device = (place[0], place[1]) if place else ("", "")
    said = msgspec.json.encode(message._asdict())
    return dead_letter(school, device, received_at, Refused("too-large", None, None, None, said))
