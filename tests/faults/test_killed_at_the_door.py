"""A power cut while a form from a phone is taken in: all is stored or nothing, and it can be sent again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.services.context import Context
from server.services.devices import points, slips
from server.services.phone import complaint_form, survey_form
from server.services.phone.complaint_form import Opened, Written
from server.services.phone.form_tokens import Forms
from server.services.phone.survey_form import Sent
from server.services.sender.lookup_gate import Gate
from server.services.upkeep.doctor import examine
from server.settings import Settings
from server.storage import Store
from tests.support.dying import dies
from tests.support.follow import lookup_school
from tests.support.reading import reading
from tests.support.seed import SCHOOL, Clock

_MAX_STATEMENTS = 100
_TABLES = (
    "events",
    "answers",
    "rate_cells",
    "quality_cells",
    "arrived",
    "misuse_due",
    "cases",
    "case_entries",
    "sealed_texts",
    "case_clocks",
)
FORMS = Forms(b"k" * 32)


class Furnished:
    """A school with a point and a slip, as files to copy."""

    def __init__(self, data: Path) -> None:
        clock = Clock()
        self.data = data
        self.ctx = lookup_school(data, clock)
        point = points.add(self.ctx, "ban-1", SCHOOL, label="Bàn số 1", single_use=True)
        self.slip = slips.make_slips(self.ctx, point)[0]
        self.form = survey_form.view(reading(self.ctx), "ban-1", self.slip).form(FORMS, clock.ms)
        self.letter = FORMS.give("ban-1", "", 0, clock.ms)
        clock.ms += 20_000
        self.ctx.store.close()

    def copy(self, where: Path) -> Context:
        shutil.copytree(self.data, where)
        return replace(self.ctx, store=Store(where / "hailong.db"), settings=Settings(data=str(where)))

    def answer(self, ctx: Context) -> bool:
        sent = Sent("ban-1", self.slip, self.form, "vi", {"rating": 4, "timeliness": "tre-hen"}, "hoc-ba")
        return survey_form.take_answer(ctx, FORMS, sent)

    def complain(self, ctx: Context) -> Opened:
        written = Written("ban-1", self.letter, "vi", ("cho-lau",), "Chờ lâu quá.")
        return complaint_form.take_complaint(ctx, FORMS, Gate().turn, written)


def shape(ctx: Context) -> tuple[Any, ...]:
    connection = ctx.store.connection
    counts = [connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in _TABLES]
    return (*counts, connection.execute("SELECT SUM(used) FROM slips").fetchone()[0])


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return Furnished(tmp_path_factory.mktemp("door") / "data")


@pytest.mark.parametrize("work", [Furnished.answer, Furnished.complain], ids=lambda work: work.__name__)
def test_all_or_nothing_and_sent_again_it_counts_once(
    school: Furnished, tmp_path: Path, work: Callable[[Furnished, Context], Any]
) -> None:
    shapes, whole, done = [], None, False
    for number in range(1, _MAX_STATEMENTS):
        ctx = school.copy(tmp_path / str(number))
        done = dies(lambda ctx: work(school, ctx), ctx, number)
        with closing(ctx.store):
            shapes.append(shape(ctx))
            work(school, ctx)  # the phone tries again
            whole = whole or shape(ctx)
            assert shape(ctx) == whole
            if shapes[-1] != shapes[max(number - 2, 0)] or done:
                assert all(finding.sound for finding in examine(reading(ctx))), examine(reading(ctx))
        shutil.rmtree(tmp_path / str(number))
        if done:
            break
    assert done
    assert len(set(shapes)) == 2 and shapes[-1] == whole
    assert shapes == sorted(shapes, key=lambda each: each == whole)
