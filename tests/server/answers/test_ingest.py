"""Taking batches in, against a real store."""

from __future__ import annotations

import base64
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import survey_defs
from server.domain.answers.sequences import Range, holes
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.answers.ingest import Delivery, Ingest
from server.services.dashboard.fleet import missing_now
from server.services.devices import points, registry
from server.services.devices.presence import take_health, take_state
from server.services.outgoing import Outgoing
from server.services.upkeep.doctor import examine, repair
from survey_defs import wire
from tests.support.device import MINUTE, batch, event
from tests.support.reading import reading
from tests.support.store import START, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    with closing(world.ctx.store):
        yield world


def test_an_answer_is_stored_with_all_it_says(world: World) -> None:
    one = event(
        1, level=2, answers={"rating": 2, "timeliness": "tre-hen", "reasons": ["thai-do", "khac"]}, lang="en"
    )
    assert world.send(one, up_ms=10_000) == {one["id"]: "accepted"}
    assert world.one(
        "SELECT survey, version, channel, lang, procedure, level, took_ms, day, misuse FROM answers"
    ) == (
        "tthc", 1, "kiosk", "en", "hoc-ba", 2, 4000, "2026-05-29", None,
    )  # fmt: skip
    assert json.loads(world.one("SELECT answers FROM answers")[0]) == one["answers"]
    assert world.one(
        "SELECT school, device, journal, seq, boot, up_ms, received_at, occurred_at FROM events"
    ) == (
        "mau", "k1", "j1", 1, "b1", 1000, START, START - 9000,
    )  # fmt: skip
    day = "2026-05-29"
    assert sorted(world.rows("SELECT * FROM rate_cells")) == [
        ("mau", "all", day, "", 0, 0, 1, 0, 0, 0),
        ("mau", "channel", day, "kiosk", 0, 0, 1, 0, 0, 0),
        ("mau", "device", day, "k1", 0, 0, 1, 0, 0, 0),
        ("mau", "procedure", day, "hoc-ba", 0, 0, 1, 0, 0, 0),
    ]
    assert sorted(world.rows("SELECT question, choice, procedure, n FROM choice_cells")) == [
        ("reasons", "", "hoc-ba", 1), ("reasons", "khac", "hoc-ba", 1), ("reasons", "thai-do", "hoc-ba", 1),
        ("timeliness", "", "hoc-ba", 1), ("timeliness", "tre-hen", "hoc-ba", 1),
    ]  # fmt: skip


def test_an_answer_without_a_level_enters_no_rate(world: World) -> None:
    one = event(1, answers={"timeliness": "dung-hen"}, procedure=None)
    assert world.send(one) == {one["id"]: "accepted"}
    assert world.rows("SELECT * FROM rate_cells") == []
    assert world.rows("SELECT choice, procedure, n FROM choice_cells") == [("", "", 1), ("dung-hen", "", 1)]


def test_the_same_again_is_accepted_and_counts_once(world: World) -> None:
    one = event(1)
    other_order = dict(reversed(one.items()))
    assert world.send(one, one, other_order) == {one["id"]: "accepted"}
    assert world.send(one) == {one["id"]: "accepted"}
    assert world.send(other_order) == {one["id"]: "accepted"}
    assert world.one("SELECT COUNT(*) FROM events") == (1,)
    assert world.one("SELECT n5 FROM rate_cells WHERE dimension = 'all'") == (1,)
    assert world.rows("SELECT * FROM dead_letters") == []


@pytest.mark.parametrize("together", [True, False])
def test_conflicts(world: World, together: bool) -> None:
    one = event(1)
    changed = one | {"answers": {"rating": 1}}
    unknown_field_changed = one | {"later": 1}
    same_place = event(1, level=1)
    rivals = (changed, unknown_field_changed, same_place)
    if together:
        world.send(one, *rivals)
    else:
        assert world.send(one) == {one["id"]: "accepted"}
        assert world.send(*rivals) == {one["id"]: "conflict", same_place["id"]: "conflict"}
    assert world.one("SELECT id FROM events") == (one["id"],)
    assert world.one("SELECT n5, n1 FROM rate_cells WHERE dimension = 'all'") == (1, 0)
    letters = world.rows("SELECT code, json_extract(payload, '$.id') FROM dead_letters")
    assert Counter(letters) == {("conflict", one["id"]): 2, ("conflict", same_place["id"]): 1}


