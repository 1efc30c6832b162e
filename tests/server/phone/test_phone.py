"""What a phone's form comes to: once, whatever happens on the way, and nothing that was given is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.phone.form_token import VALID_MS, FormToken
from server.domain.problems import Problem
from server.services.context import Context
from server.services.devices import points, registry, slips
from server.services.figures.rates import rates
from server.services.phone import complaint_form, survey_form
from server.services.phone.complaint_form import Written
from server.services.phone.form_tokens import Forms
from server.services.phone.limits import AT_A_DESK, IN_A_CROWD, Limits
from server.services.phone.survey_form import Sent
from server.services.sender.lookup_gate import Gate
from server.services.upkeep.doctor import examine
from survey_defs.complaint import CODE_DIGITS
from survey_defs.model import Survey
from tests.support.follow import lookup_school
from tests.support.reading import reading
from tests.support.seed import SCHOOL, Clock, add_school

FORMS = Forms(b"s" * 32)
DAY = date(2026, 5, 28)


@dataclass
class Door:
    """The sample school's desk, as a phone meets it."""

    ctx: Context
    clock: Clock
    point: str = "ban-1"
    gate: Gate = field(default_factory=Gate)

    def form(self, slip: str = "", **more: Any) -> str:
        """A form handed out now, and twenty seconds to fill it in."""
        token = survey_form.view(reading(self.ctx), self.point, slip).form(FORMS, self.clock.ms, **more)
        self.clock.ms += 20_000
        return token

    def send(self, token: str, answers: dict[str, Any] | None = None, **more: Any) -> bool:
        """Send it; whether it counted now."""
        values: dict[str, Any] = {"slip": "", "procedure": "hoc-ba"} | more
        given = {"rating": 4} if answers is None else answers
        sent = Sent(self.point, token=token, lang="vi", answers=given, **values)
        return survey_form.take_answer(self.ctx, FORMS, sent)

    def letter_form(self) -> str:
        token = FORMS.give(self.point, "", 0, self.clock.ms)
        self.clock.ms += 60_000
        return token

    def write(self, token: str, text: str = "Chờ lâu quá.", **more: Any) -> complaint_form.Opened:
        values: dict[str, Any] = {"about": ("cho-lau",)} | more
        written = Written(self.point, token, "vi", text=text, **values)
        return complaint_form.take_complaint(self.ctx, FORMS, self.gate.turn, written)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.ctx.store.connection.execute(sql)]

    def refused(self, code: str, *arguments: Any, **more: Any) -> Problem:
        with pytest.raises(Problem) as caught:
            self.send(*arguments, **more)
        assert caught.value.code == code
        assert caught.value.sentence("vi") and caught.value.sentence("en")
        return caught.value


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    clock = Clock()
    ctx = lookup_school(tmp_path / "data", clock)
    points.add(ctx, "ban-1", SCHOOL, label="Bàn số 1")
    yield Door(ctx, clock)
    assert all(finding.sound for finding in examine(reading(ctx))), examine(reading(ctx))
    ctx.store.close()


def test_an_answer_is_counted_as_a_kiosks_is(door: Door) -> None:
    assert door.send(door.form(), {"rating": 2, "reasons": ["thai-do"], "timeliness": "tre-hen"})
    (row,) = door.rows("SELECT channel, device, procedure, level, took_ms, misuse, signs, day FROM answers")
    assert row == ("qr", "ban-1", "hoc-ba", 2, 20_000, None, "", "2026-05-28")
    assert door.rows("SELECT quality, uncertainty_ms, synced, seq FROM events") == [("synced", 0, 1, 1)]
    (group,) = rates(reading(door.ctx), SCHOOL, DAY, DAY)
    assert (group.n, group.misuse) == (1, 0)
    assert [g.key for g in rates(reading(door.ctx), SCHOOL, DAY, DAY, "channel")] == ["qr"]
    assert [g.key for g in rates(reading(door.ctx), SCHOOL, DAY, DAY, "device")] == ["ban-1"]
    assert door.rows("SELECT school, device, day FROM misuse_due") == [(SCHOOL, "ban-1", "2026-05-28")]


