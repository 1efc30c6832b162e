"""The link: brings the outbox to the server and takes its receipts, on a thread of its own.

This file alone knows MQTT, and this thread alone connects and reconnects. A broker's acknowledgement is
no proof of anything: a row has been delivered when the server's receipt names it, and not before. Every
connection is made with a fresh client, so that nothing old is ever sent again with an old envelope.
"""

import contextlib
import random
import select
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from kiosk.delivery.outbox import Outbox, Waiting
from kiosk.delivery.receipt_window import ReceiptWindow
from kiosk.device.clock import DeviceClock
from kiosk.device.log import Log
from kiosk.device.settings import Broker
from survey_defs import presence, strict_json, wire

KEEPALIVE_S = 30
CONNECT_TIMEOUT_S = 10.0
DISCONNECT_TIMEOUT_S = 1.0
"""How long a kiosk that ends waits for the broker to take its `disconnected`."""
_MIN_ORIGIN_GAIN_MS, _MAX_RECEIPT_DELAY_MS = 500, 60_000
"""A boot's origin is noted anew where it gets later by the first, or earlier by more than the second: no
receipt is that late, so the server's clock was put right."""
MAX_UNANSWERED = 5
"""Waits in a row without a receipt, after which the connection is made anew."""
_FOREIGN_JOURNAL_CODES = {"conflict", "wrong-device"}
"""With these the server says that it knows the journal from elsewhere, as from a copied card."""
_log = Log("link")


class Delivery(msgspec.Struct, frozen=True):
    """What the corner of the screen tells."""

    connected_once: bool = False
    waiting: int = 0
    """Answers that have no receipt yet."""


class Pauses(msgspec.Struct, frozen=True):
    """How long to wait between two attempts to connect, in seconds."""

    first: float = 1.0
    longest: float = 60.0
    refused: float = 30.0
    """After the broker has refused this device: somebody must act first."""
    steady: float = 30.0
    """A connection that has held longer starts the count of failures anew."""

    def after(self, failures: int, chance: float) -> float:
        """Returns the pause in seconds after this number of failures; `chance` of 0..1 spreads a fleet."""
        whole = min(self.first * 2.0 ** min(failures - 1, 10), self.longest)
        return whole * (0.5 + 0.5 * chance)


class Lost(Exception):  # noqa: N818 - reads as what it is
    """The connection is over; the text says why."""


class Refused(Lost):
    """The broker does not want this device."""


