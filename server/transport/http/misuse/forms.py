"""What the pages about left-out answers read from addresses and forms, and how they tell short times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from server.domain.localtime import local, read_typed_day
from server.domain.problems import Problem
from server.services.misuse.views import Asked

_LONGEST = 15
"""Digits that a number in an address or a form may have: moments in ms have thirteen."""


class Choice(NamedTuple):
    """What somebody chose on the page: `numbers` of answers, the label and why; `seen`: what it had shown."""

    numbers: tuple[int, ...] = ()
    label: str = ""
    note: str = ""
    whole: bool = False
    seen: int | None = None

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Choice:
        """From the form: the ticked answers, or all that the page showed."""
        whole = form.get("pham-vi") == "ca"
        given = form.get("hien", "").split(",") if whole else form.getlist("luot")
        numbers = [_number(text) for text in given]
        return cls(
            numbers=tuple(number for number in numbers if number is not None),
            label=form.get("nhan", ""),
            note=form.get("ly-do", ""),
            whole=whole,
            seen=_number(form.get("thay", "")),
        )


def asked_of(arguments: Mapping[str, str]) -> Asked:
    """Which answers an address asks for. Raises `Problem("bad-date")`."""
    day = read_typed_day(arguments.get("ngay", ""))
    if day is None:
        raise Problem("bad-date", name="ngay")
    first, last = (_number(arguments.get(name, "")) for name in ("tu", "den"))
    return Asked(arguments.get("may", ""), day, arguments.get("vi", ""), first, last)


def page_of(arguments: Mapping[str, str]) -> int:
    """The page that an address asks for; the first where it makes no sense."""
    return min(_number(arguments.get("trang", "")) or 1, 1_000_000)


def pages_of(count: int, a_page: int) -> int:
    """How many pages so many things fill."""
    return max(1, -(-count // a_page))


def exact(ms: int) -> str:
    """`15:02:07`, the school's time."""
    return f"{local(ms):%H:%M:%S}"


def within(ms: int) -> tuple[str, int]:
    """How long, as the key of its sentence and a number: seconds below two minutes, else minutes."""
    seconds = max(1, round(ms / 1000))
    return ("seconds", seconds) if seconds < 120 else ("minutes", round(seconds / 60))


def _number(text: str) -> int | None:
    usable = text.isascii() and text.isdecimal() and len(text) <= _LONGEST
    return int(text) if usable else None
