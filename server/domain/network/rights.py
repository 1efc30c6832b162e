"""Who may say and hear what at the broker: one table for the embedded one and for mosquitto's ACL file."""

from typing import NamedTuple

from survey_defs.wire import topic

SERVER_USER = "hailong-server"
"""The server's own MQTT user. No device can have this name: a device has a school."""
ALIVE_TOPIC = "hailong/server/alive"
"""Where the server talks to itself, to see that the line to the broker really works."""
MAX_MESSAGE_BYTES = 256 * 1024
"""Of a bigger message only its length and its digest are kept. A batch has 64 KiB at the most; a little more
is let through, so that what a device sends that breaks this bound can be read among the dead letters."""
MAX_RELAYED_BYTES = 16 * 1024 * 1024
"""What an outside broker passes on, so that the server sees that it came. Of more it says nothing: mosquitto
reads it to its end, acknowledges it and lets it fall."""
MAX_INFLIGHT, MAX_INFLIGHT_BYTES = 40_000, 128 * 1024 * 1024
"""What an outside broker may have under way to the server: more than waits there, and fewer messages than
MQTT has numbers for."""
SERVER_HEARS = ("hailong/1/+/+/up", "hailong/1/+/+/state", "hailong/1/+/+/health")
SERVER_SAYS = ("hailong/1/+/+/receipt", "hailong/1/+/+/config", ALIVE_TOPIC)
DEVICE_SAYS = ("up", "state", "health")
DEVICE_HEARS = ("receipt", "config")


def may_speak(kind: str, retired_at: int | None) -> bool:
    """Whether a device of that kind may connect to a broker at all: a code on paper never does."""
    return retired_at is None and kind != "qr"


class Rights(NamedTuple):
    """The topics of one user, word for word."""

    says: frozenset[str]
    hears: frozenset[str]


def device_rights(school: str, device: str) -> Rights:
    """What one device may do: speak on its own topics and hear its own, in its own school."""
    return Rights(
        frozenset(topic(school, device, leaf) for leaf in DEVICE_SAYS),
        frozenset(topic(school, device, leaf) for leaf in DEVICE_HEARS),
    )
