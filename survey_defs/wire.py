"""The wire contract, version 1: topics, batches, events, receipts, presence.

Strict where it counts, forgiving where it costs nothing: unknown fields are ignored, a `wall` that makes no
sense costs only itself, and one bad event does not spoil its batch. `vectors.json` says by example what the
contract means, to CPython and to MicroPython.

The parts are `wire_common` (what both ends know), `wire_device` (what a device says and how it reads a
receipt), `wire_server` (what the server checks and answers) and `wire_time`. A board carries all but the
server's, and so imports the parts; everybody else finds the whole here.
"""

from survey_defs.wire_common import (
    ABOUT_PRINCIPAL,
    COMPLAINTS,
    LEAVES,
    MAX_BATCH_BYTES,
    MAX_EVENT_BYTES,
    MAX_EVENTS,
    MAX_INT,
    MAX_ORIGINS,
    MAX_SPANS,
    STATES,
    VERSION,
    WireError,
    is_lang,
    is_name,
    is_slug,
    topic,
)
from survey_defs.wire_device import (
    ENVELOPE_BYTES,
    decode_receipt,
    encode_batch,
    encode_event,
    encode_greeting,
    encode_state,
    how_many_fit,
)
from survey_defs.wire_server import (
    CHANNELS,
    CODES,
    TYPES,
    check_event,
    decode_batch,
    decode_state,
    encode_receipt,
    event_ref,
    is_uuid,
    parse_topic,
)
from survey_defs.wire_time import format_time, parse_wall

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from survey_defs.wire_common import Span
    from survey_defs.wire_device import Receipt, Rejected
    from survey_defs.wire_server import Batch, State

__all__ = [
    "ABOUT_PRINCIPAL",
    "CHANNELS",
    "CODES",
    "COMPLAINTS",
    "ENVELOPE_BYTES",
    "LEAVES",
    "MAX_BATCH_BYTES",
    "MAX_EVENTS",
    "MAX_EVENT_BYTES",
    "MAX_INT",
    "MAX_ORIGINS",
    "MAX_SPANS",
    "STATES",
    "TYPES",
    "VERSION",
    "Batch",
    "Receipt",
    "Rejected",
    "Span",
    "State",
    "WireError",
    "check_event",
    "decode_batch",
    "decode_receipt",
    "decode_state",
    "encode_batch",
    "encode_event",
    "encode_greeting",
    "encode_receipt",
    "encode_state",
    "event_ref",
    "format_time",
    "how_many_fit",
    "is_lang",
    "is_name",
    "is_slug",
    "is_uuid",
    "parse_topic",
    "parse_wall",
    "topic",
]
