"""Leaving answers out and returning them, through the real intake, the real store and the real API."""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from server.domain.cases.casework import Actor
from server.domain.figures.periods import parse_period
from server.domain.problems import Problem
from server.services import schools
from server.services.access import tokens
from server.services.answers.ingest import Ingest
from server.services.answers.rollups import Cells
from server.services.context import Context
from server.services.devices import registry
from server.services.figures.breakdowns import breakdowns
from server.services.figures.rates import rates
from server.services.misuse import labels, views
from server.services.misuse import review as reviewing
from server.services.misuse.labels import label
from server.services.misuse.review import review, review_again, waiting
from server.services.misuse.views import Asked
from server.services.phone import survey_form
from server.services.phone.form_tokens import Forms
from server.services.phone.survey_form import Sent
from server.services.sample import sample_school as made_up
from server.services.schools import hours, set_hours
from server.services.upkeep.doctor import examine
from server.storage import queries
from server.transport.background.reviewer import Reviewer
from server.wiring.pages import create_app
from survey_defs import wire
from tests.support.misuse_school import (
    DAY,
    DEPUTY,
    MORNING,
    NIGHT,
    PRINCIPAL,
    TODAY,
    a_day_of_everything,
    fresh,
    stream,
)
from tests.support.reading import reading
from tests.support.seed import HOUR, LOGIN, SCHOOL, Feeder, add_school, day_ms, move, sample_school

YEAR = parse_period("2026")


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = fresh(tmp_path / "data")
    with closing(context.store):
        yield context


def reasons(ctx: Context) -> dict[str, Counter[str | None]]:
    """By device: how many answers have which reason."""
    found: dict[str, Counter[str | None]] = {}
    for row in ctx.store.connection.execute("SELECT device, misuse FROM answers ORDER BY event"):
        found.setdefault(row["device"], Counter())[row["misuse"]] += 1
    return found


def total(ctx: Context, *, included: bool = False) -> tuple[int, int, float | None]:
    [group] = rates(reading(ctx), SCHOOL, YEAR.start, YEAR.end, misuse_included=included)
    return group.n, group.misuse, group.share


def sound(ctx: Context) -> bool:
    return all(finding.sound for finding in examine(reading(ctx)))


def numbers(ctx: Context, device: str) -> list[int]:
    rows = ctx.store.connection.execute(
        "SELECT event FROM answers WHERE device = ? ORDER BY event", (device,)
    )
    return [row["event"] for row in rows]


def test_the_streams_are_flagged_for_what_they_are(ctx: Context) -> None:
    a_day_of_everything(ctx)
    assert total(ctx)[:2] == (153, 0), "nothing is left out before the rules were run"
    assert review(ctx) == 5
    assert reasons(ctx) == {
        "kiosk": {None: 20 + 1 + 30, "burst": 11, "out-of-hours": 6, "too-fast": 2},
        "nut": {None: 1, "burst": 9},
        "lop-6a": {None: 30},
        "quay": {None: 1, "too-fast": 2},
        "phieu": {None: 40},
    }
    # Honest: 19 of 20, 30 of 30, 0 of 1 and of the first of each burst, 0 of 30 that were neutral, all 40.
    assert total(ctx) == (123, 30, (19 + 30 + 40) / 123)
    assert total(ctx, included=True) == (153, 30, (19 + 30 + 40) / 153)
    assert sound(ctx)
    assert review(ctx) == 0
    review_again(ctx, SCHOOL, DAY, DAY)
    before = reasons(ctx)
    assert review(ctx) == 5
    assert reasons(ctx) == before


