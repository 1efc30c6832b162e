"""The link: brings the journal to the server and takes its receipts. Nobody else connects or reconnects.

A press is delivered when a receipt names it, and not before. One batch is under way at a time, so that a
small heap holds it and a receipt stays short; after waits without a receipt it is sent again, and after
a few of those the connection is made anew. Runs on asyncio under MicroPython and CPython alike.
"""

import asyncio
import gc
import os

from firmware import records
from firmware.journal import event_id
from firmware.mqtt import Lost, Refused, is_certificate, open_client, tls_context
from survey_defs import presence, strict_json, wire_common, wire_device
from survey_defs.wire_time import parse_wall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from firmware.mqtt import Client

BATCH_BYTES = 4096
"""Of events in one batch: far below the wire's own bound, because a box holds the packet in its heap."""
BATCH_EVENTS = 8
"""Its receipt (400 bytes) is read in a few milliseconds. An hour without a line is a few batches."""
MAX_RESENT_EVENTS = 32
"""Events sent again at once where the server has lost what it had; after them it asks for more."""
MAX_BYTES = 4096
"""Of a message to the box: a configuration may be no larger, a receipt never is."""


class NoReceipts(Lost):
    """The broker is there, but no receipt comes."""


class Timing:
    """How long the link waits, in seconds; `Timing(receipt_s=1)` changes one of them."""

    connect_s = 20.0
    """A TLS handshake takes an ESP32 two seconds and a Pico W up to five."""
    keepalive_s = 60
    receipt_s = 20.0
    max_unanswered = 3
    """Waits without a receipt, then the connection is made anew."""
    min_backoff_s = 1.0
    max_backoff_s = 120.0
    refused_s = 60.0
    """After the broker has refused the device: somebody must act first."""
    certificate_s = 300.0
    """Likewise; and each attempt costs a handshake."""
    steady_after_s = 60.0
    """A connection that has held this long sets the count of failures back."""
    health_s = presence.BOX_HEALTH_S
    poll_s = 1.0
    """Between two looks whether something is due."""

    def __init__(self, **changed: float) -> None:
        for name, value in changed.items():
            if not hasattr(Timing, name):
                raise ValueError("no such time: " + name)
            setattr(self, name, value)


