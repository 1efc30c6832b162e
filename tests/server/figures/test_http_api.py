"""The JSON API: exact against a computation made here, strict with what is asked, true to its description."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from server.domain.localtime import start_of
from server.services.access import tokens
from server.services.context import Context
from server.services.devices import registry
from server.wiring.pages import create_app
from tests.support.seed import SCHOOL, Feeder, add_school, make_context

FIRST = date(2026, 1, 28)
DAYS = 40
MS_A_DAY = 24 * 3_600_000
DEVICES = ("kiosk-1", "kiosk-2", "nut-1")
CHANNELS = ("kiosk", "button", "qr")
PROCEDURES = (None, "hoc-ba", "chuyen-truong", "ban-sao", "thu-tuc-la")
numbers = itertools.count(1)

ANSWERS = st.lists(
    st.tuples(
        st.integers(0, DAYS - 1),
        st.integers(0, MS_A_DAY - 1),
        st.sampled_from((1, 2, 3, 4, 5, 5, 4, None)),
        st.sampled_from(PROCEDURES),
        st.sampled_from(CHANNELS),
        st.integers(0, len(DEVICES) - 1),
    ),
    max_size=60,
)


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = make_context(tmp_path_factory.mktemp("api"))
    add_school(context)
    yield context
    context.store.close()


@pytest.fixture(scope="module")
def client(ctx: Context) -> FlaskClient:
    return create_app(ctx).test_client()


@pytest.fixture(scope="module")
def token(ctx: Context) -> str:
    return tokens.add_token(ctx, SCHOOL, "kiểm thử")


def expected_group(key: str, levels: list[int], flagged: int) -> dict[str, Any]:
    """A group worked out from the definitions, by other means than the program's."""
    n = len(levels)
    counts = [levels.count(level) for level in (1, 2, 3, 4, 5)]
    if n == 0:
        figures: dict[str, Any] = dict.fromkeys(("share", "low", "high", "mean"))
    else:
        z = NormalDist().inv_cdf(0.975)
        share = Fraction(counts[3] + counts[4], n)
        # The bounds are the roots of (n + z²) b² - (2 n p + z²) b + n p² = 0.
        a, b, c = n + z * z, -(2 * n * share + z * z), n * share * share
        root = sqrt(max(0.0, float(b * b - 4 * a * c)))
        figures = {
            "share": float(share),
            "low": (-float(b) - root) / (2 * a),
            "high": (-float(b) + root) / (2 * a),
            "mean": sum(levels) / n,
        }
    return {"key": key, "n": n, "levels": counts, **figures, "suppressed": False, "misuse": flagged}


def expected_hidden(sizes: dict[str, int], small: int) -> set[str]:
    """Which groups must be hidden: the smallest set that leaves nothing to be worked out by subtraction."""
    ordered = sorted(sizes, key=lambda key: (sizes[key], key))
    too_small = {key for key in ordered if sizes[key] < small}
    if not too_small:
        return set()
    for count in range(len(too_small), len(ordered) + 1):
        hidden = ordered[:count]
        if len(hidden) == len(ordered) or (len(hidden) > 1 and sum(sizes[key] for key in hidden) >= small):
            return set(hidden)
    return set(ordered)


def ask(client: FlaskClient, token: str, school: str, **query: str) -> Any:
    response = client.get(
        f"/api/1/schools/{school}/rates", query_string=query, headers={"Authorization": f"Bearer {token}"}
    )
    assert response.status_code == 200, response.text
    return response.json


