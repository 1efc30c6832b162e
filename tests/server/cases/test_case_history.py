"""Whatever people do to a case, in whatever order: its file stays whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.cases.casework import ACTIONS, ENDS, PRINCIPAL_ROOM, STATUSES, moves, sender
from server.domain.localtime import local_day
from server.domain.problems import Problem
from server.services.cases import actions, casefile
from server.services.cases.queue import queue
from server.services.cases.views import moves_of
from server.services.keys import custody
from server.services.upkeep.doctor import examine
from survey_defs.letter import Letter
from tests.support.complaint_school import SCHOOL, ComplaintSchool
from tests.support.reading import reading

DEPUTY, OFFICER, DESK = "hieu.pho", "can.bo", "le.tan"
SENDER_ACTIONS = ("word", "settled", "not_settled", "rate")
FIRST = date(2026, 5, 4)

steps = st.lists(
    st.tuples(
        st.sampled_from((DEPUTY, DEPUTY, DEPUTY, OFFICER, OFFICER, DESK, "sender")),
        st.sampled_from(sorted(ACTIONS)),
        st.integers(0, 12),
        st.randoms(use_true_random=False),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComplaintSchool]:
    school = ComplaintSchool(tmp_path_factory.mktemp("history"))
    with closing(school.ctx.store):
        # Whoever moves the first case there makes that room's key and alone holds it: here the deputy, by
        # whose keys each file is checked.
        custody.make_for(school.ctx, SCHOOL, PRINCIPAL_ROOM, school.open_keys(DEPUTY))
        yield school
        assert all(finding.sound for finding in examine(reading(school.ctx))), examine(reading(school.ctx))


def filled(action: str, random: Any, variants: list[str], today: date) -> dict[str, str]:
    """What somebody might fill in: right, but now and then with something missing."""
    values = {}
    for field in ACTIONS[action].fields:
        if random.random() < 0.05:
            continue
        values[field.name] = {
            "text": "Một lời",
            "line": "Một dòng",
            "choice": random.choice(field.options or ("",)),
            "date": (today - timedelta(days=random.randrange(5))).isoformat(),
            "login": random.choice((DEPUTY, OFFICER)),
            "ref": "2026-1",
            "variant": random.choice(variants or [""]),
            "flag": "",
        }[field.form]
    return values


def try_step(school: ComplaintSchool, n: int, who: str, action: str, random: Any) -> None:
    """One attempt; a refusal is a `Problem` and leaves no trace."""
    ctx = school.ctx
    row = reading(ctx).sql.case_get(n=n)
    ref, today = f"{row['year']}-{row['number']}", local_day(school.now)
    if who == "sender":
        if action not in moves(row["status"], row["kind"], sender(SCHOOL), row["assignee"]):
            return
        with ctx.write() as work:
            fresh = work.sql.case_get(n=n)
            reason = "resolved" if action == "settled" else None
            casefile.append(work, fresh, actor="sender", action=action, reason=reason)
        return
    actor = school.actor(who)
    own = None if who == DESK else school.open_keys(who)
    before = dict(row), count(school, n)
    try:
        known = list(actions.variants(reading(ctx), actor, ref)) if action == "extend" else []
        view = actions.act(ctx, actor, ref, action, row["version"], filled(action, random, known, today), own)
    except Problem as problem:
        assert problem.code != "case-moved"
        assert problem.sentence("vi") != problem.sentence("en")
        assert before == (dict(reading(ctx).sql.case_get(n=n)), count(school, n))
        return
    assert view.version == row["version"] + 1
    assert action in moves_of(actor, row)


def count(school: ComplaintSchool, n: int) -> tuple[int, ...]:
    """How much there is of a case in every table."""
    tables = ("case_entries", "sealed_texts", "case_clocks", "readings")
    return tuple(
        school.ctx.store.connection.execute(
            f"SELECT COUNT(*) FROM {table} WHERE case_n = ?", (n,)
        ).fetchone()[0]
        for table in tables
    )


def check_file(school: ComplaintSchool, n: int) -> None:
    """Case, entries, boxes and clocks agree."""
    connection = school.ctx.store.connection
    case = dict(connection.execute("SELECT * FROM cases WHERE n = ?", (n,)).fetchone())
    entries = [
        dict(row)
        for row in connection.execute("SELECT * FROM case_entries WHERE case_n = ? ORDER BY seq", (n,))
    ]
    assert [entry["seq"] for entry in entries] == list(range(1, case["version"] + 1))
    assert case["status"] == entries[-1]["to_status"]
    assert (entries[0]["from_status"], entries[0]["to_status"]) == ("", "new")
    for before, after in pairwise(entries):
        assert before["to_status"] == after["from_status"]
        assert before["at"] <= after["at"]
        if after["to_status"] in ENDS and after["from_status"] not in ENDS:
            assert after["reason"]
    assert all(entry["to_status"] in STATUSES for entry in entries)
    assert (case["closed_at"] is not None) == (case["status"] in ENDS)
    own_room = "denunciations" if case["kind"] == "to_cao" else "complaints"
    assert case["room"] == ("about-principal" if case["against_principal"] else own_room)
    assert (case["kind"] in ("khieu_nai", "to_cao")) == (case["petition_date"] is not None)
    clocks = [dict(row) for row in connection.execute("SELECT * FROM case_clocks WHERE case_n = ?", (n,))]
    running = [clock["rule"] for clock in clocks if clock["stopped_on"] is None]
    assert len(running) <= 1
    if case["status"] in ENDS or case["kind"] == "thong_tin":
        assert not running
    elif case["status"] != "answered":
        assert running, case
    assert all(clock["started_on"] <= (clock["stopped_on"] or "9999") for clock in clocks)
    own = school.open_keys(DEPUTY)
    for row in connection.execute("SELECT box, audience FROM sealed_texts WHERE case_n = ?", (n,)):
        if row["audience"] == "desk":
            assert own.open(case["room"], row["box"]) in (Letter("Một lời"), Letter("Chờ lâu quá"))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(steps=steps, praise=st.booleans())
def test_any_history_leaves_a_whole_file(
    school: ComplaintSchool, steps: list[tuple[str, str, int, Any]], praise: bool
) -> None:
    about = ("khen-ngoi",) if praise else ("cho-lau",)
    ref = school.send(FIRST.isoformat(), about=about)
    year, number = map(int, ref.split("-"))
    row = reading(school.ctx).sql.case_find(school=SCHOOL, year=year, number=number)
    for who, action, days, random in steps:
        school.now += days * 24 * 3_600_000
        try_step(school, row["n"], who, action, random)
    check_file(school, row["n"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random=st.randoms(use_true_random=False), length=st.integers(5, 30))
def test_any_history_of_allowed_moves(school: ComplaintSchool, random: Any, length: int) -> None:
    """As above, but each step is one that is on offer: these go deep."""
    ref = school.send(FIRST.isoformat())
    year, number = map(int, ref.split("-"))
    sql = reading(school.ctx).sql
    n = sql.case_find(school=SCHOOL, year=year, number=number)["n"]
    for _ in range(length):
        school.now += random.randrange(8) * 24 * 3_600_000
        row = sql.case_get(n=n)
        who = random.choice((DEPUTY, DEPUTY, DEPUTY, OFFICER, "sender"))
        actor = sender(SCHOOL) if who == "sender" else school.actor(who)
        offered = moves_of(actor, row)
        if offered:
            try_step(school, n, who, random.choice(offered), random)
    check_file(school, n)
    today = local_day(school.now)
    everything = Counter(
        each.ref
        for ended in (False, True)
        for each in queue(reading(school.ctx), school.actor(DEPUTY), today, ended=ended).rows
    )
    assert everything[ref] == 1
