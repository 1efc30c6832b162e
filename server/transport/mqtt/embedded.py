"""The broker inside the server: amqtt in a thread of its own, for schools that want one program.

amqtt's plugins come too late for us: it throws an old session out before it asks who the new one is,
and it sends wills without asking anybody. So this broker authenticates as soon as it has read a
CONNECT, names each session after its user (nobody can take another's place), and holds wills and
retained messages to the same rights as everything else. Sessions are always clean: the devices'
outboxes and the receipts keep what a broker would have to.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import secrets
import socket
import ssl
import threading
from collections import deque
from functools import partial
from typing import Any, NamedTuple

import structlog
from amqtt.adapters import StreamWriterAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.errors import AMQTTError, MQTTError, NoDataError
from amqtt.mqtt.connack import NOT_AUTHORIZED, UNACCEPTABLE_PROTOCOL_VERSION, ConnackPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.session import Session

from server.domain.devices import device_password
from server.domain.network.addresses import Broker as Address
from server.domain.network.rights import SERVER_USER, Rights, device_rights, may_speak
from server.domain.problems import Problem
from server.services.answers import oversized
from server.services.answers.oversized import Oversized
from server.services.context import Context
from server.transport.mqtt.packets import Notes, PacketReader, Window
from server.transport.mqtt.silent import GuardedListener
from server.transport.ports.connection_limits import BROKER, files_available
from server.transport.ports.listening import listen

CONNECT_WITHIN_S = 10
_START_WITHIN_S = 10
_END_WITHIN_S = 0.5
_REVIEW_EVERY_S = 5
_LETTERS_EVERY_S = 0.25
MAX_LETTERS = 1000
"""The most notes of messages too large that wait for the store; of more the oldest are dropped."""
_GRACE = 1.5
"""A client may be silent for one and a half times its keep-alive (MQTT 3.1.1, 3.1.2.10)."""
MAX_UNDER_WAY = 16
"""Messages of one device between its line and the store. A kiosk has four batches under way, a box one."""
MAX_UNHEARD = 400
"""Messages that a client has not acknowledged. Who reads none is not kept waiting for: it asks again."""
_RIGHTS = "hailong.rights"
_WINDOW = "hailong.window"
_HASH = "hailong.hash"

_PLAIN, _SECURE = "default", "secure"
_Sockets = dict[str, tuple[GuardedListener, ssl.SSLContext | None]]

_log = structlog.get_logger()


class Secure(NamedTuple):
    """A second port, over TLS."""

    port: int
    context: ssl.SSLContext


class EmbeddedBroker:
    """The broker and its thread. `server_address` is for our own client."""

    def __init__(self, ctx: Context, host: str, port: int, secure: Secure | None = None) -> None:
        """Takes its ports at once. Raises `Problem`: `port-taken`, `cannot-listen`."""
        self._sockets: _Sockets = {_PLAIN: (_guarded(host, port, "--mqtt-port"), None)}
        if secure is not None:
            self._sockets[_SECURE] = (_guarded(host, secure.port, "mqtt_tls_port"), secure.context)
        self._secret = secrets.token_urlsafe(32)
        self._ctx = ctx
        self._loop = asyncio.new_event_loop()
        self._broker: _Broker | None = None
        self._thread = threading.Thread(target=self._run, name="hailong-broker", daemon=True)
        self.port: int = self._port(_PLAIN)
        self.secure_port = self._port(_SECURE) if secure is not None else None
        self._host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104

    @property
    def server_address(self) -> Address:
        """Where our own client connects, and as whom."""
        return Address(self._host, self.port, False, SERVER_USER, self._secret)

    @property
    def is_alive(self) -> bool:
        """Whether the broker still runs."""
        return self._thread.is_alive() and (self._broker is None or self._broker.is_passing_on)

    def start(self) -> None:
        """Begin to serve; returns when clients can connect. Raises `Problem("broker-not-started")`."""
        for name in ("amqtt", "transitions"):  # they write addresses and identities into their logs
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_START_WITHIN_S)
        except Exception as error:
            cause = error.__cause__ or error  # amqtt wraps whatever it was
            reason = str(cause) or type(cause).__name__
            raise Problem("broker-not-started", port=self.port, reason=reason) from error

    def stop(self, within_s: float = 1.0) -> None:
        """End, cutting off whoever is slow."""
        if self._broker is not None and self._thread.is_alive():
            ending = asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop)
            with contextlib.suppress(Exception):
                ending.result(within_s)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(within_s)
            self._broker.store_letters()
        for listener, _ in self._sockets.values():
            listener.close()

    def _port(self, name: str) -> int:
        return int(self._sockets[name][0].getsockname()[1])

    async def _start(self) -> None:
        self._broker = _Broker(self._ctx, self._sockets, self._secret)
        await self._broker.start()
        self._chores = [
            asyncio.create_task(chore)
            for chore in (self._broker.review_sessions(), self._broker.keep_letters())
        ]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda _loop, _what: None)  # a client that went away, mostly
        self._loop.run_forever()
        # Tasks that are only forgotten complain on the screen when they are collected.
        if left := asyncio.all_tasks(self._loop):
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.wait(left, timeout=_END_WITHIN_S))
        self._loop.close()


class _Broker(Broker):  # type: ignore[misc]  # amqtt carries no types
    def __init__(self, ctx: Context, sockets: _Sockets, secret: str) -> None:
        binds = {name: listener.getsockname()[:2] for name, (listener, _) in sockets.items()}
        listeners = {name: ListenerConfig(bind=f"{host}:{port}") for name, (host, port) in binds.items()}
        super().__init__(BrokerConfig(listeners=listeners, plugins={}))
        self._ctx = ctx
        self._sockets = sockets
        self._secret = secret
        self._notes = Notes()
        self._broadcast_queue = self._passing_on = _PassingOn()
        self._letters: deque[Oversized] = deque(maxlen=MAX_LETTERS)
        self._storing = threading.Lock()

    @property
    def is_passing_on(self) -> bool:
        """Whether messages still go from one client to the others."""
        return self._broadcast_task is None or not self._broadcast_task.done()

    # ---- connections

    async def _create_server_instance(self, listener_name: str, *_: Any) -> asyncio.Server:
        connected = partial(self.stream_connected, listener_name=listener_name)
        listener, context = self._sockets[listener_name]
        within = CONNECT_WITHIN_S if context else None
        return await asyncio.start_server(connected, sock=listener, ssl=context, ssl_handshake_timeout=within)

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """A new connection, of which whole packets are taken."""
        line = writer.get_extra_info("socket")
        if line is not None:  # a client without a keep-alive would else stay for ever after its power failed
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        try:
            await self._client_connected(
                listener_name,
                PacketReader(reader, self._notes, Window(MAX_UNDER_WAY)),
                StreamWriterAdapter(writer),
            )
        except (OSError, ValueError, IndexError, UnicodeError) as error:  # rubbish in a packet
            _log.info("a connection to the broker ended in rubbish", error=type(error).__name__)
        finally:
            writer.close()

    async def _initialize_client_session(
        self, reader: PacketReader, writer: WriterAdapter, *_: Any
    ) -> tuple[BrokerProtocolHandler, Session]:
        try:
            handler, session = await asyncio.wait_for(self._connect(reader, writer), CONNECT_WITHIN_S)
        except (AMQTTError, MQTTError, NoDataError, OSError, EOFError, ValueError, IndexError) as error:
            await writer.close()
            raise AMQTTError("no connect") from error
        if not self._admit(session):
            await ConnackPacket.build(0, NOT_AUTHORIZED).to_stream(writer)
            await writer.close()
            if session.username is not None:  # who has no name only looks whether a broker is here
                _log.warning(
                    "the broker refused a connection: unknown user, wrong password or retired device"
                )
            raise AMQTTError("refused")
        for listener, _context in self._sockets.values():
            listener.heard(writer.get_peer_info())
        session.client_id = str(session.username)
        session.attributes[_WINDOW] = reader.window
        if session.username == SERVER_USER:
            reader.window.limit = None
        session.clean_session = True
        session.parent = 0
        session.keep_alive = int(session.keep_alive * _GRACE)
        if session.will_flag and not self._may_say(session, session.will_topic):
            session.will_flag = False
        await self._end_session(session.client_id)
        return handler, session

    async def _connect(
        self, reader: PacketReader, writer: WriterAdapter
    ) -> tuple[BrokerProtocolHandler, Session]:
        # amqtt would read another version's CONNECT as one of its own, and wait for what does not come.
        if not await reader.speaks_our_mqtt():
            _log.warning("the broker refused a connection: it speaks MQTT 3.1.1 alone, the client does not")
            await ConnackPacket.build(0, UNACCEPTABLE_PROTOCOL_VERSION).to_stream(writer)
            raise AMQTTError("another version")
        connected: tuple[BrokerProtocolHandler, Session] = await _Handler.init_from_connect(
            reader, writer, self.plugins_manager
        )
        return connected

    def _admit(self, session: Session) -> bool:
        """Whether user and password are right; notes what the session may do.

        101 rounds of PBKDF2 take a fraction of a millisecond: nothing needs to be remembered.
        """
        username, password = session.username or "", session.password or ""
        if username == SERVER_USER:
            if not hmac.compare_digest(password.encode(), self._secret.encode()):
                return False
            session.attributes[_RIGHTS] = None
            return True
        with self._ctx.read() as work:
            row = work.sql.device_secret(id=username)
        if row is None or not may_speak(row["kind"], row["retired_at"]):
            return False
        if not device_password.matches(password, row["password_hash"]):
            return False
        session.attributes[_RIGHTS] = device_rights(row["school"], username)
        session.attributes[_HASH] = row["password_hash"]
        return True

    async def _end_session(self, client_id: str | None) -> None:
        """Close the connection that a client had before this one, its will first: then the new one speaks."""
        old = self._sessions.get(client_id or "")
        if old is None:
            return
        session, handler = old
        if session.transitions.state == "connected":
            await handler.handle_connection_closed()
            for _ in range(50):
                if session.transitions.state != "connected":
                    break
                await asyncio.sleep(0.01)
        await self._cleanup_session(str(client_id))

    async def _handle_message_delivery(
        self, client_session: Session, handler: BrokerProtocolHandler, wait_deliver: asyncio.Future[Any]
    ) -> bool:
        # amqtt leaves a session dead and connected that spoke to a topic of brokers. Here that is a topic as
        # any other that the session has no right to.
        message = wait_deliver.result()
        if message is not None and (
            message.topic.startswith("$") or not self._may_say(client_session, message.topic)
        ):
            _release(client_session)
            return True
        return bool(await super()._handle_message_delivery(client_session, handler, wait_deliver))

    async def _broadcast_message(
        self, session: Session | None, topic: str | None, data: bytes | None, force_qos: int | None = None
    ) -> None:
        if size := self._notes.read(data or b""):
            # Not told through the line, which may be down: nobody would send it again.
            self._letters.append(Oversized(str(topic), size.length, size.sha256))
            _release(session)
            return
        await super()._broadcast_message(session, topic, data, force_qos)

    async def _run_broadcast(self, running_tasks: deque[asyncio.Task[Any]]) -> None:
        # What a device says leaves its window when everybody to whom it goes has acknowledged it.
        before = len(running_tasks)
        await super()._run_broadcast(running_tasks)
        session = self._passing_on.last["session"]
        sent = [running_tasks[n] for n in range(before, len(running_tasks))]
        if sent:
            asyncio.gather(*sent, return_exceptions=True).add_done_callback(lambda _: _release(session))
        else:
            _release(session)

    async def _handle_disconnect(
        self, client_session: Session, handler: BrokerProtocolHandler, disconnect_waiter: asyncio.Future[Any]
    ) -> None:
        # What a client had acknowledged to it and was not yet passed on, amqtt forgets when the client goes.
        waiting = client_session.delivered_message_queue
        while not waiting.empty():
            message: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            message.set_result(waiting.get_nowait())
            if not await self._handle_message_delivery(client_session, handler, message):
                break
        await super()._handle_disconnect(client_session, handler, disconnect_waiter)

    async def keep_letters(self) -> None:
        """Again and again: `store_letters`, beside the loop."""
        while True:
            await asyncio.sleep(_LETTERS_EVERY_S)
            if self._letters:
                await asyncio.to_thread(self.store_letters)

    def store_letters(self) -> None:
        """Store the notes of what was thrown away; what the store does not take now waits."""
        with self._storing, contextlib.suppress(Problem):
            waiting = tuple(self._letters)
            if not waiting:  # a stop need not wait for the store
                return
            oversized.keep(self._ctx, waiting, self._ctx.now())
            for letter in waiting:
                if self._letters and self._letters[0] is letter:
                    self._letters.popleft()

    async def review_sessions(self) -> None:
        """Every few seconds: close the sessions of devices that were retired or got another password."""
        while True:
            await asyncio.sleep(_REVIEW_EVERY_S)
            with contextlib.suppress(Exception):  # a store that is busy now will answer the next time
                with self._ctx.read() as work:
                    valid = {row["id"]: row["password_hash"] for row in work.sql.device_secrets()}
                for client_id, (session, _) in list(self._sessions.items()):
                    known = session.attributes.get(_HASH)
                    if known is not None and valid.get(client_id) != known:
                        await self._end_session(client_id)

    # ---- rights

    async def _authenticate(self, session: Session, _: ListenerConfig) -> bool:
        return _RIGHTS in session.attributes

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        if action == Action.PUBLISH:
            return self._may_say(session, topic)
        rights: Rights | None = session.attributes.get(_RIGHTS)
        return rights is None or topic in rights.hears

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        # amqtt sends each newcomer what it has kept for every other's subscriptions.
        if any(other is session for other, _ in self._subscriptions.get(subscription[0], ())):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    @staticmethod
    def _may_say(session: Session, topic: str | None) -> bool:
        rights: Rights | None = session.attributes.get(_RIGHTS)
        return rights is None or topic in rights.says


def _guarded(host: str, port: int, option: str) -> GuardedListener:
    return GuardedListener(listen(host, port, option), BROKER.within(files_available()))


def _release(session: Session | None) -> None:
    """A message of that session has arrived, or goes nowhere."""
    if session is not None:
        window: Window = session.attributes[_WINDOW]
        window.release()


class _PassingOn(asyncio.Queue):  # type: ignore[type-arg]
    """The messages to be passed on, and which was taken out last."""

    last: dict[str, Any]

    def _get(self) -> dict[str, Any]:
        self.last = super()._get()
        return self.last


class _Handler(BrokerProtocolHandler):  # type: ignore[misc]
    """amqtt notices that a client has outstayed its keep-alive, and does nothing; this one ends it.

    Nor does it mind how much a client leaves unread: here that is bounded.
    """

    _unheard = 0

    async def mqtt_publish(
        self, topic: str, data: bytes, qos: int | None, retain: bool, ack_timeout: int | None = None
    ) -> Any:
        """Send a message and wait until it is acknowledged; one too many is dropped."""
        if self._unheard >= MAX_UNHEARD and self.session.username != SERVER_USER:
            return None
        self._unheard += 1
        try:
            return await super().mqtt_publish(topic, data, qos, retain, ack_timeout)
        finally:
            self._unheard -= 1

    def handle_read_timeout(self) -> None:
        self._ending = asyncio.ensure_future(self.handle_connection_closed())