class Link:
    """`asyncio.create_task(link.run())` and `poke()` after each press; everything else goes by itself.

    `state`: "down", "connecting", "up". `problem`: "" or "offline", "refused" (the password), "certificate",
    "deaf" (no receipts); it stands until the fault is over. `rejected` counts what the server refused and
    keeps as a dead letter.
    """

    def __init__(
        self,
        journal: "Any",
        identity: "dict[str, Any]",
        clock: "Any",
        *,
        config: "Callable[[bytes | None], bool]",
        health: "Callable[[], dict[str, Any]]",
        new_id: "Callable[[], str]",
        authority: str = "",
        reach: "Callable[[], Awaitable[bool]] | None" = None,
        on_time: "Callable[[int], None] | None" = None,
        timing: "Timing | None" = None,
        timer: "Any" = None,
        boot_times: "Any" = None,
    ) -> None:
        """`identity`: {"device","school","password","host","port","tls"}, `authority`: the PEM that vouches
        for the server where "tls" is true. `clock.boot` and `clock.up_ms()` go into every batch.

        `config` takes a configuration's bytes (None: more than `MAX_BYTES`, not read), and says whether
        that changed anything. `health` gives further fields of the health message. `reach` brings the
        network up, or says that it cannot. `on_time` is told the server's time, in ms since 1970.
        `timer.up_ms()` measures the waits, where `clock` is not a real one. `boot_times` remembers when boots
        began (`firmware.boot_times`).
        """
        self._journal, self._identity, self._clock = journal, identity, clock
        self._config, self._health, self._new_id = config, health, new_id
        self._authority, self._reach, self._on_time = authority, reach, on_time
        self._timing = timing or Timing()
        self._timer = timer or clock
        self._boot_times = boot_times
        self._topics = {
            leaf: wire_common.topic(identity["school"], identity["device"], leaf)
            for leaf in wire_common.LEAVES
        }
        self.state, self.problem, self.rejected = "down", "", 0
        self.fault = ""
        """The name of the last exception that ended a connection: for whoever looks at the console."""
        self._max_events = BATCH_EVENTS
        self.wanted = True
        self._news = asyncio.Event()
        self._down = asyncio.Event()
        self._farewell = "disconnected"
        self._forget()

    def poke(self) -> None:
        """There is something to send, or `wanted` has changed."""
        self._news.set()

    async def rest(self, state: str = "sleeping", within_s: float = 3.0) -> None:
        """Say good-bye with this `state`, if connected, and stay away until `wake`."""
        self._farewell, self.wanted = state, False
        self._down.clear()
        self.poke()
        try:
            await asyncio.wait_for(self._down.wait(), within_s)
        except asyncio.TimeoutError:
            pass  # the last will says it instead

    def wake(self) -> None:
        """Connect again."""
        self.wanted = True
        self.poke()

    def tell(self) -> None:
        """Something that the health message says has changed."""
        self._health_due = True
        self.poke()

    def cut(self) -> None:
        """The network is gone: the connection is of no use, whatever it says itself."""
        if self.state != "down":
            self._fault = Lost("no network")
            self.poke()

    def is_idle(self) -> bool:
        """Whether there is nothing to deliver, and no receipt to wait for."""
        if self._receipt_due or self._greeting_due or self._health_due:
            return False
        return self.state == "up" and not self._journal.depth()

    # The one owner of reconnection

    async def run(self) -> None:
        """Connect, deliver, listen; goes on after every fault, until it is cancelled."""
        failures = 0
        while True:
            if not self.wanted:
                self._down.set()
                await self._wait(self._timing.poll_s * 10)
                continue
            began = self._timer.up_ms()
            pause = 0.0
            try:
                self.state = "connecting"
                await self._session()
            except Exception as error:  # whatever it was, a box goes on trying
                self.problem, pause = self._judge(error)
                self.fault = type(error).__name__
            self.state = "down"
            held = self._timer.up_ms() - began > self._timing.steady_after_s * 1000
            failures = 1 if held else failures + 1
            if self.wanted:
                await self._sleep(max(pause, self._backoff(failures)))

    def _judge(self, error: Exception) -> "tuple[str, float]":
        """(problem, least pause) after a connection that failed or broke."""
        if isinstance(error, MemoryError):
            self._max_events = max(1, self._max_events // 2)  # the heap is in pieces: smaller ones may fit
        if isinstance(error, Refused):
            return "refused", self._timing.refused_s
        if isinstance(error, NoReceipts):
            return "deaf", 0.0
        if is_certificate(error):
            return "certificate", self._timing.certificate_s
        if self.problem in ("certificate", "deaf"):
            return self.problem, 0.0  # a connection that is lost meanwhile says nothing new
        return "offline", 0.0

    def _backoff(self, failures: int) -> float:
        whole = min(self._timing.min_backoff_s * (1 << min(failures - 1, 10)), self._timing.max_backoff_s)
        return whole * (0.5 + os.urandom(1)[0] / 512)  # a school's boxes do not all come back at once

    async def _sleep(self, seconds: float) -> None:
        """Pause; nothing shortens it but `rest`."""
        until = self._timer.up_ms() + round(seconds * 1000)
        while self.wanted and (left := until - self._timer.up_ms()) > 0:
            await self._wait(left / 1000)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except asyncio.TimeoutError:
            pass
        self._news.clear()

    # One connection

    def _forget(self) -> None:
        """As before the first byte of a connection."""
        self._flight: set[str] = set()
        self._receipt_due = self._greeting_due = False
        self._again: set[str] = set()  # what the server has asked for and has not receipted again
        self._resent: dict[str, list[int]] = {}  # by journal, what was sent again in this connection: once
        self._receipt_since = self._unanswered = 0
        self._health_due = True
        self._health_at = self._said_at = self._heard_at = self._timer.up_ms()
        self._fault: Exception | None = None

    async def _session(self) -> None:
        identity, limit = self._identity, self._timing.connect_s
        if self._reach is not None and not await self._reach():
            raise Lost("no network")
        context = None
        if identity["tls"]:
            context = tls_context(self._authority)
        opening = open_client(identity["host"], identity["port"], context, MAX_BYTES)
        client = await asyncio.wait_for(opening, limit)
        listener = None
        try:
            session = self._new_id()
            will = wire_device.encode_state("lost", session)
            entering = client.enter(
                identity["device"],
                identity["password"],
                identity["device"] + "-" + session,
                int(self._timing.keepalive_s) or 1,
                (self._topics["state"], will),
            )
            await asyncio.wait_for(entering, limit)
            await client.subscribe((self._topics["receipt"], self._topics["config"]))
            self._forget()
            listener = asyncio.create_task(self._listen(client))
            await self._begin(client, session)
            while self.wanted:
                await self._send_due(client)
                await self._wait(self._timing.poll_s)
                if self._fault is not None:
                    raise self._fault
            await self._say_good_bye(client, session)
        finally:
            if listener is not None:
                listener.cancel()
            await client.close()

    async def _begin(self, client: "Client", session: str) -> None:
        """Wait until the broker lets it listen; say that it is there, and which boot this is."""
        until = self._timer.up_ms() + round(self._timing.connect_s * 1000)
        while client.granted is None:
            if self._fault is not None:
                raise self._fault
            if self._timer.up_ms() > until:
                raise Lost("no answer to the subscription")
            await self._wait(self._timing.poll_s)
        if not all(client.granted):
            raise Refused("topics")
        self.state = "up"
        if self.problem != "deaf":
            self.problem = ""
        await self._publish(client, "state", (wire_device.encode_state("ready", session),), True)
        await self._send_batch(client, [])

    async def _say_good_bye(self, client: "Client", session: str) -> None:
        """Wait until the broker has it: a socket closed with something unread may drop what was sent."""
        await self._publish(client, "state", (wire_device.encode_state(self._farewell, session),), True)
        for _ in range(20):
            if client.all_acknowledged or self._fault is not None:
                break
            await self._wait(0.1)
        await client.leave()

    async def _listen(self, client: "Client") -> None:
        try:
            while True:
                message = await client.receive()
                self._heard_at = self._timer.up_ms()
                if message is not None:
                    self._take(message[0], message[1], message[2])
                self.poke()
        except Exception as error:  # it is raised where the connection is worked on
            self._fault = error
            self.poke()

    def _take(self, topic: str, payload: "bytes | None", retained: bool) -> None:
        if topic == self._topics["config"]:
            if not retained:  # the server has just started: what waits for a receipt is worth sending again
                self._receipt_due = False
                self._resent = {}
                self._greeting_due = True
            if payload != b"" and self._config(payload):
                self._health_due = True
        elif topic == self._topics["receipt"] and payload is not None:
            self._receipt(payload)

    def _receipt(self, payload: bytes) -> None:
        try:
            receipt = wire_device.decode_receipt(payload)
        except wire_common.WireError:
            return  # unread: what it spoke of is sent again
        refused = receipt["rejected"]
        ids = receipt["accepted"] + [entry["id"] for entry in refused]
        self._flight.difference_update(ids)
        if not self._flight:
            self._receipt_due = False
        self._unanswered = 0
        if self.problem == "deaf":
            self.problem = ""
        time = parse_wall(receipt["time"])
        if time is not None and self._on_time is not None:
            self._on_time(time)
        present = self._journal.id[:24]
        for entry in refused:
            if entry["code"] in ("conflict", "wrong-device") and entry["id"][:24] == present:
                # Its numbers are another's (a copied flash): number anew, or all that follows is refused.
                self._journal.new_journal()
                present = ""
        self.rejected += len(refused)
        if refused:
            self._health_due = True
        if ids:
            self._journal.delivered(ids)
        if time is not None and self._boot_times is not None:
            self._boot_times.learn(self._clock.boot, time - self._clock.up_ms())
        if self._again:
            self._again.difference_update(ids)
            self._greeting_due = not self._again
        self._resend(receipt.get("wanted", []))

    def _resend(self, wanted: "list[tuple[str, int, int]]") -> None:
        """Send what the server has lost, as far as it is still on flash."""
        for journal, first, last in wanted:
            given = self._resent.setdefault(journal, [])
            room = MAX_RESENT_EVENTS - len(self._again)
            for seq in self._journal.send_again(journal, first, last, given, room):
                records.add(given, seq, seq)
                self._again.add(event_id(journal, seq))

    # What is due

    async def _send_due(self, client: "Client") -> None:
        now, timing = self._timer.up_ms(), self._timing
        if now - self._heard_at > timing.keepalive_s * 1500:
            raise Lost("nothing heard from the broker")
        overdue = self._receipt_due and now - self._receipt_since > timing.receipt_s * 1000
        if overdue:
            self._unanswered += 1
            if self._unanswered >= timing.max_unanswered:
                raise NoReceipts("no receipt")
        if overdue or (not self._receipt_due and self._journal.depth()):
            rows = self._fitting()
            if rows or overdue:
                await self._send_batch(client, rows)
        if self._greeting_due and not self._receipt_due:
            await self._send_batch(client, [])
        if self._health_due or now - self._health_at > timing.health_s * 1000:
            await self._send_health(client)
        if now - self._said_at > timing.keepalive_s * 500:
            self._said_at = now
            await client.ping()
        await client.acknowledge()

    def _fitting(self) -> "list[tuple[str, bytes]]":
        gc.collect()
        rows = self._journal.waiting(self._max_events)
        room = BATCH_BYTES
        for count, row in enumerate(rows):
            room -= len(row[1])
            if room < 0 and count:
                return rows[:count]
        return rows

    async def _send_batch(self, client: "Client", rows: "list[tuple[str, bytes]]") -> None:
        """The envelope is the wire's own; the events are put between its brackets in the packet itself.

        Without any it is a greeting, and says what is kept on flash.
        """
        boot, up_ms = self._clock.boot, self._clock.up_ms()
        if rows:
            envelope = wire_device.encode_batch(boot, up_ms, None, False, [])
            parts = [envelope[:-2]]
            for number, row in enumerate(rows):
                if number:
                    parts.append(b",")
                parts.append(row[1])
            parts.append(envelope[-2:])
        else:
            self._greeting_due = False
            origins = [] if self._boot_times is None else self._boot_times.newest_first()
            parts = [wire_device.encode_greeting(boot, up_ms, None, False, self._journal.kept(), origins)]
        self._flight = {row[0] for row in rows}
        self._receipt_due, self._receipt_since = True, self._timer.up_ms()
        await self._publish(client, "up", parts, False)

    async def _send_health(self, client: "Client") -> None:
        self._health_due, self._health_at = False, self._timer.up_ms()
        facts = self._health()
        facts["v"], facts["outbox"], facts["rejected"] = 1, self._journal.depth(), self.rejected
        await self._publish(client, "health", (strict_json.dumps(facts),), True)

    async def _publish(self, client: "Client", leaf: str, parts: "Any", retain: bool) -> None:
        self._said_at = self._timer.up_ms()
        await client.publish(self._topics[leaf], parts, retain)
