"""What devices are told about complaints: over the real line, with a key, anew when a day changes."""

from __future__ import annotations

import re
import socket
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from server.domain.localtime import local_day
from server.domain.network.addresses import page_address
from server.services import schools
from server.services.access import people
from server.services.deadlines import calendars
from server.services.devices import points, registry
from server.services.devices.complaint_terms import lookup_address, terms
from server.services.devices.config_payloads import DeviceMessages
from server.services.devices.config_topics import DeviceConfigs
from server.services.keys.custody import make_key
from server.services.keys.keys import code_salt, public_key
from server.services.network.lan import lan_address
from server.settings import BadSettings, Settings, read_settings
from server.wiring.contexts import build
from server.wiring.machine import real_now
from survey_defs.device_config import DeviceConfig, decode_config
from tests.support.commands import hailong
from tests.support.device import Device
from tests.support.reading import reading
from tests.support.server import ServerProcess
from tests.support.statements import statements
from tests.support.store import World, make_school

PASSPHRASE = "cau-de-mo-khoa-cua-truong"


def give_key(world: World) -> None:
    people.add_user(world.ctx, "pho-hieu-truong", "deputy", "mau", "mat-khau-de-thu")
    make_key(world.ctx, "mau", "complaints", "pho-hieu-truong", PASSPHRASE)


def test_no_key_no_complaints(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert terms(reading(world.ctx), "mau") is None
    give_key(world)
    assert terms(reading(world.ctx), "mau") is not None
    assert terms(reading(world.ctx), "khac") is None


def test_the_terms_promise_what_the_rules_say(tmp_path: Path) -> None:
    """At the school it is 29/5/2026: the calendar goes from 1/1/2026 to 31/12/2027."""
    world = World(tmp_path)
    give_key(world)
    calendars.set_day(world.ctx, "mau", date(2026, 12, 24), worked=False, name="Hội nghị", by="")
    calendars.set_day(world.ctx, "mau", date(2027, 1, 9), worked=True, name="Làm bù", by="")
    calendars.set_day(world.ctx, "khac", date(2026, 12, 23), worked=False, name="Khác", by="")
    found = terms(reading(world.ctx), "mau")
    assert found
    assert found.key == public_key(reading(world.ctx), "mau")
    assert found.code_salt == code_salt(reading(world.ctx))
    assert found.answer_days == 10
    assert found.kept_months == 12
    assert found.calendar_until == date(2027, 12, 31)
    assert [subject.id for subject in found.subjects][:2] == ["thai-do", "cho-lau"]
    assert found.days_on == (date(2026, 1, 10), date(2026, 8, 22), date(2027, 1, 9))
    off = [day.isoformat() for day in found.days_off]
    assert off == sorted(off)
    assert {"2026-08-31", "2026-11-24", "2026-12-24", "2027-02-04", "2027-05-03"} <= set(off)
    assert "2026-12-23" not in off
    assert all(day.weekday() < 5 for day in found.days_off)


def test_the_revision_changes_with_the_calendar_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    give_key(world)
    configs = DeviceConfigs(world.ctx)
    assert len(configs.due()) == 4  # three devices, and nothing for the retired one
    world.time += 30 * 24 * 3_600_000
    assert configs.due() == []
    calendars.set_day(world.ctx, "mau", date(2026, 12, 24), worked=False, name="Hội nghị", by="")
    changed = configs.due()
    assert {message.topic.split("/")[2] for message in changed} == {"mau"}
    calendars.clear_day(world.ctx, "mau", date(2026, 12, 24))
    assert len(configs.due()) == len(changed)
    world.time += 365 * 24 * 3_600_000  # another year has come: another calendar
    assert len(configs.due()) == len(changed)


def test_no_more_is_asked_for_more_schools_where_nothing_has_changed(tmp_path: Path) -> None:
    world = World(tmp_path)
    give_key(world)
    configs = DeviceConfigs(world.ctx)

    def asked() -> int:
        with statements(world.ctx.store) as found:
            assert configs.due() == []
        return len(found)

    configs.due()
    two = asked()
    for n in range(20):
        schools.add_school(world.ctx, f"them-{n}", f"Trường {n}")
        for place in ("a", "b"):
            registry.add_device(world.ctx, f"may-{n}-{place}", f"them-{n}", "kiosk")
    assert len(configs.due()) == 40
    assert asked() == two
    schools.set_school(world.ctx, "them-7", name="Tên mới")
    with statements(world.ctx.store) as found:
        assert len(configs.due()) == 2
    assert {word for each in found for word in re.findall(r"'(?:them-\d+|mau|khac)'", each)} == {"'them-7'"}


def test_all_that_a_configuration_is_made_of_is_looked_at_for_changes(tmp_path: Path) -> None:
    """Else a change would not reach the devices: each table but the key's log, of which they hear nothing."""
    world = World(tmp_path)
    give_key(world)
    points.add(world.ctx, "cong", "mau", label="Cổng")
    messages, devices = DeviceMessages(world.ctx), registry.devices(reading(world.ctx))
    first = [each for each in devices if each.school == "mau"]

    def read_tables(work: Callable[[], object]) -> set[str]:
        tables: set[str] = set()

        def note(act: int, table: str | None, *_: object) -> int:
            if act == sqlite3.SQLITE_READ and table:
                tables.add(table)
            return sqlite3.SQLITE_OK

        world.ctx.store.close()  # a statement that was prepared before is not asked about again
        world.ctx.store.connection.set_authorizer(note)
        work()
        world.ctx.store.connection.set_authorizer(None)
        return tables

    messages.messages(devices)
    looked_at = read_tables(lambda: messages.messages(devices))
    made_of = read_tables(lambda: DeviceMessages(world.ctx).messages(first))
    assert {"schools", "procedures", "seal_keys", "key_holders", "users", "points"} <= made_of
    assert made_of - looked_at == {"key_log"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE schools SET hours = '07:00-17:00' WHERE slug = 'mau'",
        "UPDATE schools SET superior = 'UBND phường Khác' WHERE slug = 'mau'",
        "UPDATE schools SET sample = 1 WHERE slug = 'mau'",
        "UPDATE procedures SET until = 1 WHERE school = 'mau' AND position = 0",
        "UPDATE users SET role = 'principal' WHERE login = 'pho-hieu-truong'",
        "UPDATE seal_keys SET retired_at = 1 WHERE school = 'mau'",
        "UPDATE installation SET value = randomblob(16) WHERE key = 'code_salt'",
    ],
)
def test_what_changes_anywhere_reaches_the_devices(tmp_path: Path, change: str) -> None:
    world = World(tmp_path)
    give_key(world)
    configs = DeviceConfigs(world.ctx)
    configs.due()
    assert configs.due() == []
    world.ctx.store.connection.execute(change)
    assert "hailong/1/mau/k1/config" in {message.topic for message in configs.due()}
    assert configs.due() == []


