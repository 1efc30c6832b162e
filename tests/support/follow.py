"""A case that a parent follows: reported with a real code, acted on at the desk, sealed on both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.domain.localtime import local_day
from server.services.cases import casefile, opening
from server.services.cases.opening import NewCase
from server.services.context import Context
from server.services.keys import custody, keys
from survey_defs.complaint import CodeKeys, Letter, code_keys, seal
from tests.support.codes import known_code
from tests.support.reading import reading
from tests.support.seed import LOGIN, SCHOOL, Clock, add_school, make_context

PASSPHRASE = "con mèo nằm trên mái ngói"
TEXT = "Tôi nộp học bạ đã ba tuần mà chưa được trả lời."
DESK = ("ask", "answer", "correct", "return")


def make_keys(ctx: Context, *rooms: str, school: str = SCHOOL, holder: str = LOGIN) -> None:
    """The keys of a school's rooms."""
    for room in rooms or ("complaints", "denunciations"):
        custody.make_key(ctx, school, room, holder, PASSPHRASE)


def lookup_school(directory: Path, clock: Clock, **settings: object) -> Context:
    """A school with keys, whose cases can be looked up."""
    context = make_context(directory, clock, **settings)
    add_school(context)
    make_keys(context)
    return context


@dataclass
class Reported:
    """A case, and the code that its sender kept."""

    ctx: Context
    school: str = SCHOOL
    about: tuple[str, ...] = ("cho-lau",)
    n: int = 0

    def __post_init__(self) -> None:
        (cases,) = self.ctx.store.connection.execute("SELECT COUNT(*) FROM cases").fetchone()
        self.code = known_code(cases)
        self.keys: CodeKeys = code_keys(self.code, keys.code_salt(reading(self.ctx)))
        now = self.ctx.now()
        letter = Letter(TEXT, reply_key=self.keys.public)
        new = NewCase(
            id=self.ctx.new_id(),
            school=self.school,
            channel="kiosk",
            device=None,
            lang="vi",
            procedure=None,
            about=self.about,
            occurred_at=now,
            received_at=now,
            received_on=local_day(now),
            code_hash=self.keys.code_hash,
            box=keys.seal_for_desk(reading(self.ctx), self.school, "complaints", letter),
        )
        with self.ctx.write() as work:
            self.n = opening.open_case(work, new)

    @property
    def row(self) -> Any:
        """The case as it stands."""
        return reading(self.ctx).sql.case_get(n=self.n)

    def entries(self) -> list[Any]:
        """What happened to it."""
        return list(reading(self.ctx).sql.case_entries_of(case_n=self.n))

    def desk(
        self,
        action: str,
        text: str = "",
        *,
        reason: str | None = None,
        data: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> "Reported":
        """Something that was done at the desk; a text for the sender is sealed for both."""
        boxes = {}
        if text:
            room = changes.get("room", self.row["room"])
            boxes["desk"] = keys.seal_for_desk(reading(self.ctx), self.school, room, Letter(text))
            if action in DESK:
                boxes["sender"] = seal(Letter(text), self.keys.public)
        with self.ctx.write() as work:
            casefile.append(
                work,
                work.sql.case_get(n=self.n),
                actor=LOGIN,
                action=action,
                reason=reason,
                data=data,
                boxes=boxes,
                changes=changes,
            )
        return self