class Link:
    """Connects, sends, listens; goes on by itself after every fault. No method blocks."""

    def __init__(
        self,
        broker: Broker,
        school: str,
        device: str,
        *,
        clock: DeviceClock,
        outbox: Callable[[], Outbox | None],
        new_id: Callable[[], str],
        health: Callable[[], dict[str, Any]],
        on_config: Callable[[bytes], None],
        on_delivery: Callable[[Delivery], None] = lambda _: None,
        on_time: Callable[[str | None], None] = lambda _: None,
        pauses: Pauses | None = None,
        window: ReceiptWindow | None = None,
    ) -> None:
        """`health` gives the fields of the health message; callbacks run on the link's thread.

        `on_time` is told what time the server says it is, with each of its receipts.
        """
        self._broker, self._device, self._clock, self._new_id = broker, device, clock, new_id
        self._topics = {leaf: wire.topic(school, device, leaf) for leaf in wire.LEAVES}
        self._outbox = outbox
        self._health = health
        self._on_config = on_config
        self._on_delivery = on_delivery
        self._on_time = on_time
        self._pauses = pauses or Pauses()
        self._window = window or ReceiptWindow()
        self._delivery = Delivery()
        self._rejected = 0
        self._stopping = False
        self._asleep = False
        self._report_due = False
        self._up = False
        self._last_warning = ""
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    @property
    def delivery(self) -> Delivery:
        """How things stand at present."""
        return self._delivery

    @property
    def is_up(self) -> bool:
        """Whether the broker is reached at this moment."""
        return self._up

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def poke(self) -> None:
        """There may be something to send."""
        with contextlib.suppress(OSError):
            self._wake_out.send(b".")

    def sleep(self, *, asleep: bool) -> None:
        """Nobody is expected at this hour, or somebody is again: the presence says so."""
        if asleep != self._asleep:
            self._asleep = asleep
            self.poke()

    def report(self) -> None:
        """Something has changed that the health tells: send it at once."""
        self._report_due = True
        self.poke()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Say good-bye and end."""
        self._stopping = True
        self.poke()
        self._thread.join(timeout_s)

    # The one owner of reconnection

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            began = time.monotonic()
            refused = False
            try:
                _Session(self).run()
            except Lost as lost:
                refused = isinstance(lost, Refused)
                self._warn_once(str(lost))
            except ssl.SSLCertVerificationError as error:
                refused = True
                self._warn_once(
                    f"{self._broker.host}:{self._broker.port} shows a certificate that this kiosk does not "
                    f"trust ({error.verify_message}): nothing is sent and all is kept. If the server has a "
                    "new one, enrol this kiosk again with a new claim code"
                )
            except (OSError, ValueError) as error:
                self._warn_once(f"no connection to {self._broker.host}:{self._broker.port}: {error}")
            except Exception as error:
                # Whatever it was, a kiosk goes on trying.
                _log.exception("the link stumbled", error=type(error).__name__)
            self._up = False
            failures = 1 if time.monotonic() - began > self._pauses.steady else failures + 1
            self._report_delivery(self._delivery.connected_once)
            pause = self._pauses.after(failures, random.random())  # noqa: S311 - spreads a fleet, no secret
            self._sleep(max(pause, self._pauses.refused) if refused else pause)

    def _warn_once(self, what: str) -> None:
        """Log it once, not at every attempt."""
        if what != self._last_warning:
            self._last_warning = what
            _log.warning(what)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            _wait([self._wake_in], left)
            self._drain()
            self._report_delivery(self._delivery.connected_once)

    def _drain(self) -> None:
        with contextlib.suppress(OSError):
            while self._wake_in.recv(4096):
                pass

    def _report_delivery(self, connected_once: bool) -> None:
        outbox = self._outbox()
        try:
            waiting = outbox.depth() if outbox is not None else self._delivery.waiting
        except sqlite3.Error:
            waiting = self._delivery.waiting
        delivery = Delivery(connected_once, waiting)
        if delivery != self._delivery:
            self._delivery = delivery
            self._on_delivery(delivery)


class _Session:
    """One connection, from the first byte to the last."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._id = link._new_id()
        self._ready = False
        self._sent_again: set[str] = set()
        """What the server has asked for in this connection: it is sent again once, whatever becomes of it."""
        self._resent_unreceipted: set[str] = set()
        """What of that has no receipt yet; when all has, the server is asked whether it lacks more."""
        self._origin: int | None = None
        self._lost: Lost | None = None
        self._changed = True
        self._last_read_at = time.monotonic()
        self._health_at = 0.0
        self._sent_state = ""
        self._client = self._make_client()

    def _make_client(self) -> mqtt.Client:
        link, broker = self._link, self._link._broker
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            # Not to be guessed: at some brokers whoever knows a session's name can put it out.
            client_id=f"{link._device}-{self._id}",
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        client.username_pw_set(broker.username, broker.password)
        client.will_set(link._topics["state"], wire.encode_state("lost", self._id), qos=1, retain=True)
        client.connect_timeout = CONNECT_TIMEOUT_S
        if broker.tls:
            client.tls_set_context(ssl.create_default_context(cafile=broker.ca_file))
        client.on_connect = self._guarded(self._connected)
        client.on_subscribe = self._guarded(self._subscribed)
        client.on_message = self._guarded(self._message)
        return client

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Returns the callback with all exceptions caught: one would end the connection without a word."""

        def guarded(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except Lost as lost:
                self._lost = lost
            except Exception as error:
                _log.exception("a message could not be handled", error=type(error).__name__)

        return guarded

    def run(self) -> None:
        """Connect and work until the connection is over. Raises `Lost` or OSError; returns when stopped."""
        link = self._link
        link._window.release()
        try:
            self._client.connect(link._broker.host, link._broker.port, keepalive=KEEPALIVE_S)
            while not link._stopping:
                self._work_once()
            if self._ready:
                self._send_disconnected()
        finally:
            self._client.disconnect()

    def _work_once(self) -> None:
        connection = self._client.socket()
        if connection is None:
            raise self._lost or Lost("the connection was lost")
        writer = connection if self._client.want_write() else None
        readable, writable = _wait([connection, self._link._wake_in], 1.0, writer)
        if connection in readable:
            self._last_read_at = time.monotonic()
            self._client.loop_read()
            while (now := self._client.socket()) is not None and getattr(now, "pending", int)():
                self._client.loop_read()
        if writable:
            self._client.loop_write()
        self._client.loop_misc()
        if self._link._wake_in in readable:
            self._link._drain()
            self._changed = True
        if self._lost is not None:
            raise self._lost
        self._check_silence()
        if self._ready:
            self._send_presence()
            self._send_waiting()
            self._send_health()

    def _check_silence(self) -> None:
        """The library's own word that it is connected is not enough: something must have been heard."""
        silent = time.monotonic() - self._last_read_at
        if silent > (2.5 * KEEPALIVE_S if self._ready else CONNECT_TIMEOUT_S):
            raise Lost(f"nothing heard from the broker for {silent:.0f} s")
        if self._link._window.unanswered >= MAX_UNANSWERED:
            raise Lost("the broker answers but no receipt comes: is the server running?")

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        link = self._link
        if reason.is_failure:
            raise Refused(
                f"the broker at {link._broker.host}:{link._broker.port} refuses this device ({reason}): "
                f"check the device id '{link._device}' and its password as printed by 'hailong device add'"
            )
        client.subscribe([(link._topics["receipt"], 1), (link._topics["config"], 1)])

    def _subscribed(self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _props: Any) -> None:
        link = self._link
        if any(reason.is_failure for reason in reasons):
            raise Refused(
                f"the broker does not let '{link._device}' read its own topics: check that the school "
                "and the device id are those of 'hailong device add'"
            )
        self._ready = link._up = True
        self._send_presence()
        self._send_greeting()
        link._last_warning = ""
        _log.info("connected", broker=f"{link._broker.host}:{link._broker.port}")
        link._report_delivery(connected_once=True)

    def _message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if message.topic == self._link._topics["receipt"]:
            self._receipt(bytes(message.payload))
        elif message.topic == self._link._topics["config"] and message.payload:
            # The server publishes it when it starts: what waits for a receipt is worth sending again.
            self._link._window.release()
            self._changed = True
            if not message.retain:  # behind a broker of its own it starts without a new connection
                self._sent_again.clear()
                self._send_greeting()
            self._link._on_config(bytes(message.payload))

    def _receipt(self, payload: bytes) -> None:
        link, outbox = self._link, self._link._outbox()
        try:
            receipt = wire.decode_receipt(payload)
        except wire.WireError as error:
            _log.warning("a receipt could not be read", code=error.code)
            return
        link._on_time(receipt["time"])
        now = wire.parse_wall(receipt["time"])
        rejected = {entry["id"]: entry["code"] for entry in receipt["rejected"]}
        ids = [*receipt["accepted"], *rejected]
        link._window.answered(ids, link._clock.up_ms())
        self._changed = True
        if outbox is None:
            return
        try:
            foreign = [id for id, code in rejected.items() if code in _FOREIGN_JOURNAL_CODES]
            if foreign:
                outbox.new_journal_after(foreign)
                outbox.receipted(foreign, now, keep=False)
            if ids:
                outbox.receipted(ids, now)
            if now is not None:
                self._learn_time(outbox, now)
            self._resend(outbox, receipt.get("wanted", []))
        except sqlite3.Error as error:
            _log.error("what the server has could not be noted in the outbox", reason=str(error))
        if self._resent_unreceipted:
            self._resent_unreceipted.difference_update(ids)
            if not self._resent_unreceipted:
                self._send_greeting()
        for code in rejected.values():
            link._rejected += 1
            _log.warning("the server refused an answer; it keeps it among its dead letters", code=code)

    def _learn_time(self, outbox: Outbox, now: int) -> None:
        """Note when this boot began by the server's clock: the latest that a receipt, being late, implied."""
        clock = self._link._clock
        origin = now - clock.up_ms()
        if self._origin is None:
            known = dict(outbox.origins()).get(clock.boot)
            outbox.tidy(now)
            self._origin = known
        if origin < 0:
            return
        gain = None if self._origin is None else origin - self._origin
        if gain is None or gain > _MIN_ORIGIN_GAIN_MS or gain < -_MAX_RECEIPT_DELAY_MS:
            outbox.learn_origin(clock.boot, origin)
            self._origin = origin

    def _resend(self, outbox: Outbox, wanted: Sequence[tuple[str, int, int]]) -> None:
        """Send what the server has lost, as far as it is kept here."""
        again: list[str] = []
        for journal, first, last in wanted:
            again += outbox.send_again(journal, first, last, self._sent_again)
        if again:
            self._sent_again.update(again)
            self._resent_unreceipted.update(again)
            _log.info("the server lacks what it had; it is sent again", events=len(again))

    def _send_greeting(self) -> None:
        """A batch without events: it anchors this boot to the server's clock, and says what is kept here."""
        clock, outbox = self._link._clock, self._link._outbox()
        kept: list[tuple[str, int, int]] = []
        origins: list[tuple[str, int]] = []
        try:
            if outbox is not None:
                kept, origins = outbox.kept(), outbox.origins()
        except sqlite3.Error as error:
            _log.warning("the outbox could not be read", reason=str(error))
        payload = wire.encode_greeting(clock.boot, clock.up_ms(), clock.wall(), clock.synced(), kept, origins)
        self._publish("up", payload)

    def _send_waiting(self) -> None:
        window, now = self._link._window, self._link._clock.up_ms()
        if window.release_overdue(now):
            self._changed = True
        outbox = self._link._outbox()
        if not self._changed or outbox is None:
            return
        self._changed = False
        try:
            self._set_aside(outbox, window.given_up())
            while window.has_room:
                rows = outbox.waiting(wire.MAX_EVENTS, window.ids())
                if bad := [row.id for row in rows if not _is_readable(row)]:
                    self._set_aside(outbox, bad)
                    continue
                rows = rows[: wire.how_many_fit([row.body for row in rows])]
                if not rows:
                    break
                rows = rows[: _batch_length(window, rows)]
                self._send_batch([row.body for row in rows])
                window.sent([row.id for row in rows], now)
                if window.is_suspect(rows[0].id):
                    self._send_batch([])  # its receipt shows that the server has seen what came before
        except sqlite3.Error as error:
            _log.warning("the outbox could not be read", reason=str(error))
        self._link._report_delivery(connected_once=True)

    def _set_aside(self, outbox: Outbox, ids: list[str]) -> None:
        if ids:
            outbox.set_aside(ids)
            self._link._report_due = True
            _log.error("answers that cannot be delivered were set aside; they are kept", events=len(ids))

    def _send_batch(self, bodies: list[bytes]) -> None:
        clock = self._link._clock
        self._publish(
            "up", wire.encode_batch(clock.boot, clock.up_ms(), clock.wall(), clock.synced(), bodies)
        )

    def _send_presence(self) -> None:
        state = "sleeping" if self._link._asleep else "ready"
        if state != self._sent_state:
            self._sent_state = state
            self._publish("state", wire.encode_state(state, self._id), retain=True)

    def _send_health(self) -> None:
        now = time.monotonic()
        if self._health_at and now - self._health_at < presence.KIOSK_HEALTH_S and not self._link._report_due:
            return
        self._health_at, self._link._report_due = now, False
        facts = {
            "v": wire.VERSION,
            "outbox": self._link._delivery.waiting,
            "rejected": self._link._rejected,
            "aside": self._aside(),
            **self._link._health(),
        }
        self._publish("health", msgspec.json.encode(facts), retain=True)

    def _aside(self) -> int | None:
        outbox = self._link._outbox()
        try:
            return None if outbox is None else outbox.aside()
        except sqlite3.Error:
            return None

    def _publish(self, leaf: str, payload: bytes, *, retain: bool = False) -> mqtt.MQTTMessageInfo:
        return self._client.publish(self._link._topics[leaf], payload, qos=1, retain=retain)

    def _send_disconnected(self) -> None:
        """Wait until the broker has it: a socket closed with something unread may drop what was sent."""
        said = self._publish("state", wire.encode_state("disconnected", self._id), retain=True)
        until = time.monotonic() + DISCONNECT_TIMEOUT_S
        while said.rc == mqtt.MQTT_ERR_SUCCESS and not said.is_published() and time.monotonic() < until:
            connection = self._client.socket()
            if connection is None:
                return
            _wait([connection], 0.02)
            self._client.loop_write()
            self._client.loop_read()


