"""Claim codes: who is let in, once, for a day, and by nobody in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from server.domain.devices import device_password
from server.domain.problems import Problem
from server.domain.problems.catalogue import PROBLEMS
from server.services.dashboard.fleet import fleet
from server.services.dashboard.overview import period_of
from server.services.devices import claims, registry
from server.services.devices.enrol import MAX_RUNS, MAX_RUNS_OF_ONE, RUN_MS, Run, Runs, exchange
from server.services.network import certificates, endpoints
from server.services.upkeep.backup import back_up
from server.settings import Settings
from server.transport.http.devices.enrol import ASKED_BY_ONE, WRONG_FROM_ONE
from server.wiring.pages import create_app
from survey_defs import claim
from tests.support.claiming import Comer, Keeper, let_in, new_run
from tests.support.device import event
from tests.support.reading import reading
from tests.support.store import World

HOUR = 3_600_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "data")
    yield made
    made.ctx.store.close()


def code_of(world: World, device: str = "k1", school: str | None = None) -> str:
    return claims.make(world.ctx, device, school, actor="lan").code


def refusal(world: World, code: str, certificate: str = "", **more: Any) -> str:
    with pytest.raises(Problem) as caught:
        let_in(world.ctx, code, certificate, **more)
    return caught.value.code


def another(code: str, sign: str = "a") -> str:
    """A code that names the same claim and has another secret."""
    made = claim.make_code(bytes(claim.SIGNS.index(each) for each in code[:8] + sign))
    return made if made != code else another(code, "b")


def lets_in(world: World, device: str, password: str) -> bool:
    (stored,) = world.one("SELECT password_hash FROM devices WHERE id = ?", device)
    return device_password.matches(password, stored)


def test_a_code_lets_its_device_in_with_a_password_that_never_travels(world: World) -> None:
    old = registry.renew_password(world.ctx, "k1")
    code = code_of(world)
    assert lets_in(world, "k1", old), "until the code is used, the old password stays"
    terms = let_in(world.ctx, code)
    assert (terms["device"], terms["school"], terms["kind"]) == ("k1", "mau", "kiosk")
    assert terms["broker"].startswith("mqtt://")
    assert lets_in(world, "k1", terms["password"])
    assert not lets_in(world, "k1", old)


def test_a_new_key_ends_the_trouble_of_a_copied_card(world: World) -> None:
    for up_ms in range(1, 4):
        for boot in ("original", "copy"):
            world.send(boot=boot, up_ms=up_ms * 1000)

    def troubles() -> tuple[str, ...]:
        views = fleet(reading(world.ctx), "mau", period_of(world.ctx, None), world.time)
        return next(view.troubles for view in views if view.id == "k1")

    assert troubles() == ("shared",)
    let_in(world.ctx, code_of(world))
    assert troubles() == ()
    world.send(boot="original", up_ms=9000)
    assert troubles() == ()


def test_a_lost_answer_costs_nothing_and_a_second_device_gets_nothing(world: World) -> None:
    code, runs = code_of(world), Runs()
    run = new_run(code)
    first = let_in(world.ctx, code, run=run, runs=runs)
    again = let_in(world.ctx, code, run=run, runs=Runs())  # after a restart of the server too
    assert first == again
    assert refusal(world, code) == "claim-used"
    assert refusal(world, another(code)) == "claim-used"
    world.time += 24 * HOUR
    assert refusal(world, code, run=run) == "claim-used"
    claims.forget_over(world.ctx)
    assert refusal(world, code, run=run) == "claim-used"
    assert lets_in(world, "k1", first["password"])


def test_a_restart_in_between_makes_the_device_begin_anew(world: World) -> None:
    code = code_of(world)
    comer = Comer(code)
    proof = comer.proof(exchange(world.ctx, Runs(), comer.hello()))
    with pytest.raises(Problem) as caught:
        exchange(world.ctx, Runs(), proof)
    assert caught.value.code == "enrol-again"
    comer.asking.again()
    runs = Runs()
    terms, password = comer.come_in(lambda body: exchange(world.ctx, runs, body))
    assert terms["device"] == "k1"
    assert lets_in(world, "k1", password)


def test_each_code_that_is_not_valid_says_why(world: World) -> None:
    assert refusal(world, "aaaaaaaaaa") == "claim-unknown"
    withdrawn = code_of(world)
    newer = code_of(world)
    assert refusal(world, withdrawn) == "claim-withdrawn"
    assert claims.open_claim(reading(world.ctx), "k1") == (
        "k1", "mau", world.time, world.time + claims.VALID_MS,
    )  # fmt: skip
    world.time += 24 * HOUR
    assert claims.open_claim(reading(world.ctx), "k1") is None
    assert refusal(world, newer) == "claim-expired"
    retired = code_of(world, "k2")
    registry.retire_device(world.ctx, "k2")
    assert refusal(world, retired) == "claim-withdrawn"
    world.time += claims.REMEMBERED_MS + 1
    code_of(world)
    assert refusal(world, newer) == "claim-unknown", "an old name is not kept for ever"


def test_a_code_typed_into_another_kind_of_device_is_not_used_up(world: World) -> None:
    code = code_of(world)
    assert refusal(world, code, kind="button") == "claim-wrong-kind"
    assert let_in(world.ctx, code)["device"] == "k1"


# ---- who guesses, listens or steals


def test_five_wrong_codes_end_a_claim_however_they_are_tried(world: World) -> None:
    code, runs = code_of(world), Runs()
    wrong = another(code)
    comers = [Comer(wrong) for _ in range(7)]
    proofs = [comer.proof(exchange(world.ctx, runs, comer.hello())) for comer in comers]
    said = []
    for proof in proofs:  # all begun before the first was judged
        with pytest.raises(Problem) as caught:
            exchange(world.ctx, runs, proof)
        said.append((caught.value.code, caught.value.values.get("left")))
    assert said == [
        *[("claim-wrong", left) for left in (4, 3, 2, 1)],
        *[("claim-guessed", None)] * 3,
    ]
    assert refusal(world, code) == "claim-guessed", "the right one is too late"
    (past,) = claims.history(reading(world.ctx), "k1")
    assert past.was_guessed_at
    assert let_in(world.ctx, code_of(world))["device"] == "k1", "a new code is as good as ever"


def test_a_run_serves_for_one_try(world: World) -> None:
    code, runs = code_of(world), Runs()
    comer = Comer(another(code))
    proof = comer.proof(exchange(world.ctx, runs, comer.hello()))
    for expected in ("claim-wrong", "enrol-again"):
        with pytest.raises(Problem) as caught:
            exchange(world.ctx, runs, proof)
        assert caught.value.code == expected
    assert refusal(world, another(code, "c"), runs=runs) == "claim-wrong"
    assert let_in(world.ctx, code, runs=runs)["device"] == "k1", "mistyping is forgiven"


def test_what_is_under_way_is_bounded_and_forgotten(world: World) -> None:
    codes, runs = [code_of(world, device) for device in ("k1", "k2")], Runs()
    first = Comer(codes[1])
    share = exchange(world.ctx, runs, first.hello())
    for _ in range(2 * MAX_RUNS_OF_ONE):
        exchange(world.ctx, runs, Comer(codes[0]).hello())
    assert len(runs) == MAX_RUNS_OF_ONE + 1, "many runs of one claim push out no other's"
    assert exchange(world.ctx, runs, first.hello()) == share, "the same is answered alike"
    for n in range(2 * MAX_RUNS):
        runs.add(f"{n}", Run(1000 + n, 1, b"", world.time))
    assert len(runs) == MAX_RUNS
    proof = first.proof(share)
    with pytest.raises(Problem) as caught:
        exchange(world.ctx, runs, proof)
    assert caught.value.code == "enrol-again"
    late = Comer(codes[1])
    proof = late.proof(exchange(world.ctx, runs, late.hello()))
    world.time += RUN_MS
    with pytest.raises(Problem) as caught:
        exchange(world.ctx, runs, proof)
    assert caught.value.code == "enrol-again"


def test_a_stolen_store_or_backup_gives_no_password_away(world: World) -> None:
    """The secret goes with its use, its end, its withdrawal; a backup never has it; what stays opens nothing.

    The thief has also heard every word of the exchange.
    """

    data = Path(world.ctx.settings.data)

    def secrets_kept() -> int:
        found = world.one("SELECT COUNT(secret) FROM claims")
        return int(found[0])

    def bytes_of_store() -> bytes:
        world.ctx.store.flush()
        return b"".join(path.read_bytes() for path in data.glob("hailong.db*"))

    codes = {device: code_of(world, device) for device in ("k1", "k2", "k3")}
    stored = {device: f"{claim.secret_of(code):064x}".encode() for device, code in codes.items()}
    assert secrets_kept() == 3
    back_up(world.ctx, data.parent / "saved.db")
    saved = (data.parent / "saved.db").read_bytes()
    assert not [secret for secret in stored.values() if secret in saved]
    heard: list[bytes] = []
    runs = Runs()

    def hear(body: bytes) -> bytes:
        answer = exchange(world.ctx, runs, body)
        heard.extend([body, answer])
        return answer

    terms, password = Comer(codes["k1"]).come_in(hear)
    claims.withdraw(world.ctx, "k2")
    assert secrets_kept() == 1
    world.time += 24 * HOUR
    claims.forget_over(world.ctx)
    assert secrets_kept() == 0
    assert not [secret for secret in stored.values() if secret in bytes_of_store()]
    assert terms["device"] == "k1"
    assert password.encode() not in b"".join(heard) + bytes_of_store()


def test_the_password_is_the_runs_and_not_the_codes() -> None:
    """Who learns the code afterwards has nothing to work the password out of."""
    keeper, code = Keeper("k7pm9xq2re"), "k7pm9xq2re"
    for _ in range(2):
        with suppress(claim.ClaimError):  # the terms are none
            Comer(code).come_in(lambda body: keeper.answer(body, {}) or b"")
    assert len(set(keeper.passwords)) == 2


def test_codes_of_before_are_refused_in_plain_words(world: World) -> None:
    old = {"v": 1, "nonce": "0" * 32, "certificate": "", "kind": "kiosk", "proof": "0" * 64}
    with pytest.raises(Problem, match="the server's version") as caught:
        exchange(world.ctx, Runs(), json.dumps(old).encode())
    assert caught.value.code == "bad-enrolment"


@pytest.mark.parametrize("device", ["old", "nobody"])
def test_no_code_for_a_device_that_cannot_come_in(world: World, device: str) -> None:
    with pytest.raises(Problem):
        claims.make(world.ctx, device)
    registry.add_device(world.ctx, "giay", "mau", "qr")
    with pytest.raises(Problem, match="paper"):
        claims.make(world.ctx, "giay")
    with pytest.raises(Problem, match="khong-co"):
        claims.make(world.ctx, "k1", "khong-co")


def test_a_device_moves_when_it_comes_in_and_its_history_stays(world: World) -> None:
    world.send(event(1), event(2))
    code = code_of(world, "k1", "khac")
    assert registry.device(reading(world.ctx), "k1").school == "mau"
    let_in(world.ctx, code)
    assert registry.device(reading(world.ctx), "k1").school == "khac"
    world.send(event(1, journal="j2"), school="khac")
    assert world.rows("SELECT school, COUNT(*) FROM events GROUP BY school") == [("khac", 1), ("mau", 2)]
    period = period_of(world.ctx, None)
    here = {view.id: view for view in fleet(reading(world.ctx), "mau", period, world.time)}
    assert (here["k1"].moved, here["k1"].answers, here["k1"].needs_someone) == (True, 2, False)
    there = {view.id: view for view in fleet(reading(world.ctx), "khac", period, world.time)}
    assert (there["k1"].moved, there["k1"].answers, there["k1"].missing_count) == (False, 1, 0)
    (moved,) = claims.history(reading(world.ctx), "k1")
    assert (moved.came_from, moved.school, moved.made_by) == ("mau", "khac", "lan")


def test_whoever_stands_in_between_gets_nothing_and_ends_the_code(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    certificates.make(tmp_path / "data", ["127.0.0.1"], datetime(2026, 1, 1, tzinfo=UTC))
    own = endpoints.fingerprint(world.ctx.settings)
    assert own is not None
    terms = let_in(world.ctx, code_of(world), own)
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
    assert let_in(world.ctx, code)["ca"] == ""


def test_an_answer_that_is_not_the_servers_is_not_believed(world: World) -> None:
    code, runs = code_of(world), Runs()
    comer = Comer(code, kind="kiosk")
    proof = comer.proof(exchange(world.ctx, runs, comer.hello()))
    answer = json.loads(exchange(world.ctx, runs, proof))
    for field, value in (("terms", answer["terms"].replace("mqtt://", "mqtt://x")), ("proof", "0" * 64)):
        with pytest.raises(claim.ClaimError, match="bad-answer"):
            comer.asking.read_answer(json.dumps(answer | {field: value}).encode())
    assert comer.asking.read_answer(json.dumps(answer).encode())[0]["device"] == "k1"


@pytest.mark.parametrize("field", ["certificate", "kind", "share", "claim"])
def test_whoever_changes_a_word_on_the_way_spoils_the_proof(world: World, field: str) -> None:
    code, runs = code_of(world), Runs()
    comer = Comer(code)
    said = json.loads(comer.proof(exchange(world.ctx, runs, comer.hello())))
    other = Comer(code)
    exchange(world.ctx, runs, other.hello())
    changed = {"certificate": "0" * 64, "kind": "", "claim": code_of(world, "k2")[:3]}
    said[field] = changed.get(field) or ("" if field == "kind" else json.loads(other.hello())["share"])
    with pytest.raises(Problem) as caught:
        exchange(world.ctx, runs, json.dumps(said).encode())
    assert caught.value.code == ("enrol-again" if field == "claim" else "claim-wrong")


@given(st.text(max_size=14))
def test_what_people_type_is_read_as_the_code_or_refused(text: str) -> None:
    code = claim.read_code(text)
    assert code is None or claim.read_code(f" {claim.spell_code(code)} ") == code
    assert claim.read_code("K7pm9 - xQ2rE") == claim.read_code("K7PM9–XQ2RE") == "k7pm9xq2re"
    assert claim.read_code("Mã ghép máy: K7PM9-XQ2RE") == claim.read_code("K7PM9\u00a0XQ2RE") == "k7pm9xq2re"
    assert claim.read_code("k7pm9xq2r0") is None, "0 is not among the signs"
    assert claim.read_code("IHRWY-XYAQI") == claim.read_code("1hrwy-xyaql") == "ihrwyxyaqi"


@given(st.binary(min_size=9, max_size=9), st.integers(0, 9), st.integers(0, 9), st.sampled_from(claim.SIGNS))
def test_one_wrong_sign_or_two_that_changed_places_are_found_before_anything_is_asked(
    drawn: bytes, at: int, other: int, sign: str
) -> None:
    code = claim.make_code(drawn)
    assert claim.read_code(code) == code
    wrong = code[:at] + sign + code[at + 1 :]
    signs = list(code)
    signs[at], signs[other] = signs[other], signs[at]
    for typed in (wrong, "".join(signs)):
        assert claim.read_code(typed) == (code if typed == code else None)


@given(st.binary(max_size=300))
def test_no_answer_and_no_request_breaks_a_reader(payload: bytes) -> None:
    asking = claim.Asking("k7pm9xq2re", "kiosk", new_run("k7pm9xq2re"))
    for read in (claim.Request, lambda got: asking.hear(got, ""), asking.read_answer):
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
    def ask(body: bytes) -> bytes:
        status, answer = post(client, body)
        assert status == 200
        return json.dumps(answer).encode()

    terms, password = Comer(code_of(world)).come_in(ask)
    assert terms["device"] == "k1"
    assert lets_in(world, "k1", password)


def test_only_over_https_or_from_this_very_machine(world: World, client: FlaskClient) -> None:
    body = Comer(code_of(world)).hello()
    status, answer = post(client, body, REMOTE_ADDR="10.0.0.7")
    assert (status, answer["code"]) == (403, "enrol-insecure")
    status, _ = post(client, body, REMOTE_ADDR="10.0.0.7", **{"wsgi.url_scheme": "https"})
    assert status == 200


def test_codes_are_not_found_by_trying(world: World, client: FlaskClient) -> None:
    code = code_of(world)
    right, unknown = Comer(code).hello(), "aaa" if code[:3] != "aaa" else "bbb"
    wrong = Comer(claim.make_code(bytes(claim.SIGNS.index(each) for each in unknown * 3))).hello()
    for _ in range(WRONG_FROM_ONE):
        assert post(client, wrong)[0] == 404
    status, answer = post(client, right)
    assert (status, answer["code"]) == (429, "too-many-tries")
    assert post(client, right, REMOTE_ADDR="127.0.0.2")[0] == 200, "another address may go on"


def test_the_arithmetic_is_not_to_be_had_without_end(world: World, client: FlaskClient) -> None:
    body = Comer(code_of(world)).hello()
    found = [post(client, body)[0] for _ in range(ASKED_BY_ONE + 1)]
    assert found == [200] * ASKED_BY_ONE + [429]
    assert post(client, body, REMOTE_ADDR="127.0.0.2")[0] == 200


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
    assert endpoints.enrol_server(plain) == ""
    assert endpoints.enrol_server(Settings(data=str(tmp_path), public_url="https://hl.example.vn")) == (
        "https://hl.example.vn"
    )
    assert endpoints.enrol_server(Settings(public_url="http://127.0.0.1:8080")) == "http://127.0.0.1:8080"
    certificates.make(tmp_path, ["10.1.2.3"], datetime(2026, 1, 1, tzinfo=UTC))
    secure = Settings(data=str(tmp_path), host="10.1.2.3", tls_port=9443, mqtt_tls_port=9883)
    assert endpoints.enrol_server(secure) == "https://10.1.2.3:9443"
    assert endpoints.device_broker(secure) == "mqtts://10.1.2.3:9883"
    with pytest.raises(Problem, match=r"none\.pem"):
        endpoints.fingerprint(Settings(tls_cert=str(tmp_path / "none.pem")))
