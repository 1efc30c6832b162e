"""To whom a denunciation of the principal goes: dated, by the body that manages the school."""

from datetime import date

import pytest

from server.rules.accused_head import goes_to

NOW, BEFORE = date(2026, 11, 30), date(2025, 6, 30)


@pytest.mark.parametrize(
    ("superior", "day", "to"),
    [
        ("UBND phường Hồng Gai", NOW, "Chủ tịch UBND phường Hồng Gai"),
        ("ubnd xã Mẫu", NOW, "Chủ tịch ubnd xã Mẫu"),
        ("Ủy ban nhân dân xã Mẫu", NOW, "Chủ tịch Ủy ban nhân dân xã Mẫu"),
        ("Sở GD&ĐT Lâm Đồng", NOW, "Giám đốc Sở GD&ĐT Lâm Đồng"),
        ("", NOW, "Chủ tịch Ủy ban nhân dân xã, phường"),
        ("Phòng GD&ĐT", NOW, "Chủ tịch Ủy ban nhân dân xã, phường"),
        ("", BEFORE, "Chủ tịch Ủy ban nhân dân huyện"),
        ("", date(2000, 1, 1), "Chủ tịch Ủy ban nhân dân huyện"),
    ],
)
def test_the_head_of_the_body_above_and_never_the_accused(superior: str, day: date, to: str) -> None:
    found = goes_to(superior, day)
    assert found.to == to
    assert "Luật Tố cáo" in found.source


def test_it_is_said_in_english_too() -> None:
    assert goes_to("", NOW, "en").to == "the chair of the People’s Committee of the commune or ward"
