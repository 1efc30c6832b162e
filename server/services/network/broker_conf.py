"""Whether the mosquitto.conf that an earlier version has written still says what ours must say."""

from __future__ import annotations

import shlex
from pathlib import Path

from server.domain.network.rights import MAX_INFLIGHT, MAX_RELAYED_BYTES
from server.services.network.certificate_terms import BROKER_FILES

CONF = "mosquitto.conf"
MUST_SAY = {
    "persistence": "false",
    "message_size_limit": str(MAX_RELAYED_BYTES),
    "max_inflight_messages": str(MAX_INFLIGHT),
}
"""What a broker without it does to people: a damaged store of its own stops it at every start; a packet that
is too large holds up for ever what waits behind it; with a small window who says much holds up all."""
MUST_NOT_SAY = ("max_packet_size",)
"""It cuts the line instead of reading the packet to its end."""


def trouble(data: Path) -> str:
    """What is old in the file that `hailong broker config` wrote last, and what to do; '' where nothing is,
    where there is none, and where this process may not read it.
    """
    try:
        directory = Path((data / BROKER_FILES).read_text(encoding="utf-8").strip())
        lines = (directory / CONF).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    said = dict(line.split(" ", 1) for line in lines if " " in line and not line.startswith("#"))
    wrong = [key for key, value in MUST_SAY.items() if said.get(key, "").strip() != value]
    wrong += [key for key in MUST_NOT_SAY if key in said]
    if not wrong:
        return ""
    again = shlex.join(["hailong", "broker", "config", "-o", str(directory), *_listener(said)])
    return (
        f"{directory / CONF} is of an earlier version ({', '.join(wrong)}): a power cut, too large a packet "
        f"or one device can stop the line for all. Write it again, then restart mosquitto: {again}"
    )


def _listener(said: dict[str, str]) -> list[str]:
    """The options with which the same file comes out again."""
    port, _, host = said.get("listener", "").partition(" ")
    options = [*(("--host", host) if host else ()), *(("--port", port) if port else ())]
    if "certfile" in said and "keyfile" in said:
        options += ["--tls-cert", said["certfile"], "--tls-key", said["keyfile"]]
    return options