def test_the_lookup_page_is_where_a_phone_finds_it(tmp_path: Path) -> None:
    read = Settings(data=str(tmp_path), public_url="https://hailong.example.vn/")
    assert lookup_address(build(read)) == "https://hailong.example.vn/tra-cuu"
    ours = lan_address()
    socket.inet_aton(ours)
    assert page_address(Settings(port=8123), ours) == f"http://{ours}:8123"
    assert page_address(Settings(host="10.1.2.3"), ours) == "http://10.1.2.3:8080"
    assert page_address(Settings(host="fd00::7"), ours) == "http://[fd00::7]:8080"


@pytest.mark.parametrize(
    "url",
    [
        "hailong.example.vn",
        "ftp://x",
        "https://",
        "https://x/duong",
        "https://x?a=1",
        "https://a:b@x",
        "http://x:y",
        "https://trường\ufffe.vn",
    ],
)
def test_an_address_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="public_url must be like https://"):
        read_settings(None, {"HAILONG_PUBLIC_URL": url})


def test_the_retained_configuration_carries_the_terms(tmp_path: Path) -> None:
    """A device that waits at the broker: no complaints, then a key, then another day off."""
    data = tmp_path / "data"
    password = make_school(data)["k1"]
    with ServerProcess(data) as server:
        device = Device(server.mqtt_port, "k1", password).listen()

        def configuration(wanted: Callable[[DeviceConfig], bool]) -> DeviceConfig:
            def newest(received: list[tuple[str, bytes]]) -> DeviceConfig | None:
                bodies = [payload for topic, payload in received if topic == device.topic("config")]
                found = decode_config(bodies[-1], device.device) if bodies else None
                return found if found and wanted(found) else None

            config: DeviceConfig = device.wait_for(newest)
            return config

        before = configuration(lambda config: config.complaints is None)
        ctx = build(Settings(data=str(data)))
        people.add_user(ctx, "pho-hieu-truong", "deputy", "mau", "mat-khau-de-thu")
        make_key(ctx, "mau", "complaints", "pho-hieu-truong", PASSPHRASE)
        with_key = configuration(lambda config: config.complaints is not None)
        assert with_key.revision != before.revision
        assert with_key.complaints
        assert with_key.complaints.key == public_key(reading(ctx), "mau")
        assert with_key.complaints.lookup == f"http://127.0.0.1:{server.port}/tra-cuu"

        year = local_day(real_now()).year + 1
        day = next(date(year, 7, d) for d in range(1, 8) if date(year, 7, d).weekday() == 2)
        hailong("calendar", "off", day, "--name", "Nghỉ bão", "--school", "mau", "--data", data)
        moved = configuration(lambda config: bool(config.complaints and day in config.complaints.days_off))
        assert moved.revision not in (before.revision, with_key.revision)
        device.close()
        ctx.store.close()
