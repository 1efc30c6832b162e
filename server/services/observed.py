"""What this process has seen of its surroundings: what it showed, and what came of asking others."""

from __future__ import annotations

from typing import Literal

from server.domain.network.addresses import Opened

BrokerShows = Literal["unasked", "file", "other"]
"""What a broker shows: nobody knows, as where it does not answer or there is nothing to compare with; the
certificate in the file; another one, or none at all, as where it cannot read the key of the new one."""


class Served:
    """The certificates that this process has shown since it started, by their SHA-256: a device may have seen
    one just before it was renewed."""

    def __init__(self) -> None:
        """None yet."""
        self.fingerprints: frozenset[str] = frozenset()

    def add(self, fingerprint: str) -> None:
        """Another one is shown."""
        self.fingerprints |= {fingerprint}


class PublicAddress:
    """What was seen when the pages' address that is set was opened last; the part that opens it writes it."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.opened = Opened()


class Broker:
    """What was seen of the broker; the part that asks it writes it here."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.opened = Opened()
        """At `public_broker`."""
        self.shown: BrokerShows = "unasked"
        self.user = "mosquitto"
        """As whom the broker runs on this machine: who has to be able to read its files."""
