"""The visit: which touch does what, what counts, what is thanked for."""

import pytest
from msgspec.structs import replace

from kiosk.screen.touch import GUARD_MS
from kiosk.visit.current import THANKS_MS
from kiosk.visit.effects import Close, Keep
from kiosk.visit.questionnaire import CHANGE_MS, COUNT_DOWN_MS, FINISH_AFTER_MS, FOLLOW_UP_MS, IDLE_MS
from tests.support.kiosk_samples import LANGUAGES, faces_first, many_questions, survey_of, tthc
from tests.support.kiosk_visitor import Visitor


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


def test_a_face_touched_is_committed_before_the_screen_says_so() -> None:
    visitor = Visitor(tthc())
    visitor.disk_is_quick = False
    view = visitor.touch("procedure:hoc-ba", "level:1")
    assert (visitor.kinds, visitor.drafts[0].answers) == ([Keep], {"rating": 1})
    assert (view.busy, view.recorded, view.targets()) == (True, False, frozenset())
    assert visitor.wait(5_000).busy
    visitor.visits.kept(visitor.drafts[0].visit + 1)
    assert visitor.view.busy, "that was the word on another visit"
    visitor.visits.kept(visitor.drafts[0].visit)
    assert (visitor.view.name, visitor.view.recorded) == ("question:timeliness", True)


def test_another_face_within_seconds_changes_the_same_visit() -> None:
    visitor = Visitor(tthc())
    assert visitor.touch("procedure:hoc-ba", "level:1").back == "change"
    view = visitor.touch("change")
    assert (view.name, view.back, visitor.drafts[-1].answers) == ("question:rating", None, {"rating": 1})
    assert visitor.touch("level:5").name == "question:timeliness"
    visitor.touch("choice:tre-hen")
    assert visitor.drafts[-1].answers == {"rating": 5, "timeliness": "tre-hen"}
    assert len({draft.visit for draft in visitor.drafts}) == 1
    assert visitor.kinds == [Keep, Keep, Close]


def test_whoever_comes_next_cannot_replace_a_face() -> None:
    """Level 1, the extra question stands, somebody else wants level 5: both count, each as its own visit."""
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1")
    visitor.wait(CHANGE_MS - 1)
    assert visitor.view.back == "change"
    visitor.wait(1)
    assert visitor.view.back is None
    assert visitor.touch("change", "back").name == "question:timeliness"
    assert visitor.view.back == "finish"
    assert visitor.touch("finish").name == "rest"
    visitor.touch("procedure:hoc-ba", "level:5", "next")
    visitor.kept()
    first, second = (effect.draft for effect in visitor.effects if isinstance(effect, Close))
    assert (first.answers, second.answers) == ({"rating": 1}, {"rating": 5})
    assert first.visit != second.visit


@pytest.mark.parametrize("touches", [(), ("language",), ("level:1", "change")])
def test_faces_asked_anew_stand_for_seconds_only(touches: tuple[str, ...]) -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:2")
    visitor.wait(CHANGE_MS - 1_500)
    visitor.touch("change", *touches)
    asked_at = visitor.now - 1_000 * (touches == ("language",))
    visitor.wait(asked_at + CHANGE_MS - 1 - visitor.now)
    assert (visitor.view.name, visitor.view.back) == ("question:rating", None)
    # A finger on its way to a face when the question goes has not answered the one that comes.
    assert visitor.visits.touch("level:5", visitor.now + 1) == []
    visitor.now += 1
    assert visitor.view.name == "question:timeliness"
    assert visitor.drafts[-1].answers == {"rating": int(touches[0][-1]) if len(touches) == 2 else 2}
    assert visitor.wait(FOLLOW_UP_MS).name == "rest"


def test_a_skipped_question_is_asked_again_after_another_face() -> None:
    visitor = Visitor(tthc())
    assert visitor.touch("procedure:hoc-ba", "level:2", "next", "change").name == "question:rating"
    assert visitor.touch("level:1").name == "question:timeliness"


def test_a_follow_up_ends_by_itself_and_says_so() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:4")
    assert visitor.visits.due(visitor.now) == visitor.now + FOLLOW_UP_MS - COUNT_DOWN_MS
    assert visitor.view.seconds_left == 0
    assert visitor.wait(FOLLOW_UP_MS - COUNT_DOWN_MS).seconds_left == 5
    assert visitor.wait(COUNT_DOWN_MS - 1).seconds_left == 1
    assert visitor.wait(1).name == "rest"
    assert visitor.kinds == [Keep, Close]


def test_a_tick_on_a_reason_counts_when_it_is_touched() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1", "next", "choice:khac", "choice:thoi-gian")
    assert visitor.drafts[-1].answers == {"rating": 1, "reasons": ["thoi-gian", "khac"]}
    visitor.touch("choice:khac")
    assert visitor.wait(FOLLOW_UP_MS).name == "rest"
    assert visitor.kinds[-1] is Close
    assert visitor.drafts[-1].answers == {"rating": 1, "reasons": ["thoi-gian"]}
    visitor.touch("procedure:hoc-ba", "level:1", "next", "choice:khac", "choice:khac", "next")
    assert visitor.drafts[-1].answers == {"rating": 1}


