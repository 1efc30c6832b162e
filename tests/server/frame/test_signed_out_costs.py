"""What a page costs for who has not signed in: the same, however many schools there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.services import schools
from server.wiring.pages import create_app
from tests.support.reading import reading
from tests.support.statements import statements
from tests.support.store import World


@pytest.mark.parametrize("address", ["/dang-nhap", "/tra-cuu"])
def test_no_page_for_everybody_loads_all_schools(tmp_path: Path, address: str) -> None:
    world = World(tmp_path)
    app = create_app(world.ctx)
    with statements(world.ctx.store) as two:
        assert app.test_client().get(address).status_code == 200
    for n in range(5):
        schools.add_school(world.ctx, f"them-{n}", f"Trường {n}")
    with statements(world.ctx.store) as seven:
        assert app.test_client().get(address).status_code == 200
    assert len(seven) == len(two)
    of_schools = [each for each in seven if "FROM schools" in each]
    assert of_schools
    assert all("LIMIT" in each for each in of_schools)


def test_the_only_school_and_the_sample_are_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    work, delete = reading(world.ctx), "DELETE FROM {} WHERE {} = ?"
    assert schools.only_school(work) is None
    assert not schools.is_all_sample(work)
    for table, column in (("devices", "school"), ("procedures", "school"), ("schools", "slug")):
        world.ctx.store.connection.execute(delete.format(table, column), ("khac",))
    only = schools.only_school(work)
    assert only is not None
    assert only.name == "Trường THCS mau"
    world.ctx.store.connection.execute("UPDATE schools SET sample = 1")
    assert schools.is_all_sample(work)
    schools.add_school(world.ctx, "that", "Trường thật")
    assert not schools.is_all_sample(work)
    for table in ("devices", "procedures", "schools"):
        world.ctx.store.connection.execute(f"DELETE FROM {table}")
    assert schools.only_school(work) is None
    assert not schools.is_all_sample(work)