def test_one_bad_event_does_not_spoil_its_batch(world: World) -> None:
    good, bad = event(1), event(2, answers={"rating": 7})
    payload = b'{"v":1,"boot":"b1","up_ms":60000,"synced":false,"events":[' + b",".join(
        [json.dumps(good).encode(), b"null", b"17", b'{"id":"x y"}', json.dumps(bad).encode()]
    ) + b"]}"  # fmt: skip
    said = world.take(Delivery("mau", "k1", payload, START))
    assert said == {good["id"]: "accepted", bad["id"]: "bad-answer"}
    assert Counter(world.rows("SELECT code FROM dead_letters")) == {("bad-event",): 3, ("bad-answer",): 1}
    assert world.rows("SELECT lo, hi FROM arrived") == [(1, 2)]


def test_identical_rubbish_only_counts(world: World) -> None:
    for minute in range(3):
        world.time = START + minute * MINUTE
        assert world.take(Delivery("mau", "k1", b"rubbish", world.time)) == {}
    assert world.one("SELECT school, device, code, payload, times, first_at, last_at FROM dead_letters") == (
        "mau", "k1", "bad-batch", b"rubbish", 3, START, START + 2 * MINUTE,
    )  # fmt: skip


def test_no_more_than_256_kib_of_rubbish_is_kept(world: World) -> None:
    world.take(Delivery("mau", "k1", b"x" * 300_000, START), Delivery("mau", "k1", b"x" * 300_001, START))
    assert (
        world.rows("SELECT code, length(payload), times FROM dead_letters") == [("too-large", 262_144, 1)] * 2
    )


@pytest.mark.parametrize(
    ("school", "device"),
    [("khac", "k1"), ("mau", "k3"), ("no-such", "k1"), ("mau", "no-such"), ("mau", "old")],
)
def test_only_a_device_in_use_speaks_and_only_for_its_school(world: World, school: str, device: str) -> None:
    one = event(1)
    assert world.send(one, school=school, device=device) == {one["id"]: "wrong-device"}
    assert world.rows("SELECT * FROM events") == world.rows("SELECT * FROM presence") == []
    assert world.one("SELECT school, device, code, event_id FROM dead_letters") == (
        school, device, "wrong-device", one["id"],
    )  # fmt: skip
    for minute in range(3):
        world.send(school=school, device=device, up_ms=minute * MINUTE)
    assert world.one("SELECT times FROM dead_letters WHERE event_id IS NULL") == (3,)
    assert world.rows("SELECT * FROM anchors") == []