def test_reasons_ticked_and_not_sent_are_asked_again_after_a_change() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1", "choice:dung-hen")
    assert visitor.view.name == "question:reasons"
    assert visitor.touch("choice:khac").back == "finish", "a later touch has sealed what was before it"
    visitor.touch("next")
    assert visitor.drafts[-1].answers == {"rating": 1, "timeliness": "dung-hen", "reasons": ["khac"]}


def test_the_language_of_an_answer_is_that_in_which_it_was_given() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1")
    visitor.wait(FINISH_AFTER_MS - 1_000)
    assert visitor.touch("language").lang == "en"
    visitor.touch("next", "choice:khac", "finish")
    assert {draft.lang for draft in visitor.drafts} == {"vi"}
    visitor = Visitor(tthc())
    visitor.touch("language", "procedure:hoc-ba", "level:1")
    assert visitor.drafts[0].lang == "en"


def test_a_program_that_ends_in_a_follow_up_keeps_the_face() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1")
    assert [effect.draft.answers for effect in visitor.visits.stop()] == [{"rating": 1}]
    visitor.touch("next", "next")
    assert visitor.visits.stop() == [], "its last word is on its way to the disk"
    visitor.kept()
    assert visitor.visits.stop() == []


def test_a_touch_that_comes_late_finds_the_rest_screen() -> None:
    """Whatever the window was doing meanwhile: a follow-up that is over takes nothing more."""
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:2")
    [close] = visitor.visits.touch("choice:tre-hen", visitor.now + FOLLOW_UP_MS)
    assert isinstance(close, Close)
    assert close.draft.answers == {"rating": 2}


def test_a_reason_goes_with_the_low_rating_that_asked_for_it() -> None:
    visitor = Visitor(many_questions())
    visitor.touch("choice:y-1", "level:1", "choice:y-1")
    assert visitor.drafts[-1].answers == {"a": "y-1", "b": 1, "c": ["y-1"]}
    visitor = Visitor(many_questions())
    visitor.touch("choice:y-1", "level:1", "change", "level:5")
    assert visitor.drafts[-1].answers == {"a": "y-1", "b": 5}
    assert visitor.view.name == "question:e"


def test_a_long_survey_can_be_changed_one_answer_back_and_ended_at_any_question() -> None:
    visitor = Visitor(survey_of("sipas"))
    assert visitor.touch("level:4", "level:3").back == "change"
    assert visitor.touch("change").name == "question:thu-tuc"
    assert visitor.touch("level:2").name == "question:cong-chuc"
    assert (visitor.view.extra, visitor.view.recorded) == (False, False)
    visitor.wait(FINISH_AFTER_MS)
    assert visitor.touch("finish").name == "rest"
    assert visitor.drafts[-1].answers == {"tiep-can": 4, "thu-tuc": 2}
    visitor.touch("level:1")
    assert visitor.wait(IDLE_MS - 1).name == "question:thu-tuc"
    assert visitor.wait(1).name == "rest"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_touches_and_seconds_of_a_visit(lang: str) -> None:
    """Two touches and no more where the visitor wants no more; a second between two touches here."""
    visitor = Visitor(replace(tthc(), languages=tuple(sorted(LANGUAGES, key=lang.__ne__))))
    came_at = visitor.now
    view = visitor.touch("procedure:hoc-ba", "level:5")
    assert (view.lang, view.recorded, [e.draft.answers for e in visitor.effects]) == (
        lang, True, [{"rating": 5}],
    )  # fmt: skip
    recorded_s = (visitor.now - came_at) / 1000
    while visitor.view.name != "rest":
        visitor.wait((visitor.visits.due(visitor.now) or 0) - visitor.now)
    over_s = (visitor.now - came_at) / 1000
    print(f"{lang}: 2 touches, recorded after {recorded_s:.0f} s, at rest after {over_s:.0f} s")
    assert (recorded_s, over_s) == (2, 10)


def test_back_without_a_rating_ends_at_rest_and_keeps_nothing() -> None:
    visitor = Visitor(tthc())
    assert visitor.touch("more").name == "procedures"
    assert visitor.touch("back").name == "rest"
    assert visitor.touch("more", "none", "back").name == "procedures"
    assert visitor.touch("back").name == "rest"
    assert visitor.effects == []


@pytest.mark.parametrize(
    "touches", [("level:2",), ("level:2", "next"), ("level:2", "change", "level:2"), ("level:2", "language")]
)
def test_who_walks_away_after_rating_is_counted(touches: tuple[str, ...]) -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", *touches)
    assert visitor.wait(FOLLOW_UP_MS - 1).name != "rest"
    assert (visitor.wait(1).name, visitor.view.lang) == ("rest", "vi")
    assert visitor.kinds[-1] is Close
    assert visitor.drafts[-1].answers == {"rating": 2}


def test_neither_night_nor_news_nor_a_full_disk_takes_a_face_back() -> None:
    visitor = Visitor(tthc())
    visitor.touch("procedure:hoc-ba", "level:1")
    assert not visitor.visits.is_idle, "the screen stays bright"
    visitor.visits.change_program(faces_first())
    assert visitor.view.name == "question:timeliness"
    visitor.touch("choice:tre-hen")
    visitor.visits.failed(visitor.now)
    assert (visitor.view.screen, visitor.visits.is_idle) == ("paused", True)
    visitor.visits.recovered(visitor.now)
    assert visitor.view.question is not None, "the new program"
    assert visitor.kinds == [Keep, Keep], "the row was committed open; the keeper closes it"
    assert {draft.survey for draft in visitor.drafts} == {"tthc"}


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
