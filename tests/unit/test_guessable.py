"""Which passwords are refused because anybody would try them first, and that all others are free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.access.guessable import is_guessable
from server.domain.problems import Problem
from server.services.access import passwords

OWN = ("co-lan.tran", "thcs-mau", "Trường THCS Nguyễn Du")


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "0000000000",
        "qwertyuiop",
        "Password123",
        "P.a.s.s.w.o.r.d 2026",
        "1q2w3e4r5t",
        "matkhau123",
        "Mật khẩu 2026!",
        "hieutruong1",
        "Trường học 123",
        "anh yêu em",
        "iloveyou1234",
        "hailong2026",
        "nguyendu2026",
        "Trường THCS Nguyễn Du",
        "thcs-mau-2026",
        "colantran@123",
        "lan.tran.lan.tran",
        "abcabcabcabc",
        "          ",
    ],
)
def test_what_anybody_would_try_is_refused(password: str) -> None:
    with pytest.raises(Problem) as caught:
        passwords.hash_password(password, OWN)
    assert caught.value.code == "password-guessable"


@pytest.mark.parametrize(
    "password",
    [
        "mật khẩu rất dài",
        "con mèo trèo cây cau",
        "correct horse battery staple",
        "hieutruong 8391 6204",
        "đường Lê Lợi mùa mưa",
        "yfQ3-kkz1_",
        "пароль не простой",
        "🍎🐝🎈🌙🔑🚲🌧🎵🍉🧩",
        "98413027756",
    ],
)
def test_all_others_are_free_whatever_signs_they_are_made_of(password: str) -> None:
    assert passwords.verify(passwords.hash_password(password, OWN), password)


def test_a_name_that_is_no_word_refuses_nothing() -> None:
    assert not is_guessable("con mèo trèo cây cau", ("", "-", "9"))


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_no_password_breaks_the_check(password: str, about: list[str]) -> None:
    assert is_guessable(password + password, about) or not password.isascii() or not password.isalnum()


def test_the_longest_password_is_judged_at_once() -> None:
    assert is_guessable("truonghoc" * 100)
    assert not is_guessable("truonghoc" * 100 + "x")
