"""What of a line stays together."""

import pytest
from markupsafe import Markup

from server.transport.http.frame.formats import NBSP, bound_figures, whole


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("Báo cáo sơ kết 6 tháng, hạn trước 03/06", "Báo cáo sơ kết 6~tháng, hạn trước 03/06"),
        ("6 tháng đầu năm 2026", "6~tháng đầu năm 2026"),
        ("Thiếu 1.068 lượt", "Thiếu 1.068~lượt"),
        ("Phản ánh 12/2026 quá hạn 3 ngày", "Phản ánh 12/2026 quá hạn 3~ngày"),
        ("Bàn số 1", "Bàn số 1"),
        ("due before 3 Jun", "due before 3~Jun"),
    ],
)
def test_a_figure_is_bound_to_its_word(text: str, bound: str) -> None:
    assert bound_figures(text).replace(NBSP, "~") == bound
    assert isinstance(bound_figures(Markup("&lt; 6 tháng")), Markup)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("vai-le-tan", "[vai-le-tan]"),
        ("vai-le-tan (tôi)", "[vai-le-tan] (tôi)"),
        ("<b> ghi bởi giao-vu, hieu.pho-2.", "&lt;b&gt; ghi bởi [giao-vu], [hieu.pho-2.]"),
        ("ban-so-1-cua-truong-trung-hoc-mau", "ban-so-1-cua-truong-trung-hoc-mau"),
        ("Kiosk quầy 1 – sảnh", "Kiosk quầy 1 – sảnh"),
    ],
)
def test_no_login_breaks_at_its_hyphens(text: str, marked: str) -> None:
    assert whole(text).replace('<span class="whole">', "[").replace("</span>", "]") == marked


def test_a_letter_that_is_one_long_word_is_shown_at_once() -> None:
    """Each of its signs could begin a login: with no bound, half a million of them took an hour."""
    for text in ("a" * 500_000, "a." * 250_000, "a-" * 250_000):
        assert whole(text) == text
