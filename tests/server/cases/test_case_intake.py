"""Complaints from devices, through the real ingest, beside answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.localtime import local_day
from server.services.answers import ingest
from server.services.answers.ingest import Delivery
from server.services.cases import actions
from server.services.keys import keys
from server.services.registers.case_histories import for_everybody, known_cases
from server.services.sender import follow
from server.services.upkeep.doctor import examine, repair
from survey_defs import complaint
from survey_defs.letter import Letter
from tests.support.complaint_events import PRIVATE, PUBLIC, sealed, word
from tests.support.device import batch, event
from tests.support.reading import reading
from tests.support.store import START, World

HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    with closing(world.ctx.store):
        yield world


def test_a_complaint_opens_a_case_and_its_clock(world: World) -> None:
    one = word(1, lang="en", procedure="hoc-ba", about=["cho-lau", "thai-do", "cho-lau"])
    assert world.send(one, up_ms=61_000) == {one["id"]: "accepted"}
    assert world.one("SELECT type, id, quality FROM events") == ("complaint", one["id"], "anchored")
    assert world.one(
        "SELECT id, school, year, number, room, kind, status, version, channel, device, lang, procedure,"
        " about, received_at, occurred_at, received_on, code_hash, closed_at FROM cases"
    ) == (
        one["id"], "mau", 2026, 1, "complaints", "pakn", "new", 1, "kiosk", "k1", "en", "hoc-ba",
        '["cho-lau","thai-do"]', START, START - 60_000, "2026-05-29", one["code_hash"], None,
    )  # fmt: skip
    assert world.one("SELECT actor, action, from_status, to_status, visible FROM case_entries") == (
        "", "open", "", "new", 1,
    )  # fmt: skip
    (box,) = world.one("SELECT box FROM sealed_texts")
    assert complaint.unseal(box, PRIVATE) == Letter("Chờ lâu quá")
    assert world.rows("SELECT rule, variant, started_on, stopped_on FROM case_clocks") == [
        ("citizen_reception.answer", "", "2026-05-29", None)
    ]


def test_it_changes_no_figure_and_leaves_no_hole(world: World) -> None:
    world.send(event(1), word(2), event(3))
    assert world.one("SELECT COUNT(*) FROM answers") == (2,)
    assert world.one("SELECT SUM(n) FROM quality_cells") == (2,)
    assert world.one("SELECT SUM(n5) FROM rate_cells WHERE dimension = 'all'") == (2,)
    assert world.one("SELECT lo, hi FROM arrived") == (1, 3)
    assert all(finding.sound for finding in examine(reading(world.ctx))), examine(reading(world.ctx))
    world.rows("DELETE FROM quality_cells")
    repair(world.ctx)
    assert world.one("SELECT SUM(n) FROM quality_cells") == (2,)


def test_thanks_are_thanks_and_have_no_clock(world: World) -> None:
    world.send(word(1, about=["khen-ngoi"]), word(2, about=["khen-ngoi", "cho-lau"]), word(3, about=[]))
    assert world.rows("SELECT kind FROM cases ORDER BY n") == [("thong_tin",), ("pakn",), ("pakn",)]
    assert world.rows("SELECT case_n FROM case_clocks ORDER BY case_n") == [(2,), (3,)]


def test_the_same_again_is_one_case(world: World) -> None:
    one = word(1)
    assert world.send(one, one) == {one["id"]: "accepted"}
    assert world.send(one, synced=True) == {one["id"]: "accepted"}
    assert world.one("SELECT COUNT(*) FROM cases") == (1,)
    # Another content under its id is refused and kept.
    assert world.send(one | {"sealed": sealed("khác")}) == {one["id"]: "conflict"}
    assert world.one("SELECT COUNT(*) FROM cases") == (1,)
    assert world.one("SELECT code FROM dead_letters") == ("conflict",)


def test_the_same_letter_under_another_id_is_no_second_case(world: World) -> None:
    one = word(1)
    again = one | {"id": str(uuid.uuid4()), "seq": 2}
    world.send(one)
    assert world.send(again) == {again["id"]: "accepted"}
    assert world.one("SELECT COUNT(*) FROM events") == (2,)
    assert world.one("SELECT COUNT(*) FROM cases") == (1,)
    assert world.one("SELECT version FROM cases") == (1,)


def test_the_same_code_with_another_letter_is_a_case_that_the_code_does_not_open(world: World) -> None:
    one, taken = word(1), None
    world.send(one)
    taken = word(2, code_hash=one["code_hash"], sealed=sealed("Của người khác"))
    elsewhere = word(1, code_hash=one["code_hash"], sealed=one["sealed"], journal="j3")
    assert world.send(taken) == {taken["id"]: "accepted"}
    assert world.send(elsewhere, device="k3", school="khac") == {elsewhere["id"]: "accepted"}
    # The second letter once more, under an id of its own, is the second case and no third.
    again = taken | {"id": str(uuid.uuid4()), "seq": 3}
    assert world.send(again) == {again["id"]: "accepted"}
    assert world.rows("SELECT id, school, number, code_hash FROM cases ORDER BY n") == [
        (one["id"], "mau", 1, one["code_hash"]),
        (taken["id"], "mau", 2, None),
        (elsewhere["id"], "khac", 1, None),
    ]


def test_an_id_that_a_case_of_the_desk_has_costs_nothing(world: World) -> None:
    first = word(1)
    world.send(first)
    stolen = str(uuid.uuid4())
    with world.ctx.write() as work:  # as if the desk had minted it
        work.connection.execute("UPDATE cases SET id = ?", (stolen,))
    second = word(2, id=stolen)
    assert world.send(second) == {stolen: "accepted"}
    assert world.one("SELECT COUNT(*) FROM cases") == (2,)


@pytest.mark.parametrize(
    "fields",
    [
        {"sealed": complaint.encode_sealed(complaint.seal(Letter("x"), complaint.new_key()[0]))},
        {"sealed": complaint.encode_sealed(complaint.seal(Letter("x"), PUBLIC)[:100])},
        {"sealed": complaint.encode_sealed(b"\x00" * 48)},
        {"about": ["chu-de-moi"]},
        {"procedure": "thu-tuc-la"},
    ],
    ids=["another key", "truncated", "rubbish", "unknown subject", "unknown procedure"],
)
def test_what_cannot_be_opened_is_a_case_all_the_same(world: World, fields: dict[str, Any]) -> None:
    one = word(1, **fields)
    assert world.send(one) == {one["id"]: "accepted"}
    assert world.one("SELECT status FROM cases") == ("new",)
    assert world.one("SELECT COUNT(*) FROM dead_letters") == (0,)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sealed": "AAAA"}, "bad-event"),
        ({"sealed": "x" * 65 + "=xx"}, "bad-event"),
        ({"sealed": "=" * 68}, "bad-event"),
        ({"sealed": "A" * 40_000}, "too-large"),
        ({"code_hash": "AB" * 32}, "bad-event"),
        ({"code_hash": None}, "bad-event"),
        ({"code_hash": "ab" * 15}, "bad-event"),
        ({"code_hash": "a" * 63}, "bad-event"),
        ({"code_hash": "ab" * 65}, "bad-event"),
        ({"about": "cho-lau"}, "bad-event"),
        ({"about": ["Chờ lâu"]}, "bad-event"),
    ],
)
def test_what_is_no_complaint_is_refused_and_kept(world: World, fields: dict[str, Any], code: str) -> None:
    one, other = word(1, **fields), word(2)
    assert world.send(one, other) == {one["id"]: code, other["id"]: "accepted"}
    assert world.one("SELECT COUNT(*) FROM cases") == (1,)
    assert world.one("SELECT event_id, code FROM dead_letters") == (one["id"], code)
    assert world.one("SELECT lo, hi FROM arrived") == (1, 2)


def test_limits_run_from_the_day_it_was_written_where_that_is_known(world: World) -> None:
    # Three days without a line: the boot itself brings it, so its running time tells when.
    late = word(1, boot="b1", up_ms=HOUR)
    world.send(late, boot="b1", up_ms=HOUR + 3 * DAY)
    # A boot that never reached the server: nobody knows when, so the day of arrival counts.
    lost = word(1, journal="j2", boot="gone", up_ms=HOUR)
    world.send(lost, boot="b9", up_ms=1000)
    assert world.rows("SELECT received_on FROM cases ORDER BY n") == [("2026-05-26",), ("2026-05-29",)]
    assert world.one("SELECT quality FROM events WHERE id = ?", lost["id"]) == ("unknown",)
    # What is learnt later retimes the event; the case keeps the day that people have seen.
    world.time += HOUR
    world.send(boot="gone", up_ms=2 * DAY)
    (when,) = world.one("SELECT occurred_at FROM events WHERE id = ?", lost["id"])
    assert local_day(when) < local_day(START)
    assert world.rows("SELECT received_on FROM cases ORDER BY n") == [("2026-05-26",), ("2026-05-29",)]
    assert all(finding.sound for finding in examine(reading(world.ctx))), examine(reading(world.ctx))


def test_a_device_that_cannot_count_days_costs_no_sheet(world: World) -> None:
    """Its boot would have begun in 1970, when there was no law of today: the day of arrival counts."""
    world.send(word(1, boot="b7", up_ms=0), boot="b7", up_ms=START - DAY)
    assert world.one("SELECT year, received_on, quality FROM cases, events") == (
        2026,
        "2026-05-29",
        "anchored",
    )
    # Should one ever lie in the store with such a day, it is counted, without a limit.
    with world.ctx.write() as work:
        work.connection.execute("UPDATE cases SET received_on = '1970-01-02'")
        work.connection.execute("UPDATE case_clocks SET started_on = '1970-01-02'")
    (known,) = known_cases(reading(world.ctx), "mau", for_everybody, date(2026, 5, 1))
    assert (known.due, known.received) == (None, date(1970, 1, 2))
    assert follow.look(reading(world.ctx), "1234 5678 9012 3456") is None
    keys_of_it = complaint.CodeKeys(world.one("SELECT code_hash FROM cases")[0], PRIVATE, PUBLIC)
    view = follow.view(reading(world.ctx), keys_of_it)
    assert view is not None
    assert view.due is None


def test_numbers_run_by_school_and_year(world: World) -> None:
    world.send(word(1), word(2))
    world.send(word(1, journal="j3"), device="k3", school="khac")
    world.time += 300 * DAY
    world.send(word(3, boot="b2"), boot="b2")
    world.send(word(4, boot="b2"), boot="b2")
    assert world.rows("SELECT school, year, number FROM cases ORDER BY n") == [
        ("mau", 2026, 1), ("mau", 2026, 2), ("khac", 2026, 1), ("mau", 2027, 1), ("mau", 2027, 2),
    ]  # fmt: skip


def test_a_school_without_a_key_takes_it_and_says_so_later(world: World) -> None:
    world.send(word(1))
    actor = actions.Actor("pho", "deputy", "mau")
    view = actions.find(reading(world.ctx), actor, "2026-1", local_day(world.time))
    assert view.entries[0].has_text
    assert not view.may_read
    assert keys.public_key(reading(world.ctx), "mau") is None


def test_a_batch_that_fails_takes_its_cases_with_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = word(1)

    def full(*_: object, **__: object) -> None:
        raise OSError("the power failed")

    monkeypatch.setattr(ingest, "note_arrived", full)
    world.ingest.take([Delivery("mau", "k1", batch(one), START)])
    assert world.one("SELECT COUNT(*) FROM events") == (0,)
    assert world.one("SELECT COUNT(*) FROM cases") == (0,)
    monkeypatch.undo()
    assert world.send(one) == {one["id"]: "accepted"}
    assert world.one("SELECT COUNT(*) FROM cases") == (1,)


kinds = st.lists(st.sampled_from(("answer", "word", "praise", "twin", "bad", "again")), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=st.lists(kinds, min_size=1, max_size=4), together=st.booleans())
def test_any_mixture_is_counted_once(batches: list[list[str]], together: bool) -> None:
    with TemporaryDirectory() as data:
        world = World(Path(data))
        with closing(world.ctx.store):
            seq, answers, letters = 0, 0, 0
            last: dict[str, Any] = {}
            deliveries = []
            for chosen in batches:
                events = []
                for kind in chosen:
                    if kind == "again" and last:
                        events.append(last)
                        continue
                    seq += 1
                    if kind == "twin" and last.get("type") == "complaint":
                        events.append(last | {"id": str(uuid.uuid4()), "seq": seq})
                        continue
                    if kind == "bad":
                        events.append(word(seq, sealed="AAAA"))
                        continue
                    last = event(seq) if kind in ("answer", "again") else word(seq)
                    if kind == "praise":
                        last["about"] = ["khen-ngoi"]
                    answers += last["type"] == "answer"
                    letters += last["type"] == "complaint"
                    events.append(last)
                deliveries.append(Delivery("mau", "k1", batch(*events), START))
            for sent in [deliveries] if together else [[each] for each in deliveries]:
                world.take(*sent)
            world.take(*deliveries)
            assert world.one("SELECT COUNT(*) FROM cases") == (letters,)
            assert world.one("SELECT COUNT(*) FROM answers") == (answers,)
            assert world.rows("SELECT number FROM cases ORDER BY n") == [(n + 1,) for n in range(letters)]
            assert world.rows("SELECT lo, hi FROM arrived") == ([(1, seq)] if seq else [])
            assert all(finding.sound for finding in examine(reading(world.ctx))), examine(reading(world.ctx))
