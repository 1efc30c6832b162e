"""Messages too large to be kept: the length, the digest and the topic of each become a dead letter."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from server.domain.accept import Refused
from server.services.context import Context
from server.services.storing import dead_letter
from survey_defs.wire import parse_topic


class Oversized(NamedTuple):
    """A message that was thrown away; `topic` is one of a device's own."""

    topic: str
    bytes: int
    sha256: str


def measure(topic: str, payload: bytes) -> Oversized:
    """What is kept of a message that came whole."""
    return Oversized(topic, len(payload), hashlib.sha256(payload).hexdigest())


def encode(message: Oversized) -> bytes:
    """As the embedded broker tells the server of it, and as the dead letter says it."""
    return msgspec.json.encode(message._asdict())


def decode(payload: bytes) -> Oversized:
    """What `encode` made. Raises `msgspec.DecodeError`."""
    return Oversized(**msgspec.json.decode(payload, type=dict))


def keep(ctx: Context, message: Oversized, received_at: int) -> None:
    """Store the dead letter. Raises `Problem` where the store cannot be written."""
    place = parse_topic(message.topic)
    school, device = (place[0], place[1]) if place else ("", "")
    letter = dead_letter(school, device, received_at, Refused("too-large", None, None, None, encode(message)))
    with ctx.store.atomic() as connection:
        ctx.store.sql.ingest_dead_letter(connection, [letter])