def test_on_a_slow_machine_the_intake_waits_for_a_few_days_only(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen days of devices in one transaction once held up answers for ten seconds."""
    a_day_of_everything(ctx)
    judge_day, written = reviewing._judge_day, []

    def slowly(*arguments: Any) -> Any:
        ctx.now.ms += 60  # type: ignore[attr-defined]
        return judge_day(*arguments)

    class CountedCells(Cells):
        def write(self, *arguments: Any) -> None:
            written.append(ctx.now())
            super().write(*arguments)

    monkeypatch.setattr(reviewing, "_judge_day", slowly)
    monkeypatch.setattr(reviewing, "Cells", CountedCells)
    began = ctx.now()
    assert review(ctx) == 5
    assert [at - began for at in written] == [120, 240, 300]
    assert sound(ctx)


def test_the_api_tells_both_and_the_channels_apart(ctx: Context) -> None:
    a_day_of_everything(ctx)
    review(ctx)
    client = create_app(ctx).test_client()
    head = {"Authorization": f"Bearer {tokens.add_token(ctx, SCHOOL, 'thử')}"}
    address = f"/api/1/schools/{SCHOOL}/rates?from=2026-05-27&to=2026-05-27"
    [plain] = client.get(address, headers=head).json["groups"]  # type: ignore[index]
    [all_of_them] = client.get(f"{address}&misuse=include", headers=head).json["groups"]  # type: ignore[index]
    assert (plain["n"], plain["misuse"], plain["levels"]) == (123, 30, [3, 1, 30, 31, 58])
    assert (all_of_them["n"], all_of_them["levels"]) == (153, [33, 1, 30, 31, 58])
    by_channel = client.get(f"{address}&by=channel", headers=head).json["groups"]  # type: ignore[index]
    assert {(group["key"], group["n"], group["misuse"]) for group in by_channel} == {
        ("qr", 71, 2), ("kiosk", 51, 19), ("button", 1, 9),
    }  # fmt: skip
    assert all(group["suppressed"] == (group["n"] < 52) for group in by_channel)


def test_a_form_of_a_program_is_stored_and_left_out(ctx: Context) -> None:
    """Through the door of the telephones: one honest, one that fell into the trap, one that nobody read."""
    forms = Forms(b"s" * 32)
    for trapped, filled_in_ms in ((False, 20_000), (True, 20_000), (False, 900)):
        token = survey_form.view(reading(ctx), "quay", "").form(forms, ctx.now())
        ctx.now.ms += filled_in_ms  # type: ignore[attr-defined]
        answers = {"rating": 1}
        sent = Sent("quay", slip="", token=token, lang="vi", answers=answers, procedure=None, trapped=trapped)
        assert survey_form.take_answer(ctx, forms, sent)
    assert total(ctx)[:2] == (3, 0)
    review(ctx)
    rows = ctx.store.connection.execute("SELECT misuse FROM answers ORDER BY event")
    assert [row["misuse"] for row in rows] == [None, "trap", "too-fast"]
    assert total(ctx)[:2] == (1, 2)
    assert sound(ctx)


def test_what_comes_in_late_is_judged_with_what_was_there(ctx: Context) -> None:
    feeder = Feeder(ctx, "nut")
    presses = [
        feeder.event(MORNING + i * 800, {"rating": 1}, channel="button", took_ms=None) for i in range(6)
    ]
    feeder.send(presses[:3])
    review(ctx)
    assert reasons(ctx) == {"nut": {None: 3}}
    feeder.send(presses[3:])
    review(ctx)
    assert reasons(ctx) == {"nut": {None: 1, "burst": 5}}
    assert sound(ctx)


def test_a_button_marks_its_own_bursts(ctx: Context) -> None:
    feeder = Feeder(ctx, "nut")
    told: list[object] = [["burst"], ["burst", "của ai", 7], "burst", 5, ["trap"], None]
    events = [
        feeder.event(
            MORNING + i * HOUR // 4,
            {"rating": 1},
            channel="button",
            took_ms=None,
            procedure=None,
            signs=signs,
        )
        for i, signs in enumerate(told)
    ]
    feeder.send(events)
    review(ctx)
    assert reasons(ctx) == {"nut": {"burst": 2, None: 4}}
    signs = ctx.store.connection.execute("SELECT DISTINCT signs FROM answers ORDER BY signs")
    assert [row["signs"] for row in signs] == ["", "burst"]
    assert sound(ctx)


def test_other_hours_judge_this_year_again(ctx: Context) -> None:
    stream(ctx, "kiosk", NIGHT, [HOUR // 4], [4] * 5)
    stream(ctx, "kiosk", day_ms(2025, 12, 3, 22), [HOUR // 4], [4] * 5)
    review(ctx)
    assert reasons(ctx) == {"kiosk": {"out-of-hours": 10}}
    assert set_hours(ctx, SCHOOL, "07:00-23:30", TODAY) == 1
    assert str(hours(reading(ctx), SCHOOL)) == "07:00-23:30"
    assert waiting(reading(ctx), SCHOOL) == 1
    review(ctx)
    assert reasons(ctx) == {"kiosk": {None: 5, "out-of-hours": 5}}, "last year stays as it was reported"
    assert set_hours(ctx, SCHOOL, "07:00-23:30", TODAY) == 0, "the same again is nothing new"
    assert review_again(ctx, SCHOOL, date(2025, 1, 1), date(2025, 12, 31)) == 1
    review(ctx)
    assert reasons(ctx) == {"kiosk": {None: 10}}
    with pytest.raises(Problem, match="05:30-19:30"):
        set_hours(ctx, SCHOOL, "sáng đến tối", TODAY)
    with pytest.raises(Problem, match="no school"):
        set_hours(ctx, "khong-co", "07:00-18:00", TODAY)
    assert sound(ctx)


def test_answers_are_judged_by_the_hours_of_the_school_where_they_were_given(ctx: Context) -> None:
    """The other school closes at noon: what was given here in the afternoon stays counted after the move."""
    add_school(ctx, "khac", "Trường THCS Khác")
    set_hours(ctx, "khac", "06:00-12:00", TODAY)
    afternoon = day_ms(2026, 5, 27, 15)
    stream(ctx, "kiosk", afternoon, [60_000], [5] * 7)
    stream(ctx, "nut", afternoon, [60_000], [4] * 6, channel="button", took_ms=None)
    review(ctx)
    move(ctx, "kiosk", "khac")
    there = Feeder(ctx, "kiosk", "khac")
    there.send([there.event(afternoon, {"rating": 5}, took_ms=8_000)])
    review_again(ctx, SCHOOL, DAY, DAY)
    review(ctx)
    assert total(ctx)[:2] == (13, 0)
    [other] = rates(reading(ctx), "khac", YEAR.start, YEAR.end)
    assert (other.n, other.misuse) == (0, 1)
    assert sound(ctx)


def test_a_device_that_has_moved_is_known_where_its_answers_count(ctx: Context) -> None:
    """Its channel, its name and its answers: else what it sent follows from the other devices of its kind."""
    add_school(ctx, "khac", "Trường THCS Khác")
    registry.add_device(ctx, "kiosk-2", SCHOOL, "kiosk", "Kiosk cổng")
    stream(ctx, "kiosk", MORNING, [60_000], [5] * 20)
    stream(ctx, "kiosk-2", MORNING, [60_000], [1] * 3)
    stream(ctx, "kiosk-2", NIGHT, [60_000], [1] * 2)
    review(ctx)
    move(ctx, "kiosk-2", "khac")
    [whole] = rates(reading(ctx), SCHOOL, YEAR.start, YEAR.end)
    channels, by_device = breakdowns(reading(ctx), schools.school(reading(ctx), SCHOOL), YEAR, whole)
    assert [group.share is None for _, group in channels.groups] == [False]
    assert [(name, group.n, group.suppressed) for name, group in by_device.groups] == [
        ("Kiosk sảnh B", 20, True), ("Kiosk cổng", 3, True),
    ]  # fmt: skip
    [episode], _ = views.episodes(reading(ctx), SCHOOL, YEAR)
    assert episode.label == "Kiosk cổng"
    assert views.device_of(reading(ctx), SCHOOL, "kiosk-2").label == "Kiosk cổng"
    with pytest.raises(Problem, match="lop-6a"):
        views.device_of(reading(ctx), "khac", "lop-6a")


def test_a_persons_word_stands_above_the_rules(ctx: Context) -> None:
    stream(ctx, "nut", MORNING, [500], [1] * 6, channel="button", took_ms=None)
    stream(ctx, "kiosk", MORNING, [60_000], [5] * 6)
    review(ctx)
    pressed, honest = numbers(ctx, "nut"), numbers(ctx, "kiosk")
    assert label(ctx, DEPUTY, pressed[1:3], "counted") == 2
    assert label(ctx, DEPUTY, honest[:2], "test") == 2
    assert label(ctx, PRINCIPAL, honest[2:3], "other", "  Giáo viên  dạy\nthử ") == 1
    told = {"nut": {None: 3, "burst": 3}, "kiosk": {None: 3, "test": 2, "other": 1}}
    assert reasons(ctx) == told
    assert total(ctx)[:2] == (6, 6)
    assert sound(ctx)
    assert waiting(reading(ctx), SCHOOL) == 0
    review_again(ctx, SCHOOL, DAY, DAY)
    set_hours(ctx, SCHOOL, "10:00-11:00", TODAY)
    review(ctx)
    assert reasons(ctx) == {
        "nut": {"out-of-hours": 4, None: 2},
        "kiosk": {"out-of-hours": 3, "test": 2, "other": 1},
    }
    assert sound(ctx)


def test_labels_are_only_added_to(ctx: Context) -> None:
    stream(ctx, "kiosk", MORNING, [60_000], [5] * 6)
    review(ctx)
    events = numbers(ctx, "kiosk")
    label(ctx, DEPUTY, events[:3], "test", "lắp máy")
    assert label(ctx, DEPUTY, events[:3], "test") == 0, "nothing new was said"
    assert label(ctx, DEPUTY, events[3:], "counted") == 0, "they are counted as it is"
    ctx.now.ms += 60_000  # type: ignore[attr-defined]
    assert label(ctx, PRINCIPAL, [*events[:2], events[1]], "counted") == 2
    said = [
        (one.actor, one.label, one.before, one.note, one.n) for one in labels.history(reading(ctx), SCHOOL)
    ]
    assert said == [(PRINCIPAL.login, "counted", "test", "", 2), (LOGIN, "test", None, "lắp máy", 3)]
    view = views.left_out(reading(ctx), SCHOOL, YEAR)
    assert (view.returned, view.removed, view.n) == (2, 1, 1)


def test_two_officers_at_once(ctx: Context) -> None:
    stream(ctx, "kiosk", MORNING, [60_000], [5] * 6)
    review(ctx)
    events = numbers(ctx, "kiosk")
    seen = labels.newest(reading(ctx), SCHOOL)
    label(ctx, DEPUTY, events[:1], "test", seen=seen)
    with pytest.raises(Problem, match="Somebody else"):
        label(ctx, PRINCIPAL, events[:3], "other", "phòng bên", seen=seen)
    assert reasons(ctx) == {"kiosk": {None: 5, "test": 1}}, "all of it, or nothing"
    assert label(ctx, PRINCIPAL, events[3:], "other", "phòng bên", seen=seen) == 3
    assert sound(ctx)


@pytest.mark.parametrize(
    ("role", "word", "note", "chosen", "sentence"),
    [
        ("officer", "test", "", 1, "Only the principal"),
        ("technician", "counted", "", 1, "Only the principal"),
        ("deputy", "burst", "", 1, "no label"), ("deputy", "other", " \n", 1, "write down why"),
        ("deputy", "other", "x" * 201, 1, "longer than 200"),
        ("deputy", "test", "", 0, "No rating is chosen"),
        ("deputy", "test", "", 999, "no such rating"),
    ],
)  # fmt: skip
def test_refused_labels(ctx: Context, role: str, word: str, note: str, chosen: int, sentence: str) -> None:
    stream(ctx, "kiosk", MORNING, [60_000], [5])
    with pytest.raises(Problem, match=sentence):
        label(ctx, Actor("ai-do", role, SCHOOL), [chosen] if chosen else [], word, note)
    assert labels.history(reading(ctx), SCHOOL) == []


def test_another_schools_answers_cannot_be_labelled(ctx: Context) -> None:
    add_school(ctx, "khac", "Trường Khác")
    stream(ctx, "kiosk", MORNING, [60_000], [5])
    with pytest.raises(Problem, match="no such rating"):
        label(ctx, Actor("ai-do", "deputy", "khac"), [1], "test")


def test_episodes_and_single_answers_without_what_they_said(ctx: Context) -> None:
    a_day_of_everything(ctx)
    review(ctx)
    found, count = views.episodes(reading(ctx), SCHOOL, YEAR)
    assert count == 5
    assert [(one.device, one.reason, one.n, one.certain) for one in found] == [
        ("kiosk", "out-of-hours", 6, True), ("kiosk", "too-fast", 2, True), ("quay", "too-fast", 2, True),
        ("kiosk", "burst", 11, True), ("nut", "burst", 9, True),
    ]  # fmt: skip
    burst = found[3]
    assert (burst.label, burst.day, burst.last_at - burst.first_at) == ("Kiosk sảnh B", DAY, 36_000)
    assert views.episodes(reading(ctx), SCHOOL, YEAR, page=2) == ([], 0)
    asked = Asked("kiosk", DAY, "burst", burst.first_at, burst.last_at)
    lines, n = views.answers(reading(ctx), SCHOOL, asked)
    assert n == len(lines) == 11
    assert {line.misuse for line in lines} == {"burst"}
    lines, n = views.answers(reading(ctx), SCHOOL, Asked("kiosk", DAY))
    assert n == 20 + 12 + 30 + 6 + 2
    assert not {"level", "answers", "rating"} & set(views.AnswerLine.__dataclass_fields__)


def test_a_handful_of_left_out_answers_is_not_told_by_subtraction(ctx: Context) -> None:
    stream(ctx, "kiosk", MORNING, [60_000], [5] * 20)
    stream(ctx, "nut", MORNING, [500], [1] * 5, channel="button", took_ms=None)
    review(ctx)
    view = views.left_out(reading(ctx), SCHOOL, YEAR)
    assert (view.counted.n, view.counted.misuse, view.counted.suppressed) == (21, 4, False)
    assert (view.included.n, view.included.share, view.included.suppressed) == (25, None, True)
    stream(ctx, "nut", MORNING + 2_500, [500], [1], channel="button", took_ms=None)
    review(ctx)
    view = views.left_out(reading(ctx), SCHOOL, YEAR)
    assert (view.included.n, view.included.share) == (26, 20 / 26)


# ---- nothing goes wrong half-way


@contextmanager
def cut_after(connection: sqlite3.Connection, steps: int) -> Iterator[None]:
    """Break the statement that runs once SQLite has taken so many hundred steps of its machine."""
    taken = 0

    def progress() -> int:
        nonlocal taken
        taken += 1
        return int(taken == steps + 1)  # once: the rolling back is left alone

    connection.set_progress_handler(progress, 20)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def test_a_review_cut_off_anywhere_leaves_the_counts_right(ctx: Context) -> None:
    stream(ctx, "nut", MORNING, [500], [1, 2, 1, 5, 4], channel="button", took_ms=None)
    stream(ctx, "kiosk", NIGHT, [HOUR // 4], [4] * 3)
    before, cuts = reasons(ctx), 0
    for steps in range(0, 2000, 3):
        try:
            with cut_after(ctx.store.connection, steps):
                review(ctx)
            break
        except sqlite3.OperationalError:
            cuts += 1
            assert reasons(ctx) == before
            assert total(ctx) == (8, 0, 5 / 8)
            assert waiting(reading(ctx), SCHOOL) == 2
            if cuts % 10 == 0:
                assert sound(ctx)
    assert cuts > 10
    assert reasons(ctx) == {"nut": {None: 1, "burst": 4}, "kiosk": {"out-of-hours": 3}}
    assert waiting(reading(ctx), SCHOOL) == 0
    assert sound(ctx)


GAPS = st.sampled_from([300, 2_000, 60_000, 9 * HOUR])
STEP = st.one_of(
    st.tuples(
        st.just("send"),
        st.sampled_from(["kiosk", "nut", "quay"]),
        st.lists(st.tuples(GAPS, st.integers(1, 5)), min_size=1, max_size=8),
        st.sampled_from([None, 200, 900]),
    ),
    st.tuples(st.just("unanchored"), st.integers(1, 5)),
    st.tuples(st.just("anchor"), st.integers(0, 30 * HOUR)),
    st.tuples(st.just("review"), st.integers(1, 3)),
    st.tuples(st.just("again")),
    st.tuples(st.just("hours"), st.sampled_from(["05:30-19:30", "00:00-24:00", "12:00-13:00"])),
    st.tuples(st.just("label"), st.integers(0, 50), st.sampled_from(labels.LABELS)),
)  # fmt: skip


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(STEP, min_size=3, max_size=14))
def test_the_counts_equal_the_answers_after_anything(
    tmp_path_factory: pytest.TempPathFactory, steps: list
) -> None:  # type: ignore[type-arg]
    ctx = fresh(tmp_path_factory.mktemp("any"))
    lost = Feeder(ctx, "nut")
    at = MORNING - 26 * HOUR
    for kind, *values in steps:
        match kind, values:
            case "send", [device, presses, took]:
                feeder = Feeder(ctx, device)
                channel = {"kiosk": "kiosk", "nut": "button"}.get(device, "qr")
                events = []
                for gap, level in presses:
                    at += gap
                    answers = {"rating": level, "timeliness": "dung-hen"}
                    events.append(feeder.event(at, answers, channel=channel, took_ms=took))
                feeder.send(events)
            case "unanchored", [level]:
                one = lost.event(1_000 * lost.seq, {"rating": level}, channel="button")
                lost.send([one | {"boot": "lost"}])
            case "anchor", [ago]:
                lost.raw(wire.encode_batch("lost", 3 * HOUR, None, False, []), ctx.now() - ago)
            case "review", [limit]:
                review(ctx, limit)
            case "again", _:
                review_again(ctx, SCHOOL, date(2026, 1, 1), TODAY)
            case "hours", [text]:
                set_hours(ctx, SCHOOL, text, TODAY)
            case "label", [n, word]:
                found = ctx.store.connection.execute(
                    "SELECT event FROM answers LIMIT 1 OFFSET ?", (n,)
                ).fetchone()
                if found:
                    label(ctx, DEPUTY, [found["event"]], word, "lý do")
        assert sound(ctx), [f for f in examine(reading(ctx)) if not f.sound]
    while review(ctx):
        pass
    flagged = reasons(ctx)
    review_again(ctx, SCHOOL, date(2026, 1, 1), date(2026, 12, 31))
    while review(ctx):
        pass
    assert reasons(ctx) == flagged
    assert sound(ctx)
    ctx.store.close()


def test_a_flag_against_a_persons_word_is_found_by_the_doctor(ctx: Context) -> None:
    stream(ctx, "kiosk", MORNING, [60_000], [5] * 3)
    review(ctx)
    label(ctx, DEPUTY, [1], "test")
    assert sound(ctx)
    with ctx.write() as work:
        work.connection.execute("UPDATE answers SET label = 'counted' WHERE event = 1")
    [finding] = [f for f in examine(reading(ctx)) if not f.sound]
    assert finding.check == "labels"
    assert "1 answer" in finding.words


def test_a_review_reads_one_schools_day_and_no_more(ctx: Context) -> None:
    sql = queries.text("misuse_answers")
    values = {"school": SCHOOL, "day": "2026-05-27", "device": "nut"}
    plan = " ".join(
        row["detail"] for row in ctx.store.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
    )
    assert "answers_by_day (school=? AND day=?)" in plan
    assert "SCAN" not in plan


# ---- the part of the server


def until(holds: object, within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_reviewer_works_off_what_is_due_and_ends_when_told(ctx: Context) -> None:
    reviewer = Reviewer(ctx, every_s=0.01)
    reviewer.start()
    try:
        stream(ctx, "nut", MORNING, [500], [1] * 5, channel="button", took_ms=None)
        until(lambda: waiting(reading(ctx), SCHOOL) == 0)
        assert reasons(ctx) == {"nut": {None: 1, "burst": 4}}
        assert reviewer.is_alive
    finally:
        reviewer.stop()
    assert not reviewer.is_alive


def test_the_reviewer_outlives_trouble_and_tells_no_contents(
    ctx: Context, capfd: pytest.CaptureFixture[str]
) -> None:
    stream(ctx, "nut", MORNING, [500], [1] * 5, channel="button", took_ms=None)
    with ctx.write() as work:
        work.connection.execute("UPDATE schools SET hours = 'hỏng'")
    reviewer = Reviewer(ctx, every_s=0.01, after_trouble_s=0.02)
    reviewer.start()
    try:
        words = ""

        def told() -> bool:
            nonlocal words
            words += "".join(capfd.readouterr())
            return "misuse rules could not be run" in words

        until(told)
        assert "rating" not in words
        with ctx.write() as work:
            work.connection.execute("UPDATE schools SET hours = '05:30-19:30'")
        until(lambda: waiting(reading(ctx), SCHOOL) == 0)
    finally:
        reviewer.stop()
    assert reasons(ctx) == {"nut": {None: 1, "burst": 4}}


def test_in_the_demo_a_child_plays_and_nobody_else_is_left_out(tmp_path: Path) -> None:
    ctx = sample_school(tmp_path / "sample")
    Ingest(ctx).take([made_up.child_at_play(ctx)])
    while review(ctx):
        pass
    flagged = Counter(why for counts in reasons(ctx).values() for why in counts.elements() if why)
    assert flagged == {"burst": 11}
    [episode], _ = views.episodes(reading(ctx), SCHOOL, YEAR)
    assert (episode.label, episode.n, episode.day) == ("Kiosk Sảnh B", 11, DAY)
    assert sound(ctx)
    ctx.store.close()
