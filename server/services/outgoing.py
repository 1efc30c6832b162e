"""What a service wants sent over the line; whoever called it sends it."""

from typing import NamedTuple


class Outgoing(NamedTuple):
    """One message to send."""

    topic: str
    payload: bytes
