"""From the broker to the store: one thread keeps the line, one writes; nothing is acknowledged uncommitted.

The link's thread only puts messages into a queue. The writer gathers what comes within a few
milliseconds, commits it together, sends the receipts and then acknowledges. Where the commit fails,
nothing is acknowledged: the link is dropped and, after a pause, opened again, and the broker or the
devices bring everything once more.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from functools import lru_cache
from typing import NamedTuple

import structlog
from paho.mqtt.client import MQTTMessage

from server.domain.addresses import Broker
from server.domain.problems import Problem
from server.domain.rights import ALIVE_TOPIC, MAX_MESSAGE_BYTES, SERVER_HEARS
from server.services import oversized
from server.services.context import Context
from server.services.device_config import DeviceConfigs
from server.services.ingest import Delivery, Ingest
from server.services.presence import take_health, take_state
from server.transport.mqtt.link import Link, LinkError
from survey_defs.wire import parse_topic

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 15.0
_CONFIG_EVERY_S = 3.0
_LOOK_EVERY_S = 0.25
_ALIVE_EVERY_S = 10.0
_ALIVE_WITHIN_S = 30.0

_log = structlog.get_logger()
_place = lru_cache(maxsize=4096)(parse_topic)
"""Devices are few and say much, always under the same topics."""


class _Item(NamedTuple):
    link: Link
    message: MQTTMessage
    place: tuple[str, str, str] | None
    received_at: int
    up: int | None
    """How long the machine had been running then: what waits here while the clock is set is timed rightly."""


class Intake:
    """Takes in what devices say, until stopped."""

    def __init__(self, ctx: Context, broker: Broker, *, clean: bool) -> None:
        """Starts nothing yet. `clean`: the broker keeps nothing for us (it is our own, in this process)."""
        self._ctx = ctx
        self._broker = broker
        self._clean = clean
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._failing = False
        self._link: Link | None = None
        self._ingest = Ingest(ctx)
        self._configs = DeviceConfigs(ctx)
        self._threads = [
            threading.Thread(target=self._keep_line, name="hailong-line", daemon=True),
            threading.Thread(target=self._keep_writing, name="hailong-writer", daemon=True),
        ]

    def start(self) -> None:
        """Begin; a broker that cannot be reached is tried again and again."""
        for thread in self._threads:
            thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether an answer that a device sends now would be stored."""
        link = self._link
        return link is not None and link.ready.is_set() and not self._failing and self.is_alive

    @property
    def is_alive(self) -> bool:
        """Whether both threads still run; if not, the process is of no use any more."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self, within_s: float = 1.5) -> None:
        """End: what is queued is left unacknowledged, what is being written is finished."""
        self._stopping.set()
        self._queue.put(None)
        line, writer = self._threads
        writer.join(within_s)
        if self._link is not None:
            self._link.close()
        line.join(within_s)

    # ---- the line

    def _keep_line(self) -> None:
        pause, said = FIRST_PAUSE_S, False
        while not self._stopping.is_set():
            link = Link(
                self._broker,
                clean=self._clean,
                topics=SERVER_HEARS,
                on_message=self._enqueue,
            )
            try:
                self._wait_for_store()
                link.open()
                self._link = link
            except (LinkError, Problem) as trouble:
                if not said and not self._failing:  # of a failing store the writer has told already
                    said = True
                    _log.warning(_words(trouble))
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
                continue
            _log.info("answers can be taken")
            said = False
            began = time.monotonic()
            self._attend(link)
            link.close()
            if self._stopping.is_set():
                return
            # Whoever held for a while may come back at once; who drops out at once waits longer each time.
            pause = FIRST_PAUSE_S if time.monotonic() - began > LONGEST_PAUSE_S else pause
            if not self._failing:
                _log.warning("the line to the broker broke; trying again")
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _wait_for_store(self) -> None:
        """After a commit that failed: see whether the store takes anything again. Raises `Problem`."""
        if self._failing:
            self._ctx.store.probe()
            self._failing = False
            _log.info("the store can be written again")

    def _attend(self, link: Link) -> None:
        """Stay with a link until it ends: send configurations, and see that the line really works."""
        self._configs.forget()
        asked = configured = float("-inf")
        heard = time.monotonic()
        while not link.lost.wait(_LOOK_EVERY_S):
            now = time.monotonic()
            if link.answered.is_set():
                link.answered.clear()
                heard = now
            if now - configured >= _CONFIG_EVERY_S:
                configured = now
                self._send_configs(link)
            if now - asked >= _ALIVE_EVERY_S:
                asked = now
                link.publish(ALIVE_TOPIC, b"")
            if now - heard > _ALIVE_WITHIN_S:
                _log.warning("the broker does not acknowledge any more")
                return

    def _send_configs(self, link: Link) -> None:
        try:
            for message in self._configs.due():
                link.publish(message.topic, message.payload, retain=True)
        except Exception:  # a configuration that cannot be made must not keep answers from being taken
            _log.exception("configurations could not be sent")

    def _enqueue(self, link: Link, message: MQTTMessage) -> None:
        self._queue.put(_Item(link, message, _place(message.topic), self._ctx.now(), self._ctx.clock.up))

    # ---- the writer

    def _keep_writing(self) -> None:
        while not self._stopping.is_set():
            first = self._queue.get()
            if first is None:
                return
            items = self._gather(first)
            try:
                self._write(items)
            except Problem as problem:
                self._fail(problem.sentence("en"), items)
            except Exception:
                _log.exception("writing failed")
                self._fail("The answers could not be stored.", items)

    def _gather(self, first: _Item) -> list[_Item]:
        """What comes within `batch_ms`, up to about `batch_events` events."""
        settings = self._ctx.settings
        items, events = [first], _events_in(first)
        until = time.monotonic() + settings.batch_ms / 1000
        while events < settings.batch_events:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                left = until - time.monotonic()
                if left <= 0:
                    break
                try:
                    item = self._queue.get(timeout=left)
                except queue.Empty:
                    break
            if item is None:
                self._stopping.set()
                break
            items.append(item)
            events += _events_in(item)
        return items

    def _write(self, items: list[_Item]) -> None:
        # What an earlier link brought, its broker or its device brings again; it cannot be acknowledged.
        items = [item for item in items if not item.link.lost.is_set()]
        if not items:
            return
        deliveries = []
        for item in items:
            place, payload, retained = item.place, bytes(item.message.payload), item.message.retain
            if len(payload) > MAX_MESSAGE_BYTES:
                large = oversized.measure(item.message.topic, payload)
                oversized.keep(self._ctx, [large], item.received_at, retained=retained)
            elif place is None:
                self._ingest.take_stray(payload, item.received_at, retained=retained)
            elif place[2] == "up":
                deliveries.append(Delivery(place[0], place[1], payload, item.received_at, item.up, retained))
            else:
                take = take_state if place[2] == "state" else take_health
                take(self._ctx, place[0], place[1], payload, item.received_at, retained=retained)
        receipts = self._ingest.take(deliveries) if deliveries else []
        link = items[-1].link
        for receipt in receipts:
            link.publish(receipt.topic, receipt.payload)
        # One link's all: there is no other before it is lost, and its numbers mean nothing to another.
        link.acknowledge([item.message for item in items])

    def _fail(self, why: str, items: list[_Item]) -> None:
        if not self._failing:
            _log.error(why)
        self._failing = True
        for item in items:
            item.link.close()
        with contextlib.suppress(queue.Empty):
            while (waiting := self._queue.get_nowait()) is not None:
                waiting.link.close()


def _events_in(item: _Item) -> int:
    """About how many events a message brings, without reading it."""
    return item.message.payload.count(b'"seq"') or 1


def _words(trouble: LinkError | Problem) -> str:
    if isinstance(trouble, Problem):
        return trouble.sentence("en")
    return f"The broker cannot be reached ({trouble}); trying again until it can."
