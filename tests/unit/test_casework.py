"""The table of moves: what it lets happen to a case, for any case and whoever acts."""

from __future__ import annotations

import unicodedata
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.access import roles
from server.domain.cases.case_clocks import MAIN_RULES, PETITION_RULES, SENDING_RULES, Stand, change
from server.domain.cases.case_fields import parts, read_day, read_fields, read_line
from server.domain.cases.casework import (
    ACTIONS,
    CLOSE_REASONS,
    ENDS,
    FORWARD_REASONS,
    KINDS,
    OPEN,
    REOPEN_REASONS,
    SIGNED,
    STATUSES,
    TABLE,
    UNSIGNED,
    Actor,
    check_move,
    may_read,
    move,
    moves,
    needs_answer_first,
    read_ref,
    ref_of,
    sees,
    sender,
)
from server.domain.folding import fold, like, words_of
from server.domain.problems import Problem
from server.domain.records import ROLES
from server.rules.limits import find_rule

DEPUTY = Actor("pho", "deputy", "mau", frozenset({"complaints", "denunciations"}))
OFFICER = Actor("vien", "officer", "mau", frozenset({"complaints"}))
DAY, SIGNED_ON, LATER = date(2026, 5, 18), date(2026, 5, 20), date(2026, 6, 1)
BECOMES = {"petition": SIGNED, "classify": UNSIGNED}
"""Actions after which the case is of another kind."""


def steps(status: str, kind: str) -> set[tuple[str, str, str]]:
    """(action, status, kind) one move further."""
    found = set()
    for (start, action), cells in TABLE.items():
        if start != status:
            continue
        for cell in cells:
            if kind in cell.kinds:
                found |= {(action, cell.to, after) for after in BECOMES.get(action, (kind,))}
    return found


def reachable() -> set[tuple[str, str]]:
    """Every (status, kind) that a case can come to from its beginning."""
    found = {("new", kind) for kind in UNSIGNED}
    todo = list(found)
    while todo:
        for _, status, kind in steps(*todo.pop()):
            if (status, kind) not in found:
                found.add((status, kind))
                todo.append((status, kind))
    return found


def test_every_status_is_reached_by_every_kind_that_can_have_it() -> None:
    got = reachable()
    assert {status for status, _ in got} == set(STATUSES)
    assert {kind for _, kind in got} == set(KINDS)
    # A signed đơn has been looked at by a person: it is never new or merely received.
    assert not {("new", kind) for kind in SIGNED} & got
    assert not {("received", kind) for kind in SIGNED} & got


@pytest.mark.parametrize(("status", "kind"), sorted(reachable()))
def test_every_case_has_a_way_on_and_every_end_a_way_back(status: str, kind: str) -> None:
    offered = moves(status, kind, DEPUTY, None)
    leads_on = {move(status, action, kind) for action in offered} - {status}
    assert leads_on, (status, kind)
    if status in ENDS:
        assert leads_on == {"in_progress"}
        corrects = {"correct"} if status in ("closed", "returned") else set()
        assert set(offered) == {"reopen", "note", "summary", "against"} | corrects
    else:
        assert "closed" in leads_on


@pytest.mark.parametrize(("status", "action"), sorted(TABLE))
def test_no_way_leads_to_an_end_without_a_reason(status: str, action: str) -> None:
    for cell in TABLE[status, action]:
        if cell.to not in ENDS or status in ENDS:
            continue
        if action in ("settled", "erase"):  # the sender says that it is settled, or wants it gone
            assert "lead" not in cell.who
            assert "handler" not in cell.who
            continue
        asked = {field.name for field in ACTIONS[action].fields if field.required}
        assert asked & {"reason", "text"}, (status, action)
        with pytest.raises(Problem) as caught:
            read_fields(ACTIONS[action], {})
        assert caught.value.code in ("missing-field", "text-empty")


