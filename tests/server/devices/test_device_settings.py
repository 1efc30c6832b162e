"""What devices are set to, and the message that each of them is sent for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.domain.problems import Problem
from server.services import schools
from server.services.context import Context
from server.services.devices import claims, device_settings, points, registry
from server.services.devices.config_payloads import DeviceMessages
from server.services.devices.config_topics import DeviceConfigs
from server.services.devices.device_settings import DeviceSettings
from survey_defs.box_config import read_box_config
from survey_defs.device_config import DeviceConfig, decode_config
from tests.support.claiming import let_in
from tests.support.reading import reading
from tests.support.seed import SCHOOL, add_school, make_context

OTHER = "thcs-khac"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = make_context(tmp_path)
    add_school(context)
    add_school(context, OTHER, "Trường THCS Khác")
    registry.add_device(context, "kiosk-1", SCHOOL, "kiosk", "Kiosk quầy")
    registry.add_device(context, "nut-1", SCHOOL, "button", "Hộp nút thư viện")
    points.add(context, "ban-1", SCHOOL, label="Bàn số 1")
    yield context
    context.store.close()


def sent(ctx: Context) -> dict[str, bytes]:
    """Every topic's end, `school/device`, with what goes there first."""
    return {
        out.topic.split("/", 2)[2].removesuffix("/config"): out.payload for out in DeviceConfigs(ctx).due()
    }


def kiosk(ctx: Context) -> DeviceConfig:
    return decode_config(sent(ctx)[f"{SCHOOL}/kiosk-1"], "kiosk-1")


def box(ctx: Context) -> dict[str, Any]:
    return read_box_config(sent(ctx)[f"{SCHOOL}/nut-1"], "nut-1")


def test_each_device_has_a_message_of_its_own_and_paper_none(ctx: Context) -> None:
    assert set(sent(ctx)) == {f"{SCHOOL}/kiosk-1", f"{SCHOOL}/nut-1"}
    of_kiosk, of_box = kiosk(ctx), box(ctx)
    assert (of_kiosk.device, of_kiosk.languages, of_kiosk.hours) == ("kiosk-1", ("vi", "en"), "")
    assert (of_kiosk.brightness, of_kiosk.volume, of_kiosk.texts) == (100, 0, {})
    assert of_kiosk.phone.endswith("/q/ban-1")
    assert (of_box["device"], of_box["survey"], of_box["version"], of_box["question"]) == (
        "nut-1", "tthc", 1, "rating",
    )  # fmt: skip
    assert of_box["procedures"] == ["hoc-ba", "chuyen-truong", "tuyen-sinh-6", "ban-sao"]
    assert (of_box["lang"], of_box["hours"], of_box["brightness"], of_box["volume"]) == ("vi", "", 100, 0)
    schools.set_hours(ctx, SCHOOL, "05:30-19:30", date(2026, 5, 28))
    assert kiosk(ctx).hours == box(ctx)["hours"] == "05:30-19:30"


def test_what_is_set_is_what_is_sent(ctx: Context) -> None:
    changed = device_settings.change(
        ctx, "kiosk-1", languages=["en", "vi"], brightness=40, volume=30,
        texts={"welcome": {"vi": " Kính chào  quý phụ huynh ", "en": ""}, "thanks": {"en": "Come again"}},
    )  # fmt: skip
    words = {"welcome": {"vi": "Kính chào quý phụ huynh"}, "thanks": {"en": "Come again"}}
    assert (
        changed
        == DeviceSettings(("en", "vi"), 40, 30, (), words)
        == device_settings.read(reading(ctx), "kiosk-1")
    )
    config = kiosk(ctx)
    assert (config.languages, config.brightness, config.volume) == (("en", "vi"), 40, 30)
    assert config.texts == words
    # What is not named stays; an empty text gives the kiosk its own words back.
    device_settings.change(ctx, "kiosk-1", texts={"thanks": {"en": " "}})
    assert kiosk(ctx).texts == {"welcome": {"vi": "Kính chào quý phụ huynh"}}
    assert kiosk(ctx).brightness == 40

    device_settings.change(ctx, "nut-1", languages=["en"], procedures=["ban-sao", "hoc-lai"])
    config_of_box = box(ctx)
    assert (config_of_box["lang"], config_of_box["procedures"]) == ("en", ["ban-sao", "hoc-lai"])
    device_settings.change(ctx, "nut-1", procedures=[])
    assert len(box(ctx)["procedures"]) == 4


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("kiosk-1", {"languages": []}, "bad-languages"),
    ("kiosk-1", {"languages": ["vi", "fr"]}, "bad-languages"),
    ("kiosk-1", {"brightness": 9}, "bad-brightness"),
    ("kiosk-1", {"brightness": 101}, "bad-brightness"),
    ("nut-1", {"volume": -1}, "bad-volume"),
    ("nut-1", {"volume": 101}, "bad-volume"),
    ("nut-1", {"procedures": ["hoc-ba", "chuyen-truong", "tuyen-sinh-6", "ban-sao", "hoc-lai"]},
     "box-procedures"),
    ("nut-1", {"procedures": ["thu-tuc-la"]}, "unknown-procedure"),
    ("nut-1", {"texts": {"welcome": {"vi": "Chào"}}}, "not-for-box"),
    ("kiosk-1", {"procedures": ["hoc-ba"]}, "not-for-kiosk"),
    ("kiosk-1", {"texts": {"welcome": {"vi": "x" * 81}}}, "bad-device-text"),
    ("kiosk-1", {"texts": {"welcome": {"fr": "Bonjour"}}}, "bad-device-text"),
    ("kiosk-1", {"texts": {"motto": {"vi": "Dạy tốt"}}}, "bad-device-text"),
    ("kiosk-1", {"texts": {"welcome": {"vi": "a\u202eb"}}}, "bad-device-text"),
    ("kiosk-1", {"texts": {"welcome": {"vi": "\ud800"}}}, "bad-device-text"),
    ("ban-1", {"volume": 10}, "device-no-settings"),
    ("khong-co", {"volume": 10}, "unknown-device"),
]  # fmt: skip