def test_the_same_form_sent_again_is_one_answer_even_when_it_is_too_old_by_then(door: Door) -> None:
    token = door.form()
    assert door.send(token)
    assert not door.send(token)
    assert not door.send(token, late_ms=15_000)
    points.retire(door.ctx, "ban-1")
    door.clock.ms += 3 * VALID_MS
    assert not door.send(token)
    assert door.rows("SELECT COUNT(*) FROM answers") == [(1,)]


def test_a_form_sent_twenty_times_at_once_is_one_answer(door: Door) -> None:
    token = door.form()
    start = threading.Barrier(10)

    def send(_: int) -> bool:
        start.wait()
        try:
            return door.send(token) or door.send(token)
        finally:
            door.ctx.store.close()

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(send, range(10))) == [False] * 9 + [True]
    assert door.rows("SELECT COUNT(*), MAX(seq) FROM events") == [(1, 1)]


def test_many_phones_at_once_leave_no_hole(door: Door) -> None:
    tokens = [door.form() for _ in range(40)]

    def send(token: str) -> bool:
        try:
            return door.send(token)
        finally:
            door.ctx.store.close()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(send, tokens))
    assert door.rows("SELECT lo, hi FROM arrived WHERE journal = 'ban-1'") == [(1, 40)]


def test_the_first_word_of_a_form_stands_and_the_second_is_kept(door: Door) -> None:
    token = door.form()
    door.send(token, {"rating": 5})
    for _ in range(3):
        door.refused("form-conflict", token, {"rating": 1})
    door.refused("form-conflict", token, {"rating": 5}, procedure="chuyen-truong")
    assert door.rows("SELECT level FROM answers") == [(5,)]
    letters = door.rows("SELECT code, times, device FROM dead_letters ORDER BY n")
    assert letters == [("conflict", 3, "ban-1"), ("conflict", 1, "ban-1")]


@pytest.mark.parametrize(
    ("answers", "code", "where"),
    [
        ({}, "form-empty", "rating"),
        ({"timeliness": "tre-hen"}, "form-empty", "rating"),
        ({"rating": 6}, "form-bad", None),
        ({"rating": "5"}, "form-bad", None),
        ({"rating": True}, "form-bad", None),
        ({"rating": [1, 2, 3]}, "form-bad", None),
        ({"rating": 4, "khong-co": 1}, "form-bad", None),
        ({"rating": 4, "reasons": ["=HYPERLINK(1)"]}, "form-bad", None),
        ({"rating": 4, "reasons": ["thai-do", "thai-do"]}, "form-bad", None),
        ({"rating": 4, "timeliness": "<script>"}, "form-bad", None),
        ({"rating": 10**30}, "form-bad", None),
        ({"rating": 4, "reasons": []}, "form-bad", None),
    ],
)
def test_what_the_page_does_not_offer_is_refused(
    door: Door, answers: dict[str, Any], code: str, where: str | None
) -> None:
    token = door.form()
    problem = door.refused(code, token, answers)
    assert problem.values.get("field") == where
    assert door.rows("SELECT * FROM answers") == []
    assert door.send(token)  # and the form can still be sent


@pytest.mark.parametrize("procedure", ["khong-co", "=1+1", "", "Học bạ", "x" * 65])
def test_a_procedure_that_is_not_the_schools_is_refused(door: Door, procedure: str) -> None:
    door.refused("form-bad", door.form(), procedure=procedure)


@pytest.mark.parametrize("spoil", [
    lambda token: "",
    lambda token: token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],  # the last holds unused bits
    lambda token: token.replace(".", ""),
    lambda token: "x" * 10_000,
    lambda token: "đ" + token,
    lambda token: Forms(b"t" * 32).give("ban-1", "tthc", 1, 0),
])  # fmt: skip
def test_a_forged_token_is_refused(door: Door, spoil: Any) -> None:
    door.refused("form-forged", spoil(door.form()))