def test_what_is_asked_for_is_a_word_of_a_list_or_a_text() -> None:
    assert ACTIONS["return"].sender_reads
    options = {
        action: field.options
        for action in ACTIONS
        for field in ACTIONS[action].fields
        if field.name == "reason"
    }
    assert options["close"] == CLOSE_REASONS
    assert options["forward"] == FORWARD_REASONS
    assert options["reopen"] == REOPEN_REASONS
    with pytest.raises(Problem) as caught:
        read_fields(ACTIONS["close"], {"reason": "because"})
    assert caught.value.code == "bad-case-field"
    assert caught.value.values["field"] == "reason"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Kết quả có ngày [ngày], tại […].", "[ngày], […]"),
        ("Do [nêu rõ\nnguyên nhân] và ［chỗ khác］", "[nêu rõ nguyên nhân], ［chỗ khác］"),
        ("Do nêu rõ nguyên nhân] mà trễ.", "nêu rõ nguyên nhân]"),
        ("Gặp [họ tên", "[họ tên"),
        ("Hồ sơ số {so} của {họ tên}", "{so}, {họ tên}"),
        ("[a] [b] [c] [d] [e] [f] [a]", "[a], [b], [c], [d], [e], …"),
        ("[]", "[]"),
    ],
)
@pytest.mark.parametrize("action", ["answer", "correct", "ask", "return"])
def test_a_text_with_open_places_is_not_sent_and_names_them(action: str, text: str, places: str) -> None:
    with pytest.raises(Problem) as caught:
        read_fields(ACTIONS[action], {"text": text})
    assert caught.value.code == "places-left"
    assert str(caught.value.values["places"]).endswith(places)
    assert places in caught.value.sentence("vi") and places in caught.value.sentence("en")
    assert read_fields(ACTIONS["note"], {"text": text}).text == text  # stays within the house


def test_a_line_that_others_read_has_no_open_places_either() -> None:
    forward = {"body": "UBND phường [tên]", "mode": "transfer", "reason": "not_competent", "note": "[x]"}
    for action, filled, field in (
        ("forward", forward, "body"),
        ("classify", {"kind": "pakn", "summary": "Chậm trả [thủ tục]"}, "summary"),
        ("summary", {"summary": "Chậm trả […]"}, "summary"),
    ):
        with pytest.raises(Problem) as caught:
            read_fields(ACTIONS[action], filled)
        assert (caught.value.code, caught.value.values["field"]) == ("places-left", field)
    assert read_fields(ACTIONS["forward"], forward | {"body": "UBND phường Mẫu"}).text == "[x]"


def test_round_brackets_and_numbers_in_braces_are_words_like_others() -> None:
    text = "Ông (bà) đến tầng 2 (phòng 3), mã {7*7} {0}."
    assert read_fields(ACTIONS["answer"], {"text": text}).text == text
    assert parts(text) == [(text, False)]
    assert parts("Ngày [ngày].") == [("Ngày ", False), ("[ngày]", True), (".", False)]


@given(status=st.sampled_from(STATUSES), action=st.sampled_from(sorted(ACTIONS)), kind=st.sampled_from(KINDS))
def test_a_move_is_in_the_table_or_refused(status: str, action: str, kind: str) -> None:
    allowed = any(kind in cell.kinds for cell in TABLE.get((status, action), ()))
    if allowed:
        assert move(status, action, kind) in STATUSES
    else:
        with pytest.raises(Problem) as caught:
            move(status, action, kind)
        assert caught.value.code == "move-not-allowed"
        assert caught.value.status == 409
        assert "hồ sơ" in caught.value.sentence("vi").lower()


def test_each_kind_has_at_most_one_cell() -> None:
    for cells in TABLE.values():
        kinds = [kind for cell in cells for kind in cell.kinds]
        assert len(kinds) == len(set(kinds))


