"""What a complaint says, sealed and opened again; and the code by which its sender finds it."""

from __future__ import annotations

import json
import time
import unicodedata
from hashlib import blake2b
from typing import Any

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_defs import wire
from survey_defs.complaint import (
    CODE_DIGITS,
    KEY_BYTES,
    MAX_CONTACT,
    MAX_TEXT,
    SALT_BYTES,
    Contact,
    Letter,
    TextProblem,
    clean_text,
    code_keys,
    decode_sealed,
    encode_sealed,
    key_id,
    new_code,
    new_key,
    public_of,
    read_code,
    seal,
    spell_code,
    unseal,
)
from survey_defs.plain_text import clean_within

PUBLIC, PRIVATE = new_key()
LETTER = Letter(
    "Tôi chờ ba tuần vẫn chưa có học bạ.",
    Contact("Nguyễn Thị Lan", "0912 345 678", "Tôi đồng ý cho nhà trường liên hệ với tôi."),
    reply_key=bytes(range(32)),
)
texts = st.text(st.characters(codec="utf-8"))


# ---- seal and unseal


@settings(max_examples=100, deadline=None)
@given(texts, st.none() | st.builds(Contact, texts, texts, texts), st.binary(max_size=32))
def test_what_was_sealed_is_opened_with_its_key(text: str, contact: Contact | None, reply_key: bytes) -> None:
    letter = Letter(text, contact, reply_key)
    assert unseal(seal(letter, PUBLIC), PRIVATE) == clean_within(letter)


@pytest.mark.parametrize(
    "text",
    [
        "👍🏽 👨‍👩‍👧 ❤️",
        "Học bạ សៀវភៅ 成績表 Зачётка كتاب",
        "dòng một\ndòng hai",
        'nói "không" \\ rồi đi',
        "",
    ],
)
def test_every_script_comes_back(text: str) -> None:
    letter = unseal(seal(Letter(text), PUBLIC), PRIVATE)
    assert letter is not None
    assert letter.text == text


def test_what_no_document_can_hold_is_gone_when_it_is_opened() -> None:
    letter = unseal(seal(Letter("một\x0bhai \ufffe\x07", Contact("A\uffff", "1\x00", "có")), PUBLIC), PRIVATE)
    assert letter == Letter("một\nhai ", Contact("A", "1", "có"))


def test_nothing_of_it_can_be_read_in_the_box() -> None:
    box = seal(LETTER, PUBLIC)
    assert LETTER.contact
    for secret in (LETTER.text, LETTER.contact.name, LETTER.contact.reach, LETTER.contact.consent, "contact"):
        assert secret.encode() not in box
    assert LETTER.reply_key not in box


def test_the_same_letter_never_looks_the_same() -> None:
    assert seal(LETTER, PUBLIC) != seal(LETTER, PUBLIC)


def test_another_key_opens_nothing() -> None:
    other, other_private = new_key()
    assert unseal(seal(LETTER, PUBLIC), other_private) is None
    assert unseal(seal(LETTER, other), PRIVATE) is None
    assert unseal(seal(LETTER, PUBLIC), PUBLIC) is None