def test_a_token_of_another_point_or_another_school_is_refused(door: Door) -> None:
    token = door.form()
    points.add(door.ctx, "ban-2", SCHOOL, label="Bàn số 2")
    add_school(door.ctx, "khac", "Trường khác")
    points.add(door.ctx, "ban-khac", "khac", label="Bàn số 1")
    for other in ("ban-2", "ban-khac"):
        with pytest.raises(Problem) as caught:
            survey_form.take_answer(door.ctx, FORMS, Sent(other, "", token, "vi", {"rating": 1}, None))
        assert caught.value.code == "form-forged"
    for nowhere in ("khong-co", "../ban-1", "kiosk"):
        with pytest.raises(Problem) as caught:
            survey_form.view(reading(door.ctx), nowhere)
        assert caught.value.code == "unknown-point"


def test_a_form_ends_after_a_day_and_is_given_again(door: Door) -> None:
    token = door.form()
    door.clock.ms += VALID_MS
    door.refused("form-expired", token)
    assert door.send(door.form(again=True))
    assert door.rows("SELECT took_ms FROM answers") == [(None,)]
    ahead = FORMS.give("ban-1", "tthc", 1, door.clock.ms + 3_600_000)
    door.refused("form-expired", ahead)


def test_a_form_handed_out_before_its_point_ended_is_kept(door: Door) -> None:
    token = door.form()
    points.retire(door.ctx, "ban-1")
    with pytest.raises(Problem) as caught:
        survey_form.view(reading(door.ctx), "ban-1")
    assert caught.value.code == "point-retired"
    assert door.send(token)
    door.refused("point-retired", FORMS.give("ban-1", "tthc", 1, door.clock.ms + 1))


def test_a_survey_withdrawn_meanwhile_still_takes_the_answer_to_it(door: Door) -> None:
    token = door.form()
    points.set_point(door.ctx, "ban-1", survey="giao-duc-cong")
    assert survey_form.view(reading(door.ctx), "ban-1").survey.id == "giao-duc-cong"
    assert door.send(token)
    assert door.rows("SELECT survey FROM answers") == [("tthc",)]


def test_a_form_that_waited_on_the_phone_counts_when_it_was_sent(door: Door) -> None:
    token = door.form()
    sent_at = door.clock.ms
    door.clock.ms += 9 * 3_600_000
    assert door.send(token, late_ms=9 * 3_600_000)
    assert door.rows("SELECT occurred_at, received_at FROM events") == [(sent_at, door.clock.ms)]
    assert door.rows("SELECT took_ms FROM answers") == [(20_000,)]


@pytest.mark.parametrize("late_ms", [-5, 10**15])
def test_a_phone_cannot_say_that_it_waited_longer_than_it_had_the_form(door: Door, late_ms: int) -> None:
    token = door.form()
    given_at = door.clock.ms - 20_000
    assert door.send(token, late_ms=late_ms)
    ((occurred_at,),) = door.rows("SELECT occurred_at FROM events")
    assert given_at <= occurred_at <= door.clock.ms


def test_the_field_that_nobody_sees_is_noted(door: Door) -> None:
    assert door.send(door.form(), trapped=True)
    assert door.rows("SELECT signs FROM answers") == [("trap",)]