@given(
    status=st.sampled_from(STATUSES),
    kind=st.sampled_from(KINDS),
    role=st.sampled_from(ROLES),
    assignee=st.sampled_from((None, "me", "other")),
)
def test_who_may_act(status: str, kind: str, role: str, assignee: str | None) -> None:
    offered = set(moves(status, kind, Actor("me", role, "mau"), assignee))
    if role in ("staff", "office", "technician"):
        assert not offered
    if role == "reception":
        assert offered <= {"receive"}
    if role == "officer":
        assert bool(offered - {"against"}) == (assignee == "me")
        handles = {"start", "answer", "correct", "ask", "extend", "close", "note", "summary"}
        assert offered <= {*handles, "against"}
    assert ("against" in offered) == (role in ("deputy", "officer"))
    if role in roles.LEADERS:
        assert {"note", "summary"} <= offered
    assert not offered & {"open", "word", "settled", "not_settled", "rate", "erase"}


@given(
    status=st.sampled_from(STATUSES),
    kind=st.sampled_from(KINDS),
    role=st.sampled_from(("principal", "deputy", "officer", "reception")),
    assignee=st.sampled_from((None, "me", "other")),
    against=st.booleans(),
)
def test_who_holds_no_key_decides_nothing(
    status: str, kind: str, role: str, assignee: str | None, against: bool
) -> None:
    actor = Actor("me", role, "mau")
    offered = set(moves(status, kind, actor, assignee, holds=False, against=against))
    assert offered <= {"receive", "assign", "reopen"}
    assert not {move(status, action, kind) for action in offered} & set(ENDS) - {status}
    for action in set(moves(status, kind, actor, assignee, against=against)) - offered:
        with pytest.raises(Problem) as caught:
            check_move(action, status, kind, actor, assignee, holds=False, against=against)
        assert caught.value.code == "key-not-held"


@given(
    status=st.sampled_from(STATUSES), kind=st.sampled_from(KINDS), role=st.sampled_from(("deputy", "officer"))
)
def test_a_case_about_the_principal_goes_on_and_is_not_settled_at_the_school(
    status: str, kind: str, role: str
) -> None:
    actor = Actor("me", role, "mau")
    offered = set(moves(status, kind, actor, "me", against=True))
    assert "not_against" in offered
    assert not offered & {"accept", "against"}
    if kind == "to_cao":
        assert not offered & {"start", "answer"}
        if role == "deputy" and status not in (*ENDS, "answered"):
            assert "forward" in offered
    if (status, "accept") in TABLE and kind in SIGNED and role == "deputy":
        with pytest.raises(Problem) as caught:
            check_move("accept", status, kind, actor, "me", holds=True, against=True)
        assert caught.value.code == ("goes-above" if status == "classified" else "move-not-allowed")


@pytest.mark.parametrize("status", STATUSES)
def test_a_sender_can_always_write_and_says_whether_the_answer_settled_it(status: str) -> None:
    offered = set(moves(status, "pakn", sender("mau"), "vien"))
    told = {"settled", "not_settled", "rate"} if status in ("answered", "closed") else set()
    assert offered == {"word"} | told


def test_a_signed_petition_is_accepted_before_it_is_assigned() -> None:
    for kind in SIGNED:
        assert "assign" not in moves("classified", kind, DEPUTY, None)
        assert "accept" in moves("classified", kind, DEPUTY, None)
        assert "classify" not in moves("classified", kind, DEPUTY, None)
    assert "assign" in moves("classified", "pakn", DEPUTY, None)
    assert "petition" not in moves("accepted", "to_cao", DEPUTY, None)


def test_resolved_needs_an_answer_but_for_thanks() -> None:
    for status, kind in product(OPEN, KINDS):
        assert needs_answer_first(kind, status, "resolved") == (status != "answered" and kind != "thong_tin")
        assert not needs_answer_first(kind, status, "withdrawn")


# ---- who may know and read


def case(**columns: object) -> dict[str, object]:
    return {"school": "mau", "room": "complaints", "against_principal": 0, "assignee": None} | columns


