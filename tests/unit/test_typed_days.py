"""Days as people type them, and the one way in which a form shows them."""

import re
from datetime import date
from pathlib import Path

import pytest

from server.domain.localtime import read_typed_day
from server.transport.http.frame.formats import typed_day

TEMPLATES = Path(__file__).parents[2] / "server" / "templates"


@pytest.mark.parametrize(
    "typed",
    ["05/11/2026", "5/11/2026", " 5 / 11 / 2026 ", "05-11-2026", "5.11.2026", "2026-11-05"],
)
def test_a_day_is_read_day_first(typed: str) -> None:
    assert read_typed_day(typed) == date(2026, 11, 5)
    assert typed_day(typed) == "05/11/2026"


@pytest.mark.parametrize(
    "typed", ["", "5/11", "5/11/26", "31/02/2026", "11/13/2026", "5/11/2026 9:00", "hôm nay", "٥/11/2026"]
)
def test_what_is_no_day_stays_as_it_was_typed(typed: str) -> None:
    assert read_typed_day(typed) is None
    assert typed_day(typed) == typed


def test_no_form_has_a_date_field_in_the_language_of_the_browser() -> None:
    for path in TEMPLATES.rglob("*.html"):
        found = re.findall(
            r"""type=["'](?:date|datetime-local|month|week|time)["']""", path.read_text("utf-8")
        )
        assert not found, f"{path.name}: {found}"
