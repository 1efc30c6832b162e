"""A complaint's way through the kiosk: what is offered, typed, asked, sent, and forgotten."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.complaint.form import (
    ASK_MS,
    CODE_IDLE_MS,
    DOUBLE_TAP_MS,
    SAVED_IDLE_MS,
    SEND_GUARD_MS,
    WRITING_IDLE_MS,
    Lodge,
)
from kiosk.device.program import Program
from kiosk.keyboard.layout import METHODS, keyboard
from kiosk.keyboard.text_field import TextField
from kiosk.screen.touch import GUARD_MS
from kiosk.screen.view import Sheet
from kiosk.visit.current import THANKS_MS
from kiosk.visit.questionnaire import IDLE_MS
from kiosk.visit.visits import UNSENT_MS, WRITE_GUARD_MS
from survey_defs.advice import FILE, needs_advice, phrases
from survey_defs.letter import MAX_CONTACT, MAX_TEXT, Contact
from tests.support.kiosk_samples import APART, HEAD, TERMS, consent, faces_first, tthc, with_complaints
from tests.support.kiosk_visitor import Visitor as Rater
from tests.support.kiosk_visitor import secrets_in

CODE = "4821093755662104"


class Sender(Rater):
    """A visitor who can type, some 200 ms from key to key."""

    def __init__(self, program: Program | None = None) -> None:
        super().__init__(program if program and program.complaints else with_complaints(program or tthc()))

    def type(self, keys: str) -> Sheet:
        self.now += GUARD_MS
        for key in keys:
            name = {" ": "space", "\n": "enter", "<": "backspace", "^": "shift"}.get(key, key)
            self.now += 200
            target = f"key:{name}"
            if target not in self.view.targets():
                self.effects += self.visits.touch("key:signs", self.now)
            assert target in self.view.targets(), target
            self.effects += self.visits.touch(target, self.now)
        return self.sheet

    @property
    def sheet(self) -> Sheet:
        assert self.view.sheet is not None
        return self.view.sheet

    @property
    def text(self) -> str:
        return dict(self.sheet.fields)[self.sheet.field]

    @property
    def lodged(self) -> Lodge:
        lodge = self.effects[-1]
        assert isinstance(lodge, Lodge)
        return lodge

    def send(self, keys: str = "tooi chowf laau") -> "Sender":
        self.touch("write", "next")
        self.type(keys)
        self.touch("next", "next")
        return self

    def sealed(self, due: date | None = None) -> str:
        self.visits.lodged(self.lodged.visit, CODE, due, self.now)
        return self.view.name


def test_it_is_offered_at_rest_and_after_a_rating_where_the_school_takes_complaints() -> None:
    assert Rater(tthc()).view.action is None
    assert "write" not in Rater(tthc()).view.targets()
    assert Sender().view.action == "write"
    assert Sender(faces_first()).view.action == "write"
    rater = Sender()
    rater.touch("procedure:hoc-ba")
    assert rater.view.action is None
    rater.touch("level:2", "next", "next")
    rater.kept()
    assert (rater.view.screen, rater.view.action) == ("thanks", "write_more")


def test_after_a_rating_it_carries_the_procedure_and_no_word_of_the_rating() -> None:
    sender = Sender()
    sender.touch("procedure:hoc-ba", "level:2", "next", "next")
    sender.kept()
    rated = sender.drafts[-1].visit
    shown = sender.touch("write").eyebrow
    assert shown is not None, "whoever has come since sees whose procedure it is"
    assert shown["vi"] == "Học bạ"
    sender.touch("back")
    assert sender.touch("write").eyebrow is None, "one touch, and it is nobody's"
    sender.touch("back", "procedure:hoc-ba", "level:2", "next", "next")
    sender.kept()
    sender.send()
    assert (sender.lodged.procedure, sender.lodged.lang) == ("hoc-ba", "vi")
    assert sender.lodged.visit != rated


def test_a_tap_too_many_on_send_is_no_wish_to_write() -> None:
    sender = Sender()
    sender.touch("procedure:hoc-ba", "level:4", "next")
    sender.kept()
    sender.visits.touch("write", sender.now + WRITE_GUARD_MS - 1)
    assert sender.view.screen == "thanks"
    sender.visits.touch("write", sender.now + WRITE_GUARD_MS + GUARD_MS)
    assert sender.view.name == "complaint:subjects"


def test_a_tap_too_many_on_continue_sends_nothing() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type("tooi chowf laau")
    assert sender.touch("next").name == "complaint:contact"
    assert sender.visits.touch("next", sender.now + SEND_GUARD_MS - 1) == []
    assert not sender.view.busy
    sender.now += SEND_GUARD_MS + GUARD_MS
    sender.touch("next")
    assert sender.lodged.text == "tôi chờ lâu"


def test_the_whole_way() -> None:
    sender = Sender()
    assert sender.touch("write").name == "complaint:subjects"
    assert len(sender.view.tiles) == 8
    assert sender.view.action == "skip"
    sender.touch("subject:cho-lau", "subject:thai-do", "subject:tre-hen", "subject:tre-hen")
    assert (sender.view.action, sender.view.step) == ("onward", (1, 4))
    assert sender.touch("next").name == "complaint:text"
    assert sender.view.action is None
    assert sender.type("Tooi ddowij mootj tuaanf".lower()).fields == (("text", "tôi đợi một tuần"),)
    assert sender.touch("next").name == "complaint:contact"
    assert sender.view.action == "anonymous"
    assert sender.touch("next").busy
    assert sender.view.targets() == frozenset()
    lodge = sender.lodged
    assert (lodge.text, lodge.about, lodge.contact) == ("tôi đợi một tuần", ("thai-do", "cho-lau"), None)
    assert lodge.terms == TERMS
    assert sender.sealed(date(2026, 6, 1)) == "complaint:code"
    assert (sender.sheet.code, sender.sheet.due, sender.sheet.lookup) == (
        CODE,
        date(2026, 6, 1),
        TERMS.lookup,
    )
    assert sender.touch("next").name == "complaint:saved"
    assert sender.view.targets() == {"again", "finish", "language"}
    assert sender.touch("again").name == "complaint:code"
    sender.touch("next")
    assert sender.touch("finish").screen == "thanks"
    assert sender.view.action is None
    assert sender.wait(THANKS_MS).name == "rest"
    assert len(sender.effects) == 1


def test_no_code_is_shown_before_it_is_kept_and_none_where_it_cannot_be() -> None:
    sender = Sender().send()
    assert sender.wait(60_000).busy
    assert sender.view.name == "complaint:contact"
    sender.visits.lodged(sender.lodged.visit - 1, CODE, None, sender.now)
    assert sender.view.busy
    sender.visits.failed(sender.now)
    assert sender.view.screen == "paused"
    sender.visits.lodged(sender.lodged.visit, CODE, None, sender.now)
    assert sender.view.screen == "paused"
    assert secrets_in(sender.visits) == []


def test_who_wrote_is_told_that_it_was_not_sent_even_if_the_next_could_write() -> None:
    sender = Sender()
    sender.touch("language")
    lang = sender.view.lang
    sender.send()
    failed_at = sender.now
    sender.visits.failed(failed_at)
    assert (sender.view.screen, sender.view.unsent, sender.view.lang) == ("paused", True, lang)
    sender.visits.recovered(failed_at + 1_000)
    sender.visits.failed(failed_at + 2_000)
    sender.visits.recovered(failed_at + 3_000)
    assert sender.visits.due(failed_at + 3_000) == failed_at + UNSENT_MS
    assert sender.visits.tick(failed_at + UNSENT_MS - 1) == []
    assert sender.visits.view(failed_at + UNSENT_MS - 1).unsent
    assert sender.visits.tick(failed_at + UNSENT_MS) == []
    assert sender.visits.view(failed_at + UNSENT_MS).name == "rest"
    assert sender.visits.view(failed_at + UNSENT_MS).lang == "vi"


def test_a_lasting_failure_does_not_tell_the_next_visitor_of_anothers_words() -> None:
    sender = Sender().send()
    sender.visits.failed(sender.now)
    later = sender.visits.view(sender.now + UNSENT_MS)
    assert (later.screen, later.unsent) == ("paused", False)
    assert sender.visits.due(sender.now + UNSENT_MS) is None
    sender.visits.recovered(sender.now + UNSENT_MS)
    assert sender.visits.view(sender.now + UNSENT_MS).name == "rest"


def test_an_empty_text_cannot_be_sent() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type("  \n ")
    assert sender.view.action is None
    sender.touch("next", "next", "next")
    assert sender.effects == []
    sender.type("a")
    assert sender.view.action == "onward"
    sender.type("<")
    assert sender.view.action is None


@pytest.mark.parametrize(
    ("keys", "advised"),
    [
        ("tooi tooos caos", False),
        ("tooi toos caos coo", True),
        ("xin TO CAO".lower(), True),
        ("no abuse", True),
        ("bao hanh", True),
        ("baro hanhf mays", False),
        ("banj aats caor", False),
    ],
)
def test_words_of_denunciation_bring_advice_and_refuse_nothing(keys: str, advised: bool) -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type(keys)
    text = sender.text
    view = sender.touch("next")
    assert view.name == ("complaint:advice" if advised else "complaint:contact")
    if advised:
        assert sender.touch("back").name == "complaint:text"
        assert sender.text == text
        sender.touch("next", "next")
    sender.touch("next")
    assert sender.lodged.text == text


def test_the_list_of_words_is_found_in_every_way_of_writing() -> None:
    for entry in phrases():
        marked = " ".join(word for word, _ in entry)
        for text in (marked, marked.upper(), " ".join(word for _, word in entry), f"x, {marked}."):
            assert needs_advice(text), text
        assert not needs_advice("a".join(word for word, _ in entry) + "x") or " " in marked
    assert "since: 20" in FILE.read_text(encoding="utf-8")


def test_contact_only_by_consent_and_with_the_sentence_agreed_to() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type("a")
    sender.touch("next")
    assert sender.view.tiles[0].ticked is False
    sender.touch("consent", "next")
    assert (sender.view.name, sender.sheet.field) == ("complaint:reach", "name")
    sender.type("lan\n")
    assert (sender.sheet.field, sender.sheet.signs) == ("reach", True)
    sender.type("0912 345")
    sender.touch("next")
    assert sender.lodged.contact == Contact("lan", "0912 345", consent("vi", TERMS.kept_months))

    taken_back = Sender()
    taken_back.touch("write", "next")
    taken_back.type("a")
    taken_back.touch("next", "consent", "next")
    taken_back.type("lan")
    taken_back.touch("back", "consent", "next")
    assert taken_back.lodged.contact is None

    empty = Sender()
    empty.touch("write", "next")
    empty.type("a")
    empty.touch("next", "consent", "next", "next")
    assert empty.lodged.contact is None


def test_what_is_about_the_principal_is_said_by_one_touch_and_taken_back_by_another() -> None:
    sender = Sender(replace(tthc(), complaints=APART))
    sender.touch("write", "next")
    sender.type("a")
    sender.touch("next")
    assert [(tile.target, tile.ticked) for tile in sender.view.tiles] == [
        ("consent", False), ("principal", False),
    ]  # fmt: skip
    sender.touch("principal", "principal", "principal", "back", "next")
    assert sender.view.tiles[1].ticked, "a step back loses nothing"
    sender.touch("next")
    assert sender.lodged.about_principal
    quiet = Sender(replace(tthc(), complaints=APART)).send()
    assert not quiet.lodged.about_principal


@pytest.mark.parametrize(("head", "warned"), [(HEAD, True), ({}, False)])
def test_where_the_principal_could_read_it_the_screen_says_so(head: dict[str, str], warned: bool) -> None:
    """Nothing is offered that does not protect; an old server says neither."""
    sender = Sender(replace(tthc(), complaints=replace(APART, principal_key=None, head=head)))
    sender.touch("write", "next")
    sender.type("a")
    sender.touch("next")
    assert sender.view.targets() & {"consent", "principal"} == {"consent"}
    assert (sender.sheet.warned, sender.sheet.head) == (warned, head)
    sender.touch("principal", "next")
    assert not sender.lodged.about_principal


def test_a_word_of_thanks_gets_no_date() -> None:
    sender = Sender()
    sender.touch("write", "subject:khen-ngoi", "next")
    sender.type("camr own")
    sender.touch("next", "next")
    sender.sealed(date(2026, 6, 1))
    assert (sender.sheet.praise, sender.sheet.due) == (True, None)


# Idle


def test_who_writes_is_asked_and_then_everything_goes() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type("mootj bis maatj")
    assert sender.wait(ASK_MS - 1).name == "complaint:text"
    assert sender.wait(1).name == "complaint:still"
    assert sender.view.seconds_left == 15
    assert sender.wait(1_000).seconds_left == 14
    assert sender.touch("go-on").name == "complaint:text"
    assert sender.text == "một bí mật"
    sender.wait(ASK_MS)
    assert sender.wait(WRITING_IDLE_MS - ASK_MS).name == "rest"
    assert secrets_in(sender.visits) == []
    assert sender.effects == []


def test_erase_and_finish_sends_nothing() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type("mootj bis maatj")
    assert sender.touch("back", "back").name == "complaint:still"
    assert sender.view.seconds_left == 0
    assert sender.touch("go-on").name == "complaint:subjects"
    sender.touch("back")
    assert sender.touch("erase").name == "rest"
    assert (sender.effects, secrets_in(sender.visits)) == ([], [])


def test_without_a_word_written_it_is_an_ordinary_screen() -> None:
    sender = Sender()
    sender.touch("write", "next")
    assert sender.wait(IDLE_MS - 1).name == "complaint:text"
    assert sender.wait(1).name == "rest"
    sender.touch("write")
    assert sender.touch("back").name == "rest"


def test_the_code_stands_for_two_minutes() -> None:
    sender = Sender().send()
    sender.sealed()
    assert secrets_in(sender.visits) == [CODE]
    assert sender.wait(CODE_IDLE_MS - 1).name == "complaint:code"
    assert sender.wait(1).name == "rest"
    assert secrets_in(sender.visits) == []


def test_a_code_that_is_saved_waits_for_nobody_else() -> None:
    """Whoever comes next must not find the way back to it for two minutes."""
    sender = Sender().send()
    sender.sealed()
    assert sender.touch("next").name == "complaint:saved"
    assert sender.wait(SAVED_IDLE_MS - 1).name == "complaint:saved"
    assert sender.wait(1).name == "rest"
    assert secrets_in(sender.visits) == []


def test_time_wakes_the_kiosk_for_each_of_these() -> None:
    sender = Sender()
    sender.touch("write", "next")
    assert sender.visits.due(sender.now) == sender.now + IDLE_MS
    sender.type("a")
    assert sender.visits.due(sender.now) == sender.now + ASK_MS
    touched = sender.now
    sender.wait(ASK_MS + 300)
    assert sender.visits.due(sender.now) == touched + ASK_MS + 1_000
    sender.touch("go-on", "next", "next")
    assert sender.visits.due(sender.now) is None
    sender.sealed()
    assert sender.visits.due(sender.now) == sender.now + CODE_IDLE_MS


# Keys


def test_fast_fingers_and_double_letters_are_all_keys() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.now += GUARD_MS
    for letter in "ddoong":
        sender.now += 15
        sender.visits.touch(f"key:{letter}", sender.now)
    assert sender.text == "đông"


def test_a_finger_that_opened_the_screen_types_nothing_on_it() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.visits.touch("key:m", sender.now + GUARD_MS - 1)
    assert sender.text == ""


def test_the_way_of_typing() -> None:
    sender = Sender()
    sender.touch("write", "next")
    assert sender.sheet.method == "telex"
    sender.type("aas ")
    assert sender.view.targets() >= {"tone:sac", "key:ă"}
    sender.touch("key:method")
    assert sender.sheet.method == "vni"
    sender.type("a61 ")
    sender.touch("key:method")
    assert sender.sheet.method == "off"
    sender.type("aas as.vn@x\n")
    assert sender.text == "ấ ấ aas as.vn@x\n"
    english = Sender()
    english.touch("language", "write", "next")
    assert english.sheet.method == "off"
    assert english.touch("language").sheet.method == "telex"  # type: ignore[union-attr]


def test_keys_with_marks_and_tones_need_no_telex() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type("đ")
    sender.touch("key:ư", "key:ơ", "key:n", "key:g", "tone:huyen", "key:space", "tone:sac")
    assert sender.text == "đường "
    sender.touch("key:backspace", "tone:huyen", "tone:hoi")
    assert sender.text == "đưởng"


def test_shift_once_and_locked() -> None:
    sender = Sender()
    sender.touch("write", "next")
    sender.type("^ab")
    assert (sender.text, sender.sheet.shift) == ("Ab", "off")
    sender.touch("key:shift")
    sender.visits.touch("key:shift", sender.now + DOUBLE_TAP_MS)
    assert sender.sheet.shift == "lock"
    sender.type("cd1e")
    assert sender.text == "AbCD1E"
    sender.touch("key:shift")
    assert sender.sheet.shift == "off"
    sender.touch("key:shift", "key:shift")
    assert sender.sheet.shift == "off"


def test_a_text_ends_at_its_limit_with_a_word_and_not_before() -> None:
    sender = Sender()
    sender.touch("write", "next")
    for _ in range((MAX_TEXT - 401) // 8):
        sender.type("chowf xx")
    while sender.sheet.left is None:
        sender.type("x")
    assert sender.sheet.left == 400
    while sender.sheet.left:
        sender.type("x")
    assert not sender.sheet.full
    text = sender.text
    assert len(text) == MAX_TEXT
    assert sender.type("y").full
    assert sender.type(" ").full
    assert sender.text == text
    assert not sender.type("<").full
    assert len(sender.text) == MAX_TEXT - 1
    sender.touch("next", "next")
    assert len(sender.lodged.text) == MAX_TEXT - 1


@given(st.text(alphabet="aeodwsfrxjz uhngtc1682.@\n", max_size=120), st.sampled_from(METHODS))
def test_a_field_never_grows_past_its_limit_and_can_be_emptied(keys: str, method: str) -> None:
    field = TextField(40)
    for key in keys:
        before = field.text
        taken = field.type(key, method)  # type: ignore[arg-type]
        assert len(field.text) <= 40
        assert taken or field.text == before
        assert field.text.endswith(field.word)
    for _ in range(41):
        field.backspace()
    assert field.text == ""


def test_every_key_has_a_name_of_its_own() -> None:
    for method in METHODS:
        for signs in (False, True):
            board = keyboard(method, signs=signs)
            keys = [key for group in (*board.top, *(row.keys for row in board.rows)) for key in group]
            assert len({key.target for key in keys}) == len(keys)
            assert all(sum(key.wide for key in row.keys) + row.indent <= 10 for row in board.rows)


def test_a_contact_line_is_shorter() -> None:
    field = TextField(MAX_CONTACT)
    assert all(field.type("x", "off") for _ in range(MAX_CONTACT))
    assert not field.type("x", "off")
