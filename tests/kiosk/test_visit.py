"""The visit: which touch does what, what counts, what is thanked for."""

import pytest

from kiosk.program import Program
from kiosk.view import View
from kiosk.visit import GUARD_MS, IDLE_MS, THANKS_MS, Close, Draft, Effect, Keep, Visits
from tests.kiosk.samples import LANGUAGES, consent, faces_first, many_questions, tthc


class Visitor:
    """Touches with a second between, and remembers what was to be kept."""

    def __init__(self, program: Program) -> None:
        self.now = 1_000_000
        self.visits = Visits(program, LANGUAGES, self.now, consent=consent)
        self.effects: list[Effect] = []

    def touch(self, *targets: str) -> View:
        for target in targets:
            self.now += 1_000
            self.effects += self.visits.touch(target, self.now)
        return self.view

    def wait(self, ms: int) -> View:
        self.now += ms
        self.effects += self.visits.tick(self.now)
        return self.view

    def kept(self) -> View:
        """The disk has done what it was told."""
        self.visits.closed(self.drafts[-1].visit, self.now)
        return self.view

    @property
    def view(self) -> View:
        return self.visits.view(self.now)

    @property
    def drafts(self) -> list[Draft]:
        return [effect.draft for effect in self.effects]

    @property
    def kinds(self) -> list[type]:
        return [type(effect) for effect in self.effects]


def test_a_common_visit_is_two_touches_and_the_rating_is_kept_at_once() -> None:
    visitor = Visitor(tthc())
    assert visitor.view.name == "rest"
    assert visitor.touch("procedure:chuyen-truong").name == "question:rating"
    assert visitor.touch("level:5").name == "question:timeliness"
    assert visitor.kinds == [Keep]
    assert visitor.drafts[0].answers == {"rating": 5}
    assert visitor.drafts[0].procedure == "chuyen-truong"
    assert visitor.drafts[0].took_ms == 1_000


def test_reasons_are_asked_after_a_low_rating_only() -> None:
    low, high = Visitor(tthc()), Visitor(tthc())
    low.touch("procedure:hoc-ba", "level:2", "choice:tre-hen")
    high.touch("procedure:hoc-ba", "level:3", "choice:tre-hen")
    assert low.view.name == "question:reasons"
    assert high.view.busy
    assert high.kinds == [Keep, Close]


def test_thanks_only_after_the_commit() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:4", "next")
    assert visitor.view.busy
    assert visitor.view.screen != "thanks"
    assert visitor.view.targets() == frozenset()
    assert visitor.wait(60_000).screen != "thanks"
    assert visitor.kept().screen == "thanks"
    assert visitor.view.seconds_left == 6
    assert visitor.wait(1_000).seconds_left == 5
    assert visitor.wait(THANKS_MS - 1_000).name == "rest"


def test_a_touch_within_the_thanks_counts_for_nothing_but_the_language() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:4", "next")
    visitor.kept()
    before = list(visitor.effects)
    for target in ("level:1", "procedure:hoc-ba", "next", "back", "more", "choice:khac"):
        assert visitor.touch(target).screen in ("thanks", "rest")
        visitor.visits.tick(visitor.now)
        if visitor.view.screen == "rest":
            break
        assert visitor.effects == before
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:4", "next")
    visitor.kept()
    assert visitor.touch("language").lang == "en"
    assert visitor.view.screen == "thanks"
    assert visitor.wait(THANKS_MS).lang == "vi"


def test_ticks_turn_skip_into_send_and_go_out_in_the_order_of_the_screen() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1", "next")
    assert visitor.view.action == "skip"
    visitor.touch("choice:khac", "choice:thoi-gian", "choice:giay-to", "choice:giay-to")
    assert visitor.view.action == "send"
    visitor.touch("next")
    assert visitor.drafts[-1].answers == {"rating": 1, "reasons": ["thoi-gian", "khac"]}


def test_back_and_another_face_change_the_same_visit() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1", "choice:tre-hen", "choice:khac", "back", "back")
    assert visitor.view.name == "question:rating"
    visitor.touch("level:5")
    assert visitor.drafts[-1].answers == {"rating": 5, "timeliness": "tre-hen"}
    assert len({draft.visit for draft in visitor.drafts}) == 1
    assert visitor.kinds[-1] is Close


def test_a_reason_goes_with_the_low_rating_that_asked_for_it() -> None:
    visitor = Visitor(many_questions())
    visitor.touch("choice:y-1", "level:1", "choice:y-1", "next", "choice:y-2")
    assert visitor.drafts[-1].answers == {"a": "y-1", "b": 1, "c": ["y-1"], "d": "y-2"}
    visitor.touch("back", "back", "back", "level:5")
    assert visitor.drafts[-1].answers == {"a": "y-1", "b": 5}


