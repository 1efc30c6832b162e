"""Every identity against every other at both brokers: nobody takes another's place or speaks for it."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from server.domain.network.addresses import Broker
from server.domain.network.rights import ALIVE_TOPIC, SERVER_HEARS, SERVER_USER
from server.transport.background.broker_check import answer_at
from server.transport.mqtt.mosquitto import server_secret
from survey_defs import wire
from tests.support.broker_line import Line, open_line
from tests.support.commands import hailong
from tests.support.device import Device, batch, event
from tests.support.raw_mqtt import PUBACK, RawClient, publish, subscribe

PLACES = {"k1": "mau", "k2": "mau", "k3": "khac", "old": "mau"}
SPEAKING = ("k1", "k2", "k3")
_OTHER_FILTERS = (
    "#", "+", "+/+/+/+/+", "hailong/#", "hailong/1/#", "hailong/1/mau/#", "hailong/1/mau/k1/#",
    "hailong/1/+/+/config", "hailong/1/+/+/receipt", "hailong/1/mau/+/receipt", "hailong/1/+/k2/config",
    "$SYS/#", "$SYS/broker/clients/connected", "$share/all/hailong/1/+/+/up", "/#", "hailong/+/alive",
    *SERVER_HEARS,
)  # fmt: skip
_OTHER_TOPICS = (
    ALIVE_TOPIC, "hailong", "hailong/1/mau", "hailong/1/mau/k1", "hailong/1/mau/k1/up/more",
    "hailong/2/mau/k1/up", "/hailong/1/mau/k1/up", "hailong/1/mau/K1/up", "hailong/1/mau/k1/UP",
    "hailong/1//k1/up", "hailong/1/mau/k1/", f"hailong/1/mau/{SERVER_USER}/up", "$SYS/broker/uptime",
    "$SYS/broker/connection/k1/state", "$CONTROL/x",
)  # fmt: skip


class Identity(NamedTuple):
    """Whoever knocks: what it calls itself and the password that it has."""

    name: str
    user: str | None
    password: str | None


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with open_line(tmp_path_factory.mktemp("line"), request.param) as line:
        hailong("device", "retire", "old", "--data", line.data)
        line.tell_mosquitto()
        yield line


@pytest.fixture(autouse=True)
def goodbye(line: Line) -> Iterator[None]:
    yield
    line.say_goodbye()


def strangers(line: Line) -> list[Identity]:
    return [
        Identity("retired", "old", line.passwords["old"]),
        Identity("unknown", "nobody", "x" * 43),
        Identity("anonymous", None, None),
        Identity("no password", "k1", None),
        Identity("another's password", "k2", line.passwords["k1"]),
        Identity("the server's name", SERVER_USER, line.passwords["k1"]),
    ]


def insiders(line: Line) -> list[Identity]:
    return [Identity(name, name, line.passwords[name]) for name in SPEAKING]


def all_topics() -> list[str]:
    own = [wire.topic(school, device, leaf) for device, school in PLACES.items() for leaf in wire.LEAVES]
    strange = [wire.topic("khac", "k1", leaf) for leaf in wire.LEAVES]
    return [*own, *strange, *_OTHER_TOPICS]


def is_receipted(device: Device, journal: str) -> None:
    one = event(1, journal=journal)
    device.send(one)
    assert device.outcome(one["id"]) == {one["id"]: "accepted"}


def told(record: Callable[[str, object], None], what: str, count: int) -> None:
    record(what, count)
    print(f"\n{what}: {count}")


def enter(line: Line, name: str) -> RawClient:
    """A device as ours connect: under a name that nobody else knows."""
    return RawClient(line.port).enter(name, line.passwords[name], client=f"{name}-{uuid.uuid4()}")


def test_nobody_takes_anothers_place(line: Line, record_property: Callable[[str, object], None]) -> None:
    """Whatever name somebody gives for his session, only his own may end; a broker that reads its files anew
    after that goes on."""
    tried = 0
    for attacker, victim in itertools.product(
        [*insiders(line), *strangers(line)], (*SPEAKING, SERVER_USER, "old", "hailong-look", "")
    ):
        with ExitStack() as held:
            kept = {name: held.enter_context(enter(line, name)) for name in SPEAKING if name != attacker.user}
            knocking = held.enter_context(RawClient(line.port))
            let_in = knocking.is_let_in(attacker.user, attacker.password, client=victim)
            assert let_in == (attacker in insiders(line)), (attacker.name, victim)
            if line.mosquitto:
                line.mosquitto.reload()
            for name, session in kept.items():
                session.say(publish(wire.topic(PLACES[name], name, "health"), b'{"v":1}', 1))
                assert session.is_held(), f"{attacker.name} as {victim} has put {name} out"
            tried += len(kept) + 1
    assert answer_at(Broker("127.0.0.1", line.port, tls=False, username=None, password=None)) == "ours"
    is_receipted(line.device("k2").listen(), "nobody-took-it")
    assert line.server.words().count("answers can be taken") == 1, "the server was put out"
    told(record_property, "attempts to take another's place", tried)


def test_the_name_of_a_session_is_no_secret_that_can_be_guessed(line: Line) -> None:
    """Where a broker does not name sessions after their users, the names that our clients give must hold."""
    if line.mosquitto is None:
        return  # it names them itself, as the test above shows
    text = line.mosquitto.config.read_text()
    loud = text.replace("connection_messages false", "connection_messages true\nlog_type notice")
    line.mosquitto.config.write_text(loud)
    line.mosquitto.restart()
    try:
        line.wait_for_words("answers can be taken", 2)
        names = re.findall(r"as (\S+) \(p2, c0, k30, u'hailong-server'\)", line.mosquitto.log.read_text())
        assert len({*names}) == 1
        assert re.fullmatch(r"hailong[0-9a-f]{16}", names[0])
    finally:
        line.mosquitto.config.write_text(text)


def payload_for(topic: str, token: str) -> bytes:
    """What would do harm there, with the token in it."""
    if topic.endswith("/up"):
        return batch(event(1, journal=token, boot=token), boot=token)
    return wire.encode_state("alert", token)


def found(line: Line, prefix: str) -> set[tuple[str, str]]:
    """(device, token) of everything in the store that came of a token with this beginning."""
    rows = line.rows(
        "SELECT device, journal FROM events UNION SELECT device, session FROM presence UNION "
        "SELECT device, health FROM presence UNION SELECT device, CAST(payload AS TEXT) FROM dead_letters"
    )
    return {(device, word) for device, word in rows if word and prefix in word}


def test_every_topic_for_every_identity(line: Line, record_property: Callable[[str, object], None]) -> None:
    """Said, said to be kept, left as a will, listened to: only what is an identity's own has an effect."""
    topics, said, wills, heard = all_topics(), 0, 0, 0
    lines = line.server.words().count("answers can be taken")
    victims = {name: line.device(name, school=PLACES[name]).listen() for name in SPEAKING}
    for device in victims.values():
        device.publish(device.topic("state"), wire.encode_state("ready", "own"), retain=True)
        device.publish(device.topic("health"), b'{"v":1,"outbox":0}', retain=True)
        is_receipted(device, f"before-{device.device}")
    for device in victims.values():
        device.close()

    for number, who in enumerate(insiders(line)):
        assert who.user is not None
        assert who.password is not None
        own = {wire.topic(PLACES[who.user], who.user, leaf) for leaf in ("up", "state", "health")}
        foreign = [topic for topic in topics if topic not in own]
        with RawClient(line.port).enter(who.user, who.password) as speaking:
            for n, (topic, retain) in enumerate(itertools.product(foreign, (0, 1)), 1):
                speaking.say(publish(topic, payload_for(topic, f"stolen-{number}-{n}"), n, flags=retain))
                said += 1
            acknowledged = [speaking.heard() for _ in range(2 * len(foreign))]
            assert {first for first, _ in filter(None, acknowledged)} == {PUBACK}
        for n, topic in enumerate(foreign):
            token = f"stolen-will-{number}-{n}"
            with RawClient(line.port).enter(
                who.user, who.password, will=(topic, payload_for(topic, token))
            ) as dying:
                wills += 1
                assert dying.is_held()

    for who in strangers(line):
        for topic in topics:
            with RawClient(line.port) as knocking:
                assert not knocking.is_let_in(
                    who.user, who.password, client="knock", will=(topic, payload_for(topic, "stolen-knock"))
                ), (who.name, topic)
            said, wills, heard = said + 2, wills + 1, heard + 1

    # Each victim's own word comes behind whatever was said in its name.
    victims = {name: line.device(name, school=PLACES[name]).listen() for name in SPEAKING}
    for device in victims.values():
        is_receipted(device, f"after-{device.device}")
        device.wait_for(lambda got: any(topic.endswith("/config") for topic, _ in got))
        for topic, payload in device.received:
            assert topic in (device.topic("receipt"), device.topic("config"))
            assert b"stolen" not in payload, topic
    assert found(line, "stolen") == set()
    assert line.rows("SELECT DISTINCT session FROM presence") == [("own",)]
    for device in victims.values():
        device.close()

    filters = [*topics, *_OTHER_FILTERS]
    for who, other in zip(insiders(line), (SPEAKING[1], SPEAKING[2], SPEAKING[0]), strict=True):
        assert who.user is not None
        assert who.password is not None
        own = {wire.topic(PLACES[who.user], who.user, leaf) for leaf in ("receipt", "config")}
        foreign = [each for each in filters if each not in own]
        with RawClient(line.port).enter(who.user, who.password) as listening:
            for n, each in enumerate(foreign, 1):
                listening.say(subscribe(n, each))
            heard += len(foreign)
            at_once = listening.settle()
            speaking_other = line.device(other, school=PLACES[other]).listen()
            is_receipted(speaking_other, f"overheard-{who.user}")
            speaking_other.publish(speaking_other.topic("health"), b'{"v":1,"outbox":0}', retain=True)
            hailong("device", "set", other, "--brightness", str(50 + len(who.user)), "--data", line.data)
            speaking_other.wait_for(
                lambda got: sum(topic.endswith("/config") for topic, _ in got) >= 2, within_s=20
            )
            later = listening.settle()
            assert at_once is not None
            assert later is not None, "the line was ended"
            assert {*at_once, *later} <= own, f"{who.name} overhears {other}"
    assert line.server.words().count("answers can be taken") == lines, "the server was put out"
    told(record_property, "topics said or kept that had no effect", said)
    told(record_property, "topics left as a will that had no effect", wills)
    told(record_property, "filters under which nothing was heard", heard)


