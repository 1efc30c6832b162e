"""What a code opens, and what its sender can do: the service on the real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from server.domain.problems import Problem
from server.services.context import Context
from server.services.keys.keys import seal_for_desk
from server.services.keys.open_keys import unlock
from server.services.privacy.erasure import Word, erase_case
from server.services.sender import follow, follow_acts
from survey_defs import complaint
from survey_defs.complaint import Letter, new_code, spell_code
from survey_defs.letter import MAX_TEXT
from tests.support.follow import PASSPHRASE, TEXT, Reported, lookup_school
from tests.support.reading import reading
from tests.support.seed import HOUR, LOGIN, NOW, SCHOOL, Clock

DAY = 24 * HOUR
BODY = "UBND phường Bãi Cháy"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW - 10 * DAY)


@pytest.fixture
def ctx(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    context = lookup_school(tmp_path, clock)
    yield context
    context.store.close()


@pytest.fixture
def case(ctx: Context) -> Reported:
    return Reported(ctx)


def seen(case: Reported) -> follow.ParentView:
    found = follow.look(reading(case.ctx), case.code)
    assert found is not None
    return found


def do(case: Reported, act: str, text: str = "", after: int | None = None, wish: str = "") -> str:
    version = case.row["version"] if after is None else after
    return follow_acts.act(case.ctx, case.keys, act=act, after=str(version), text=text, wish=wish)


def begin(case: Reported) -> Reported:
    case.desk("receive")
    case.desk("classify", kind="pakn", summary="Chờ học bạ")
    return case.desk("assign", assignee=LOGIN)


def actions(case: Reported) -> list[str]:
    return [each["action"] for each in case.entries()]


def steps(case: Reported) -> list[tuple[str, str]]:
    return [(step.name, step.state) for step in seen(case).steps]


def test_only_its_own_code_opens_a_case(case: Reported, ctx: Context) -> None:
    other = Reported(ctx)
    assert seen(case).n == case.n != seen(other).n
    assert follow.look(reading(ctx), spell_code(case.code)) == seen(case)
    assert follow.look(
        reading(ctx), case.code.replace(case.code[0], "٠１２３４５６７８９"[int(case.code[0])])
    ) == seen(case)
    assert follow.look(reading(ctx), new_code()) is None
    for typed in (
        "",
        case.code[:-1],
        case.code + "1",
        "a" * 16,
        "' OR 1=1 --",
        "🙂" * 16,
        case.keys.code_hash,
    ):
        assert follow.look(reading(ctx), typed) is None


def test_every_question_costs_one_key_derivation(
    case: Reported, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = complaint.pwhash.argon2id.kdf

    def counted(*given: object, **more: object) -> bytes:
        calls.append(int(str(more["memlimit"])))
        return bytes(real(*given, **more))

    monkeypatch.setattr(complaint.pwhash.argon2id, "kdf", counted)
    counts = {}
    for name, typed in {
        "right": case.code,
        "wrong": new_code(),
        "empty": "",
        "short": "123",
        "words": "abc",
    }.items():
        calls.clear()
        assert (follow.look(reading(ctx), typed) is not None) == (name == "right")
        counts[name] = tuple(calls)
    assert len(set(counts.values())) == 1
    assert len(counts["right"]) == 1


def test_the_steps_of_a_case_on_its_way(case: Reported, clock: Clock) -> None:
    assert steps(case) == [("sent", "now"), ("working", "ahead"), ("answered", "ahead")]
    case.desk("receive")
    assert steps(case) == [("received", "now"), ("working", "ahead"), ("answered", "ahead")]
    case.desk("classify", kind="pakn", summary="Chờ học bạ")
    clock.ms += DAY
    case.desk("assign", assignee=LOGIN)
    began = clock.ms
    clock.ms += DAY
    case.desk("start")
    view = seen(case)
    assert steps(case) == [("received", "done"), ("working", "now"), ("answered", "ahead")]
    assert view.steps[1].at == began, "the work began when somebody was given it"
    assert view.due is not None
    assert (view.due.what, view.due.last_day, view.due.remaining) == ("answer", date(2026, 6, 1), 8)
    case.desk("answer", "Đã tìm thấy học bạ.")
    view = seen(case)
    assert steps(case) == [("received", "done"), ("working", "done"), ("answered", "now")]
    assert (view.outcome, view.due, view.over) == ("answered", None, True)
    assert view.answer is not None
    assert view.answer.text == "Đã tìm thấy học bạ."
    assert view.messages == ()


def test_due_days_run_out(case: Reported, clock: Clock) -> None:
    clock.ms = NOW + 4 * DAY
    assert seen(case).due == follow.Due("answer", date(2026, 6, 1), 0)
    clock.ms = NOW + 5 * DAY
    assert seen(case).due == follow.Due("answer", date(2026, 6, 1), -1)


def test_thanks_have_no_limit(ctx: Context) -> None:
    view = seen(Reported(ctx, about=("khen-ngoi",)))
    assert (view.kind, view.due, view.outcome) == ("thong_tin", None, "")


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [(each, each) for each in ("withdrawn", "not_eligible", "duplicate", "no_reply", "other")],
)
def test_closed_is_not_settled(case: Reported, reason: str, outcome: str) -> None:
    begin(case).desk("close", reason=reason)
    view = seen(case)
    assert view.outcome == outcome
    # Nobody withdraws but the sender, who can say that it is not true.
    assert view.may == ({"word", "not_settled"} if reason == "withdrawn" else {"word"})
    assert steps(case)[-1] == ("closed", "now")
    assert "answered" not in [name for name, _ in steps(case)]
    with pytest.raises(Problem, match="not recorded"):
        do(case, "settled")
    do(case, "word", "Tôi vẫn chờ.")
    assert seen(case).status == "closed"


def test_passed_on_and_sent_back(case: Reported, ctx: Context) -> None:
    case.desk("forward", reason="not_competent", data={"body": BODY, "mode": "transfer"})
    assert (seen(case).outcome, seen(case).body) == ("forwarded", BODY)
    urged = Reported(ctx)
    urged.desk("forward", reason="superior", data={"body": BODY, "mode": "urge"})
    assert seen(urged).outcome == "urged"
    back = Reported(ctx)
    back.desk("return", "Xin gửi đơn tới phường.", reason="guidance")
    view = seen(back)
    assert view.answer is not None
    assert (view.outcome, view.answer.text, view.answer.guides) == (
        "returned",
        "Xin gửi đơn tới phường.",
        True,
    )


def test_a_case_in_the_sealed_room_is_followed_in_neutral_words(case: Reported, ctx: Context) -> None:
    case.desk("receive")
    case.desk(
        "petition", kind="to_cao", room="denunciations", petition_number="5/Đ", petition_date="2026-05-18"
    )
    view = seen(case)
    assert view.due is not None
    assert view.due.what == "step"
    do(case, "word", "Tôi có thêm giấy tờ.")
    row = reading(ctx).sql.case_boxes(case_n=case.n, audience="desk")
    opened = unlock(ctx, LOGIN, PASSPHRASE)
    last = [each["box"] for each in row][-1]
    assert opened.open("denunciations", last) == Letter("Tôi có thêm giấy tờ.")
    assert opened.open("complaints", last) is None
    case.desk("forward", reason="not_competent", data={"body": "Cơ quan điều tra", "mode": "transfer"})
    view = seen(case)
    assert (view.outcome, view.body) == ("forwarded-quietly", "")
    assert "Cơ quan điều tra" not in repr(view)


def test_why_a_case_of_the_sealed_room_was_closed_is_not_said(case: Reported) -> None:
    case.desk("receive")
    case.desk(
        "petition", kind="to_cao", room="denunciations", petition_number="5/Đ", petition_date="2026-05-18"
    )
    case.desk("close", reason="not_eligible")
    assert seen(case).outcome == "closed-quietly"


def test_messages_go_both_ways_and_only_where_they_are_meant(case: Reported, ctx: Context) -> None:
    begin(case).desk("ask", "Bản chính hay bản sao?")
    case.desk("note", "Ghi chú nội bộ: hỏi chị Hoa.")
    assert seen(case).asked
    assert do(case, "word", "  Bản chính ạ.\r\n\x07Cảm ơn.  ") == "word"
    view = seen(case)
    assert not view.asked
    assert [(m.own, m.text) for m in view.messages] == [
        (False, "Bản chính hay bản sao?"),
        (True, "Bản chính ạ.\nCảm ơn."),
    ]
    assert "chị Hoa" not in repr(view)
    opened = unlock(ctx, LOGIN, PASSPHRASE)
    boxes = {row["seq"]: row["box"] for row in reading(ctx).sql.case_boxes(case_n=case.n, audience="desk")}
    assert opened.open("complaints", boxes[case.row["version"]]) == Letter("Bản chính ạ.\nCảm ơn.")
    assert opened.open("complaints", boxes[1]) == Letter(TEXT, reply_key=case.keys.public)


def test_an_answer_that_was_not_sealed_for_the_sender_is_said_to_be_there(case: Reported) -> None:
    begin(case)
    box = seal_for_desk(reading(case.ctx), SCHOOL, "complaints", Letter("Trả lời"))
    with case.ctx.write() as work:
        from server.services.cases import casefile

        row = work.sql.case_get(n=case.n)
        casefile.append(work, row, actor=LOGIN, action="answer", boxes={"desk": box})
    answer = seen(case).answer
    assert answer is not None
    assert answer.text is None


def test_the_sender_settles(case: Reported) -> None:
    begin(case).desk("answer", "Xong.")
    assert do(case, "settled") == "settled"
    row, view = case.row, seen(case)
    assert (row["status"], row["satisfied"]) == ("closed", 1)
    assert row["closed_at"] is not None
    assert case.entries()[-1]["reason"] == "resolved"
    assert (view.outcome, view.satisfied) == ("settled", True)
    assert view.may == {"word", "not_settled"}, "who pressed by mistake can say so"


def test_the_sender_asks_again(case: Reported) -> None:
    begin(case).desk("answer", "Xong.")
    do(case, "not_settled", "Học bạ vẫn thiếu trang 3.")
    view = seen(case)
    assert (view.status, view.satisfied, view.outcome) == ("in_progress", False, "")
    assert view.due is not None
    assert [m.text for m in view.messages] == ["Xong.", "Học bạ vẫn thiếu trang 3."]
    case.desk("answer", "Đã bổ sung trang 3.")
    view = seen(case)
    assert view.satisfied is None, "a new answer is judged anew"
    do(case, "not_settled")
    assert seen(case).status == "in_progress"


def test_the_sender_only_says_that_it_did_not_satisfy(case: Reported) -> None:
    begin(case).desk("answer", "Xong.")
    assert do(case, "unsatisfied") == "unsatisfied"
    assert (case.row["status"], case.row["satisfied"]) == ("answered", 0)
    case.desk("close", reason="resolved")
    view = seen(case)
    assert (view.outcome, view.satisfied) == ("resolved", False)
    do(case, "settled")
    assert case.row["satisfied"] == 1


@pytest.mark.parametrize("act", ["word", "settled", "not_settled", "unsatisfied"])
def test_the_same_form_sent_twice_counts_once(case: Reported, act: str) -> None:
    begin(case).desk("answer", "Xong.")
    before = case.row["version"]
    for _ in range(3):
        assert do(case, act, "Một lời." if act in ("word", "not_settled") else "", after=before) == act
    assert case.row["version"] == before + 1


def test_a_form_that_was_changed_and_sent_again_is_another_word(case: Reported) -> None:
    before = case.row["version"]
    do(case, "word", "Lời thứ nhất", after=before)
    do(case, "word", "Lời thứ hai", after=before)
    do(case, "word", "Lời thứ nhất ", after=before)
    do(case, "word", "Lời thứ nhất", after=case.row["version"])
    assert [m.text for m in seen(case).messages] == ["Lời thứ nhất", "Lời thứ hai", "Lời thứ nhất"]


def test_a_word_that_crosses_with_the_school_is_kept(case: Reported) -> None:
    before = case.row["version"]
    begin(case).desk("ask", "Bản chính?")
    do(case, "word", "Tôi chờ đã lâu.", after=before)
    assert [m.text for m in seen(case).messages] == ["Bản chính?", "Tôi chờ đã lâu."]


@pytest.mark.parametrize("act", ["settled", "not_settled", "unsatisfied"])
def test_no_verdict_on_an_answer_that_was_not_seen(case: Reported, act: str) -> None:
    begin(case).desk("answer", "Câu trả lời đầu.")
    before = case.row["version"]
    case.desk("answer", "Câu trả lời sửa lại.")
    with pytest.raises(Problem) as refused:
        do(case, act, after=before)
    assert refused.value.code == "answer-moved-on"
    assert case.row["version"] == before + 1
    case.desk("note", "ghi chú")
    assert do(case, act, after=before + 1) == act, "a note that the sender does not see changes nothing"


def test_a_correction_stands_in_the_place_of_the_answer(case: Reported) -> None:
    begin(case).desk("answer", text="Có kết quả ngày 31/5.")
    version = case.row["version"]
    case.desk("correct", text="Có kết quả ngày 29/5.")
    view = seen(case)
    assert view.status == "answered"
    assert view.answer is not None and view.answer.text == "Có kết quả ngày 29/5."
    assert view.answer.corrects and not view.answer.guides
    assert [(each.text, each.corrected) for each in view.messages] == [("Có kết quả ngày 31/5.", True)]
    with pytest.raises(Problem) as caught:  # of what was said before
        do(case, "settled", after=version)
    assert caught.value.code == "answer-moved-on"
    do(case, "settled")
    case.desk("correct", text="Có kết quả ngày 30/5.")
    view = seen(case)
    assert (view.status, view.satisfied, view.outcome) == ("closed", True, "settled")
    assert view.answer is not None and view.answer.text == "Có kết quả ngày 30/5."
    assert not view.answer.corrected
    assert [each.corrected for each in view.messages] == [True, True]


def test_no_verdict_before_there_is_an_answer(case: Reported) -> None:
    for act in ("settled", "not_settled", "unsatisfied"):
        with pytest.raises(Problem, match="not recorded"):
            do(case, act)
    assert actions(case) == ["open"]


def test_texts_that_cannot_be_taken(case: Reported) -> None:
    for text in ("", "   \n\t", "\x00\x07"):
        with pytest.raises(Problem, match="a few words"):
            do(case, "word", text)
    with pytest.raises(Problem, match="20000 characters, more than 4000"):
        do(case, "word", "ộ" * 20_000)
    with pytest.raises(Problem) as refused:
        do(case, "not_settled", "x" * (MAX_TEXT + 1))
    assert refused.value.values["field"] == "not_settled"
    assert actions(case) == ["open"]
    odd = "👩‍👩‍👧 <script>alert(1)</script> עברית ក្មែរ {code} %s \u202e ''\"--"
    do(case, "word", odd)
    do(case, "word", "ộ" * MAX_TEXT)
    assert [m.text for m in seen(case).messages] == [odd.replace("\u202e", ""), "ộ" * MAX_TEXT]


def test_forms_that_make_no_sense_do_nothing(case: Reported, ctx: Context) -> None:
    for act in ("", "erase", "close", "open", "rate", "note", "đóng"):
        assert follow_acts.act(ctx, case.keys, act=act, after="1", text="x", wish="") == ""
    assert actions(case) == ["open"]
    for after in ("", "-1", "1e9", "٣", "9" * 400, "<b>"):
        follow_acts.act(ctx, case.keys, act="word", after=after, text=f"sau {after[:9]}", wish="")
    assert actions(case) == ["open", *["word"] * 6]
    stranger = complaint.code_keys(new_code(), b"0" * 16)
    with pytest.raises(Problem) as refused:
        follow_acts.act(ctx, stranger, act="word", after="1", text="x", wish="")
    assert refused.value.code == "answer-moved-on"


def test_nothing_that_was_written_rests_in_the_clear(case: Reported, tmp_path: Path) -> None:
    word = "Mèo-vàng-ngủ-trên-mái-ngói"
    begin(case).desk("answer", f"Trả lời {word}")
    do(case, "not_settled", f"Hỏi lại {word}")
    do(case, "word", f"Thêm {word}")
    assert word in repr(seen(case))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert word.encode() not in held, path.name
            assert case.code.encode() not in held, path.name


@pytest.mark.parametrize("wish", ["see", "correct", "delete"])
def test_a_request_about_ones_data_has_its_day(case: Reported, ctx: Context, wish: str) -> None:
    assert do(case, "privacy", "Xin cho xem tất cả.", after=0, wish=wish) == "privacy"
    (asked,) = seen(case).requests
    assert (asked.kind, asked.state, asked.answered_on) == (wish, "open", None)
    assert (asked.asked_on, asked.answer_by) == (date(2026, 5, 18), date(2026, 5, 20))
    assert seen(case).privacy_days == 2
    box = reading(ctx).sql.privacy_find(n=1)["box"]
    assert unlock(ctx, LOGIN, PASSPHRASE).open("complaints", box) == Letter("Xin cho xem tất cả.")


def test_a_request_sent_twice_counts_once_and_a_changed_one_is_another(case: Reported) -> None:
    for _ in range(2):
        do(case, "privacy", "Tên của tôi", after=0, wish="correct")
    assert len(seen(case).requests) == 1
    do(case, "privacy", "Tên và số điện thoại", after=0, wish="correct")
    assert len(seen(case).requests) == 2
    for count in (2, 2, 3):
        do(case, "privacy", "", after=count, wish="see")
    assert len(seen(case).requests) == 3, "the same wish, still open, is one"
    do(case, "privacy", "Tên của tôi", after=0, wish="correct")
    assert len(seen(case).requests) == 3


def test_a_request_must_say_what_for(case: Reported) -> None:
    for wish in ("", "erase", "See"):
        with pytest.raises(Problem) as refused:
            do(case, "privacy", "x", after=0, wish=wish)
        assert (refused.value.code, refused.value.values["field"]) == ("wish-missing", "privacy")
    assert seen(case).requests == ()


def test_an_erased_case_is_followed_no_more(case: Reported, ctx: Context) -> None:
    begin(case).desk("answer", "Xong.")
    do(case, "privacy", after=0, wish="delete")
    erase_case(ctx, LOGIN, case.n, Word("asked", ("deputy",)))
    assert follow.look(reading(ctx), case.code) is None
    told = follow.gone(reading(ctx), case.keys)
    assert told
    assert (told.why, told.roles, told.unanswered) == ("asked", ("deputy",), False)
    other = follow.read_keys(reading(ctx), "0000 0000 0000 0000")
    assert other and follow.gone(reading(ctx), other) is None
    with pytest.raises(Problem):
        follow_acts.act(ctx, case.keys, act="word", after="9", text="Còn ai không?", wish="")
