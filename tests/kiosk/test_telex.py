"""Vietnamese typing: what stands in the field after keys were pressed. The words are typed by hand."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kiosk.keyboard.telex import AS_TYPED, METHODS, STYLES, TONE_KEYS, Typing, backspace, compose
from tests.kiosk.vietnamese import HARD, SENTENCES, STYLED, WORDS
from tests.support.kiosk_typing import (
    keys_all_last,
    keys_at_the_letter,
    keys_of_the_screen,
    keys_tone_last,
    shuffled,
)

ALL_WORDS = sorted({*WORDS.split(), *HARD.split()})
BOTH = pytest.mark.parametrize("method", ["telex", "vni"])
WAYS = pytest.mark.parametrize("way", [keys_at_the_letter, keys_tone_last, keys_all_last])
Way = Callable[[str, str], str]


def wrong(words: list[str], keys: Callable[[str], str], method: str, style: str = "old") -> dict[str, str]:
    """The words that do not come out, by their keys."""
    return {keys(word): made for word in words if (made := compose(keys(word), method, style)) != word}


def test_there_are_enough_words_and_sentences() -> None:
    assert len(ALL_WORDS) > 1300
    assert len(set(SENTENCES)) >= 60
    assert all(unicodedata.is_normalized("NFC", text) for text in [*ALL_WORDS, *SENTENCES])


# ---- words and sentences, in the orders in which people type them


@BOTH
@WAYS
def test_words(method: str, way: Way) -> None:
    assert wrong(ALL_WORDS, lambda word: way(word, method), method) == {}


@BOTH
@WAYS
def test_words_in_capitals(method: str, way: Way) -> None:
    shouted = [word.upper() for word in ALL_WORDS[::3]]
    named = [word.capitalize() for word in ALL_WORDS[1::3]]
    assert wrong(shouted + named, lambda word: way(word, method), method) == {}


@pytest.mark.parametrize("method", METHODS)
def test_words_on_the_keys_of_the_screen(method: str) -> None:
    """ă â đ ê ô ơ ư and the five tones have keys of their own, whatever else is chosen."""
    assert wrong(ALL_WORDS, keys_of_the_screen, method) == {}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_that_are_written_already_stay(method: str, form: str) -> None:
    for word in ALL_WORDS:
        assert compose(unicodedata.normalize(form, word), method) == word  # type: ignore[arg-type]


@BOTH
@pytest.mark.parametrize("way", [keys_at_the_letter, keys_tone_last])
def test_sentences(way: Way, method: str) -> None:
    for sentence in SENTENCES:
        keys = " ".join(typed_word(word, way, method) for word in sentence.split(" "))
        assert compose(keys, method) == sentence
        assert typed(keys, Typing(method=method)).text == sentence


def typed_word(word: str, way: Way, method: str) -> str:
    """The keys of a word with the signs around it."""
    bare = word.strip('.,;:!?"()')
    before, after = word.split(bare, 1) if bare else (word, "")
    return before + way(bare, method) + after


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(ALL_WORDS), st.sampled_from(["telex", "vni"]), st.data())
def test_marks_and_tone_may_come_at_any_place_behind_their_letter(
    word: str, method: str, data: st.DataObject
) -> None:
    keys = shuffled(word, method, lambda places: data.draw(st.sampled_from(places)))
    assert compose(keys, method) == word


@pytest.mark.parametrize(("old", "new"), STYLED)
@BOTH
@WAYS
def test_the_tone_stands_where_the_style_wants_it(old: str, new: str, way: Way, method: str) -> None:
    for keys in (way(old, method), way(new, method)):
        assert compose(keys, method, "old") == old
        assert compose(keys, method, "new") == new


# ---- key by key: written by hand

TELEX = """
hoaf hòa | hofa hòa | HOAF HÒA | Hoaf Hòa | thuyr thủy | quoocs quốc | dduwowngf đường | DDuwowngf Đường
dduwongf đường | duongwfd đường | duowngdf đường | dd đ | DD Đ | Dd Đ | dD đ | aa â | aA â | Aa Â | ee ê
oo ô | aw ă | ow ơ | uw ư | w ư | W Ư | tw tư | uow uơ | UOW UƠ | uowng ương | uwow ươ | nguwowif người
nguoiwf người | nguowif người
tieengs tiếng | tieesng tiếng | tiengse tiếng | vieejt việt | vietej việt | vietje việt | Vieetj Việt
hoas hóa | hoasf hòa | hoafz hoa | hoafzs hóa | hoaz hoaz | az az | awa â | aaw ă | oow ơ | owo ô
uoow uơ | uoowi ươi | uowo uô | uwow ươ | quow quơ | quows quớ | thuowr thuở | thuowng thương | huow huơ
khuow khuơ
luow luơ | luown lươn | buowr buở | buowri bưởi | muowjn mượn | giuow giuơ | huowng hương | muaw mưa
muwa mưa | luuw lưu | luwu lưu | ruwowuj rượu | ruouwj rượu | toi toi
tooi tôi | toio tôi | hoawcj hoặc | hoacwj hoặc | xuaan xuân | xuana xuân | quawng quăng | quaangf quầng
ngoeof ngoèo | ngoao ngoao | gif gì | ginf gìn | gifn gìn | gieengs giếng | gias giá | giuwx giữ
giwx giữ | giuowngf giường | gieets giết | quys quý | quyeenr quyển | quynhf quỳnh | quits quít
khuyur khuỷu | khuyru khuỷu | khuyuj khuỵu | ngoawnf ngoằn | caacp caacp | cacf cacf | cachs cách
echs éch | eechs ếch | oang oang | yeeu yêu | yeesu yếu | us ú | uyr ủy | xooong xoong | sooocs soóc
booong boong | mooocs moóc | gooongf goòng | ddaawks đắk | ddawsk đắk | Lawks Lắk
"""
UNDONE = """
aaa aa | aaaa aaa | AAa Aa | eee ee | ooo oo | oooo ooo | ddd dd | dddd ddd | DDD DD | aww aw | oww ow
uww uw | ww w | WW W | uoww uow | thuoww thuow | tww tw | woww wow | ass as | aff af | arr ar | axx ax
ajj aj | asss ass | asf à | assf asf | hoaff hoaf | thuyrr thuyr | tesst test | tesstf testf | gass gas
gasss gass | vieejjt viêjt | dduocss đuocs | mess mes | Tesslla Teslla | baaaf baaf | hoatss hoats
nhwngw nhwng | tieengss tiêngs | cuwww cuww
"""
FOREIGN = """
windows windows | email email | google google | Google Google | internet internet | facebook facebook
zalo zalo | gmail gmail | wifi wifi | WWi-Fi Wi-Fi | laptop laptop | tivi tivi | camera camera | clip clip
online online | website website | app app | covid covid | word word | excel excel | text text
after after | first first | report report | start start | school school | class class | please please
task task | ask ask | cafe cafe | file file | pdf pdf | sms sms | add add | address address
wedding wedding | team team | zoom zoom | book book | brown brown | fox fox | www www | azq azq
pizza pizza | jazz jazz | Windows Windows | EMAIL EMAIL | street street | test tét | is í | off of
see sê | HDDND HĐND | UBND UBND | QDD QĐ | NDD-CP NĐ-CP | GD&DDT GD&ĐT | THCS THCS | sddt sđt | ddc đc
DD/c Đ/c | SDDD SDD
"""
SIGNS = """
12/5 12/5 | 2026 2026 | 20trieeuj 20triệu | 3h30 3h30 | lop7A lop7A | hoaf,hoaf hòa,hòa | (hoaf) (hòa)
hoaf. hòa. | "hoaf" "hòa" | hoaf-binhf hòa-bình | hoaf/thuyr hòa/thủy | a.s a.s | s s | as_as á_á
hoaf? hòa? | hoaf… hòa… | thaos@gmail.com thaos@gmail.com
lan.nguyeenx@thcs.edu.vn lan.nguyeenx@thcs.edu.vn | thaos tháo | @hoaf @hòa
www.truowngf.vn www.truowngf.vn | (www.truowngf.vn) (www.truowngf.vn)
web:http://a.vn/tows web:http://a.vn/tows
500.000dd 500.000đ | 5ddoongf 5đồng | https://a.vn/tows https://a.vn/tows | http:as http:as
"""
VNI = """
hoa2 hòa | ho2a hòa | HOA2 HÒA | thuy3 thủy | quo61c quốc | quoc61 quốc | d9u7o7ng2 đường | duong972 đường
d9 đ | D9 Đ | duong729 đường | a6 â | e6 ê | o6 ô | o7 ơ | u7 ư | a8 ă | uo7 uơ | uo7ng ương | luo7n lươn
buo73 buở | buo73i bưởi | tie61ng tiếng
tieng61 tiếng | vie65t việt | viet65 việt | nguoi72 người | thuo73 thuở | thuo7ng thương | hoa20 hoa
hoa21 hóa | hoac85 hoặc | muoi72 mười | luu7 lưu | ruou75 rượu | xuan6 xuân | giu74 giữ | gieng61 giếng
quy1 quý | khuyu3 khuỷu | xoong xoong | soo1c soóc | a68 ă | A66 A6 | a66 a6 | a11 a1 | a88 a8 | d99 d9
u77 u7 | uo77 uo7 | hoa22 hoa2 | a00 a00 | a112 a12 | o667 o67 | 12/5 12/5 | 2026 2026
0912345678 0912345678 | 6A1 6A1 | 10a12 10a12 | 6A1,6A2 6A1,6A2 | 20trie65u 20triệu | 7h30 7h30 | mp3 mp3
1.500.000d9 1.500.000đ | 500d9/tha1ng 500đ/tháng | (20.000d9) (20.000đ) | 500d9o62ng 500đồng
20D9IE63M 20ĐIỂM | 5000d99 5000d9 | 6D9 6D9 | 6d91 6d91 | 3d95f2 3d95f2 | 50m2 50m2
covid19 covid19 | h2o h2o | 5kg 5kg | HD9ND HĐND | sd9t sđt | B52 B52 | lop1 lóp | google1 google1
windows windows | test test | tets tets | hoaf hoaf | an1@x.vn an1@x.vn | d9a4 đã | nhu74ng những
"""


def table(text: str) -> list[tuple[str, str]]:
    """(keys, text) of each cell."""
    lines = [line.strip() for line in text.strip().splitlines()]
    cells = [cell.split() for line in lines if line for cell in line.split(" | ")]
    return [(keys, wanted) for keys, wanted in cells]


def wrong_cells(tables: str, method: str, after: str) -> dict[str, str]:
    """The cells that do not come out, alone or in the middle of a text that ends in `after`, an ô."""
    found = {}
    for keys, text in table(tables):
        made = compose(keys, method), compose(f"xin {keys} {after}", method)
        if made != (text, f"xin {text} ô"):
            found[keys] = " | ".join(made)
    return found


def test_telex_key_by_key() -> None:
    assert wrong_cells(TELEX + UNDONE + FOREIGN + SIGNS, "telex", "oo") == {}


def test_vni_key_by_key() -> None:
    assert wrong_cells(VNI, "vni", "o6") == {}


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("hòa", "hòa"),
        ("hoa\u0300", "hòa"),
        ("ho\u0300a", "hòa"),
        ("hòa\u0301", "hóa"),
        ("hòa\u0300", "hoa"),
        ("đươ\u0300ng", "đường"),
        ("đuơ\u0300ng", "đường"),
        ("tiên\u0303", "tiễn"),
        ("tie\u0302ng\u0301", "tiếng"),
        ("tieng\u0301\u0302", "tiếng"),
        ("khôngq\u0301", "khôngq\u0301"),
        ("không\u0301q", "khốngq"),
        ("tie\u0302n\u0301g@", "tiếng@"),
        ("thu\u031bong\u0301", "thướng"),
        ("ca\u0306n", "căn"),
        ("\u0301", "\u0301"),
        ("cafe\u0301", "café"),
        ("naïve", "naïve"),
        ("señor", "señor"),
        ("Köln", "Köln"),
        ("garçon", "garçon"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_letters_with_marks_are_keys_in_every_method(keys: str, text: str, method: str) -> None:
    assert compose(keys, method) == text


def test_without_a_method_plain_letters_mean_themselves() -> None:
    for plain in ("hoaf", "dduwowngf", "d9u7o7ng2", "aaa", "windows", "HDDND"):
        assert compose(plain, "none") == plain


def test_what_is_no_way_of_typing_is_told() -> None:
    for method, style in (("viqr", "old"), ("telex", "middle"), ("", "old")):
        with pytest.raises(ValueError, match="telex"):
            compose("hoaf", method, style)


# ---- whatever comes

TEXTS = st.text() | st.text(
    "aâăeêioôơuưyáàảãạdđnghtcsfrxjzwAOUDW0123456789 .,@\u0301\u0300\u0302\x1b", max_size=24
)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from(METHODS), st.sampled_from(STYLES))
def test_no_keys_raise_and_the_text_is_nfc(keys: str, method: str, style: str) -> None:
    text = compose(keys, method, style)
    assert unicodedata.normalize("NFC", text) == text
    assert compose(keys + " " + keys, method, style) == text + " " + text


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_without_a_method_plain_letters_stay(text: str) -> None:
    plain = "".join(letter for letter in text if len(unicodedata.normalize("NFKD", letter)) == 1)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace(AS_TYPED, "")
    assert compose(plain, "none") == unicodedata.normalize("NFC", plain)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(min_codepoint=0x370, exclude_categories=["Cs"])), st.sampled_from(METHODS))
def test_other_scripts_pass_through(text: str, method: str) -> None:
    text = "".join(letter for letter in text if "LATIN" not in unicodedata.name(letter, ""))
    assert compose(text, method) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "text", ["👍🏽❤️ 👨‍👩‍👧", "សួស្តី", "您好，老师", "안녕하세요", "Привет, ёж", "สวัสดี", "Ω≈ç√", "½ m² №5"]
)
@pytest.mark.parametrize("method", METHODS)
def test_emoji_and_other_scripts_pass_through(text: str, method: str) -> None:
    assert compose(text, method) == text
    typed = compose("hoa\u0300" + text, method)
    assert typed == "hòa" + text


# ---- taking letters away


def shortened(text: str) -> str:
    """The text without its last letter and whatever sits on it."""
    last = max((n for n, letter in enumerate(text) if not unicodedata.combining(letter)), default=0)
    return text[:last]


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.sampled_from(METHODS), st.sampled_from(STYLES))
def test_backspace_takes_the_last_letter(keys: str, method: str, style: str) -> None:
    text = compose(keys, method, style)
    assume(not any(one.isspace() and unicodedata.combining(mark) for one, mark in pairwise(" " + text)))
    fewer = backspace(keys, method, style)
    assert compose(fewer, method, style) == shortened(text)


@pytest.mark.parametrize(
    ("keys", "left", "then", "text"),
    [
        ("vieejt", "việ", "c", "việc"),
        ("hoaf", "hò", "n", "hòn"),
        ("tieesng", "tiến", "p", "tieesnp"),
        ("tesst", "tes", "la", "tesla"),
        ("google", "googl", "e", "google"),
        ("dduwowngf", "đườn", "g", "đường"),
        ("xin ", "xin", "h", "xinh"),
        ("thaos@", "thaos", "@", "thaos@"),
        ("a", "", "as", "á"),
        ("", "", "w", "ư"),
    ],
)
def test_typing_goes_on_behind_a_backspace(keys: str, left: str, then: str, text: str) -> None:
    fewer = backspace(keys)
    assert compose(fewer) == left
    assert compose(fewer + then) == text


# ---- the field of the keyboard


def typed(keys: str, field: Typing | None = None) -> Typing:
    """The field after these keys; `<` is the backspace."""
    field = field or Typing()
    for key in keys:
        field = field.backspace() if key == "<" else field.press(key)
    return field


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*"aeioudnghcstfjrxw1569 \n.@", *TONE_KEYS, *"ăâđêôơư", "<"]), max_size=40))
def test_a_field_is_what_its_keys_say(keys: list[str]) -> None:
    for method in METHODS:
        field, before = Typing(method=method), ""
        for key in keys:
            field = typed(key, field)
            text = field.text
            if key == "<":
                assert text == shortened(before)
            assert text.startswith(field.settled)
            assert " " not in text[len(field.settled) :]
            assert not unicodedata.combining(text[-1:] or " ")
            before = text


@pytest.mark.parametrize(
    ("keys", "settled", "word"),
    [
        ("", "", ""),
        ("<", "", ""),
        ("Tooi nooj", "Tôi ", "nộ"),
        ("Tooi nooj <", "Tôi ", "nộ"),
        ("Tooi nooj <p", "Tôi ", "nộp"),
        ("Tooi nooj <<<<<", "", "Tô"),
        ("hoaf\n", "hòa\n", ""),
        ("hoaf\n\n<", "hòa\n", ""),
        ("\u0301", "", ""),
        ("xin \u0301", "xin ", ""),
        ("ch\u0301", "", "ch"),
        ("ta\u0301\u0301", "", "ta"),
        ("cats\u0303", "", "cát"),
        ("hoa,\u0300", "", "hoa,"),
        ("google <<<<s", "", "goos"),
        ("lan@<", "", "lan"),
    ],
)
def test_the_field_key_by_key(keys: str, settled: str, word: str) -> None:
    field = typed(keys)
    assert (field.settled, field.word) == (settled, word)


def test_a_field_of_another_method_and_style() -> None:
    assert typed("hoa2", Typing(method="vni", style="new")).text == "hoà"
    assert typed("hoaf", Typing(method="none")).text == "hoaf"


def test_a_long_field_is_quick_to_type_in() -> None:
    field = Typing(settled="Tôi nộp hồ sơ. " * 250)
    assert typed("nguowif<<<<<<<<", field).text == field.settled[:-3]
    run = typed("khongcodaucach" * 30)
    assert run.backspace().text == run.text[:-1]
