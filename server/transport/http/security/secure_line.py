"""Whether a request came over TLS, and where it goes on where it should have.

Where the server's own pages are to be had over TLS, the staff's pages, and with them every password, are to
be had there alone. What the public opens goes on to an `https` address only where that is the one that
codes lead to (`public_url`): a certificate of the installation's own authority would greet every parent with
a warning. Devices, health and the JSON API keep to the port that they asked; a token that comes in the clear
where it need not is refused, since a redirect would hide that it was read on the way.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue

from server.domain.problems import Problem
from server.services.context import Context
from server.settings import Settings
from server.transport.http.security.access import Access, declared

TLS_PORT = "TLS_PORT"
"""Of the app's configuration: the port at which this process shows its own pages over TLS."""
_PROTO = "X-Forwarded-Proto"
"""The word of a trusted proxy; of anybody else it was taken away on the way in."""
_SIGN_IN = "login"
_FOR_PARENTS = ("phone", "follow")
"""Blueprints."""


def is_secure(settings: Settings) -> bool:
    """Whether this request's way to the browser is TLS: our own port's, or that of the proxy before us.

    A proxy may say nothing of it; then the setting `secure_cookies` does.
    """
    return request.is_secure or (settings.secure_cookies and _PROTO not in request.headers)


def is_here() -> bool:
    """Whether it is this very machine that asks."""
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def install(app: Flask, ctx: Context) -> None:
    """Lead requests that came in the clear to where they may."""

    @app.before_request
    def lead_on() -> ResponseReturnValue | None:
        blueprint = request.blueprint or ""
        if request.endpoint is None or is_secure(ctx.settings) or _came_by_proxy(ctx.settings):
            return None
        if blueprint in _FOR_PARENTS:
            start = _public(ctx)
        elif declared(app, request.endpoint) is Access.TOKEN:
            if (start := _public(ctx) or _own()) and "Authorization" in request.headers and not is_here():
                raise Problem("token-in-clear", address=start)
            return None
        elif blueprint == _SIGN_IN or declared(app, request.endpoint) is Access.STAFF:
            start = _public(ctx) or _own()
        else:
            return None
        if not start:
            return None
        # A form that was sent in the clear is not sent again: its page is opened anew.
        asked = request.method in ("GET", "HEAD")
        return redirect(start + (request.full_path.rstrip("?") if asked else request.path), 303)


def _came_by_proxy(settings: Settings) -> bool:
    """Whether a proxy that is silent about TLS let it in at the public address: no circles."""
    public = urlsplit(settings.public_url)
    return public.scheme == "https" and public.netloc == request.host and _PROTO not in request.headers


def _public(ctx: Context) -> str:
    """The address that codes lead to, where it is one of TLS that was seen to lead here; else ''."""
    address = ctx.settings.public_url.rstrip("/")
    return address if address.startswith("https://") and ctx.site.opened.answer == "ours" else ""


def _own() -> str:
    """The same host at our own port for TLS, where there is one; else ''."""
    port = current_app.config.get(TLS_PORT)
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return f"https://{host}:{port}" if port else ""
