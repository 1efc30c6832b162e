"""The pages under waitress, plain or over TLS, in threads of their own."""

import logging
import ssl
import threading
from dataclasses import replace
from typing import Any

from waitress.adjustments import Adjustments

from server.domain.network.addresses import network_of
from server.transport.http.security.form_sizes import MAX_FORM_BYTES
from server.transport.http.serving.waitress_server import PageServer
from server.transport.ports.connection_limits import PAGES, Room, files_available
from server.transport.ports.listening import listen

THREADS = 8
_MAX_HEAD_BYTES = 64 * 1024
_PROXY_HEADERS = {"x-forwarded-for", "x-forwarded-proto"}


class Pages:
    """Serves a WSGI application until stopped."""

    def __init__(
        self,
        app: Any,
        host: str,
        port: int,
        trusted_proxy: str = "",
        *,
        context: ssl.SSLContext | None = None,
        room: Room | None = None,
    ) -> None:
        """Takes the port at once. `trusted_proxy`: as the setting. `context`: for TLS; None for plain HTTP.

        Raises `Problem`: `port-taken`, `cannot-listen`.
        """
        # What goes wrong in the app it has said itself; waitress would say of whom, and the path.
        logging.getLogger("waitress").setLevel(logging.CRITICAL + 1)
        self.scheme = "http" if context is None else "https"
        listener = listen(host, port, "--port" if context is None else "tls_port")
        self.port: int = listener.getsockname()[1]
        self._server = PageServer(
            app,
            listener,
            replace(room or PAGES.within(files_available()), open_to=network_of(trusted_proxy)),
            context,
            Adjustments(
                threads=THREADS,
                asyncore_use_poll=True,  # select() cannot watch a process's thousandth file
                ident=None,
                url_scheme=self.scheme,
                clear_untrusted_proxy_headers=True,
                trusted_proxy=trusted_proxy or None,
                trusted_proxy_headers=_PROXY_HEADERS if trusted_proxy else set(),
                inbuf_overflow=MAX_FORM_BYTES + 1,
                max_request_body_size=MAX_FORM_BYTES,
                max_request_header_size=_MAX_HEAD_BYTES,
            ),
        )
        self._thread = threading.Thread(target=self._server.run, name=f"hailong-{self.scheme}", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the pages are still served."""
        return self._thread.is_alive()

    @property
    def connections(self) -> int:
        """How many are held."""
        return len(self._server.active_channels)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self, within_s: int = 1) -> None:
        """End; whoever is in the middle of a page has a moment to get the rest."""
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=within_s)
        if self.is_alive:
            self._server.end(within_s)
            self._thread.join(within_s + 1)
