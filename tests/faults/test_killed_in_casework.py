"""A power cut at every moment of casework: the process dies before each statement that SQLite gets to run.

Whatever moment it is, the store afterwards is as it was before or as it should be: never a case without
its sealed text, never half an answer, and no erased text that an older backup could bring back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.domain.problems import Problem
from server.services.answers.ingest import Delivery, Ingest
from server.services.cases import actions
from server.services.cases.actions import WalkIn, walk_in
from server.services.context import Context
from server.services.keys import custody, keys
from server.services.privacy import erasure_list
from server.services.privacy.erasure import Word, erase_case
from server.services.privacy.retention_sweep import sweep
from server.services.sender import follow_acts
from server.services.upkeep.doctor import examine
from server.settings import Settings
from server.storage import Store
from survey_defs import complaint
from survey_defs.letter import Contact, Letter
from tests.support.complaint_school import PASSPHRASE, SCHOOL, ComplaintSchool
from tests.support.device import batch, event
from tests.support.dying import dies
from tests.support.reading import reading

DEPUTY = "hieu.pho"
NEW_PASSPHRASE = "một cụm từ khác, đủ dài"
TODAY = date(2026, 5, 20)
_MAX_STATEMENTS = 200
_TABLES = ("events", "cases", "case_entries", "sealed_texts", "case_clocks", "receptions", "privacy_requests",
           "seal_keys", "key_holders", "key_log", "arrived")  # fmt: skip


class Furnished:
    """A school with a case of a known code, as files to copy; made once, as keys take their time."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        school = ComplaintSchool(self.data)
        school.go(TODAY.isoformat())
        self.now = school.now
        self.ref, self.code = walk_in(school.ctx, school.actor("le.tan"), WalkIn("Chờ lâu quá", name="Lan"))
        school.act(TODAY.isoformat(), self.ref, "classify", kind="pakn", summary="Chờ lâu")
        school.act(TODAY.isoformat(), self.ref, "start")
        self.opened = school.open_keys(DEPUTY)
        self.actor = school.actor(DEPUTY)
        self.code_keys = complaint.code_keys(self.code, keys.code_salt(reading(school.ctx)))
        self.ctx = school.ctx
        public = keys.public_key(reading(school.ctx), SCHOOL)
        assert public is not None
        letter = Letter("Lời mới", Contact("Mai", "0900", "có"), self.code_keys.public)
        word = {key: value for key, value in event(1).items() if key not in ("survey", "version", "answers")}
        del word["took_ms"]
        rows = school.ctx.store.connection.execute(
            "SELECT box FROM sealed_texts UNION ALL SELECT box FROM receptions"
        )
        self.boxes = [bytes(row["box"]) for row in rows]
        self.word = word | {
            "type": "complaint", "about": ["thai-do"], "code_hash": "ab" * 32,
            "sealed": complaint.encode_sealed(complaint.seal(letter, public)),
        }  # fmt: skip
        school.ctx.store.close()
        with closing(sqlite3.connect(self.data / "hailong.db")) as whole:
            whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, where: Path) -> Context:
        """The school once more, in files of its own; its store is not open yet."""
        shutil.copytree(self.data, where)
        return replace(self.ctx, store=Store(where / "hailong.db"), settings=Settings(data=str(where)))

    # ---- what dies in the middle

    def ingest(self, ctx: Context) -> None:
        """A complaint beside an answer."""
        sent = Ingest(ctx).take([Delivery(SCHOOL, "kiosk-1", batch(self.word, event(2)), self.now)])
        assert self.word["id"].encode() in sent[0].payload

    def answer(self, ctx: Context) -> None:
        """An officer's answer."""
        self._act(ctx, "answer", text="Đã xong")

    def into_the_sealed_room(self, ctx: Context) -> None:
        """Every box of a case changes its key."""
        self._act(ctx, "petition", kind="to_cao", number="1/TC", date="2026-05-19", note="Đơn tay")

    def word_of_the_sender(self, ctx: Context) -> None:
        """A word over the lookup page."""
        follow_acts.act(ctx, self.code_keys, act="word", after="3", text="Thêm một lời", wish="")

    def erase(self, ctx: Context) -> None:
        """All that was written goes, on request."""
        erase_case(ctx, DEPUTY, self.row(ctx)["n"], Word("asked"))

    def renew_the_key(self, ctx: Context) -> None:
        """The old key is retired, another is made."""
        custody.renew(ctx, SCHOOL, "complaints", DEPUTY, PASSPHRASE)

    def new_passphrase(self, ctx: Context) -> None:
        """Two keys are locked anew."""
        custody.change_passphrase(ctx, DEPUTY, PASSPHRASE, NEW_PASSPHRASE)

    def _act(self, ctx: Context, action: str, **fields: str) -> None:
        actions.act(ctx, self.actor, self.ref, action, self.row(ctx)["version"], fields, self.opened)

    def row(self, ctx: Context) -> Any:
        """The case's row."""
        year, number = map(int, self.ref.split("-"))
        return reading(ctx).sql.case_find(school=SCHOOL, year=year, number=number)