def test_what_cannot_be_set(ctx: Context) -> None:
    before = sent(ctx)
    for device, wish, code in REFUSED:
        with pytest.raises(Problem) as refused:
            device_settings.change(ctx, device, **wish)
        assert refused.value.code == code, wish
        assert refused.value.sentence("vi") and refused.value.sentence("en")
    assert sent(ctx) == before


def test_a_retired_device_is_not_set_any_more(ctx: Context) -> None:
    registry.retire_device(ctx, "nut-1")
    with pytest.raises(Problem, match="is retired"):
        device_settings.change(ctx, "nut-1", volume=10)
    assert sent(ctx)[f"{SCHOOL}/nut-1"] == b""


def test_only_the_device_that_changed_is_sent_anew(ctx: Context) -> None:
    configs = DeviceConfigs(ctx)
    assert len(configs.due()) == 2
    assert configs.due() == []
    device_settings.change(ctx, "nut-1", volume=10)
    assert [out.topic for out in configs.due()] == [f"hailong/1/{SCHOOL}/nut-1/config"]
    schools.set_school(ctx, SCHOOL, name="Trường THCS Mới")
    # A box does not say the school's name.
    assert [out.topic for out in configs.due()] == [f"hailong/1/{SCHOOL}/kiosk-1/config"]


def test_where_a_device_stood_before_its_message_is_taken_away(ctx: Context) -> None:
    configs = DeviceConfigs(ctx)
    configs.due()
    let_in(ctx, claims.make(ctx, "kiosk-1", OTHER).code)
    old, new = f"hailong/1/{SCHOOL}/kiosk-1/config", f"hailong/1/{OTHER}/kiosk-1/config"
    due = {out.topic: out.payload for out in configs.due()}
    assert due[old] == b""
    assert decode_config(due[new], "kiosk-1").school == "Trường THCS Khác"
    assert sent(ctx)[f"{SCHOOL}/kiosk-1"] == b""  # by another server process too
    let_in(ctx, claims.make(ctx, "kiosk-1", SCHOOL).code)
    again = {out.topic: out.payload for out in configs.due()}
    assert again[new] == b""
    assert decode_config(again[old], "kiosk-1").school == "Trường THCS Mẫu"


def test_a_fleet_is_not_made_anew_each_time(ctx: Context) -> None:
    with ctx.write() as work:
        work.connection.executemany(
            "INSERT INTO devices (id, school, kind, label, password_hash, created_at)"
            " VALUES (?, ?, ?, ?, '', 0)",
            [
                (f"may-{n}", (SCHOOL, OTHER)[n % 2], ("kiosk", "button")[n % 3 == 0], f"Máy {n}")
                for n in range(1000)
            ],
        )
    configs, messages = DeviceConfigs(ctx), DeviceMessages(ctx)
    began = time.perf_counter()
    assert len(configs.due()) == 1002
    first, began = time.perf_counter() - began, time.perf_counter()
    assert configs.due() == []
    again = time.perf_counter() - began
    print(f"configurations of 1000 devices: {first * 1000:.0f} ms at first, {again * 1000:.0f} ms again")
    assert again < max(first / 2, 0.05)
    devices = registry.devices(reading(ctx))
    known = messages.messages(devices)
    assert all(known[id] is body for id, body in messages.messages(devices).items())