def test_back_without_a_rating_ends_at_rest_and_keeps_nothing() -> None:
    visitor = Visitor(tthc())
    assert visitor.touch("more").name == "procedures"
    assert visitor.touch("back").name == "rest"
    assert visitor.touch("more", "none", "back").name == "procedures"
    assert visitor.touch("back").name == "rest"
    assert visitor.effects == []


def test_a_rated_visit_goes_back_to_a_list_of_its_own_never_to_rest() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:2", "back", "back")
    assert visitor.view.name == "procedures"
    assert not visitor.view.back
    assert "procedure:hoc-ba" in visitor.view.targets()
    visitor.touch("procedure:chuyen-truong")
    assert (visitor.drafts[-1].procedure, visitor.drafts[-1].answers) == ("chuyen-truong", {"rating": 2})
    assert visitor.drafts[-1].visit == visitor.drafts[0].visit


@pytest.mark.parametrize(
    "touches", [("level:2",), ("level:2", "next"), ("level:2", "back"), ("level:2", "back", "back")]
)
def test_who_walks_away_after_rating_is_counted(touches: tuple[str, ...]) -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", *touches)
    assert visitor.wait(IDLE_MS - 1).name != "rest"
    assert visitor.wait(1).name == "rest"
    assert visitor.kinds == [Keep, Close]
    assert visitor.drafts[-1].answers == {"rating": 2}


def test_who_walks_away_before_rating_leaves_no_trace() -> None:
    visitor = Visitor(tthc())
    visitor.touch("language", "procedure:hoc-ba")
    view = visitor.wait(IDLE_MS)
    assert (view.name, view.lang, view.eyebrow) == ("rest", "vi", None)
    assert visitor.effects == []


def test_a_second_touch_within_the_guard_is_the_same_finger() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba")
    assert visitor.visits.touch("level:1", visitor.now + GUARD_MS - 1) == []
    assert visitor.view.name == "question:rating"
    assert len(visitor.visits.touch("level:5", visitor.now + GUARD_MS)) == 1


def test_nothing_is_taken_while_nothing_can_be_kept() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1")
    visitor.visits.failed(visitor.now)
    assert visitor.view.screen == "paused"
    assert not visitor.view.unsent
    assert visitor.view.targets() == frozenset()
    before = list(visitor.effects)
    visitor.touch("level:1", "next", "language", "procedure:hoc-ba")
    visitor.wait(IDLE_MS)
    assert visitor.effects == before
    visitor.visits.recovered(visitor.now)
    assert visitor.view.name == "rest"


def test_a_late_word_from_the_disk_thanks_nobody_else() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:4")
    visitor.wait(IDLE_MS)
    visitor.touch("procedure:hoc-ba")
    assert visitor.kept().name == "question:rating"


def test_faces_stand_at_rest_where_no_procedure_is_asked() -> None:
    visitor = Visitor(faces_first())
    assert (visitor.view.screen, visitor.view.question is not None) == ("rest", True)
    visitor.touch("level:3")
    assert visitor.kinds == [Close]
    assert (visitor.drafts[0].procedure, visitor.drafts[0].took_ms) == (None, 0)
    assert visitor.kept().screen == "thanks"


def test_everything_skipped_is_no_answer() -> None:
    program = many_questions()
    visitor = Visitor(program)
    visitor.touch("next", "next")
    assert visitor.view.name == "question:e"
    assert visitor.view.action is None
    assert visitor.wait(IDLE_MS).name == "rest"
    assert visitor.effects == []


def test_choices_beyond_a_page_are_reached_and_ticks_survive_the_turning() -> None:
    visitor = Visitor(many_questions())
    visitor.touch("next", "level:2", "choice:y-1")
    assert visitor.touch("more").name == "question:c:2"
    visitor.touch("choice:y-11", "back")
    assert [tile.target for tile in visitor.view.tiles if tile.ticked] == ["choice:y-1"]
    visitor.touch("next")
    assert visitor.drafts[-1].answers["c"] == ["y-1", "y-11"]


def test_a_new_program_waits_for_the_rest_screen() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:2")
    visitor.visits.change_program(faces_first())
    assert visitor.view.name == "question:timeliness"
    visitor.wait(IDLE_MS)
    assert visitor.view.question is not None
    visitor.visits.change_program(tthc())
    assert visitor.view.question is None


def test_every_procedure_can_be_reached() -> None:
    program = tthc()
    reached = {tile.target for tile in Visitor(program).view.tiles}
    visitor = Visitor(program)
    view = visitor.touch("more")
    while True:
        reached |= {tile.target for tile in view.tiles}
        assert len(view.tiles) <= 6
        if "more" not in view.targets():
            break
        view = visitor.touch("more")
    assert {f"procedure:{p.slug}" for p in program.procedures} <= reached
    assert "none" in reached


def test_steps_are_counted_for_what_everybody_is_asked() -> None:
    visitor = Visitor(tthc())
    assert visitor.touch("more").step == (1, 2)
    assert visitor.touch("none").step == (2, 2)
    view = visitor.touch("level:2")
    assert (view.step, view.extra) == (None, True)