def test_a_cut_or_altered_box_opens_nothing() -> None:
    box = seal(LETTER, PUBLIC)
    for end in (0, 1, 31, 32, 47, 48, 49, len(box) - 1):
        assert unseal(box[:end], PRIVATE) is None
    assert unseal(box + b"\x00", PRIVATE) is None
    for place in (0, 31, 32, 47, 48, len(box) // 2, len(box) - 1):
        altered = box[:place] + bytes([box[place] ^ 1]) + box[place + 1 :]
        assert unseal(altered, PRIVATE) is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_rubbish_opens_nothing(box: bytes, private: bytes) -> None:
    assert unseal(box, PRIVATE) is None
    assert unseal(seal(LETTER, PUBLIC), private) is None


def test_a_box_that_holds_no_letter_is_none() -> None:
    from nacl.bindings import sodium_pad
    from nacl.public import PublicKey, SealedBox

    school = SealedBox(PublicKey(PUBLIC))
    for content in (b"", b"{}", b"[]", b'{"text":5}', b"\xff" * 512, b'{"text":"a"}'):
        assert unseal(bytes(school.encrypt(content)), PRIVATE) is None  # not padded as ours are
        if content != b'{"text":"a"}':
            assert unseal(bytes(school.encrypt(sodium_pad(content, 512))), PRIVATE) is None
    later = b'{"text":"a","v":2,"mood":"b"}'  # of a later version: what is known of it is read
    assert unseal(bytes(school.encrypt(sodium_pad(later, 512))), PRIVATE) == Letter("a", v=2)


def test_its_length_tells_little_of_the_text() -> None:
    def length(text: str) -> int:
        return len(seal(Letter(text), PUBLIC))

    assert length("") == length("Không.") == length("a" * 400)
    assert {length("ế" * count) for count in range(1, MAX_TEXT, 7)} <= set(range(48 + 512, 14000, 512))
    assert (length("a" * 3000) - 48) % 512 == 0


def test_the_longest_letter_fits_in_an_event() -> None:
    contact = Contact("🧡" * MAX_CONTACT, "🧡" * MAX_CONTACT, "🧡" * MAX_CONTACT)
    sealed = encode_sealed(seal(Letter("🧡" * MAX_TEXT, contact, bytes(32)), PUBLIC))
    event: dict[str, Any] = {
        "id": "0190f5e2-1c9a-4b2e-8f3d-2a6c7b8e9f01",
        "journal": "j" * 64,
        "seq": wire.MAX_INT,
        "boot": "b" * 64,
        "up_ms": wire.MAX_INT,
        "wall": "2026-05-28T08:15:30.123456+07:00",
        "type": "complaint",
        "channel": "kiosk",
        "lang": "vi",
        "procedure": "p" * 64,
        "about": ["s" * 64] * 16,
        "code_hash": "f" * 64,
        "sealed": sealed,
    }
    assert wire.check_event(event) is None
    assert wire.how_many_fit([wire.encode_event(event)] * 2) == 2


def test_what_is_no_key_is_refused() -> None:
    for wrong in (b"", PUBLIC[:-1], PUBLIC + b"x"):
        with pytest.raises(ValueError, match="32 bytes"):
            seal(LETTER, wrong)
        with pytest.raises(ValueError, match="32 bytes"):
            public_of(wrong)
    assert public_of(PRIVATE) == PUBLIC
    assert len(PUBLIC) == len(PRIVATE) == KEY_BYTES


def test_a_key_has_a_short_name() -> None:
    assert key_id(bytes(32)) == blake2b(bytes(32), digest_size=8).hexdigest() == "c50d124a8aaf41a1"
    assert key_id(PUBLIC) == key_id(PUBLIC) != key_id(PRIVATE)
    assert len(key_id(PUBLIC)) == 16


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_a_box_is_spelled_as_the_wire_wants_it(box: bytes) -> None:
    assert decode_sealed(encode_sealed(box)) == box


@pytest.mark.parametrize("sealed", ["a", "a===", "ế", "AAAA\nAAAA", "AA AA", "AAA-", "AAAA=AAA", "AAAAA==="])
def test_what_is_no_base64_is_no_box(sealed: str) -> None:
    assert decode_sealed(sealed) is None


# ---- the text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Xin chào \n", "Xin chào"),
        ("một\r\nhai\rba\n\nbốn", "một\nhai\nba\n\nbốn"),
        ("trước\tsau", "trước sau"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("e\x00\u0302\u0301", "ế"),
        (unicodedata.normalize("NFD", "Tiếng Việt"), "Tiếng Việt"),
        ("nửa \ud83d chữ", "nửa  chữ"),
        ("dòng một\x0bdòng hai\x0ctrang sau\u2028nữa", "dòng một\ndòng hai\ntrang sau\nnữa"),
        ("xấu\ufffe\uffff, \u202engược", "xấu, ngược"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("x" * MAX_TEXT, "x" * MAX_TEXT),
        (" " * 20000 + "x", "x"),
        (unicodedata.normalize("NFD", "ế" * MAX_TEXT), "ế" * MAX_TEXT),
    ],
)
def test_the_text_as_it_is_kept(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "   ", "\n\n\t\r", "\x00\x01\x1b", "\ud800", "\u3000\u00a0", "\u200b\ufeff \u202e"]
)
def test_an_empty_text_is_told(typed: str) -> None:
    with pytest.raises(TextProblem) as caught:
        clean_text(typed)
    assert caught.value.code == "empty"


@pytest.mark.parametrize("typed", ["x" * (MAX_TEXT + 1), "Chờ lâu quá. " * 1600, "👍" * 20000])
def test_too_long_a_text_is_told_and_not_repeated(typed: str) -> None:
    with pytest.raises(TextProblem) as caught:
        clean_text(typed)
    assert caught.value.code == "too-long"
    assert str(caught.value) == "too-long"