def _is_readable(row: Waiting) -> bool:
    """Returns whether a batch with this event in it can be read: a card may have turned its bytes."""
    if len(row.body) > wire.MAX_EVENT_BYTES:
        return False
    try:
        event = strict_json.loads(row.body)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get("id") == row.id


def _batch_length(window: ReceiptWindow, rows: Sequence[Waiting]) -> int:
    """Returns how many of these, from the first on, make a batch: a suspect event goes alone."""
    suspects = (number for number, row in enumerate(rows) if window.is_suspect(row.id))
    return max(next(suspects, len(rows)), 1)


def _wait(readers: list[Any], seconds: float, writer: Any = None) -> tuple[list[Any], bool]:
    """Returns which readers can be read, and whether the writer may write; waits `seconds` at most.

    `poll`, for `select` cannot watch a process's thousandth file.
    """
    poll = select.poll()
    by_number = {reader.fileno(): reader for reader in readers}
    for number in by_number:
        poll.register(number, select.POLLIN)
    if writer is not None:
        writes = select.POLLOUT | (select.POLLIN if writer.fileno() in by_number else 0)
        poll.register(writer.fileno(), writes)
    ready = dict(poll.poll(seconds * 1000))
    readable = [reader for number, reader in by_number.items() if ready.get(number, 0) & ~select.POLLOUT]
    return readable, writer is not None and bool(ready.get(writer.fileno(), 0) & select.POLLOUT)
