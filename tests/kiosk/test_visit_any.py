"""Any order of touches, pauses, failing disks and kills: one visit is one event, and no rated one is lost.

Complaints among them: none is empty, each is sent once, and none of it stays behind when it is over.
"""

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kiosk.complaint.form import CODE_IDLE_MS, SAVED_IDLE_MS, Lodge
from kiosk.delivery.outbox import Entry, Event, Outbox, open_outbox
from kiosk.visit.current import THANKS_MS
from kiosk.visit.effects import Close, Effect
from kiosk.visit.questionnaire import CHANGE_MS, FINISH_AFTER_MS, FOLLOW_UP_MS, IDLE_MS
from kiosk.visit.visits import UNSENT_MS, Visits
from survey_defs import wire
from survey_defs.letter import clean_text
from tests.support.kiosk_samples import LANGUAGES, consent, faces_first, many_questions, tthc, with_complaints
from tests.support.kiosk_visitor import secrets_in

CODE = "4821093755662104"
PROGRAMS = [tthc(), faces_first(), many_questions()]


class AnyVisit(RuleBasedStateMachine):
    """The real visit and the real outbox; only the thread between them is left out."""

    @initialize(program=st.sampled_from([*PROGRAMS, *map(with_complaints, PROGRAMS)]))
    def begin(self, program: Any) -> None:
        self.directory = TemporaryDirectory()
        self.path = Path(self.directory.name) / "outbox.db"
        self.ids = count(1)
        self.program = program
        self.now = 10_000
        self.runs = 0
        self.rated: dict[tuple[int, int], dict[str, Any]] = {}
        self.given_at: dict[tuple[int, int], dict[str, int]] = {}
        """When each question of a visit was answered."""
        self.touched_at = self.now
        # What each visit (run, number) last said and was told to be kept.
        self.entries: dict[tuple[int, int], str] = {}
        self.lodged: dict[str, Lodge] = {}
        self.start()

    def start(self) -> None:
        self.runs += 1
        self.outbox: Outbox = open_outbox(self.path, self.new_id)
        self.visits = Visits(self.program, LANGUAGES, self.now, consent=consent)
        self.open: tuple[int, Entry, Event] | None = None

    def new_id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self.ids):012d}"

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Lodge):
                self.lodge(effect)
                continue
            draft, closing = effect.draft, isinstance(effect, Close)
            key = (self.runs, draft.visit)
            event: Event = {
                "boot": "b", "up_ms": self.now, "wall": None, "type": "answer", "survey": draft.survey,
                "version": draft.version, "channel": "kiosk", "lang": draft.lang,
                "procedure": draft.procedure, "answers": draft.answers, "took_ms": draft.took_ms,
            }  # fmt: skip
            assert self.program.survey.check(draft.answers) is None
            if self.open is not None and self.open[0] == draft.visit:
                assert self.outbox.change(self.open[1], event, closed=closing)
                entry = self.open[1]
            else:
                assert key not in self.entries, "one visit made two events"
                entry = self.outbox.add(event, closed=closing)
                self.entries[key] = entry.id
            self.check_final(key, draft.answers)
            self.open = None if closing else (draft.visit, entry, event)
            if closing:
                self.visits.closed(draft.visit, self.now)
            else:
                self.visits.kept(draft.visit)

    def check_final(self, key: tuple[int, int], answers: dict[str, Any]) -> None:
        """No level is another one than seconds ago was touched: whoever comes later changes none."""
        before, given_at = self.rated.get(key, {}), self.given_at.setdefault(key, {})
        for question, answer in answers.items():
            if answer == before.get(question):
                continue
            if isinstance(answer, int) and question in before:
                assert self.now - given_at[question] < 2 * CHANGE_MS, f"'{question}' was replaced"
            given_at[question] = self.now
        self.rated[key] = dict(answers)

    def lodge(self, lodge: Lodge) -> None:
        assert self.open is None, "a rating was still open"
        assert clean_text(lodge.text) == lodge.text
        assert lodge.visit not in [other.visit for other in self.lodged.values()] or self.runs > 1
        entry = self.outbox.add({"type": "complaint", "up_ms": self.now}, closed=True)
        self.lodged[entry.id] = lodge
        assert self.visits.view(self.now).sheet is None or self.visits.view(self.now).sheet.code == ""  # type: ignore[union-attr]
        self.visits.lodged(lodge.visit, CODE, None, self.now)
        assert secrets_in(self.visits) == [CODE]

    @precondition(lambda self: "key:a" in self.visits.view(self.now).targets())
    @rule(keys=st.lists(st.sampled_from("aeodwsfrxjuhngtc"), min_size=1, max_size=12))
    def type(self, keys: list[str]) -> None:
        for key in keys:
            self.now += 120
            self.touched_at = self.now
            self.do(self.visits.tick(self.now))
            self.do(self.visits.touch(f"key:{key}", self.now))

    @precondition(lambda self: self.visits.view(self.now).sheet is not None)
    @rule(name=st.sampled_from(["next", "next", "next", "finish", "erase", "go-on", "consent"]))
    def go_on(self, name: str) -> None:
        self.now += 400
        self.touched_at = self.now
        self.do(self.visits.touch(name, self.now))

    @rule(pick=st.integers(min_value=0), pause=st.sampled_from([10, 349, 350, 900, 5_000, THANKS_MS]))
    def touch(self, pick: int, pause: int) -> None:
        self.pass_time(pause)
        targets = sorted(self.visits.view(self.now).targets()) or ["next"]
        self.touched_at = self.now
        self.do(self.visits.touch(targets[pick % len(targets)], self.now))

    @rule(
        name=st.sampled_from(
            ["level:1", "level:5", "next", "back", "change", "choice:khac", "nonsense", "level:9", ""]
        )
    )
    def touch_what_may_not_be_there(self, name: str) -> None:
        self.now += 400
        self.touched_at = self.now
        self.do(self.visits.touch(name, self.now))

    @rule(
        ms=st.sampled_from(
            [
                100,
                CHANGE_MS - 900,
                FINISH_AFTER_MS,
                THANKS_MS,
                FOLLOW_UP_MS,
                SAVED_IDLE_MS,
                IDLE_MS,
                CODE_IDLE_MS,
            ]
        )
    )
    def wait(self, ms: int) -> None:
        self.pass_time(ms)

    def pass_time(self, ms: int) -> None:
        """As the window does: whenever something is due, and no sooner."""
        until = self.now + ms
        while (due := self.visits.due(self.now)) is not None and due <= until:
            self.now = max(due, self.now)
            self.do(self.visits.tick(self.now))
            after = self.visits.due(self.now)
            if after is not None and after <= self.now:
                break
        self.now = until
        self.do(self.visits.tick(self.now))

    @rule()
    def kill(self) -> None:
        """The process dies: what SQLite has committed is all that remains."""
        self.outbox.close()
        self.start()

    @precondition(lambda self: self.open is not None)
    @rule()
    def fail(self) -> None:
        """The disk refuses; later it works again."""
        self.visits.failed(self.now)
        self.open = None
        self.outbox.close_all()
        self.now += UNSENT_MS
        self.visits.recovered(self.now)

    @invariant()
    def every_rating_is_there_once_and_whole(self) -> None:
        if not hasattr(self, "outbox"):
            return
        waiting = self.outbox.waiting(10_000)
        bodies = {row.id: msgspec.json.decode(row.body) for row in waiting}
        assert len(bodies) == len(waiting)
        open_id = self.open[1].id if self.open is not None else None
        events = set(self.entries.values()) | set(self.lodged)
        assert set(bodies) | ({open_id} if open_id else set()) == events
        for key, id_ in self.entries.items():
            if id_ in bodies:
                assert bodies[id_]["answers"] == self.rated[key]
                assert wire.check_event(bodies[id_]) is None
        numbers = sorted(body["seq"] for body in bodies.values())
        assert numbers == list(range(1, len(numbers) + 1)) or open_id is not None

    @invariant()
    def whoever_comes_next_is_one_touch_from_rest(self) -> None:
        """Six seconds after the last touch of a rating it is over, or one touch ends it."""
        if not hasattr(self, "visits") or self.open is None or self.now - self.touched_at < THANKS_MS:
            return
        assert self.visits.view(self.now).back == "finish"

    @invariant()
    def nothing_written_outlives_its_visit(self) -> None:
        if not hasattr(self, "visits"):
            return
        view = self.visits.view(self.now)
        if view.screen in ("rest", "thanks", "paused"):
            assert self.visits._now.form is None
            assert view.sheet is None

    def teardown(self) -> None:
        if hasattr(self, "outbox"):
            self.outbox.close()
            self.directory.cleanup()


TestAnyVisit = AnyVisit.TestCase
TestAnyVisit.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