def test_the_server_may_do_what_its_table_says_and_no_more(
    line: Line, record_property: Callable[[str, object], None]
) -> None:
    """Who stole the password that `broker config` has made cannot speak for a device."""
    line.server.stop()
    try:
        secret = server_secret(line.data)
        if line.mosquitto is None:  # its password is made anew at each start and kept nowhere
            assert secret is None
            return
        assert secret is not None
        topics = all_topics()
        with ExitStack() as held:
            enter = lambda user, password: held.enter_context(RawClient(line.port)).enter(user, password)  # noqa: E731
            devices = {name: enter(name, line.passwords[name]) for name in SPEAKING}
            for name, device in devices.items():
                device.say(subscribe(1, *(wire.topic(PLACES[name], name, leaf) for leaf in wire.LEAVES)))
                assert device.heard() is not None
                device.settle()
            server = enter(SERVER_USER, secret)
            server.say(subscribe(1, "#", "$SYS/#", "hailong/1/+/+/receipt", ALIVE_TOPIC))
            server.settle()
            for number, topic in enumerate(topics, 1):
                server.say(publish(topic, b"x", number))
            assert server.settle() == [], "it hears something of its own"
            for name, device in devices.items():
                own = {wire.topic(PLACES[name], name, leaf) for leaf in ("receipt", "config")}
                assert set(device.settle() or ()) == own
        told(record_property, "topics on which the server's user spoke", len(topics))
    finally:
        line.server.start()
