"""Batches as devices usually send them, read straight into typed values: several times as fast as by dicts.

What is not exactly of this form (another type of event, a field more, a number too large) is left to
`survey_defs.wire`, whose word on what is wrong with it alone counts. What is of this form both read alike.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from survey_defs import wire
from survey_defs.typed import json_reader

_From0 = Annotated[int, Meta(ge=0, le=wire.MAX_INT)]
_From1 = Annotated[int, Meta(ge=1, le=wire.MAX_INT)]


class Answer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An event of type `answer` as it came: types and bounds of numbers are checked, texts are not.

    The fields stand in the order of the alphabet, which makes their encoding the canonical one.
    """

    answers: dict[str, int | str | list[str]]
    boot: str
    channel: Literal["kiosk", "button", "qr"]
    id: str
    journal: str
    lang: str
    procedure: str | UnsetType | None = UNSET
    seq: _From1
    survey: str
    took_ms: _From0 | UnsetType | None = UNSET
    type: Literal["answer"]
    up_ms: _From0
    version: _From1
    wall: str | UnsetType | None = UNSET


class _Envelope(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    boot: str
    events: Annotated[list[Answer], Meta(max_length=wire.MAX_EVENTS)]
    synced: bool
    up_ms: _From0
    v: Literal[1]
    wall: str | None = None


_read = json_reader(_Envelope)
encode = msgspec.json.Encoder(order="deterministic").encode
"""The canonical bytes of an `Answer`, as `accept.canonical` makes them of the dict."""
is_uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
"""As `wire.is_uuid`, for what is a str."""


def decode_batch(payload: bytes) -> wire.Batch:
    """As `wire.decode_batch`, with `Answer`s in place of dicts where all events are usual ones."""
    if len(payload) <= wire.MAX_BATCH_BYTES:
        try:
            batch = _read(payload)
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
        else:
            wall = batch.wall
            if wire.is_name(batch.boot):
                return {
                    "v": 1,
                    "boot": batch.boot,
                    "up_ms": batch.up_ms,
                    "wall": None if wall is None or wire.parse_wall(wall) is None else wall,
                    "synced": batch.synced,
                    "events": batch.events,
                }
    return wire.decode_batch(payload)


def plain(event: Any) -> Any:
    """An `Answer` as the dict that `wire.decode_batch` would have read; anything else as it is."""
    return msgspec.to_builtins(event) if type(event) is Answer else event