def assert_same(given: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    assert [group["key"] for group in given] == [group["key"] for group in wanted]
    for one, other in zip(given, wanted, strict=True):
        assert one.keys() == other.keys()
        for name, value in other.items():
            if isinstance(value, float):
                assert one[name] == pytest.approx(value, abs=1e-9), name
            else:
                assert one[name] == value, name


@given(
    answers=ANSWERS,
    span=st.tuples(st.integers(0, DAYS - 1), st.integers(0, DAYS - 1)).map(sorted),
    data=st.data(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rates_are_exact(
    ctx: Context, client: FlaskClient, answers: list[Any], span: list[int], data: st.DataObject
) -> None:
    school = f"truong-{next(numbers)}"
    add_school(ctx, school, "Trường thử")
    token = tokens.add_token(ctx, school, "thử")
    feeders = []
    for name in DEVICES:
        registry.add_device(ctx, f"{name}-{school}", school, "kiosk")
        feeders.append(Feeder(ctx, f"{name}-{school}", school))
    sent: dict[int, list[dict[str, object]]] = defaultdict(list)
    for day, ms, level, procedure, channel, device in answers:
        said: dict[str, object] = {"timeliness": "dung-hen"} if level is None else {"rating": level}
        at = start_of(FIRST + timedelta(day)) + ms
        sent[device].append(feeders[device].event(at, said, procedure=procedure, channel=channel))
    for device, events in sent.items():
        feeders[device].send(events)
    flagged = data.draw(st.integers(0, 3))
    if flagged:
        # What the ingest will do once it knows misuse: answers counted apart in every dimension.
        with ctx.write() as work:
            for dimension, key in (("all", ""), ("procedure", "hoc-ba"), ("channel", "kiosk"),
                                   ("device", feeders[0].device)):  # fmt: skip
                work.connection.execute(
                    "INSERT INTO rate_cells VALUES (?, ?, ?, ?, 1, ?, 0, 0, 0, 0)",
                    (school, dimension, FIRST.isoformat(), key, flagged),
                )

    first, last = (FIRST + timedelta(offset) for offset in span)
    included = data.draw(st.booleans())
    query = {"from": first.isoformat(), "to": last.isoformat()} | ({"misuse": "include"} if included else {})
    rows = [
        {
            "level": level,
            "procedure": procedure or "",
            "channel": channel,
            "device": f"{DEVICES[device]}-{school}",
            "month": f"{FIRST + timedelta(day):%Y-%m}",
            "flagged": False,
        }
        for day, _, level, procedure, channel, device in answers
        if level is not None and first <= FIRST + timedelta(day) <= last
    ]  # fmt: skip
    if first == FIRST:
        rows += [
            {"level": 1, "procedure": "hoc-ba", "channel": "kiosk", "device": feeders[0].device,
             "month": f"{FIRST:%Y-%m}", "flagged": True}
        ] * flagged  # fmt: skip
    for by in (None, "procedure", "channel", "device", "month"):
        levels: dict[str, list[int]] = defaultdict(list)
        marks: dict[str, int] = defaultdict(int)
        for row in rows:
            key = "all" if by is None else str(row[by])
            marks[key] += bool(row["flagged"])
            if included or not row["flagged"]:
                levels[key].append(row["level"])  # type: ignore[arg-type]
        if by is None:
            levels.setdefault("all", [])
        sizes = {key: len(of) for key, of in levels.items()}
        hidden = expected_hidden(sizes, 5) if by else {key for key, n in sizes.items() if 0 < n < 5}
        wanted = []
        order = sorted(levels) if by == "month" else sorted(levels, key=lambda key: (-sizes[key], key))
        for key in order:
            group = expected_group(key, levels[key], marks[key])
            if key in hidden:
                group |= dict.fromkeys(("levels", "share", "low", "high", "mean")) | {"suppressed": True}
            wanted.append(group)
        answer = ask(client, token, school, **query, **({"by": by} if by else {}))
        assert (answer["from"], answer["to"]) == (query["from"], query["to"])
        assert_same(answer["groups"], wanted)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("from=2026-01-01", "missing-parameter"),
        ("to=2026-01-01", "missing-parameter"),
        ("from=2026-01-01&to=2026-02-30", "bad-date"),
        ("from=20260101&to=2026-02-03", "bad-date"),
        ("from=2026-W01-1&to=2026-02-03", "bad-date"),
        ("from=01/01/2026&to=2026-02-03", "bad-date"),
        ("from=&to=2026-02-03", "bad-date"),
        ("from=２０２６-01-01&to=2026-02-03", "bad-date"),
        ("from=2026-01-01%0A&to=2026-02-03", "bad-date"),
        ("from=2026-02-03&to=2026-02-02", "dates-reversed"),
        ("from=2026-01-01&to=2026-02-03&by=level", "bad-choice"),
        ("from=2026-01-01&to=2026-02-03&by=", "bad-choice"),
        ("from=2026-01-01&to=2026-02-03&misuse=yes", "bad-choice"),
        ("from=2026-01-01&to=2026-02-03&group=month", "unknown-parameter"),
        ("from=2026-01-01&from=2026-01-02&to=2026-02-03", "repeated-parameter"),
    ],
)
def test_what_cannot_be_meant_is_refused(client: FlaskClient, token: str, query: str, code: str) -> None:
    response = client.get(
        f"/api/1/schools/{SCHOOL}/rates?{query}", headers={"Authorization": f"Bearer {token}"}
    )
    assert response.status_code == 422
    assert response.json is not None
    assert response.json.keys() == {"code", "message"}
    assert response.json["code"] == code


def test_who_may_ask(ctx: Context, client: FlaskClient, token: str) -> None:
    add_school(ctx, "ben-canh", "Trường bên cạnh")
    other = tokens.add_token(ctx, "ben-canh", "khác")
    revoked = tokens.add_token(ctx, SCHOOL, "đã thu hồi")
    tokens.revoke_token(ctx, tokens.token_hash(revoked)[:12])
    query = "from=2026-01-01&to=2026-02-03"

    def status(school: str, authorization: str | None) -> tuple[int, str]:
        headers = {"Authorization": authorization} if authorization is not None else {}
        response = client.get(f"/api/1/schools/{school}/rates?{query}", headers=headers)
        assert response.mimetype == "application/json"
        return response.status_code, (response.json or {}).get("code", "")

    assert status(SCHOOL, f"Bearer {token}") == (200, "")
    assert status(SCHOOL, f"bearer {token}") == (200, "")
    for wrong in (None, "", "Bearer", "Bearer x", f"Basic {token}", token, f"Bearer {revoked}", "Bearer é"):
        assert status(SCHOOL, wrong) == (401, "no-token")
    assert status(SCHOOL, f"Bearer {other}") == (403, "wrong-school")
    assert status("khong-co", f"Bearer {token}") == (404, "unknown-school")
    response = client.get(f"/api/1/schools/{SCHOOL}/rates")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert client.post(f"/api/1/schools/{SCHOOL}/rates").status_code == 405


def test_a_day_is_a_day_at_the_school(ctx: Context, client: FlaskClient, token: str) -> None:
    registry.add_device(ctx, "kiosk-gio", SCHOOL, "kiosk")
    feeder = Feeder(ctx, "kiosk-gio")
    midnight = start_of(date(2025, 3, 2))
    feeder.send(
        [feeder.event(at, {"rating": 5}) for at in (midnight - 1, midnight) for _ in range(5)],
        midnight + MS_A_DAY,
    )
    for day, n in (("2025-03-01", 5), ("2025-03-02", 5), ("2025-03-03", 0)):
        [group] = ask(client, token, SCHOOL, **{"from": day, "to": day})["groups"]
        assert group["n"] == n


@pytest.fixture(scope="module")
def operation(ctx: Context) -> Any:
    description = schemathesis.openapi.from_wsgi("/api/1/openapi.json", create_app(ctx))
    assert len(list(description.get_all_operations())) == 2
    return description["/api/1/schools/{school}/rates"]["GET"]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_keeps_to_its_description(operation: Any, token: str, mode: GenerationMode) -> None:
    statuses = set()

    @given(case=operation.as_strategy(generation_mode=mode), ours=st.booleans())
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: Any, ours: bool) -> None:
        excluded = []
        if ours and mode is GenerationMode.POSITIVE:
            # The order of two days cannot be described, so a day after the other is refused all the same.
            case.path_parameters = {"school": SCHOOL}
            excluded = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")]
        headers = {"Authorization": f"Bearer {token}"}
        statuses.add(case.call_and_validate(headers=headers, excluded_checks=excluded).status_code)

    check()
    if mode is GenerationMode.POSITIVE:
        assert statuses <= {200, 404, 422}
        assert 200 in statuses


@pytest.mark.parametrize("by", [None, "procedure", "channel", "device", "month"])
def test_the_description_holds_for_real_answers(
    ctx: Context, operation: Any, token: str, by: str | None
) -> None:
    query = {"from": "2024-01-01", "to": "2026-12-31"} | ({"by": by} if by else {})
    case = operation.Case(path_parameters={"school": SCHOOL}, query=query)
    response = case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
    assert response.json()["groups"]


def test_nothing_is_written_by_asking(ctx: Context, client: FlaskClient, token: str, tmp_path: Path) -> None:
    before = (
        ctx.store.connection.execute("PRAGMA data_version").fetchone()[0],
        ctx.store.connection.total_changes,
    )
    ask(client, token, SCHOOL, **{"from": "2026-01-01", "to": "2026-12-31", "by": "procedure"})
    after = (
        ctx.store.connection.execute("PRAGMA data_version").fetchone()[0],
        ctx.store.connection.total_changes,
    )
    assert before == after
