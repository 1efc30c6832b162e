"""Presence and health through the store."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from firmware.events import answer_event
from firmware.journal import Journal
from server.domain.devices.shared_identity import TOLD_MS
from server.domain.figures.periods import parse_period
from server.services import schools
from server.services.answers.ingest import Delivery
from server.services.dashboard.fleet import fleet
from server.services.devices import registry
from server.services.devices.config_topics import DeviceConfigs
from server.services.devices.presence import Word, take_health, take_state, take_words
from survey_defs import wire
from survey_defs.device_config import decode_config
from tests.support.device import event
from tests.support.reading import reading
from tests.support.statements import statements
from tests.support.store import START, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    with closing(world.ctx.store):
        yield world


def state(world: World) -> tuple[object, ...]:
    return world.one("SELECT state, session, changed_at, heard_at FROM presence WHERE device = 'k1'")


def test_states_and_batches_are_words(world: World) -> None:
    assert take_state(world.ctx, "mau", "k1", wire.encode_state("init", "s1"), START)
    world.time = START + 5
    world.send(event(1))
    assert state(world) == ("init", "s1", START, START + 5)
    assert take_state(world.ctx, "mau", "k1", wire.encode_state("lost", "s1"), START + 9)
    assert state(world) == ("lost", "s1", START + 9, START + 5)


def test_a_batch_alone_shows_a_device(world: World) -> None:
    world.send(event(1))
    assert state(world) == ("ready", "", START, START)


def test_a_retained_state_is_no_word(world: World) -> None:
    payload = wire.encode_state("ready", "s1")
    assert take_state(world.ctx, "mau", "k1", payload, START, retained=True)
    assert state(world) == ("ready", "s1", START, None)
    world.send(event(1))
    assert take_state(world.ctx, "mau", "k1", payload, START + 50, retained=True)
    assert state(world) == ("ready", "s1", START, START)
    assert take_health(world.ctx, "mau", "k1", b'{"v":1}', START + 60, retained=True)
    assert state(world) == ("ready", "s1", START, START)


def test_words_are_written_together_and_only_where_they_change_something(world: World) -> None:
    def written(*words: Word) -> int:
        with statements(world.ctx.store) as found:
            take_words(world.ctx, words)
        return sum(each.startswith("BEGIN IMMEDIATE") for each in found)

    ready, health = wire.encode_state("ready", "s1"), b'{"v":1,"version":"1"}'
    both = [
        Word(school, device, leaf, payload, START)
        for school, device in (("mau", "k1"), ("mau", "k2"), ("khac", "k3"))
        for leaf, payload in (("state", ready), ("health", health))
    ]
    assert written(*both) == 1
    assert written(*both) == 0
    assert written(*(word._replace(received_at=START + 9, retained=True) for word in both)) == 0
    assert written(Word("mau", "k1", "health", b"{", START), Word("mau", "old", "state", ready, START)) == 0
    assert state(world) == ("ready", "s1", START, START)
    assert written(*(word._replace(received_at=START + 9) for word in both)) == 1
    assert state(world) == ("ready", "s1", START, START + 9)
    lost = wire.encode_state("lost", "s1")
    assert (
        written(Word("mau", "k1", "state", lost, START + 9), Word("mau", "k1", "state", ready, START + 9))
        == 1
    )
    assert state(world)[0] == "ready"


@pytest.mark.parametrize(("school", "device"), [("khac", "k1"), ("mau", "old"), ("mau", "nobody")])
def test_only_a_device_in_use_has_presence(world: World, school: str, device: str) -> None:
    assert not take_state(world.ctx, school, device, wire.encode_state("ready", "s1"), START)
    assert not take_health(world.ctx, school, device, b'{"v":1}', START)
    assert world.rows("SELECT * FROM presence") == []


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b"{", b'"ready"', b"x" * 70_000])
def test_rubbish_is_no_presence(world: World, payload: bytes) -> None:
    assert not take_state(world.ctx, "mau", "k1", payload, START)
    assert not take_state(world.ctx, "mau", "k1", b'{"v":1,"state":"happy","session":"s"}', START)
    assert not take_health(world.ctx, "mau", "k1", payload, START)
    assert world.rows("SELECT * FROM presence") == []


def test_a_copied_card_is_told(world: World) -> None:
    def told() -> list[tuple[str, tuple[str, ...]]]:
        views = fleet(reading(world.ctx), "mau", parse_period("2026"), world.time)
        return [(view.status, view.troubles) for view in views if view.id == "k1"]

    for up_ms in range(1, 4):
        for boot in ("original", "copy"):
            world.send(boot=boot, up_ms=up_ms * 1000)
    assert told() == [("alert", ("shared",))]
    # The broker ends the one session for the other: that says nothing of who is left.
    assert take_state(world.ctx, "mau", "k1", wire.encode_state("lost", "s1"), world.time)
    assert told() == [("alert", ("shared",))]
    world.time += TOLD_MS + 1
    assert told()[0][1] == ()


class BatteryBox:
    """The firmware's journal in a box that begins a new boot whenever somebody presses."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder, self._world = folder, world
        self._presses = 0

    def copy(self, folder: Path) -> BatteryBox:
        """Another box with a copy of this one's flash."""
        shutil.copytree(self._folder, folder)
        return BatteryBox(folder, self._world)

    def press(self, *, delivers: bool = True) -> None:
        """Somebody presses; what waits is sent in the same boot, and half a minute passes."""
        boot = str(uuid4())
        self._presses += 1
        journal = Journal(str(self._folder), lambda: str(uuid4()))
        try:
            journal.append(lambda name, seq: answer_event(name, seq, boot, 900, 5, None, None, False))
            if delivers:
                self._deliver(journal, boot)
        finally:
            journal.close()
        self._world.time += 30_000

    def _deliver(self, journal: Journal, boot: str) -> None:
        waiting = journal.waiting(wire.MAX_EVENTS)
        payload = wire.encode_batch(boot, 2_000, None, False, [body for _, body in waiting])
        outcome = self._world.take(Delivery("mau", "k1", payload, self._world.time))
        if any(said == "conflict" and id[:24] == journal.id[:24] for id, said in outcome.items()):
            journal.new_journal()  # as `firmware.link` does
        journal.delivered(outcome)


