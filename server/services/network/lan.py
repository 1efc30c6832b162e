"""Where this machine stands in its network, as a telephone in the same network reaches it."""

import socket

_ELSEWHERE = "192.0.2.1"
"""An address of nobody (RFC 5737): asking for the way to it sends nothing."""


def lan_address() -> str:
    """This machine's own address towards the rest of the network; 127.0.0.1 where it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE, 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
