"""Vietnamese order: letters first, then tones, then capitals; numbers by their value."""

import random
import unicodedata

import pytest

from server.domain.collation import vietnamese_order


@pytest.mark.parametrize(
    "ordered",
    [
        ["Chỉnh sửa học bạ", "Chuyển trường"],
        ["a", "ă", "â", "b", "c", "d", "đ", "e", "ê", "o", "ô", "ơ", "u", "ư", "y"],
        ["ma", "mà", "mả", "mã", "má", "mạ"],
        ["ba", "bà", "ba ba", "bà con", "băng", "bâng"],
        ["An", "Anh", "ân", "Ân"],
        ["Bàn số 2", "Bàn số 10", "Bàn số 10a"],
        ["dạy", "đá", "đạo"],
        ["hộ khẩu", "hồ sơ", "hơn"],
        ["xin thôi học", "Xin thôi học"],
        ["cà", "cá", "cà phê", "cá rô"],
        ["(không rõ)", "1 cửa", "Một cửa", "ការ"],
    ],
)
def test_the_order(ordered: list[str]) -> None:
    mixed = ordered[:]
    random.Random(1).shuffle(mixed)
    assert sorted(mixed, key=vietnamese_order) == ordered
    apart = [unicodedata.normalize("NFD", each) for each in mixed]
    assert [unicodedata.normalize("NFC", each) for each in sorted(apart, key=vietnamese_order)] == ordered
