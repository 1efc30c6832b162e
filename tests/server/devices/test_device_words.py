"""Whatever a device says of itself, in whichever field: no page breaks, and nothing of it is believed that
cannot be so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from server.cli.device_look import _facts
from server.domain.devices import device_health
from server.domain.devices.health_message import read_health
from server.services.answers.ingest import Delivery, Ingest
from server.services.context import Context
from server.services.devices import presence, registry
from server.transport.http.frame import formats
from server.wiring.pages import create_app
from survey_defs import wire
from tests.support.device import batch, event
from tests.support.pages import signed_in
from tests.support.seed import NOW, SCHOOL, add_school, make_context

DEVICES = {"quay-1": "kiosk", "hop-1": "button"}
PAGES = ("/", "/so-lieu", "/thiet-bi", "/bao-cao", "/metrics", "/healthz")
OF_DEVICE = ("/thiet-bi/{}", "/thiet-bi/{}/ten", "/thiet-bi/{}/chuyen", "/thiet-bi/{}/ngung")
FIELDS = [*device_health._FIELDS, "key", "pins", "later"]
HOSTILE = (
    "1e308", "-1e308", "1e999", "1" + "0" * 30, "-" + "9" * 400, "1" + "0" * 5000, "NaN", "Infinity", '"NaN"',
    "0.1e-320", "-0.0", '"\\ufffe"', '"\\ud800"', '"\\u202e"', '"\\u0000"', "true", "null", "9" * 19,
    '"<script>alert(1)</script>{{7*7}}"', '"' + "đ" * 3000 + '"', "[" * 40 + "]" * 40, "[1e308,1e308]",
    '{"a":' * 40 + "1" + "}" * 40, '{"revision":1e308,"code":"' + "x" * 500 + '"}', "[0,1,9,10,1e9,true]",
    '{"revision":"r","code":[[]]}',
)  # fmt: skip


@pytest.fixture(scope="module")
def ctx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = make_context(tmp_path_factory.mktemp("words"), public_url="https://hailong.example.vn")
    add_school(context)
    for device, kind in DEVICES.items():
        registry.add_device(context, device, SCHOOL, kind)
    yield context
    context.store.close()


@pytest.fixture(scope="module")
def app(ctx: Context) -> Flask:
    return create_app(ctx)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return signed_in(app)


VALUES = st.one_of(
    st.sampled_from(HOSTILE),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=8,
    ).map(json.dumps),
)
WORDS = st.dictionaries(st.sampled_from(FIELDS), VALUES, min_size=8).map(
    lambda said: "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in said.items()) + "}"
)


def opens_every_page(client: FlaskClient, ctx: Context) -> None:
    for path in (*PAGES, *(path.format(device) for device in DEVICES for path in OF_DEVICE)):
        answer = client.get(path)
        assert answer.status_code in (200, 303, 503), (path, answer.status_code)
        assert "<script>alert(1)" not in answer.text, path
    for device in DEVICES:
        json.dumps(_facts(ctx, device), allow_nan=False)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(WORDS, WORDS)
@example(
    "{" + ",".join(f'"{name}":1e308' for name in FIELDS) + "}",
    "{" + ",".join(f'"{name}":' + "9" * 30 for name in FIELDS) + "}",
)
@example(
    '{"temperature_c":1e300,"disk_free_mb":1e308,"battery":1e308}',
    '{"disk_free_mb":-1e308,"outbox":' + "9" * 40 + "}",
)
def test_no_word_of_a_device_breaks_a_page(ctx: Context, client: FlaskClient, said: str, kept: str) -> None:
    presence.take_health(ctx, SCHOOL, "quay-1", said.encode("utf-8", "surrogatepass"), NOW)
    presence.take_health(ctx, SCHOOL, "hop-1", b"{}", NOW)
    with ctx.write() as work:  # as an earlier version kept it, unjudged
        work.connection.execute(
            "UPDATE presence SET health = ? WHERE device = 'hop-1'",
            (kept.encode("utf-8", "replace").decode(),),
        )
    opens_every_page(client, ctx)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "up_ms": st.sampled_from([0, 1, 2**53 - 1, 2**53, 10**30]),
                "took_ms": st.sampled_from([0, 2**53 - 1, 10**30, 1e308]),
                "version": st.sampled_from([1, 2**53 - 1, 10**30]),
                "wall": st.sampled_from([None, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "\ufffe"]),
                "procedure": st.sampled_from(["hoc-ba", "x" * 64, "\ud800", 1e308]),
                "signs": st.sampled_from([None, [], [1e308], "\ufffe"]),
            }
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([0, 1, 2**53 - 1]),
    st.lists(st.binary(max_size=300), max_size=3),
)
def test_no_event_of_a_device_breaks_a_page(
    ctx: Context, client: FlaskClient, said: list[dict[str, Any]], up_ms: int, rubbish: list[bytes]
) -> None:
    ingest = Ingest(ctx)
    name = ctx.new_id()
    events = [
        {**event(seq, journal=name, boot=name), **fields}
        for seq, fields in enumerate(said, 2**53 - 1 - len(said))
    ]
    payloads = [json.dumps({"v": 1, "boot": name, "up_ms": up_ms, "synced": True, "events": events}).encode()]
    for payload in [*payloads, batch(event(1, journal=name, boot=name), boot=name, up_ms=up_ms), *rubbish]:
        ingest.take([Delivery(SCHOOL, "quay-1", payload, NOW)])
    for state in wire.STATES:
        presence.take_state(ctx, SCHOOL, "hop-1", wire.encode_state(state, "~" * 64), NOW)
    opens_every_page(client, ctx)


def test_what_can_be_so_stays_beside_what_cannot(ctx: Context) -> None:
    said = (
        b'{"v":1,"outbox":3,"battery":1e308,"temperature_c":51.5,"disk_free_mb":-1,"version":"1.2\\ufffe",'
        b'"rejected":1e999,"stuck":[3,1,77],"full":"yes","refused":{"revision":"r1","code":"bad-config","more":9},'
        b'"later":{"a":[1,2]},"deep":[[[[[1]]]]]}'
    )
    assert presence.take_health(ctx, SCHOOL, "quay-1", said, NOW)
    (kept,) = ctx.store.connection.execute("SELECT health FROM presence WHERE device = 'quay-1'").fetchone()
    expected = {
        "v": 1, "outbox": 3, "temperature_c": 51.5, "version": "1.2", "stuck": [1, 3],
        "refused": {"revision": "r1", "code": "bad-config"}, "later": {"a": [1, 2]},
    }  # fmt: skip
    assert json.loads(kept) == expected
    assert read_health(kept) == expected


@pytest.mark.parametrize("value", [1e308, -1e308, float("inf"), float("nan"), 10**30])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_number_breaks_its_format(value: float, lang: str) -> None:
    assert formats.decimal_plain(value, lang) == "–"
    assert formats.size(value * 1e6, lang) == "–" or value == 10**30
