"""Points and their slips: added, changed, retired, counted; ids, labels and letters that cannot be used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.domain.devices.points import default_survey, id_of
from server.domain.devices.slips import ALPHABET, LETTERS, SHEET, new_slip, read_slip, slip_hash
from server.domain.figures.periods import days
from server.domain.network.addresses import reach
from server.domain.problems import Problem
from server.domain.sample import sample_batches
from server.services.context import Context
from server.services.devices import points, registry, slips
from server.services.figures.rates import rates
from server.storage import queries
from survey_defs import wire
from tests.support.reading import reading
from tests.support.seed import NOW, SCHOOL, Clock, Feeder, add_school, day_ms, make_context

YEAR = days(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = make_context(tmp_path, clock, public_url="https://hailong.example.vn")
    add_school(context)
    yield context
    context.store.close()


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """A school where some ids are taken; nothing that is tried here leaves anything."""
    context = make_context(tmp_path_factory.mktemp("taken"))
    add_school(context)
    registry.add_device(context, "kiosk-1", SCHOOL, "kiosk")
    registry.add_device(context, "cu", SCHOOL, "qr")
    points.retire(context, "cu")
    yield context
    context.store.close()


def refusal(call: Any, *arguments: object, **named: object) -> str:
    with pytest.raises(Problem) as raised:
        call(*arguments, **named)
    assert raised.value.sentence("vi") and raised.value.sentence("en")
    return raised.value.code


def test_a_point_is_a_device_with_what_it_asks(ctx: Context) -> None:
    made = points.add(ctx, None, SCHOOL, label="  Bàn   số 1 ", wifi="THCS-Mau")
    assert (made.id, made.label, made.place, made.audience) == ("ban-so-1", "Bàn số 1", "desk", "phu-huynh")
    assert (made.survey, made.single_use, made.wifi, made.created_at) == ("tthc", False, "THCS-Mau", NOW)
    assert points.find(reading(ctx), "ban-so-1") == made
    assert registry.device(reading(ctx), "ban-so-1").kind == "qr"
    assert points.address(ctx, made) == "https://hailong.example.vn/q/ban-so-1"
    assert points.address(ctx, made, "abcd2345") == "https://hailong.example.vn/q/ban-so-1/abcd2345"
    assert [points.add(ctx, None, SCHOOL, label="Bàn số 1").id for _ in range(2)] == [
        "ban-so-1-2",
        "ban-so-1-3",
    ]


@pytest.mark.parametrize(
    ("label", "id"),
    [
        ("Bàn số 1", "ban-so-1"),
        ("ĐƯỜNG VÀO – Cổng Đông", "duong-vao-cong-dong"),
        ("Phòng chờ khu hành chính tầng 2", "phong-cho-khu-hanh-chinh"),
        ("A" * 60, "a" * 24),
        ("=1+1", "1-1"),
        ("家長", "diem"),
    ],
)
def test_an_id_is_short_and_can_be_typed(label: str, id: str) -> None:
    assert id_of(label) == id
    assert wire.is_slug(id)


def test_each_group_is_asked_its_own_survey_of_the_quarter(ctx: Context) -> None:
    for audience in ("phu-huynh", "hoc-sinh", "giao-vien"):
        made = points.add(ctx, None, SCHOOL, label="Quý II", place="audience", audience=audience)
        assert made.survey == f"tam-tu-nguyen-vong-{audience}"
        assert default_survey("classroom", made.audience) == "tthc"
        assert audience in {one for s in points.surveys_for(ctx, audience) for one in s.audiences}
    other = points.add(ctx, None, SCHOOL, label="Dịch vụ", survey="giao-duc-cong", audience="hoc-sinh")
    assert other.survey == "giao-duc-cong"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"label": ""}, "bad-label"),
        ({"label": "x" * 61}, "bad-label"),
        ({"label": "quầy\x00"}, "bad-label"),
        ({"label": "quầy \u202eiộđ"}, "bad-label"),
        ({"label": "\ud800"}, "bad-label"),
        ({"wifi": "ă" * 17}, "bad-wifi"),
        ({"wifi": "\x1b[31m"}, "bad-wifi"),
        ({"place": "toilet"}, "unknown-place"),
        ({"audience": "phụ huynh"}, "unknown-audience"),
        ({"survey": "khong-co"}, "unknown-survey"),
        ({"survey": "<script>"}, "unknown-survey"),
        ({"survey": "sipas", "audience": "hoc-sinh"}, "survey-audience"),
        ({"id": "Bàn 1"}, "bad-slug"),
        ({"id": "x" * 65}, "bad-slug"),
        ({"id": "kiosk-1"}, "device-exists"),
        ({"id": "cu"}, "device-retired"),
        ({"school": "khac"}, "unknown-school"),
    ],
)
def test_a_point_that_cannot_be_is_refused_and_leaves_nothing(
    taken: Context, fields: dict[str, str], code: str
) -> None:
    before = registry.devices(reading(taken))
    asked = {"id": "moi", "school": SCHOOL, "label": "Mới", **fields}
    assert refusal(points.add, taken, asked.pop("id"), asked.pop("school"), **asked) == code
    assert registry.devices(reading(taken)) == before


def test_no_code_on_paper_without_its_point(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """`hailong device add X --kind qr` is a contract: what it makes works."""
    registry.add_device(ctx, "qr-ban-1", SCHOOL, "qr", "Mã QR bàn số 1")
    made = points.find(reading(ctx), "qr-ban-1")
    assert (made.label, made.place, made.survey) == ("Mã QR bàn số 1", "desk", "tthc")
    registry.add_device(ctx, "qr-2", SCHOOL, "qr")
    assert points.find(reading(ctx), "qr-2").label == "qr-2"
    assert refusal(registry.add_device, ctx, "qr-3", SCHOOL, "qr", "\x07") == "bad-label"
    registry.add_device(ctx, "kiosk-1", SCHOOL, "kiosk")
    assert refusal(points.find, reading(ctx), "kiosk-1") == "unknown-point"

    def fails(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("no more room for points")

    monkeypatch.setattr(queries.named(), "point_insert", fails)
    with pytest.raises(sqlite3.OperationalError):
        registry.add_device(ctx, "qr-4", SCHOOL, "qr")
    assert refusal(registry.device, reading(ctx), "qr-4") == "unknown-device"


def test_what_is_not_named_stays(ctx: Context) -> None:
    made = points.add(ctx, None, SCHOOL, label="Quý II", place="audience", wifi="A")
    changed = points.set_point(ctx, made.id, label="Quý III")
    assert (changed.label, changed.wifi, changed.survey) == ("Quý III", "A", made.survey)
    # The survey of a quarter goes with the group; one that somebody chose does not.
    assert points.set_point(ctx, made.id, audience="hoc-sinh").survey == "tam-tu-nguyen-vong-hoc-sinh"
    points.set_point(ctx, made.id, survey="giao-duc-cong")
    assert refusal(points.set_point, ctx, made.id, audience="giao-vien") == "survey-audience"
    assert points.set_point(ctx, made.id, single_use=True, wifi="").wifi == ""
    assert points.find(reading(ctx), made.id).single_use is True
    assert refusal(points.set_point, ctx, made.id, label=" ") == "bad-label"
    assert refusal(points.set_point, ctx, "khong-co", label="x") == "no-point"


def test_a_school_touches_its_own_points_only(ctx: Context) -> None:
    add_school(ctx, "khac", "Trường THCS Khác")
    made = points.add(ctx, None, SCHOOL, label="Bàn số 1")
    assert refusal(points.own, reading(ctx), made.id, "khac") == "no-point"
    for call in (points.set_point, points.retire, points.bring_back):
        assert refusal(call, ctx, made.id, "khac") == "no-point"
    assert points.points(reading(ctx), "khac") == []
    assert points.points(reading(ctx)) == points.points(reading(ctx), SCHOOL) == [made]
    assert refusal(points.points, reading(ctx), "nowhere") == "unknown-school"


def test_a_retired_point_stays_and_comes_back(ctx: Context, clock: Clock) -> None:
    old = points.add(ctx, None, SCHOOL, label="Bàn cũ")
    new = points.add(ctx, None, SCHOOL, label="Bàn mới")
    clock.ms += 60_000
    gone = points.retire(ctx, old.id)
    assert gone.retired_at == clock.ms
    assert points.points(reading(ctx), SCHOOL) == [new, gone]
    assert refusal(points.retire, ctx, old.id) == "point-out-of-use"
    assert refusal(points.set_point, ctx, old.id, label="x") == "point-out-of-use"
    assert points.bring_back(ctx, old.id) == old == points.bring_back(ctx, old.id)


def test_all_answers_are_counted_and_those_left_out_apart(ctx: Context) -> None:
    desk = points.add(ctx, None, SCHOOL, label="Bàn số 1")
    quarter = points.add(ctx, None, SCHOOL, label="Quý II", place="audience")
    silent = points.add(ctx, None, SCHOOL, label="Phòng chờ")
    registry.add_device(ctx, "kiosk-1", SCHOOL, "kiosk")
    Feeder(ctx, "kiosk-1").rate(5, 5)
    feeder = Feeder(ctx, desk.id)
    feeder.rate(5, 4, 3, channel="qr", at=day_ms(2026, 2, 3))
    feeder.rate(1, channel="qr", at=day_ms(2025, 12, 30))
    Feeder(ctx, quarter.id).send(
        [Feeder(ctx, quarter.id).event(NOW, {"cam-nhan": 4}, survey=quarter.survey, channel="qr")]
    )
    with ctx.write() as work:
        work.connection.execute(
            "UPDATE answers SET misuse = 'burst' WHERE device = ? AND level = 3", (desk.id,)
        )
    found = points.counts(reading(ctx), SCHOOL, YEAR.start, YEAR.end)
    assert found == {
        desk.id: (2, 1, date(2026, 2, 3)),
        quarter.id: (1, 0, date(2026, 5, 28)),
        silent.id: (0, 0, None),
    }
    # What enters no rate is counted here all the same.
    assert quarter.id not in {
        group.key for group in rates(reading(ctx), SCHOOL, YEAR.start, YEAR.end, "device")
    }
    assert points.counts(reading(ctx), SCHOOL, date(2025, 12, 1), date(2025, 12, 31))[desk.id] == (
        1,
        0,
        date(2026, 2, 3),
    )


def test_slips_are_known_by_their_hashes_alone(ctx: Context) -> None:
    desk = points.add(ctx, None, SCHOOL, label="Bàn số 1", single_use=True)
    made = slips.make_slips(ctx, desk, 2)
    assert len(set(made)) == 2 * SHEET
    assert all(len(slip) == LETTERS and set(slip) <= set(ALPHABET) for slip in made)
    rows = [dict(row) for row in ctx.store.connection.execute("SELECT * FROM slips")]
    assert {row["hash"] for row in rows} == {slip_hash(desk.id, slip) for slip in made}
    assert {row["made_on"] for row in rows} == {"2026-05-28"}
    assert len({row["sheet"] for row in rows}) == 2
    kept = ctx.store.path.read_bytes() + Path(f"{ctx.store.path}-wal").read_bytes()
    assert not [slip for slip in made if slip.encode() in kept]
    assert slips.left(reading(ctx), SCHOOL) == {desk.id: (48, 48)}
    with ctx.write() as work:
        work.connection.execute("UPDATE slips SET used = 1 WHERE hash = ?", (slip_hash(desk.id, made[0]),))
    assert slips.left_of(reading(ctx), desk) == (48, 47)


def test_slips_are_good_only_once_their_sheet_is_written(ctx: Context) -> None:
    desk = points.add(ctx, None, SCHOOL, label="Bàn số 1", single_use=True)
    drawn = slips.draw(desk, 1)
    with pytest.raises(OSError, match="paper"), slips.keeping(ctx, desk, drawn):
        raise OSError("out of paper")
    assert slips.left(reading(ctx), SCHOOL) == {}
    points.retire(ctx, desk.id)  # meanwhile, by somebody else
    with pytest.raises(Problem, match="retired"), slips.keeping(ctx, desk, drawn):
        raise AssertionError("the sheet would be written")


def test_sheets_beyond_reason(ctx: Context) -> None:
    desk = points.add(ctx, None, SCHOOL, label="Bàn số 1", single_use=True)
    for sheets in (0, -1, slips.MAX_SHEETS + 1, 1000):
        assert refusal(slips.draw, desk, sheets) == "bad-sheets"
    assert len(slips.draw(desk, slips.MAX_SHEETS)) == 20 * SHEET


def test_a_point_without_slips_gets_none(ctx: Context) -> None:
    desk = points.add(ctx, None, SCHOOL, label="Bàn số 1")
    assert refusal(slips.draw, desk, 1) == "no-slips-here"


@pytest.mark.parametrize(
    ("typed", "slip"),
    [
        ("abcd2345", "abcd2345"),
        (" ABCD 2345\n", "abcd2345"),
        ("abcd-2345", "abcd2345"),
        ("ａｂｃｄ–2345", "abcd2345"),
        ("abcd234", None),
        ("abcd23456", None),
        ("abcdo345", None),
        ("abcdl345", None),
        ("ăbcd2345", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_a_slip_is_read_as_people_type_it(typed: str, slip: str | None) -> None:
    assert read_slip(typed) == slip


def test_a_slip_belongs_to_its_point() -> None:
    slip = new_slip()
    assert read_slip(slip) == slip
    assert slip_hash("ban-1", slip) != slip_hash("ban-2", slip)
    assert len(slip_hash("ban-1", slip)) == 32


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("http://127.0.0.1:8080", "machine"),
        ("http://localhost:8080", "machine"),
        ("http://[::1]:8080", "machine"),
        ("http://192.168.1.20:8080", "network"),
        ("http://10.0.0.3", "network"),
        ("http://may-chu:8080", "network"),
        ("http://may-chu.local:8080", "network"),
        ("https://hailong.example.vn", "anywhere"),
        ("http://8.8.8.8:8080", "anywhere"),
    ],
)
def test_who_gets_to_an_address(address: str, who: str) -> None:
    assert reach(address) == who


def test_telephones_change_no_answer_of_the_sample() -> None:
    """The sample's published figures stay: the same answers on the same days, some of them by telephone."""

    def told(phones: dict[str, float] | None) -> dict[str, tuple[object, ...]]:
        found = {}
        for batch in sample_batches(("k1", "k2"), date(2026, 1, 5), day_ms(2026, 3, 1), phones=phones):
            for event in wire.decode_batch(batch.payload)["events"]:
                found[event["id"]] = (event["procedure"], event["answers"], event["wall"])
                channels.append((batch.device, event["channel"]))
        return found

    channels: list[tuple[str, object]] = []
    plain = told(None)
    assert set(channels) == {("k1", "kiosk"), ("k2", "kiosk")}
    channels.clear()
    assert told({"ban": 0.2, "phong": 0.1}) == plain
    assert set(channels) == {("k1", "kiosk"), ("k2", "kiosk"), ("ban", "qr"), ("phong", "qr")}