def test_a_shorter_limit() -> None:
    assert clean_text("0912 345 678", MAX_CONTACT) == "0912 345 678"
    with pytest.raises(TextProblem, match="too-long"):
        clean_text("x" * (MAX_CONTACT + 1), MAX_CONTACT)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_a_kept_text_is_clean_and_stays_as_it_is(typed: str) -> None:
    try:
        kept = clean_text(typed)
    except TextProblem:
        return
    assert clean_text(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") and letter != "\n" for letter in kept)
    assert json.loads(json.dumps(kept)) == kept.encode().decode()


# ---- the code


@pytest.mark.parametrize(
    "typed",
    [
        "4821093755162840",
        "4821 0937 5516 2840",
        "4821-0937-5516-2840",
        " 4821.0937/5516_2840\n",
        "4821–0937—5516\u00a02840",
        "４８２１ ０９３７ ５５１６ ２８４０",
        "៤៨២១ ០៩៣៧ ៥៥១៦ ២៨៤០",
        "Mã tra cứu: 4821 0937 5516 2840",
        "mã 4821 0937 5516 2840",
        "Số 3/2026 · Mã tra cứu: 4821-0937-5516-2840",
        "http://192.0.2.7:8080/tra-cuu#4821093755162840",
        "https://hailong.thcs-mau.edu.vn/tra-cuu#4821093755162840 ",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == "4821093755162840"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "4821",
        "482109375516284",
        "48210937551628400",
        "482109375516284O",
        "4821 0937 5516 x 2840",
        "4821 0937 5516 2840, 4821 0937 5516 2841",
        "½" * 16,
    ],
)
def test_what_is_no_code(typed: str) -> None:
    assert read_code(typed) is None


def test_a_fresh_code_comes_back_from_its_spelling() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        assert len(code) == CODE_DIGITS
        assert spell_code(code).count(" ") == 3
        assert read_code(spell_code(code)) == code
    digits = "".join(codes)
    assert all(100 < digits.count(digit) < 600 for digit in "0123456789")


CODE, SALT = "4821093755162840", b"muoi cua truong!"


def test_a_code_comes_to_the_same_for_ever() -> None:
    """Pinned: with other parameters no code ever given out would find its case again."""
    keys = code_keys(CODE, SALT)
    assert keys.code_hash == "99c5c8b2e13ad38452938d770ac623ef0083b68c3ff529214752323ec632744f"
    assert keys.public.hex() == "4590f6d29bb94c1a6468ae057da3e6fe4f429258a8ab218ef07fe0daf9804a04"
    assert public_of(keys.private) == keys.public
    # The reference implementation: 3 passes over 32 MiB, one lane, 64 bytes.
    both = hash_secret_raw(CODE.encode(), SALT, 3, 32 * 1024, 1, 64, Type.ID)
    assert both[:32].hex() == keys.code_hash


def test_an_answer_is_opened_with_the_code_alone() -> None:
    keys = code_keys(CODE, SALT)
    box = seal(Letter("Nhà trường đã trả học bạ ngày 3/6."), keys.public)
    again = code_keys(CODE, SALT)
    letter = unseal(box, again.private)
    assert letter
    assert letter.text.startswith("Nhà trường")
    assert unseal(box, code_keys("4821093755162841", SALT).private) is None
    assert unseal(box, code_keys(CODE, b"muoi cua truong?").private) is None


def test_the_hash_travels_and_gives_nothing_away() -> None:
    keys = code_keys(CODE, SALT)
    assert len(keys.code_hash) == 64
    assert CODE not in keys.code_hash
    assert keys.code_hash != keys.private.hex()


def test_trying_codes_takes_its_time() -> None:
    start = time.perf_counter()
    code_keys(new_code(), SALT)
    assert time.perf_counter() - start > 0.01


@pytest.mark.parametrize(
    ("code", "salt"),
    [
        ("", SALT),
        (CODE[:-1], SALT),
        (CODE + "0", SALT),
        (spell_code(CODE), SALT),
        ("４８２１０９３７５５１６２８４０", SALT),
        (CODE, b""),
        (CODE, SALT[:-1]),
        (CODE, bytes(SALT_BYTES + 1)),
    ],
)
def test_no_code_or_no_salt(code: str, salt: bytes) -> None:
    with pytest.raises(ValueError, match="no code, or no salt"):
        code_keys(code, salt)
