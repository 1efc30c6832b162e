"""Claim codes: who is let in, once, for a day, and by nobody in between."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from server.domain import device_password
from server.domain.problems import PROBLEMS, Problem
from server.services import admin, certificates, claims, doors
from server.services.context import Context
from server.services.fleet import fleet
from server.services.overview import period_of
from server.settings import Settings
from server.transport.http.app import create_app
from server.transport.http.enrol import WRONG_FROM_ONE
from survey_defs import claim
from tests.support.device import event
from tests.support.store import World

HOUR = 3_600_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "data")
    yield made
    made.ctx.store.close()


def code_of(world: World, device: str = "k1", school: str | None = None) -> str:
    return claims.make(world.ctx, device, school, actor="lan").code


def nonce() -> str:
    return secrets.token_hex(16)


def enrol(ctx: Context, code: str, drawn: str, certificate: str = "") -> dict[str, Any]:
    """What a device does; its terms with the password it worked out."""
    key = claim.claim_key(code)
    answer = claims.exchange(ctx, claim.make_request(key, drawn, certificate))
    return claim.read_answer(answer, key, drawn, certificate) | {"password": claim.password(key, drawn)}


def refusal(world: World, code: str, drawn: str | None = None, certificate: str = "") -> str:
    with pytest.raises(Problem) as caught:
        enrol(world.ctx, code, drawn or nonce(), certificate)
    return caught.value.code


def lets_in(world: World, device: str, password: str) -> bool:
    (stored,) = world.one("SELECT password_hash FROM devices WHERE id = ?", device)
    return device_password.matches(password, stored)


def test_a_code_lets_its_device_in_with_a_password_that_never_travels(world: World) -> None:
    old = admin.renew_password(world.ctx, "k1")
    code = code_of(world)
    assert lets_in(world, "k1", old), "until the code is used, the old password stays"
    terms = enrol(world.ctx, code, nonce())
    assert (terms["device"], terms["school"], terms["kind"]) == ("k1", "mau", "kiosk")
    assert terms["broker"].startswith("mqtt://")
    assert lets_in(world, "k1", terms["password"])
    assert not lets_in(world, "k1", old)


def test_a_new_key_ends_the_trouble_of_a_copied_card(world: World) -> None:
    for up_ms in range(1, 4):
        for boot in ("original", "copy"):
            world.send(boot=boot, up_ms=up_ms * 1000)

    def troubles() -> tuple[str, ...]:
        views = fleet(world.ctx, "mau", period_of(world.ctx, None), world.time)
        return next(view.troubles for view in views if view.id == "k1")

    assert troubles() == ("shared",)
    enrol(world.ctx, code_of(world), nonce())
    assert troubles() == ()
    world.send(boot="original", up_ms=9000)
    assert troubles() == ()


def test_a_lost_answer_costs_nothing_and_a_second_device_gets_nothing(world: World) -> None:
    code, drawn = code_of(world), nonce()
    first, again = enrol(world.ctx, code, drawn), enrol(world.ctx, code, drawn)
    assert first["password"] == again["password"]
    assert refusal(world, code) == "claim-used"
    world.time += 24 * HOUR
    assert refusal(world, code, drawn) == "claim-used"
    assert lets_in(world, "k1", first["password"])


def test_each_code_that_is_not_valid_says_why(world: World) -> None:
    assert refusal(world, "aaaaaaaa") == "claim-unknown"
    withdrawn = code_of(world)
    newer = code_of(world)
    assert refusal(world, withdrawn) == "claim-withdrawn"
    assert claims.open_claim(world.ctx, "k1") == (
        "k1", "mau", world.time, world.time + claims.VALID_MS,
    )  # fmt: skip
    world.time += 24 * HOUR
    assert claims.open_claim(world.ctx, "k1") is None
    assert refusal(world, newer) == "claim-expired"
    retired = code_of(world, "k2")
    admin.retire_device(world.ctx, "k2")
    assert refusal(world, retired) == "claim-withdrawn"
    world.time += claims.REMEMBERED_MS + 1
    code_of(world)
    assert refusal(world, newer) == "claim-unknown", "an old key is not kept for ever"
    assert world.one("SELECT COUNT(*) FROM claims WHERE key IS NOT NULL") == (2,)


def test_a_code_typed_into_another_kind_of_device_is_not_used_up(world: World) -> None:
    code, drawn = code_of(world), nonce()
    key = claim.claim_key(code)
    with pytest.raises(Problem) as caught:
        claims.exchange(world.ctx, claim.make_request(key, drawn, "", "button"))
    assert caught.value.code == "claim-wrong-kind"
    assert enrol(world.ctx, code, nonce())["device"] == "k1"


@pytest.mark.parametrize("device", ["old", "nobody"])
def test_no_code_for_a_device_that_cannot_come_in(world: World, device: str) -> None:
    with pytest.raises(Problem):
        claims.make(world.ctx, device)
    admin.add_device(world.ctx, "giay", "mau", "qr")
    with pytest.raises(Problem, match="paper"):
        claims.make(world.ctx, "giay")
    with pytest.raises(Problem, match="khong-co"):
        claims.make(world.ctx, "k1", "khong-co")


def test_a_device_moves_when_it_comes_in_and_its_history_stays(world: World) -> None:
    world.send(event(1), event(2))
    code = code_of(world, "k1", "khac")
    assert admin.device(world.ctx, "k1").school == "mau"
    enrol(world.ctx, code, nonce())
    assert admin.device(world.ctx, "k1").school == "khac"
    world.send(event(1, journal="j2"), school="khac")
    assert world.rows("SELECT school, COUNT(*) FROM events GROUP BY school") == [("khac", 1), ("mau", 2)]
    period = period_of(world.ctx, None)
    here = {view.id: view for view in fleet(world.ctx, "mau", period, world.time)}
    assert (here["k1"].moved, here["k1"].answers, here["k1"].needs_someone) == (True, 2, False)
    there = {view.id: view for view in fleet(world.ctx, "khac", period, world.time)}
    assert (there["k1"].moved, there["k1"].answers, there["k1"].missing_count) == (False, 1, 0)
    (moved,) = claims.history(world.ctx, "k1")
    assert (moved.came_from, moved.school, moved.made_by) == ("mau", "khac", "lan")


def test_whoever_stands_in_between_gets_nothing_and_ends_the_code(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    certificates.make(tmp_path / "data", ["127.0.0.1"], datetime(2026, 1, 1, tzinfo=UTC))
    own = doors.fingerprint(world.ctx.settings)
    assert own is not None
    terms = enrol(world.ctx, code_of(world), nonce(), own)
    assert terms["broker"].startswith("mqtts://")
    assert terms["ca"] == (tmp_path / "data/tls/ca.pem").read_text()
    code = code_of(world)
    assert refusal(world, code, certificate="0" * 64) == "certificate-mismatch"
    assert refusal(world, code, certificate=own) == "claim-withdrawn"
    assert lets_in(world, "k1", terms["password"])
    world.ctx.store.close()


def test_without_a_certificate_of_its_own_the_server_believes_only_those_who_could_check(
    world: World,
) -> None:
    code = code_of(world)
    assert refusal(world, code, certificate="0" * 64) == "certificate-unknown"
    assert enrol(world.ctx, code, nonce())["ca"] == ""


def test_an_answer_that_is_not_the_servers_is_not_believed(world: World) -> None:
    code, drawn = code_of(world), nonce()
    key = claim.claim_key(code)
    answer = json.loads(claims.exchange(world.ctx, claim.make_request(key, drawn, "")))
    for field, value in (("terms", answer["terms"].replace("mqtt://", "mqtt://x")), ("proof", "0" * 64)):
        with pytest.raises(claim.ClaimError, match="bad-answer"):
            claim.read_answer(json.dumps(answer | {field: value}).encode(), key, drawn, "")
    with pytest.raises(claim.ClaimError, match="bad-answer"):
        claim.read_answer(json.dumps(answer).encode(), claim.claim_key("bbbbbbbb"), drawn, "")


def test_the_slow_way_to_the_key_is_the_same_as_the_library_s() -> None:
    assert claim.stretch_slowly(b"k7pm9xq2", b"hailong claim 1", 4096) == claim.claim_key("k7pm9xq2")


@given(st.text(max_size=14))
def test_what_people_type_is_read_as_the_code_or_refused(text: str) -> None:
    code = claim.read_code(text)
    assert code is None or claim.read_code(f" {claim.spell_code(code)} ") == code
    assert claim.read_code("K7pm - 9xQ2") == claim.read_code("K7PM–9XQ2") == "k7pm9xq2"
    assert claim.read_code("Mã ghép máy: K7PM-9XQ2") == claim.read_code("K7PM\u00a09XQ2") == "k7pm9xq2"
    assert claim.read_code("k7pm9xq0") is None, "0 is not among the signs"
    assert claim.read_code("IHRW-YXYF") == claim.read_code("1hrw-yxyf") == claim.read_code("lhrw yxyf")


@given(st.binary(max_size=300))
def test_no_answer_and_no_request_breaks_a_reader(payload: bytes) -> None:
    for read in (claim.read_request, lambda got: claim.read_answer(got, b"k" * 32, "", "")):
        with pytest.raises(claim.ClaimError):
            read(payload)


# ---- over HTTP


@pytest.fixture
def client(world: World) -> FlaskClient:
    return create_app(world.ctx).test_client()


def post(client: FlaskClient, body: bytes, **environ: Any) -> tuple[int, dict[str, Any]]:
    response = client.post(claim.PATH, data=body, environ_overrides=environ)
    assert response.mimetype == "application/json"
    return response.status_code, response.json or {}


def test_over_http_a_device_is_let_in(world: World, client: FlaskClient) -> None:
    key, drawn = claim.claim_key(code_of(world)), nonce()
    status, answer = post(client, claim.make_request(key, drawn, ""))
    assert status == 200
    assert claim.read_answer(json.dumps(answer).encode(), key, drawn, "")["device"] == "k1"


def test_only_over_https_or_from_this_very_machine(world: World, client: FlaskClient) -> None:
    body = claim.make_request(claim.claim_key(code_of(world)), nonce(), "")
    status, answer = post(client, body, REMOTE_ADDR="10.0.0.7")
    assert (status, answer["code"]) == (403, "enrol-insecure")
    status, _ = post(client, body, REMOTE_ADDR="10.0.0.7", **{"wsgi.url_scheme": "https"})
    assert status == 200


def test_codes_are_not_found_by_trying(world: World, client: FlaskClient) -> None:
    right = claim.make_request(claim.claim_key(code_of(world)), nonce(), "")
    wrong = claim.make_request(b"k" * 32, nonce(), "")
    for _ in range(WRONG_FROM_ONE):
        assert post(client, wrong)[0] == 404
    status, answer = post(client, right)
    assert (status, answer["code"]) == (429, "too-many-tries")
    assert post(client, right, REMOTE_ADDR="127.0.0.2")[0] == 200, "another address may go on"


def test_every_refusal_is_one_that_devices_know(world: World) -> None:
    assert set(claim.ERRORS) <= set(PROBLEMS)


def test_the_enrolment_keeps_to_its_description(world: World) -> None:
    description = schemathesis.openapi.from_wsgi("/api/1/openapi.json", create_app(world.ctx))
    operation = description[claim.PATH]["POST"]

    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        # No request made of chance knows a code, so none is accepted.
        excluded = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")]
        case.call_and_validate(excluded_checks=excluded)

    check()


def test_where_devices_come_in(tmp_path: Path) -> None:
    plain = Settings(data=str(tmp_path))
    assert doors.enrol_server(plain) == ""
    assert doors.enrol_server(Settings(data=str(tmp_path), public_url="https://hl.example.vn")) == (
        "https://hl.example.vn"
    )
    assert doors.enrol_server(Settings(public_url="http://127.0.0.1:8080")) == "http://127.0.0.1:8080"
    certificates.make(tmp_path, ["10.1.2.3"], datetime(2026, 1, 1, tzinfo=UTC))
    secure = Settings(data=str(tmp_path), host="10.1.2.3", tls_port=9443, mqtt_tls_port=9883)
    assert doors.enrol_server(secure) == "https://10.1.2.3:9443"
    assert doors.device_broker(secure) == "mqtts://10.1.2.3:9883"
    with pytest.raises(Problem, match=r"none\.pem"):
        doors.fingerprint(Settings(tls_cert=str(tmp_path / "none.pem")))