@given(
    role=st.sampled_from(ROLES),
    school=st.sampled_from(("mau", "khac")),
    held=st.sets(st.sampled_from(("complaints", "denunciations"))),
    room=st.sampled_from(("complaints", "denunciations")),
    against=st.booleans(),
    assignee=st.sampled_from((None, "me", "other")),
)
def test_who_may_know_of_a_case_and_who_may_read_it(
    role: str, school: str, held: set[str], room: str, against: bool, assignee: str | None
) -> None:
    actor = Actor("me", role, school, frozenset(held))
    row = case(room=room, against_principal=int(against), assignee=assignee)
    knows, reads = sees(actor, row), may_read(actor, row)
    assert knows or not reads
    if school != "mau" or role in ("office", "technician"):
        assert not knows
    if room == "denunciations" and room not in held:
        assert not knows
    if against and role == "principal":
        assert not knows
    if reads:
        assert room in held
        # Where the principal may not lead, whoever holds the key does.
        assert role in roles.LEADERS or (role == "officer" and (assignee == "me" or against))
    if room == "complaints" and school == "mau" and not against and role in roles.CASES:
        assert knows


# ---- clocks


def stand(kind: str, status: str) -> Stand:
    return Stand(kind, status, DAY, SIGNED_ON if kind in SIGNED else None)


def test_the_rules_are_those_of_the_limits() -> None:
    for rules in (MAIN_RULES, PETITION_RULES, SENDING_RULES):
        for rule in rules.values():
            assert find_rule(rule).id == rule
    for rule in ("pakn.forward", "to_cao.transfer"):
        assert find_rule(rule).id == rule


@given(
    kind=st.sampled_from(KINDS),
    action=st.sampled_from(sorted(ACTIONS)),
    status=st.sampled_from(STATUSES),
    reason=st.sampled_from((None, "regulation", "not_competent")),
)
def test_clocks_stop_before_another_starts(kind: str, action: str, status: str, reason: str | None) -> None:
    try:
        to = move(status, action, kind)
    except Problem:
        return
    for after_kind in BECOMES.get(action, (kind,)):
        made = change(action, reason, stand(kind, status), stand(after_kind, to), LATER)
        assert made.stop or made.start is None
        if to in ENDS:
            assert made.start is None
            assert made.stop or status in ENDS
        if after_kind == "thong_tin":
            assert made.start is None


@pytest.mark.parametrize(
    ("action", "before", "after", "started"),
    [
        ("open", ("pakn", ""), ("pakn", "new"), ("citizen_reception.answer", DAY)),
        ("open", ("thong_tin", ""), ("thong_tin", "new"), None),
        ("classify", ("thong_tin", "new"), ("pakn", "classified"), ("citizen_reception.answer", DAY)),
        ("petition", ("pakn", "new"), ("khieu_nai", "classified"), ("khieu_nai.accept", SIGNED_ON)),
        ("accept", ("khieu_nai", "classified"), ("khieu_nai", "accepted"), (MAIN_RULES["khieu_nai"], LATER)),
        ("answer", ("khieu_nai", "accepted"), ("khieu_nai", "answered"), ("khieu_nai.send_decision", LATER)),
        ("answer", ("khieu_nai", "answered"), ("khieu_nai", "answered"), None),
        ("petition", ("pakn", "new"), ("to_cao", "classified"), ("to_cao.intake", SIGNED_ON)),
        ("accept", ("to_cao", "classified"), ("to_cao", "accepted"), ("to_cao.resolve", LATER)),
        ("not_settled", ("pakn", "answered"), ("pakn", "in_progress"), ("citizen_reception.answer", LATER)),
    ],
)  # fmt: skip
def test_which_clock_starts(
    action: str, before: tuple[str, str], after: tuple[str, str], started: tuple[str, date] | None
) -> None:
    made = change(action, None, stand(*before), stand(*after), LATER)
    assert made.start == started


