"""For those who watch the server: is it well, and what does it hold. No addresses, no identities."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Flask, Response, current_app
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from server.domain.localtime import start_of
from server.domain.problems import Problem
from server.services.answers import receipt_marks
from server.services.context import Context
from server.services.dashboard.fleet import missing_now, states_now
from server.services.network.certificate_terms import terms
from server.services.upkeep import scheduled_backups
from server.transport.background.address_check import HEADER, sign_of
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import PerApp, context

_TRY_EVERY_S = 3.0
"""Whoever asks more often is told what the last try has shown."""


class _Figures(Collector):
    """The figures of the moment, read when they are asked for."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def collect(self) -> Iterator[Metric]:
        # Answers alone: with complaints among them, what stands in no list could be counted from outside.
        with self._ctx.read() as work:
            stored = work.sql.overview_answers_stored()
            refused = work.sql.overview_dead_letter_count()
            counted = work.sql.letters_counted_all()
            missing = missing_now(work)
            lost = receipt_marks.count(receipt_marks.lost(work))
            states = states_now(work, work.now)
        yield CounterMetricFamily("hailong_answers_stored", "Answers stored since the beginning.", stored)
        yield GaugeMetricFamily("hailong_dead_letters", "Different messages kept because refused.", refused)
        yield CounterMetricFamily(
            "hailong_letters_counted", "Refused messages that were only counted.", counted
        )
        doubt = GaugeMetricFamily("hailong_clock_in_doubt", "1: the server does not believe its own clock.")
        doubt.add_metric([], int(bool(self._ctx.clock.doubt)))
        yield doubt
        yield GaugeMetricFamily("hailong_sequence_holes", "Sequence numbers that have not arrived.", missing)
        yield GaugeMetricFamily("hailong_receipted_lost", "Receipted and not stored any more.", lost)
        devices = GaugeMetricFamily("hailong_devices", "Devices by state.", labels=["state"])
        for state, count in states.items():
            devices.add_metric([state], count)
        yield devices
        ends = GaugeMetricFamily(
            "hailong_certificate_expiry_seconds",
            "Until a certificate ends; negative after.",
            labels=["name"],
        )
        for term in terms(self._ctx.settings):
            if term.until is not None:
                ends.add_metric([term.name], (term.until - self._ctx.now()) / 1000)
        yield ends
        if (day := scheduled_backups.last(self._ctx)) is not None:
            age = (self._ctx.now() - start_of(day)) / 1000
            yield GaugeMetricFamily("hailong_backup_age_seconds", "Since the day of the last backup.", age)


class _Writing:
    """Whether the store takes anything: tried when somebody asks, but not for each who asks."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._trying = threading.Lock()
        self._tried_at = -_TRY_EVERY_S
        self._trouble = ""

    def trouble(self) -> str:
        """The code of what is wrong; '' where answers can be stored."""
        if self._trying.acquire(blocking=False):
            try:
                if time.monotonic() - self._tried_at >= _TRY_EVERY_S:
                    self._trouble = self._try()
                    self._tried_at = time.monotonic()
            finally:
                self._trying.release()
        return self._trouble

    def _try(self) -> str:
        try:
            self._ctx.store.probe()
        except Problem as problem:
            return "" if problem.code == "store-busy" else problem.code  # somebody is writing just now
        except sqlite3.Error:
            return "the store takes nothing"
        return ""


class _Watched(NamedTuple):
    """What an application tells of itself."""

    writing: _Writing
    figures: CollectorRegistry
    sign: str
    """By which the address check knows this server again."""


pages = Blueprint("health", __name__)
_watched: PerApp[_Watched] = PerApp("watched")


@pages.get("/healthz")
@allow(Access.PUBLIC)
def healthz() -> ResponseReturnValue:
    """Whether the server is well: 200, or 503 with what is wrong."""
    ready = current_app.config.get("READY")
    try:
        with context().read() as work:
            work.sql.overview_last_event()
    except Problem as problem:
        return _unwell(problem.code)
    except sqlite3.Error:
        return _unwell("the store does not answer")
    if context().store.is_damaged:
        return _unwell("store-damaged")
    if trouble := _watched().writing.trouble():
        return _unwell(trouble)
    if ready is not None and not ready():
        return _unwell("answers cannot be taken yet")
    doubt = context().clock.doubt  # answers are taken all the same: no reason to start the server anew
    return Response(f"ok\nclock: {doubt}\n" if doubt else "ok", mimetype="text/plain")


@pages.after_request
def _say_whose(response: Response) -> Response:
    response.headers[HEADER] = _watched().sign
    return response


@pages.get("/metrics")
@allow(Access.PUBLIC)
def metrics() -> ResponseReturnValue:
    """The figures, as Prometheus reads them."""
    return Response(generate_latest(_watched().figures), content_type=CONTENT_TYPE_LATEST)


def _unwell(why: str) -> Response:
    return Response(f"{why}\n", 503, mimetype="text/plain")


def install(app: Flask, ctx: Context) -> None:
    """Add `/healthz` and `/metrics`."""
    figures = CollectorRegistry()
    figures.register(_Figures(ctx))
    _watched.keep(app, _Watched(_Writing(ctx), figures, sign_of(Path(ctx.settings.data))))
    app.register_blueprint(pages)
