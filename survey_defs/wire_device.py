"""What a device says on the wire and how it reads a receipt: batches, greetings, presence.

Part of the wire contract (`survey_defs.wire`). A board carries this file; the checks of what devices say are
the server's (`survey_defs.wire_server`).
"""

from survey_defs import strict_json
from survey_defs.wire_common import (
    MAX_BATCH_BYTES,
    MAX_EVENTS,
    MAX_ORIGINS,
    STATES,
    WireError,
    encode_spans,
    is_name,
    is_slug,
    read_document,
    read_spans,
)
from survey_defs.wire_time import format_time, parse_wall

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from typing import Any, NotRequired, TypedDict

    from survey_defs.wire_common import Span

    class Rejected(TypedDict):
        """Why an event was refused."""

        id: str
        code: str

    class Receipt(TypedDict):
        """What the server stored and what it refused; `time` is the server's, or None if senseless."""

        v: int
        time: str | None
        accepted: list[str]
        rejected: list[Rejected]
        wanted: NotRequired[list[Span]]


ENVELOPE_BYTES = 512
"""More than an envelope without its events ever takes."""


def encode_event(event: "dict[str, Any]") -> bytes:
    """The bytes of one event, keys in the order given (MicroPython's dict keeps none)."""
    return strict_json.dumps(event)


def encode_batch(
    boot: str, up_ms: int, wall: "str | None", synced: bool, events: "list[dict[str, Any]] | list[bytes]"
) -> bytes:
    """One batch, stamped with the boot and running time of now. Events may be dicts or encoded already.

    Raises WireError `too-large` over the limits; `how_many_fit` keeps a sender within them.
    """
    if len(events) > MAX_EVENTS:
        raise WireError("too-large")
    head = strict_json.dumps(boot), strict_json.dumps(up_ms), strict_json.dumps(wall)
    parts = [event if isinstance(event, bytes) else encode_event(event) for event in events]
    payload = b"".join(
        (
            b'{"v":1,"boot":',
            head[0],
            b',"up_ms":',
            head[1],
            b',"wall":',
            head[2],
            b',"synced":true,"events":[' if synced else b',"synced":false,"events":[',
            b",".join(parts),
            b"]}",
        )
    )
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    return payload


def encode_greeting(  # noqa: PLR0917 - an envelope's fields, in their order
    boot: str,
    up_ms: int,
    wall: "str | None",
    synced: bool,
    kept: "list[Span]",
    origins: "list[tuple[str, int]]",
) -> bytes:
    """A batch without events. `kept`: the stretches of the sender's journals of which it still has events
    that were receipted; `origins`: (boot, its zero by the server's clock in ms since 1970), where it knows.

    Who lost what it has stored asks for it in its receipt (`wanted`). The first `MAX_SPANS` and
    `MAX_ORIGINS` are sent.
    """
    whole = encode_batch(boot, up_ms, wall, synced, [])
    if not kept:
        return whole
    dated = [
        b'{"boot":' + strict_json.dumps(name) + b',"at":' + strict_json.dumps(format_time(at)) + b"}"
        for name, at in origins[:MAX_ORIGINS]
    ]
    return b"".join((whole[:-1], b',"kept":', encode_spans(kept), b',"origins":[', b",".join(dated), b"]}"))


def how_many_fit(events: "list[bytes]") -> int:
    """How many of these encoded events, from the first on, one batch can carry."""
    room = MAX_BATCH_BYTES - ENVELOPE_BYTES
    for count, event in enumerate(events[:MAX_EVENTS]):
        room -= len(event) + 1
        if room < 0:
            return count
    return min(len(events), MAX_EVENTS)


def decode_receipt(payload: bytes) -> "Receipt":
    """The receipt. Raises WireError `bad-receipt`, or `too-large`."""
    if len(payload) > MAX_BATCH_BYTES:
        raise WireError("too-large")
    receipt = read_document(payload, "bad-receipt")
    accepted, rejected = receipt.get("accepted"), receipt.get("rejected")
    if type(accepted) is not list or type(rejected) is not list:
        raise WireError("bad-receipt")
    for name in accepted:
        if not is_name(name):
            raise WireError("bad-receipt")
    refused: list[Rejected] = []
    for entry in rejected:
        if type(entry) is not dict or not is_name(entry.get("id")) or not is_slug(entry.get("code")):
            raise WireError("bad-receipt")
        refused.append({"id": entry["id"], "code": entry["code"]})
    time = receipt.get("time")
    if parse_wall(time) is None:
        time = None
    found: Receipt = {"v": 1, "time": time, "accepted": accepted, "rejected": refused}
    wanted = read_spans(receipt.get("wanted"))
    if wanted:
        found["wanted"] = wanted
    return found


def encode_state(state: str, session: str) -> bytes:
    """A presence message; also the last will, as `lost`. ValueError for a state that does not exist."""
    if state not in STATES or not is_name(session):
        raise ValueError("no such state: " + str((state, session)))
    return b'{"v":1,"state":"' + state.encode() + b'","session":' + strict_json.dumps(session) + b"}"