def test_a_forwarding_says_whether_it_was_in_time() -> None:
    forward = ("forward", stand("pakn", "new"), stand("pakn", "forwarded"), SIGNED_ON)
    assert change(forward[0], "regulation", *forward[1:]).past == ("pakn.forward", DAY)
    assert change(forward[0], "not_competent", *forward[1:]).past is None
    sealed = change("forward", "superior", stand("to_cao", "classified"), stand("to_cao", "forwarded"), DAY)
    assert sealed.past == ("to_cao.transfer", SIGNED_ON)


# ---- names, words, fields


@given(year=st.integers(1000, 9999), number=st.integers(1, 10**9 - 1))
def test_a_ref_reads_back(year: int, number: int) -> None:
    assert read_ref(ref_of(year, number)) == (year, number)


@given(st.text())
def test_nothing_else_is_a_ref(text: str) -> None:
    found = read_ref(text)
    assert found is None or read_ref(ref_of(*found)) == found


@pytest.mark.parametrize(
    "shown",
    [
        "2026-3", "3/2026", "Số 3/2026", "số 3/2026", "Số 03/2026", "số 3 năm 2026", "Phản ánh số 3 năm 2026",
        "hồ sơ số 2026-3", "hồ sơ số 2026-3.", "Số\u00a03/2026", "số 3 năm\u00a02026", "３/２０２６",
        "#3/2026", "No. 3/2026", "Complaint 3 of 2026", "2026-003", "2026 – 3",
        unicodedata.normalize("NFD", "số 3 năm 2026"),
    ],
)  # fmt: skip
def test_a_case_is_named_as_it_is_shown(shown: str) -> None:
    assert read_ref(shown) == (2026, 3)


@pytest.mark.parametrize(
    "typed",
    [
        "", "2026", "2026-", "-1", "2026-0", "26-1", "2026-1-2", "2026-1e3", "3/26", "1/3/2026", "a3/2026",
        "3" + " " * 300_000 + "năm nào",
    ],
)  # fmt: skip
def test_refs_that_are_none(typed: str) -> None:
    assert read_ref(typed) is None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hoà", "hoa"), ("hòa", "hoa"), ("HOA", "hoa"), ("Đường  Nguyễn\nHuệ", "duong nguyen hue"),
        ("quốc", "quoc"), ("ĐƯỢC", "duoc"), ("Ý kiến", "y kien"), ("Cafe\u0301", "cafe"), ("", ""),
    ],
)  # fmt: skip
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_the_longest_word_is_looked_for_first_and_wildcards_are_tame() -> None:
    assert words_of(" Chờ  lâu chờ ") == ("cho", "lau")
    assert words_of("a bb") == ("bb", "a")
    assert words_of("  ") == ()
    assert like("50%_\\") == "%50\\%\\_\\\\%"


@pytest.mark.parametrize("typed", ["", "2026-02-30", "20260203", "hôm nay", "2026-05-18T00:00"])
def test_days_that_are_none(typed: str) -> None:
    with pytest.raises(Problem) as caught:
        read_day("date", typed)
    assert caught.value.code == "bad-case-date"


def test_fields_are_cleaned() -> None:
    filled = read_fields(
        ACTIONS["forward"],
        {"body": " UBND \n phường ", "mode": "urge", "reason": "other", "note": " e\u0302 \x00", "else": "x"},
    )
    assert filled.values == {"body": "UBND phường", "mode": "urge", "reason": "other"}
    assert filled.text == "ê"
    for text, code in (("", "text-empty"), (" \n\x07", "text-empty"), ("x" * 20_000, "text-too-long")):
        with pytest.raises(Problem) as caught:
            read_fields(ACTIONS["answer"], {"text": text})
        assert caught.value.code == code
    assert read_fields(ACTIONS["answer"], {"text": "🙂 Привет مرحبا"}).text == "🙂 Привет مرحبا"
    with pytest.raises(Problem) as caught:
        read_line("summary", "x" * 301)
    assert caught.value.code == "text-too-long"
