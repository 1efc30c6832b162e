"""The pages' address as phones reach it, and what is known of it: the one rule for all that is printed, shown
as a QR or sent to a device.

What lies on paper for years is refused where nobody can open the address; what somebody takes home now is
handed over, marked with who can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.domain.network import addresses
from server.domain.network.addresses import Reach
from server.domain.problems import Problem
from server.services.network.lan import lan_address

if TYPE_CHECKING:
    from server.services.context import Context


def address(ctx: Context) -> str:
    """Where the pages' addresses begin, without a slash at the end."""
    return addresses.page_address(ctx.settings, lan_address())


def reach(ctx: Context) -> Reach:
    """Who can open the pages at this address."""
    return addresses.reach(address(ctx), ctx.site.opened if ctx.settings.public_url else None)


def is_unproven(ctx: Context) -> bool:
    """Whether the server could not open the address that is set, though others may."""
    return bool(ctx.settings.public_url) and addresses.is_unproven(address(ctx), ctx.site.opened)


def printed(ctx: Context) -> str:
    """The address for paper, which outlives any guess: the one that was set.

    Raises `Problem`: `no-public-url` where none was, `public-url-wrong` where nobody can open it.
    """
    if not ctx.settings.public_url:
        raise Problem("no-public-url")
    if not is_printable(ctx):
        raise Problem("public-url-wrong", address=address(ctx), served=served(ctx))
    return address(ctx)


def is_printable(ctx: Context) -> bool:
    """Whether `printed` gives one."""
    return bool(ctx.settings.public_url) and reach(ctx) != "nobody"


def trouble(ctx: Context) -> str:
    """What is wrong with the address that is set, for who keeps the server; '' where nothing is."""
    if not ctx.settings.public_url:
        return ""
    if not is_printable(ctx):
        return Problem("public-url-wrong", address=address(ctx), served=served(ctx)).sentence("en")
    if is_unproven(ctx):
        return f"The server could not open {address(ctx)} itself: try a code with a phone before you print."
    return ""


def served(ctx: Context) -> str:
    """Where this server's own port is, as others in its network reach it."""
    return addresses.own_address(ctx.settings, lan_address())
