"""From the broker to the store: one thread keeps the line, one writes; nothing is acknowledged uncommitted.

The link's thread only lets messages wait, each device's by themselves. The writer takes from each device in
turn what comes within a few milliseconds, commits it together, sends the receipts and then acknowledges.
Where the commit fails, nothing is acknowledged: the link is dropped and, after a pause, opened again, and the
broker or the devices bring everything once more.

A broker passes on in one line what all devices say, so that line is always read to its end, and at once:
else whoever says much stands before everybody. What no longer finds room here is acknowledged, counted and
forgotten: what one device says beyond its window, and of all together, of who has most waiting. A device of
ours loses nothing by that: what has no receipt it keeps and says again, and it never has more than a few
messages under way.
"""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from typing import NamedTuple

import structlog
from paho.mqtt.client import MQTTMessage

from server.domain.network.addresses import Broker
from server.domain.network.rights import ALIVE_TOPIC, MAX_MESSAGE_BYTES, SERVER_HEARS
from server.domain.problems import Problem
from server.services.answers import oversized
from server.services.answers.dead_letters import TurnedAway
from server.services.answers.ingest import Delivery, Ingest
from server.services.answers.oversized import Oversized
from server.services.context import Context
from server.services.devices.config_topics import DeviceConfigs
from server.services.devices.presence import Word, take_words
from server.transport.mqtt.buffered import Gate
from server.transport.mqtt.link import Link, LinkError
from server.transport.mqtt.turns import Turns
from server.transport.mqtt.windows import Windows
from survey_defs.wire import parse_topic

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 15.0
_CONFIG_EVERY_S = 3.0
_LOOK_EVERY_S = 0.25
_ALIVE_EVERY_S = 10.0
_ALIVE_WITHIN_S = 30.0
MAX_WAITING, MAX_WAITING_BYTES = 20_000, 32 * 1024 * 1024
"""Bytes of all devices together that may wait to be stored; less than the broker lets be under way."""
_TELL_EVERY_S = 1.0
"""How often what found no room is told to the store."""
_ITEM_BYTES = 512
"""What a waiting message takes beside its payload, about."""
_MAX_WRITE_BYTES = 2 * 1024 * 1024
"""The most that is stored together: the others wait that long."""

_log = structlog.get_logger()
_place = lru_cache(maxsize=4096)(parse_topic)
"""Devices are few and say much, always under the same topics."""
_NOWHERE = ("", "", "")


class _Item(NamedTuple):
    link: Link
    message: MQTTMessage
    place: tuple[str, str, str] | None
    received_at: int
    up: int | None
    """How long the machine had been running then: what waits here while the clock is set is timed rightly."""
    large: Oversized | None
    """What is left of a message over the limit."""


class Intake:
    """Takes in what devices say, until stopped."""

    def __init__(self, ctx: Context, broker: Broker, *, clean: bool) -> None:
        """Starts nothing yet. `clean`: the broker keeps nothing for us (it is our own, in this process)."""
        self._ctx = ctx
        self._broker = broker
        self._clean = clean
        self._turns: Turns[_Item] = Turns(MAX_WAITING, MAX_WAITING_BYTES)
        self._windows = Windows(self._turns.waiting)
        self._away = TurnedAway()
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
        self._turns.close()
        line, writer = self._threads
        writer.join(within_s)
        if self._link is not None:
            self._link.close()
        line.join(within_s)

    # ---- the line

    def _keep_line(self) -> None:
        pause, said = FIRST_PAUSE_S, False
        while not self._stopping.is_set():
            self._windows = Windows(self._turns.waiting)
            link = Link(
                self._broker,
                clean=self._clean,
                topics=SERVER_HEARS,
                gate=Gate(self._fits, self._turn_away),
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
        place, size = _place(message.topic), len(message.payload)
        large = None
        if size > MAX_MESSAGE_BYTES:
            large, message.payload = oversized.measure(message.topic, bytes(message.payload)), b""
        item = _Item(link, message, place, self._ctx.now(), self._ctx.clock.up, large)
        for gone in self._turns.put(place[1] if place else "", item, len(message.payload) + _ITEM_BYTES):
            gone.link.acknowledge([gone.message])
            school, device, _ = gone.place or _NOWHERE
            self._away.add(school, device, 1, gone.large.bytes if gone.large else len(gone.message.payload))

    def _fits(self, topic: bytes) -> bool:
        _, device, _ = _place_of(topic) or _NOWHERE
        return self._windows.has_room(device)

    def _turn_away(self, topic: bytes, messages: int, size: int) -> None:
        school, device, _ = _place_of(topic) or _NOWHERE
        self._away.add(school, device, messages, size)
        if device and self._ctx.flooding.note(device, self._ctx.running(), messages, size):
            _log.warning("a device says too much; an outside broker lets it in again after a while")

    # ---- the writer

    def _keep_writing(self) -> None:
        told = time.monotonic()
        while not self._stopping.is_set():
            first = self._turns.get(_TELL_EVERY_S)
            if first is None and self._turns.is_closed:
                return
            items = self._gather(first) if first is not None else []
            try:
                self._write(items)
                if time.monotonic() - told > _TELL_EVERY_S:
                    told = time.monotonic()
                    self._away.store(self._ctx)
            except Problem as problem:
                self._fail(problem.sentence("en"), items)
            except Exception:
                _log.exception("writing failed")
                self._fail("The answers could not be stored.", items)

    def _gather(self, first: _Item) -> list[_Item]:
        """What comes within `batch_ms`, of each device in turn, up to about `batch_events` events."""
        settings = self._ctx.settings
        items, events, size = [first], _events_in(first), len(first.message.payload)
        until = time.monotonic() + settings.batch_ms / 1000
        while events < settings.batch_events and size < _MAX_WRITE_BYTES:
            item = self._turns.get(max(until - time.monotonic(), 0))
            if item is None:
                break
            items.append(item)
            events += _events_in(item)
            size += len(item.message.payload)
        return items

    def _write(self, items: list[_Item]) -> None:
        # What an earlier link brought, its broker or its device brings again; it cannot be acknowledged.
        items = [item for item in items if not item.link.lost.is_set()]
        if not items:
            return
        deliveries, words = [], []
        for item in items:
            place, payload, retained = item.place, bytes(item.message.payload), item.message.retain
            if item.large is not None:
                oversized.keep(self._ctx, [item.large], item.received_at, retained=retained)
            elif place is None:
                self._ingest.take_stray(payload, item.received_at, retained=retained)
            elif place[2] == "up":
                deliveries.append(Delivery(place[0], place[1], payload, item.received_at, item.up, retained))
            else:
                words.append(Word(*place, payload, item.received_at, retained))
        if words:
            take_words(self._ctx, words)
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
        for waiting in self._turns.clear():
            waiting.link.close()


@lru_cache(maxsize=4096)
def _place_of(topic: bytes) -> tuple[str, str, str] | None:
    return parse_topic(topic.decode(errors="replace"))


def _events_in(item: _Item) -> int:
    """About how many events a message brings, without reading it."""
    return item.message.payload.count(b'"seq"') or 1


def _words(trouble: LinkError | Problem) -> str:
    if isinstance(trouble, Problem):
        return trouble.sentence("en")
    return f"The broker cannot be reached ({trouble}); trying again until it can."
