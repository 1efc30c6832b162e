"""By which desk and at which minute a complaint came nobody learns without the key: it tells who it was."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.domain.access.roles import CASES
from server.domain.problems import Problem
from server.services.access.accounts import find_account
from server.services.cases import actions
from server.services.devices import registry
from server.services.figures.quality import dead_letters
from server.wiring.pages import create_app
from survey_defs import wire
from tests.support.desk import OFFICER, PASSPHRASE, PRINCIPAL, ROLES, DeskSchool, empty_desk
from tests.support.pages import csrf, signed_in, words
from tests.support.reading import reading
from tests.support.seed import LOGIN, SCHOOL, Feeder
from tests.support.walking import Walk

LABEL = "Kiosk hành lang nhà B"
CAME, WROTE, REFUSED = "07:43", "13:27", "10:58"
ABOUT_THE_DEVICE = ("/thiet-bi", "/khong-tinh", "/diem-khao-sat", "/khoa")
"""Pages that name every device, whatever came from it."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSchool]:
    """Complaints in every state, of one desk, and one that was refused."""
    made = empty_desk(tmp_path_factory.mktemp("origin"))
    registry.add_device(made.ctx, "hanh-lang", SCHOOL, "kiosk", LABEL)
    refs = [made.at(5, day, 7, 43).comes(device="hanh-lang") for day in (18, 19, 20)]
    made.says(made.at(5, 21, 13, 27) and refs[0], "Tôi xin bổ sung.")
    made.at(5, 22, 9, 0)
    for ref in refs[1:]:
        made.does(LOGIN, ref, "receive")
    made.does(LOGIN, refs[2], "classify", kind="pakn", summary="Hồ sơ chậm")
    made.does(LOGIN, refs[2], "assign", assignee=OFFICER)
    made.at(5, 25, 10, 58)
    Feeder(made.ctx, "hanh-lang").raw(
        wire.encode_batch("b", 1, None, False, [{"id": "x", "type": "complaint", "sealed": "AAAA"}])
    )
    Feeder(made.ctx, "hanh-lang").raw(b'{"events":[{"type":"complaint"')
    made.at(5, 27)
    Feeder(made.ctx, "hanh-lang").says("ready", made.ctx.now(), version="1")  # as every minute
    yield made
    made.ctx.store.close()


@pytest.fixture(scope="module")
def app(school: DeskSchool) -> Flask:
    return create_app(school.ctx)


def told(content: bytes) -> str:
    """All words of a file: of an archive, those of its parts."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@pytest.mark.parametrize("login", ROLES)
def test_without_the_key_no_page_or_file_tells_it(app: Flask, school: DeskSchool, login: str) -> None:
    client = signed_in(app, login)
    walk = Walk(app, client).go("/", "/so-lieu")
    assert walk.faults == []
    assert ROLES[login] not in CASES or "/phan-anh/2026-1" in walk.pages
    everything = {address: words(walk.answers[address].text) for address in walk.pages}
    everything |= {address: told(walk.answers[address].data) for address in walk.files}
    for address, text in everything.items():
        for minute in (CAME, WROTE, REFUSED):
            assert minute not in text, f"{minute} on {address}"
        assert LABEL not in text or address.startswith(ABOUT_THE_DEVICE), address
        assert "hanh-lang" not in text or address.startswith(ABOUT_THE_DEVICE), address


def test_with_the_key_open_the_case_tells_it(app: Flask, school: DeskSchool) -> None:
    def opened(login: str) -> FlaskClient:
        client = signed_in(app, login)
        token = csrf(client.get("/mo-khoa").text)
        sent = client.post("/mo-khoa", data={"csrf_token": token, "passphrase": PASSPHRASE})
        assert sent.status_code == 303
        return client

    not_theirs = words(opened(OFFICER).get("/phan-anh/2026-1").text)
    assert CAME not in not_theirs, "an officer reads what is assigned to them"
    client = opened(PRINCIPAL)
    case = words(client.get("/phan-anh/2026-1").text)
    for word in (LABEL, CAME, WROTE):
        assert word in case
    assert LABEL not in words(client.get("/phan-anh").text)


def test_the_service_refuses_it_too(school: DeskSchool) -> None:
    account = find_account(reading(school.ctx), PRINCIPAL)
    assert account is not None
    actor = actions.actor_of(reading(school.ctx), account)
    for ref, keys, code in (
        ("2026-1", None, "key-locked"),
        ("2026-1", school.open_keys(LOGIN), "key-locked"),
        ("2026-9", school.open_keys(PRINCIPAL), "unknown-case"),
    ):
        with pytest.raises(Problem) as caught:
            actions.origin(reading(school.ctx), actor, ref, keys)
        assert caught.value.code == code
    found = actions.origin(reading(school.ctx), actor, "2026-1", school.open_keys(PRINCIPAL))
    assert found.device_label == LABEL
    assert not {"device_label", "received_at", "occurred_at"} & set(actions.CaseView._fields)


def test_a_refused_complaint_stands_among_the_others_by_its_day(school: DeskSchool) -> None:
    found = dead_letters(reading(school.ctx), SCHOOL, school.ctx.now())
    assert len(found) == 2
    assert all(letter.sealed and not letter.device and not letter.preview for letter in found)
    assert {letter.last_at % 86_400_000 for letter in found} == {17 * 3_600_000}, "midnight at the school"