def test_a_slip_is_good_for_one_answer(door: Door) -> None:
    points.set_point(door.ctx, "ban-1", single_use=True)
    with pytest.raises(Problem) as caught:
        door.form()
    assert caught.value.code == "slip-needed"
    first, second, *_ = slips.make_slips(door.ctx, points.find(reading(door.ctx), "ban-1"))
    token, other = door.form(first), door.form(first)
    door.refused("form-forged", token, slip=second)
    door.refused("form-forged", token)
    assert door.send(token, slip=first)
    assert not door.send(token, slip=first)  # its answer got lost on the way
    door.refused("slip-used", other, slip=first)
    for slip, code in ((first, "slip-used"), ("aaaaaaaa", "slip-unknown")):
        with pytest.raises(Problem) as caught:
            door.form(slip)
        assert caught.value.code == code
    assert door.send(door.form(second), slip=second)
    assert door.rows("SELECT COUNT(*), SUM(used) FROM slips") == [(24, 2)]
    told = {column for (_, column, *_) in door.rows("PRAGMA table_info(slips)")}
    assert told == {"hash", "point", "sheet", "made_on", "used"}  # nothing that leads to the answer


def test_one_slip_in_two_hands_at_once_counts_once(door: Door) -> None:
    points.set_point(door.ctx, "ban-1", single_use=True)
    slip = slips.make_slips(door.ctx, points.find(reading(door.ctx), "ban-1"))[0]
    forms = [door.form(slip) for _ in range(6)]

    def send(token: str) -> str:
        try:
            return "counted" if door.send(token, slip=slip) else "again"
        except Problem as problem:
            return problem.code
        finally:
            door.ctx.store.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, forms)) == ["counted"] + ["slip-used"] * 5


def test_surveys_of_other_audiences_come_in_too(door: Door) -> None:
    asked = points.add(door.ctx, "lop-6a", SCHOOL, label="Học sinh", place="audience", audience="hoc-sinh")
    door.point = asked.id
    survey = survey_form.view(reading(door.ctx), asked.id).survey
    assert isinstance(survey, Survey) and survey.headline is None
    door.refused("form-nothing", door.form(), {}, procedure=None)
    assert door.send(door.form(), {survey.questions[0].id: 3}, procedure=None)
    (group,) = rates(reading(door.ctx), SCHOOL, DAY, DAY)
    assert group.n == 0  # it is no rating of a procedure


# ---- complaints


def test_a_complaint_is_sealed_and_followed_with_the_code_that_its_form_makes(door: Door) -> None:
    token = door.letter_form()
    opened = door.write(token)
    assert len(opened.code) == CODE_DIGITS and opened.due == date(2026, 6, 11)
    assert door.write(token) == opened
    assert door.rows("SELECT channel, device, status, kind FROM cases") == [("qr", "ban-1", "new", "pakn")]
    assert door.rows("SELECT COUNT(*) FROM events") == [(1,)]
    assert opened.code not in str(door.rows("SELECT * FROM events") + door.rows("SELECT * FROM cases"))


def test_two_forms_make_two_codes(door: Door) -> None:
    codes = {door.write(door.letter_form(), f"Lần {n}").code for n in range(3)}
    assert len(codes) == 3


def test_a_changed_text_is_not_taken_for_the_first_one(door: Door) -> None:
    token = door.letter_form()
    opened = door.write(token)
    with pytest.raises(Problem) as caught:
        door.write(token, "Chờ lâu quá. Và còn thiếu giấy.")
    assert caught.value.code == "letter-conflict"
    assert caught.value.values["earlier"] == opened.code and opened.code not in str(caught.value)
    assert door.rows("SELECT COUNT(*) FROM cases") == [(1,)]
    assert door.rows("SELECT COUNT(*) FROM dead_letters") == [(0,)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"text": " \n\u200b"}, "text-empty"),
        ({"text": "ấ" * 20_000}, "text-too-long"),
        ({"name": "Lan"}, "contact-without-consent"),
        ({"reach": "0900", "consent": ""}, "contact-without-consent"),
        ({"name": "x" * 201, "consent": "có"}, "contact-too-long"),
        ({"about": ("khong-co",)}, "form-bad"),
        ({"text": "Tôi muốn tố cáo cô giáo."}, "complaint-advice"),
    ],
)
def test_a_letter_that_is_not_in_order_is_told_so(door: Door, more: dict[str, Any], code: str) -> None:
    token = door.letter_form()
    with pytest.raises(Problem) as caught:
        door.write(token, **more)
    assert caught.value.code == code
    assert door.rows("SELECT * FROM events") == []
    assert door.write(token, advised=True).code