def arrived_of(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT journal, lo, hi, school, device FROM arrived ORDER BY journal, lo")


@pytest.mark.parametrize("fields", [{}, {"answers": {"rating": 9}}, {"type": "poem"}])
def test_a_journal_is_of_the_device_that_used_it_first(world: World, fields: dict[str, Any]) -> None:
    mine = event(1)
    world.send(mine, device="k3", school="khac")
    before, missing_before = arrived_of(world), missing_now(reading(world.ctx))
    theirs, own = event(1000, **fields), event(1, journal="j2")
    assert world.send(theirs, own, device="k1") == {theirs["id"]: "wrong-device", own["id"]: "accepted"}
    assert arrived_of(world) == [*before, ("j2", 1, 1, "mau", "k1")]
    assert missing_now(reading(world.ctx)) == missing_before == 0
    letter = "SELECT school, device, code, event_id, json_extract(payload, '$.seq') FROM dead_letters"
    assert world.one(letter) == ("mau", "k1", "wrong-device", theirs["id"], 1000)
    assert all(finding.sound for finding in examine(reading(world.ctx)))
    again = event(2)
    assert world.send(again, device="k3", school="khac") == {again["id"]: "accepted"}


@pytest.mark.parametrize("together", [True, False])
def test_whoever_comes_second_in_one_transaction_comes_second(world: World, together: bool) -> None:
    first, second = event(1), event(2)
    deliveries = [
        Delivery("khac", "k3", batch(first), world.time),
        Delivery("mau", "k1", batch(second), world.time),
    ]
    said = (
        world.take(*deliveries)
        if together
        else {k: v for one in deliveries for k, v in world.take(one).items()}
    )
    assert said == {first["id"]: "accepted", second["id"]: "wrong-device"}
    assert arrived_of(world) == [("j1", 1, 1, "khac", "k3")]


def test_a_journal_that_only_had_refused_events_is_bound_too(world: World) -> None:
    world.send(event(1, answers={"rating": 9}))
    other = event(2)
    assert world.send(other, device="k2") == {other["id"]: "wrong-device"}


def test_a_transaction_that_came_to_nothing_binds_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Problem("disk-full", path="x")

    with monkeypatch.context() as patched:
        patched.setattr(world.ingest, "_write", full)
        with pytest.raises(Problem):
            world.send(event(1), device="k2")
    mine = event(1)
    assert world.send(mine) == {mine["id"]: "accepted"}


def test_a_journal_stays_with_its_device_over_a_move_a_new_key_and_its_end(world: World) -> None:
    world.send(event(1))
    registry.renew_password(world.ctx, "k1")
    with world.ctx.write() as work:
        work.connection.execute("UPDATE devices SET school = 'khac' WHERE id = 'k1'")
    moved, other = event(2), event(3)
    assert world.send(moved, school="khac") == {moved["id"]: "accepted"}
    registry.retire_device(world.ctx, "k1")
    assert world.send(other, device="k2") == {other["id"]: "wrong-device"}
    assert [row[:3] for row in arrived_of(world)] == [("j1", 1, 2)]
    late, strange = event(3), event(7, journal="never-seen")
    assert set(world.send(late, strange, school="khac").values()) == {"wrong-device"}
    assert [row[:3] for row in arrived_of(world)] == [
        ("j1", 1, 3)
    ]  # its own number is no hole: the letter is kept
    assert all(finding.sound for finding in examine(reading(world.ctx)))


def test_a_points_journal_is_numbered_by_the_server_alone(world: World) -> None:
    points.add(world.ctx, "ban-1", "khac", label="Bàn 1")
    for device, school in (("k1", "mau"), ("ban-1", "khac")):
        for name in ("ban-1", "another"):
            lie = event(1000, journal=name, boot="server", channel="qr")
            said = world.send(lie, device=device, school=school, boot="server")
            assert said == {lie["id"]: "accepted" if (device, name) == ("k1", "another") else "wrong-device"}
    assert arrived_of(world) == [("another", 1000, 1000, "mau", "k1")]
    assert world.rows("SELECT * FROM anchors WHERE device = 'ban-1'") == []
    assert not take_state(world.ctx, "khac", "ban-1", wire.encode_state("ready", "s"), world.time)
    assert not take_health(world.ctx, "khac", "ban-1", b'{"v":1}', world.time)


def test_no_point_gets_a_name_that_a_device_numbers_under(world: World) -> None:
    world.send(event(1, journal="ban-1"))
    with pytest.raises(Problem) as taken:
        points.add(world.ctx, "ban-1", "mau", label="Bàn 1")
    assert taken.value.code == "journal-taken"
    assert points.add(world.ctx, None, "mau", label="Bàn 1").id == "ban-1-2"


@pytest.mark.parametrize("together", [True, False])
def test_an_id_that_another_device_used_before_costs_nothing(world: World, together: bool) -> None:
    mine = event(1, journal="mine")
    guess = event(1, journal="theirs", id=mine["id"], level=1)
    deliveries = [
        Delivery("mau", "k2", batch(guess), world.time),
        Delivery("mau", "k1", batch(mine, mine), world.time),
        Delivery("mau", "k1", batch(mine), world.time),
        Delivery("mau", "k1", batch(mine | {"answers": {"rating": 4}}), world.time),
    ]
    parts = [deliveries] if together else [[one] for one in deliveries]
    receipts = [wire.decode_receipt(out.payload) for part in parts for out in world.ingest.take(part)]
    assert [receipt["accepted"] for receipt in receipts] == [[mine["id"]]] * (2 if together else 3) + (
        [] if together else [[]]
    )
    assert receipts[-1]["rejected"] == [{"id": mine["id"], "code": "conflict"}]
    assert world.rows("SELECT device, journal, seq FROM events ORDER BY n") == [
        ("k2", "theirs", 1), ("k1", "mine", 1),
    ]  # fmt: skip
    assert world.one("SELECT n5, n1 FROM rate_cells WHERE dimension = 'all'") == (1, 1)


def test_a_topic_without_a_device_is_kept_too(world: World) -> None:
    world.ingest.take_stray(b"who am I", START)
    assert world.one("SELECT school, device, code, payload FROM dead_letters") == (
        "",
        "",
        "wrong-device",
        b"who am I",
    )


def test_one_receipt_for_each_device(world: World) -> None:
    events = [event(seq) for seq in range(1, 5)]
    deliveries = [Delivery("mau", "k1", batch(each), START) for each in events]
    deliveries.append(Delivery("mau", "k2", batch(boot="b2"), START))
    deliveries.append(Delivery("mau", "k1", b"rubbish", START))
    out = world.ingest.take(deliveries)
    assert [message.topic for message in out] == ["hailong/1/mau/k1/receipt", "hailong/1/mau/k2/receipt"]
    assert wire.decode_receipt(out[0].payload)["accepted"] == [each["id"] for each in events]
    assert wire.decode_receipt(out[1].payload)["accepted"] == []


def test_receipts_stay_small(world: World) -> None:
    deliveries = [
        Delivery("mau", "k1", batch(*[event(seq) for seq in range(start, start + 64)]), START)
        for start in range(1, 1280, 64)
    ]
    out = world.ingest.take(deliveries)
    assert len(out) > 1
    assert all(len(message.payload) < wire.MAX_BATCH_BYTES for message in out)
    assert sum(len(wire.decode_receipt(message.payload)["accepted"]) for message in out) == 1280


def test_holes(world: World) -> None:
    for seqs in ([5, 6, 7], [2], [9, 3], [1], [8, 4], [12]):
        world.send(*[event(seq) for seq in seqs])
    ranges = [Range(*row) for row in world.rows("SELECT lo, hi FROM arrived ORDER BY lo")]
    assert ranges == [(1, 9), (12, 12)]
    assert holes(ranges) == [(10, 11)]


def test_half_letters_and_endless_numbers_are_refused_or_ignored(world: World) -> None:
    fine = event(1)
    text = json.dumps(event(2) | {"note": "\ud800"})
    number = event(3) | {"note": 10**400}
    payload = (
        b'{"v":1,"boot":"b1","up_ms":60000,"synced":false,"events":['
        + b",".join([json.dumps(fine).encode(), text.encode(), json.dumps(number).encode()])
        + b"]}"
    )
    said = world.take(Delivery("mau", "k1", payload, START))
    assert said[fine["id"]] == said[number["id"]] == "accepted"
    assert said[json.loads(text)["id"]] == "bad-event"
    assert world.take(Delivery("mau", "k1", payload, START)) == said


def test_a_delivery_that_breaks_us_does_not_block_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = world.ingest._judge.judge

    def breaks(event: Any) -> Any:
        if event["procedure"] == "breaks":
            raise RuntimeError("a mistake of ours")
        return judge(event)

    monkeypatch.setattr(world.ingest._judge, "judge", breaks)
    good, bad, also_good = event(1), event(2, procedure="breaks"), event(3)
    beside, alone = event(4), event(5, procedure="breaks")
    said = world.take(
        *[
            Delivery("mau", "k1", batch(*each), START)
            for each in ((good,), (bad, beside), (also_good,), (alone,))
        ]
    )
    assert said == {
        good["id"]: "accepted", bad["id"]: "bad-event", beside["id"]: "accepted", also_good["id"]: "accepted",
        alone["id"]: "bad-event",
    }  # fmt: skip
    assert world.rows("SELECT code, event_id FROM dead_letters ORDER BY n") == [
        ("bad-event", bad["id"]), ("bad-event", alone["id"]),
    ]  # fmt: skip
    assert world.rows("SELECT lo, hi FROM arrived") == [(1, 5)]
    assert all(finding.sound for finding in examine(reading(world.ctx)))


VECTORS = json.loads((Path(survey_defs.__file__).parent / "vectors.json").read_text(encoding="utf-8"))
BATCHES = [vector for vector in VECTORS if vector["kind"] == "batch"]
EVENTS = [vector for vector in VECTORS if vector["kind"] == "event"]


def payload_of(vector: dict[str, Any]) -> bytes:
    if "repeat" in vector:
        head, unit, times, tail = vector["repeat"]
        return str(head + unit * times + tail).encode()
    return base64.b64decode(vector["base64"]) if "base64" in vector else vector["text"].encode()


def test_there_are_vectors() -> None:
    assert len(BATCHES) >= 10
    assert len(EVENTS) >= 10


@pytest.mark.parametrize("vector", BATCHES, ids=lambda vector: vector["name"])
def test_the_golden_batches(world: World, vector: dict[str, Any]) -> None:
    payload = payload_of(vector)
    expected = vector["expect"]
    if "error" in expected:
        assert world.ingest.take([Delivery("mau", "k1", payload, START)]) == []
        assert world.one("SELECT code, payload FROM dead_letters") == (expected["error"], payload)
        return
    (receipt,) = world.ingest.take([Delivery("mau", "k1", payload, START)])
    said = wire.decode_receipt(receipt.payload)
    names = {wire.event_ref(each)[0] for each in wire.decode_batch(payload)["events"]} - {None}
    assert {*said["accepted"], *(entry["id"] for entry in said["rejected"])} == names
    assert len(said["accepted"]) == world.one("SELECT COUNT(*) FROM events")[0]
    misshapen = Counter(code for code in expected["checks"] if code)
    found = Counter(dict(world.rows("SELECT code, SUM(times) FROM dead_letters GROUP BY code")))
    assert misshapen <= found
    assert all(finding.sound for finding in examine(reading(world.ctx)))


@pytest.mark.parametrize("vector", EVENTS, ids=lambda vector: vector["name"])
def test_the_golden_events(world: World, vector: dict[str, Any]) -> None:
    raw = payload_of(vector)
    payload = b'{"v":1,"boot":"b1","up_ms":60000,"wall":null,"synced":false,"events":[' + raw + b"]}"
    said = world.take(Delivery("mau", "k1", payload, START))
    if len(payload) > wire.MAX_BATCH_BYTES:
        assert world.one("SELECT code FROM dead_letters") == ("too-large",)
        return
    code, (name, journal, seq) = vector["expect"]["check"], vector["expect"]["ref"]
    if journal and seq:
        assert world.rows("SELECT journal, lo, hi FROM arrived") == [(journal, seq, seq)]
    if code is not None:
        assert world.one("SELECT code FROM dead_letters") == (code,)
        assert said == ({name: code} if name else {})
    else:
        assert set(said) == {name}


# ---- whatever comes, in whatever order and how often: each answer once, and every count right


IDS = [str(uuid.UUID(int=1000 + n)) for n in range(12)]


@st.composite
def events_of_a_fleet(draw: st.DrawFn) -> dict[str, Any]:
    """Few ids, journals and numbers, so that duplicates and conflicts come often."""
    answers = draw(
        st.sampled_from(
            [
                {"rating": 1, "reasons": ["thai-do", "khac"]}, {"rating": 5},
                {"rating": 3, "timeliness": "dung-hen"},
                {"timeliness": "tre-hen"}, {"rating": 9}, {"rating": 4.0}, {"what": 1}, {},
            ]
        )
    )  # fmt: skip
    made: dict[str, Any] = {
        "id": draw(st.sampled_from(IDS)),
        "journal": draw(st.sampled_from(["j1", "j2"])),
        "seq": draw(st.integers(1, 12)),
        "boot": draw(st.sampled_from(["b1", "b2", "b3"])),
        "up_ms": draw(st.integers(0, 3 * 24 * 60)) * MINUTE,
        "wall": draw(st.sampled_from([None, "nonsense", "2016-05-28T01:02:03Z", wire.format_time(START)])),
        "type": draw(st.sampled_from(["answer"] * 9 + ["poem"])),
        "survey": draw(st.sampled_from(["tthc"] * 9 + ["none"])),
        "version": 1,
        "channel": draw(st.sampled_from(["kiosk", "button"])),
        "lang": "vi",
        "procedure": draw(st.sampled_from([None, "hoc-ba", "unheard-of"])),
        "answers": answers,
        "took_ms": 1,
    }
    return made


DELIVERIES = st.lists(
    st.builds(
        lambda place, boot, up, synced, events, after: (place, boot, up, synced, events, after),
        st.sampled_from(
            [("mau", "k1")] * 6 + [("mau", "k2"), ("khac", "k3"), ("khac", "k1"), ("mau", "old")]
        ),
        st.sampled_from(["b1", "b2"]),
        st.integers(0, 3 * 24 * 60).map(lambda minutes: minutes * MINUTE),
        st.booleans(),
        st.lists(events_of_a_fleet(), max_size=6),
        st.integers(0, 26 * 60).map(lambda minutes: minutes * MINUTE),
    ),
    min_size=1,
    max_size=8,
)


@given(DELIVERIES, st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_comes_each_answer_counts_once(plan: list[Any], data: st.DataObject) -> None:
    with TemporaryDirectory() as directory:
        world = World(Path(directory))
        with closing(world.ctx.store):
            at, deliveries = START, []
            for (school, device), boot, up_ms, synced, events, after in plan:
                at += after
                wall = wire.format_time(at)
                payload = wire.encode_batch(boot, up_ms, wall, synced, events)
                deliveries.append(Delivery(school, device, payload, at))
            deliveries += data.draw(st.lists(st.sampled_from(deliveries), max_size=4), "replayed")
            accepted: set[tuple[str, str]] = set()
            refused: set[str] = set()
            while deliveries:
                size = data.draw(st.integers(1, len(deliveries)), "together")
                now, deliveries = deliveries[:size], deliveries[size:]
                note(world.ingest.take(now), accepted, refused)
                if data.draw(st.booleans(), "server restarts"):
                    world.ingest = Ingest(world.ctx)
            check_all(world, accepted, refused)


def note(out: list[Outgoing], accepted: set[tuple[str, str]], refused: set[str]) -> None:
    for message in out:
        receipt = wire.decode_receipt(message.payload)
        place = wire.parse_topic(message.topic)
        assert place
        accepted |= {(place[1], id) for id in receipt["accepted"]}
        refused |= {entry["id"] for entry in receipt["rejected"]}


def check_all(world: World, accepted: set[tuple[str, str]], refused: set[str]) -> None:
    stored = world.rows("SELECT id, device, journal, seq FROM events")
    kept = {(device, id) for id, device, _, _ in stored}
    renamed = {device for device, id in kept if id not in IDS}  # another device had the id before
    assert {one for one in kept if one[1] in IDS} <= accepted
    assert {device for device, id in accepted if (device, id) not in kept} <= renamed
    assert len({(journal, seq) for _, _, journal, seq in stored}) == len(stored)
    owners = dict(world.rows("SELECT journal, device FROM journals"))
    assert all(owners[journal] == device for _, device, journal, _ in stored)
    assert all(
        owners[journal] == device for journal, device in world.rows("SELECT journal, device FROM arrived")
    )
    assert {
        id for (id,) in world.rows("SELECT event_id FROM dead_letters WHERE event_id IS NOT NULL")
    } == refused
    findings = {finding.check: finding for finding in examine(reading(world.ctx))}
    assert all(finding.sound for finding in findings.values()), findings
    check_rates(world)
    for received_at, occurred_at, quality, uncertainty, day in world.rows(
        "SELECT received_at, occurred_at, quality, uncertainty_ms, day FROM events JOIN answers ON event = n"
    ):
        assert occurred_at <= received_at
        assert day == local_day(occurred_at).isoformat()
        assert (uncertainty is None) == (quality == "unknown")


def check_rates(world: World) -> None:
    """By another way than the doctor's: one answer after the other."""
    expected: Counter[tuple[Any, ...]] = Counter()
    for school, device, day, channel, procedure, level in world.rows(
        "SELECT school, device, day, channel, procedure, level FROM answers WHERE level IS NOT NULL"
    ):
        for dimension, key in (
            ("all", ""), ("procedure", procedure or ""), ("channel", channel), ("device", device),
        ):  # fmt: skip
            expected[school, dimension, day, key, level] += 1
    found = {
        (school, dimension, day, key, level): n
        for school, dimension, day, key, misuse, *levels in world.rows("SELECT * FROM rate_cells")
        for level, n in enumerate(levels, 1)
        if n and misuse == 0
    }
    assert found == expected


def test_the_doctor_finds_and_mends_what_disagrees(world: World) -> None:
    world.send(
        *[
            event(seq, level=1 + seq % 5, answers={"rating": 1 + seq % 5, "timeliness": "dung-hen"})
            for seq in range(1, 40)
        ]
    )
    before = {table: sorted(world.rows(f"SELECT * FROM {table}")) for table in TABLES}
    for change in (
        "UPDATE rate_cells SET n5 = n5 + 1 WHERE dimension = 'channel'",
        "DELETE FROM choice_cells WHERE choice = 'dung-hen'",
        "INSERT INTO quality_cells VALUES ('mau', '2026-01-01', 'synced', 1, 3)",
        "UPDATE arrived SET hi = hi + 1",
    ):
        world.ctx.store.connection.execute(change)
    wrong = [finding.check for finding in examine(reading(world.ctx)) if not finding.sound]
    assert wrong == ["rates", "choices", "certainty of times", "sequences"]
    assert all(finding.repairable for finding in examine(reading(world.ctx)) if not finding.sound)
    repair(world.ctx)
    assert all(finding.sound for finding in examine(reading(world.ctx)))
    assert {table: sorted(world.rows(f"SELECT * FROM {table}")) for table in TABLES} == before


TABLES = ("rate_cells", "choice_cells", "quality_cells", "arrived")
