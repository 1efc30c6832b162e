"""Every page, link and form that the demo's people are offered leads somewhere."""

import re
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask

from server.domain.records import ROLES
from server.services.devices import registry
from server.services.sample.sample_school import SCHOOL
from server.services.upkeep.doctor import examine
from server.services.upkeep.doctor_times import Times, times
from server.wiring.pages import create_app
from tests.support.demo import Demo, demo_school
from tests.support.pages import csrf, signed_in
from tests.support.reading import reading
from tests.support.walking import Walk, loses_what_is_typed, too_large_to_take


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = demo_school(tmp_path_factory.mktemp("walk"))
    yield made
    made.ctx.store.close()


@pytest.fixture(scope="module")
def app(demo: Demo) -> Flask:
    return create_app(demo.ctx)


def test_the_demo_is_sound_and_looks_like_no_wrong_clock(demo: Demo) -> None:
    assert [finding for finding in examine(reading(demo.ctx)) if not finding.sound] == []
    assert times(demo.ctx, mend=False) == Times(rows=0, boots=0, moved=0, cases=(), days=(), visits=0)


VISITOR = "visitor"


@pytest.fixture(scope="module")
def walks(app: Flask, demo: Demo) -> Mapping[str, Walk]:
    """Of each role, and of a visitor: all that they are offered."""
    found = {role: walk_as(app, demo, role) for role in ROLES}
    client = app.test_client()
    walk = Walk(app, client, refusals=(200, 400, 422)).go("/dang-nhap", "/tra-cuu", f"/q/{demo.point}")
    found[VISITOR] = walk.go_on_from("/tra-cuu?", client.post("/tra-cuu", data={"code": demo.code}))
    return found


def walk_as(app: Flask, demo: Demo, role: str) -> Walk:
    client = signed_in(app, demo.logins[role])
    if role in ("deputy", "officer"):  # who holds a key walks with the texts open
        page = client.get("/mo-khoa")
        opened = client.post("/mo-khoa", data={"csrf_token": csrf(page.text), "passphrase": demo.passphrase})
        assert opened.status_code == 303
    return Walk(app, client).go("/")


@pytest.mark.parametrize("who", (*ROLES, VISITOR))
def test_all_that_somebody_is_offered_works(walks: Mapping[str, Walk], who: str) -> None:
    assert walks[who].faults == []
    assert len(walks[who].pages) > (8 if who == VISITOR else 25)


def test_no_field_takes_more_than_the_server_reads(walks: Mapping[str, Walk], app: Flask) -> None:
    pages = {address: page for walk in walks.values() for address, page in walk.pages.items()}
    found = {address: too_large_to_take(address, page, app.test_client()) for address, page in pages.items()}
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_no_login_and_no_id_breaks_at_its_hyphens(walks: Mapping[str, Walk], demo: Demo) -> None:
    school = registry.devices_ever(reading(demo.ctx), SCHOOL)
    names = {*demo.logins.values(), *(each.id for each in school)}
    said, broken = set(), set()
    for walk in walks.values():
        for address, page in walk.pages.items():
            for text in page.xpath(
                "//main//text()[not(ancestor::option or ancestor::textarea or ancestor::pre)]"
            ):
                of = {name for name in names & {*re.findall(r"[\w-]+", text)} if "-" in name}
                said.update(of)
                if of and "whole" not in (text.getparent().get("class") or ""):
                    broken.update((address, name, str(text)) for name in of)

    assert broken == set()
    assert {demo.logins["deputy"], *(each.id for each in school if each.kind != "qr")} <= said


def test_no_change_of_the_language_loses_what_is_typed(walks: Mapping[str, Walk]) -> None:
    pages = {address: page for walk in walks.values() for address, page in walk.pages.items()}
    assert {address: lost for address, page in pages.items() if (lost := loses_what_is_typed(page))} == {}
