"""Looks after certificates: serves renewed ones without a restart, and says in time when one ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from server.domain.problems import Problem
from server.services.context import Context
from server.services.network import broker_address
from server.services.network.certificate_terms import broker_credentials, terms
from server.services.network.endpoints import Credentials
from server.services.observed import BrokerShows
from server.transport.background.broker_check import asked
from server.transport.mqtt.broker_files import reload_broker
from server.transport.mqtt.mosquitto import known_files
from server.transport.periodic import Periodic
from server.transport.ports.tls import LiveTls, seen, server_context

EVERY_S = 2.0
ASK_EVERY_S = 60.0
"""How often the broker is asked what it shows, where nothing has changed and nothing is wrong."""
ASK_AGAIN_S = 10.0
"""And so often where it shows another one: each time stands in its log."""
_Shown = tuple[str, Credentials]
"""By whom, and what."""
_log = structlog.get_logger()


class CertificateWatch(Periodic):
    """Compares the files with what is served. What is said is said once for each file and step."""

    def __init__(self, ctx: Context, live: LiveTls | None, every_s: float = EVERY_S) -> None:
        """`live`: what our own ports show, if anything. Starts nothing yet."""
        self._live = live
        broker = broker_credentials(Path(ctx.settings.data)) if ctx.settings.broker else None
        self._lying: dict[_Shown, Any] = {}
        """What is shown; pages and mosquitto may show the same files."""
        for by, pair in (("live", live.shown if live else None), ("broker", broker)):
            if pair is not None:
                self._lying[by, pair] = seen(pair)
        self._bad: dict[_Shown, tuple[Any, bool]] = {}
        self._said: dict[Path, int] = {}
        self._told: Credentials | None = None
        """What mosquitto was told to read, until it is seen to show it."""
        self._ask_at = 0.0
        self._last_shown: BrokerShows = "unasked"
        self._not_shown = ""
        super().__init__(ctx, "certificates", self._look, "the certificates could not be looked at", every_s)

    def _look(self) -> None:
        if self._live is not None:
            self._renew(("live", self._live.shown), self._renew_own)
        if self._ctx.settings.broker and (broker := broker_credentials(Path(self._ctx.settings.data))):
            shown = ("broker", broker)
            self._lying.setdefault(shown, seen(broker))
            self._renew(shown, lambda: self._tell_mosquitto(broker))
            self._ask_broker()
        self._say_ends()

    def _renew(self, shown: _Shown, take: Callable[[], None]) -> None:
        now = seen(shown[1])
        if now == self._lying[shown]:
            self._bad.pop(shown, None)
            return
        try:
            take()
        except Problem as problem:
            # The other half may be on its way: only what stays like this is worth a word.
            before, said = self._bad.get(shown, (None, False))
            if before == now and not said:
                _log.error(f"{problem.sentence('en')} The one before is shown on.")
            self._bad[shown] = (now, before == now)
            return
        self._bad.pop(shown, None)
        self._lying[shown] = now

    def _renew_own(self) -> None:
        if self._live is not None:
            self._live.renew()
            _say_shown(self._live.shown)

    def _tell_mosquitto(self, broker: Credentials) -> None:
        server_context(broker)
        directory = known_files(Path(self._ctx.settings.data))
        if directory is not None:
            reload_broker(directory)
            self._told, self._ask_at = broker, 0.0

    def _ask_broker(self) -> None:
        """Whether it shows the file: nobody may have told it, or its own user may not read the new key."""
        if time.monotonic() < self._ask_at:
            return
        shown = asked(self._ctx)
        is_new = shown != self._last_shown  # then it may be reading the file just now
        self._last_shown, self._ctx.broker.shown = shown, "unasked" if is_new else shown
        pause_s = ASK_EVERY_S if shown != "other" else 0.0 if is_new else ASK_AGAIN_S
        self._ask_at = time.monotonic() + pause_s
        trouble = broker_address.certificate_trouble(self._ctx)
        if trouble and not self._not_shown:
            _log.warning(trouble)
        if shown == "file" and self._told is not None:
            _say_shown(self._told)
            self._told = None
        self._not_shown = trouble

    def _say_ends(self) -> None:
        now = self._ctx.now()
        for term in terms(self._ctx.settings):
            step = term.step(now)
            if step is None:
                self._said.pop(term.path, None)
            elif self._said.get(term.path) != step:
                self._said[term.path] = step
                _log.warning(term.words(now))


def _say_shown(by: Credentials) -> None:
    _log.info("a renewed certificate is shown from now on", file=str(by.certificate))