def test_words_of_a_denunciation_may_be_sent_once_the_advice_was_read(door: Door) -> None:
    assert door.write(door.letter_form(), "Tôi muốn tố cáo.", advised=True).code


def test_thanks_have_no_day_of_answer(door: Door) -> None:
    opened = door.write(door.letter_form(), "Cảm ơn cô ở quầy.", about=("khen-ngoi",))
    assert opened.praise and opened.due is None


def test_a_school_without_a_key_takes_no_complaints(door: Door) -> None:
    add_school(door.ctx, "khac", "Trường khác")
    points.add(door.ctx, "ban-khac", "khac", label="Bàn số 1")
    door.point = "ban-khac"
    assert not survey_form.view(reading(door.ctx), "ban-khac").takes_complaints
    with pytest.raises(Problem) as caught:
        door.write(door.letter_form())
    assert caught.value.code == "complaints-closed"


def test_a_rating_form_opens_no_case_and_a_letter_form_counts_no_rating(door: Door) -> None:
    with pytest.raises(Problem) as caught:
        door.write(door.form())
    assert caught.value.code == "form-forged"
    door.refused("form-bad", door.letter_form())


# ---- tokens and limits


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(max_size=300))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(Problem, match="can no longer be used"):
        FORMS.read(text)


@given(st.binary(min_size=16, max_size=16))
def test_id_and_code_are_fixed_by_the_form_alone(nonce: bytes) -> None:
    token = FormToken("ban-1", "tthc", 1, 5, nonce, slip="ab")
    again = Forms(b"s" * 32).read(FORMS.sign(token))  # another process with the same key: a restart
    assert again == token
    assert (again.event_id, again.code) == (token.event_id, token.code)
    assert len(token.code) == CODE_DIGITS and token.code.isdecimal()


def test_limits_are_by_address_and_by_point_and_keep_no_address(door: Door) -> None:
    point = points.find(reading(door.ctx), "ban-1")
    limits = Limits(desk=(3, 5))
    for _ in range(3):
        limits.ask(point, "203.0.113.7", 0)
    with pytest.raises(Problem) as caught:
        limits.ask(point, "203.0.113.7", 60_000)
    assert caught.value.code == "too-many-answers" and caught.value.values["minutes"] == 14
    for n in range(2):
        limits.ask(point, f"203.0.113.{n}", 0)
    with pytest.raises(Problem):
        limits.ask(point, "203.0.113.99", 0)  # the point has had its share
    limits.ask(point, "203.0.113.7", 16 * 60_000)
    assert b"203.0" not in repr(vars(vars(limits)["_counter"])["_counts"]).encode()


def test_a_whole_year_of_pupils_behind_one_address_may_answer(door: Door) -> None:
    pupils = points.add(door.ctx, "hs", SCHOOL, label="Học sinh", place="audience", audience="hoc-sinh")
    limits = Limits()
    for _ in range(1_000):
        limits.ask(pupils, "10.0.0.1", 0)
    assert AT_A_DESK[0] < 1_000 < IN_A_CROWD[0]


def test_a_device_of_that_name_by_mqtt_leaves_the_journal_in_order(door: Door) -> None:
    """A point's device may speak MQTT too; its numbers and the phone's do not meet."""
    from tests.support.seed import Feeder

    Feeder(door.ctx, "ban-1").rate(5, channel="qr")
    assert door.send(door.form())
    assert door.rows("SELECT COUNT(DISTINCT journal) FROM events") == [(2,)]


def test_a_retired_kiosk_is_no_point(door: Door) -> None:
    registry.add_device(door.ctx, "k9", SCHOOL, "kiosk")
    with pytest.raises(Problem) as caught:
        survey_form.view(reading(door.ctx), "k9")
    assert caught.value.code == "unknown-point"
