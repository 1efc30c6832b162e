"""The broker as it was seen last: whether it answers at the address that devices are told, by the rule of
`services.network.public_address`, and whether an outside one shows the certificate that lies in its files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from server.domain.network import addresses
from server.domain.problems import Problem
from server.services.network.certificate_terms import broker_credentials
from server.services.network.endpoints import Credentials, device_broker

if TYPE_CHECKING:
    from server.services.context import Context


def wrong_address(ctx: Context) -> Problem | None:
    """`public-broker-wrong` where nobody can open the address that devices are told."""
    settings = ctx.settings
    if not settings.public_broker or addresses.reach(settings.public_broker, ctx.broker.opened) != "nobody":
        return None
    served = device_broker(structs.replace(settings, public_broker=""))
    return Problem("public-broker-wrong", address=settings.public_broker, served=served)


def check_address(ctx: Context) -> None:
    """Before devices are told the address. Raises `Problem("public-broker-wrong")`."""
    if wrong := wrong_address(ctx):
        raise wrong


def is_unproven(ctx: Context) -> bool:
    """Whether the server could not open the address that is set, though devices may."""
    address = ctx.settings.public_broker
    return bool(address) and addresses.is_unproven(address, ctx.broker.opened)


def address_trouble(ctx: Context) -> str:
    """What is wrong with the address that is set, for who keeps the server; '' where nothing is."""
    if wrong := wrong_address(ctx):
        return wrong.sentence("en")
    if is_unproven(ctx):
        address = ctx.settings.public_broker
        return f"The server could not open {address} itself: see that the first device connects."
    return ""


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


def certificate_trouble(ctx: Context) -> str:
    """What is wrong with what the broker shows, for who keeps the server; '' where nothing is."""
    missing = not_shown(ctx)
    if missing is None:
        return ""
    files, user = missing
    return (
        f"the broker does not show the certificate {files.certificate}, and devices may not get in: let the "
        f"user {user} read that file and {files.key}, then systemctl reload mosquitto"
    )