def shape(ctx: Context) -> tuple[Any, ...]:
    """All that the work changes, but for what is random."""
    connection = ctx.store.connection
    counts = [connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in _TABLES]
    case = tuple(
        connection.execute("SELECT room, status, version, erased_at FROM cases ORDER BY n").fetchone()
    )
    key = connection.execute("SELECT COUNT(*) FROM seal_keys WHERE retired_at IS NULL").fetchone()[0]
    return (*counts, *case, key)


def is_whole(school: Furnished, ctx: Context) -> None:
    """Every case has its text, and every text opens with the key of the room in which it lies."""
    connection = ctx.store.connection
    boxes = list(
        connection.execute(
            "SELECT c.n, c.room, t.seq, t.box FROM cases c JOIN sealed_texts t ON t.case_n = c.n"
            " WHERE t.audience = 'desk'"
        )
    )
    assert all(school.opened.open(row["room"], bytes(row["box"])) for row in boxes)
    with_text = {row["n"] for row in boxes if row["seq"] == 1}
    alive = {row["n"] for row in connection.execute("SELECT n FROM cases WHERE erased_at IS NULL")}
    assert with_text == alive


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return Furnished(tmp_path_factory.mktemp("casework"))


@pytest.mark.parametrize(
    "work",
    [
        Furnished.ingest,
        Furnished.answer,
        Furnished.into_the_sealed_room,
        Furnished.word_of_the_sender,
        Furnished.erase,
        Furnished.renew_the_key,
        Furnished.new_passphrase,
    ],
    ids=lambda work: work.__name__,
)
def test_a_power_cut_leaves_all_or_nothing(
    school: Furnished, tmp_path: Path, work: Callable[[Furnished, Context], None]
) -> None:
    shapes = []
    for number in range(1, _MAX_STATEMENTS):
        ctx = school.copy(tmp_path / str(number))
        done = dies(lambda ctx: work(school, ctx), ctx, number)
        with closing(ctx.store):
            shapes.append(shape(ctx))
            is_whole(school, ctx)
            if shapes[-1] != shapes[max(number - 2, 0)] or done:
                assert all(finding.sound for finding in examine(reading(ctx))), examine(reading(ctx))
            if work is Furnished.erase:
                is_erased_for_good_or_not_at_all(school, ctx)
            if work is Furnished.new_passphrase:
                assert one_passphrase_opens_both_rooms(ctx)
        shutil.rmtree(tmp_path / str(number))
        if done:
            break
    assert done
    before, after = shapes[0], shapes[-1]
    assert shapes == sorted(shapes, key=lambda each: each == after and after != before)
    assert set(shapes) <= {before, after}
    # The answer to whoever asked comes after the commit: until then everything was as before.
    assert before != after or work is Furnished.new_passphrase


def is_erased_for_good_or_not_at_all(school: Furnished, ctx: Context) -> None:
    """What is erased is on the list that older backups are held against, and the next sweep clears files."""
    (row,) = ctx.store.connection.execute("SELECT id, erased_at FROM cases")
    if row["erased_at"] is None:
        return
    assert row["id"] in {each.id for each in erasure_list.read(ctx)}
    sweep(ctx, TODAY)
    for path in Path(ctx.settings.data).iterdir():
        content = path.read_bytes()
        assert not any(box[:32] in content for box in school.boxes), path.name


def one_passphrase_opens_both_rooms(ctx: Context) -> bool:
    """Never one room with the old passphrase and the other with the new one."""
    for passphrase in (PASSPHRASE, NEW_PASSPHRASE):
        with contextlib.suppress(Problem):
            return keys.unlock(ctx, DEPUTY, passphrase).rooms == {"complaints", "denunciations"}
    return False


def test_of_two_processes_that_act_at_once_one_comes_first(school: Furnished, tmp_path: Path) -> None:
    """Both saw the same version; the slower one is told, and its answer is nowhere."""
    ctx = school.copy(tmp_path / "data")
    version = school.row(ctx)["version"]
    ctx.store.close()
    gate_out, gate_in = os.pipe()
    children = []
    for number in range(2):
        child = os.fork()
        if child == 0:
            os.close(gate_in)
            os.read(gate_out, 1)  # until the parent lets both go
            try:
                fields = {"text": f"Trả lời {number}"}
                actions.act(ctx, school.actor, school.ref, "answer", version, fields, school.opened)
                os._exit(0)
            except Problem as problem:
                os._exit(7 if problem.code == "case-moved" else 3)
        children.append(child)
    os.close(gate_out)
    os.close(gate_in)
    said = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert said == [0, 7]
    with closing(ctx.store):
        is_whole(school, ctx)
        answers = list(ctx.store.connection.execute("SELECT seq FROM case_entries WHERE action = 'answer'"))
        assert [row["seq"] for row in answers] == [version + 1]
