"""Presence and health through the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.domain.periods import parse_period
from server.domain.shared_identity import TOLD_MS
from server.services import admin
from server.services.device_config import DeviceConfigs
from server.services.fleet import fleet
from server.services.presence import take_health, take_state
from survey_defs import wire
from survey_defs.device_config import decode_config
from tests.support.device import event
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
        views = fleet(world.ctx, "mau", parse_period("2026"), world.time)
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


def test_configurations_go_out_once_and_again_when_something_changed(world: World) -> None:
    configs = DeviceConfigs(world.ctx)
    first = {message.topic: message.payload for message in configs.due()}
    assert set(first) == {f"hailong/1/{place}/config" for place in ("mau/k1", "mau/k2", "mau/old", "khac/k3")}
    assert first["hailong/1/mau/old/config"] == b""
    config = decode_config(first["hailong/1/mau/k1/config"], "k1")
    assert (config.school, config.survey, config.sample) == ("Trường THCS mau", "tthc", False)
    assert configs.due() == []
    admin.set_school(world.ctx, "khac", name="Trường THCS Khác")
    assert [message.topic for message in configs.due()] == ["hailong/1/khac/k3/config"]
    admin.retire_device(world.ctx, "k2")
    assert [tuple(message) for message in configs.due()] == [("hailong/1/mau/k2/config", b"")]
    configs.forget()
    assert len(configs.due()) == 4
