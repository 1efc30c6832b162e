"""The outside broker as it was seen last: whether it shows the certificate that lies in its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from server.services.certificate_terms import broker_credentials
from server.services.doors import Credentials

if TYPE_CHECKING:
    from server.services.context import Context

Shown = Literal["unasked", "file", "other"]
"""What it shows: nobody knows, as where it does not answer or there is nothing to compare with; the
certificate in the file; another one, or none at all, as where it cannot read the key of the new one."""


class BrokerSite:
    """What was seen; the part that asks the broker writes it here."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.shown: Shown = "unasked"
        self.user = "mosquitto"
        """As whom the broker runs on this machine: who has to be able to read its files."""


class NotShown(NamedTuple):
    """The files that the broker should show and does not, and the user who has to be able to read them."""

    files: Credentials
    user: str


def not_shown(ctx: Context) -> NotShown | None:
    """What the broker should show and does not; None where it does, or nobody knows."""
    if not ctx.settings.broker or ctx.broker.shown != "other":
        return None
    files = broker_credentials(Path(ctx.settings.data))
    return NotShown(files, ctx.broker.user) if files else None


def trouble(ctx: Context) -> str:
    """What is wrong with what the broker shows, for who keeps the server; '' where nothing is."""
    missing = not_shown(ctx)
    if missing is None:
        return ""
    files, user = missing
    return (
        f"the broker does not show the certificate {files.certificate}, and devices may not get in: let the "
        f"user {user} read that file and {files.key}, then systemctl reload mosquitto"
    )
