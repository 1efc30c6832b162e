"""The event that one press becomes. Its bytes are fixed here, once, and are sent as they are ever after."""

from firmware.journal import event_id
from survey_defs import strict_json

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from typing import Any

BUILT_IN = {"survey": "tthc", "version": 1, "question": "rating", "lang": "vi"}
"""What a box asks that has never had a configuration."""


def answer_event(  # noqa: PLR0917 - an event's fields, in their order
    journal: str,
    seq: int,
    boot: str,
    up_ms: int,
    level: int,
    procedure: "str | None",
    config: "dict[str, Any] | None",
    burst: bool,
) -> bytes:
    """The answer `level` (1..5) to the question of `config`, pressed at `up_ms` of `boot`.

    `burst`: it belongs to a run of presses too quick for one visitor each (`firmware.buttons`).
    """
    asked = config or BUILT_IN
    parts: list[bytes] = []
    # One by one: MicroPython's dict keeps no order.
    for key, value in (
        ("id", event_id(journal, seq)),
        ("journal", journal),
        ("seq", seq),
        ("boot", boot),
        ("up_ms", up_ms),
        ("wall", None),
        ("type", "answer"),
        ("survey", asked["survey"]),
        ("version", asked["version"]),
        ("channel", "button"),
        ("lang", asked["lang"]),
        ("procedure", procedure),
        ("answers", {asked["question"]: level}),
        ("took_ms", None),
    ):
        parts.append(strict_json.dumps(key) + b":" + strict_json.dumps(value))
    if burst:
        parts.append(b'"signs":["burst"]')
    return b"{" + b",".join(parts) + b"}"