def returns(world: World) -> int:
    (count,) = world.one("SELECT returns FROM presence WHERE device = 'k1'")
    return int(count)


def test_copies_of_a_battery_box_are_told_by_their_journals(world: World, tmp_path: Path) -> None:
    """Each delivery is of a new boot: none ever comes back."""
    one = BatteryBox(tmp_path / "one", world)
    for _ in range(3):
        one.press()
    other = one.copy(tmp_path / "other")
    one.press()
    other.press()  # the same number with another content: from the next press on it has a journal of its own
    assert returns(world) == 0
    for _ in range(2):
        other.press()
        one.press()
    (shared,) = (view.troubles for view in fleet(reading(world.ctx), "mau", parse_period("2026"), world.time)
                 if view.id == "k1")  # fmt: skip
    assert shared == ("shared",)


@pytest.mark.parametrize("seed", range(4))
def test_one_battery_box_is_never_told(world: World, tmp_path: Path, seed: int) -> None:
    """It is offline for some presses, gets a new journal now and then, and drains the old one."""
    chance = random.Random(seed)
    box = BatteryBox(tmp_path / "one", world)
    box.press()
    for _ in range(40):
        box.press(delivers=chance.random() < 0.6)
        if chance.random() < 0.15:
            journal = Journal(str(tmp_path / "one"), lambda: str(uuid4()))
            journal.new_journal()
            journal.close()
    assert returns(world) == 0


def test_configurations_go_out_once_and_again_when_something_changed(world: World) -> None:
    configs = DeviceConfigs(world.ctx)
    first = {message.topic: message.payload for message in configs.due()}
    assert set(first) == {f"hailong/1/{place}/config" for place in ("mau/k1", "mau/k2", "mau/old", "khac/k3")}
    assert first["hailong/1/mau/old/config"] == b""
    config = decode_config(first["hailong/1/mau/k1/config"], "k1")
    assert (config.school, config.survey, config.sample) == ("Trường THCS mau", "tthc", False)
    assert configs.due() == []
    schools.set_school(world.ctx, "khac", name="Trường THCS Khác")
    assert [message.topic for message in configs.due()] == ["hailong/1/khac/k3/config"]
    registry.retire_device(world.ctx, "k2")
    assert [tuple(message) for message in configs.due()] == [("hailong/1/mau/k2/config", b"")]
    configs.forget()
    assert len(configs.due()) == 4
