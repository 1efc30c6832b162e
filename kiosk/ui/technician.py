"""The technician's screen: the kiosk, its keys' fingerprints, and the field for another key's."""

from __future__ import annotations

from typing import Any

from kiosk.screen.view import View
from kiosk.setup.technician import HEX_KEYS, KEY_DIGITS, KeyFacts, TechnicianView, grouped
from kiosk.ui.keyboard import Keys
from kiosk.ui.metrics import Box
from kiosk.ui.page import Page
from kiosk.ui.text import Style, keep_together
from kiosk.ui.theme import BRAND, INK, QUIET, TILE, Colour
from survey_defs.texts import Texts


def fill(page: Page, view: TechnicianView, texts: Texts) -> None:
    """Draw it; the bar is drawn by others."""
    page.sheet = _Sheet(page, view, texts)


class _Sheet:
    def __init__(self, page: Page, view: TechnicianView, texts: Texts) -> None:
        self._page, self._texts = page, texts
        layout, sizes, facts = page.layout, page.layout.sizes, view.facts
        tall, brief = layout.portrait, facts.refused and not layout.portrait
        self._left, self._wide, self._y = (
            layout.margin,
            layout.page.w - 2 * layout.margin,
            48.0 if tall else 10.0,
        )
        line = Style(sizes.bar, lines=2 if tall else 1)
        self._line("technician.title", view, INK, Style(sizes.rest_question, bold=True))
        if not brief:  # the keys need the room
            self._line("technician.kiosk", view, QUIET, line, device=facts.device, school=facts.school)
        for room, key in (("complaints", facts.complaints), ("principal", facts.principal)):
            if key is not None and (key.refused or not brief):
                self._key(view, room, key, line, brief=brief)
            elif key is None and not facts.refused and (room == "complaints" or facts.complaints):
                self._line(f"technician.none-{room}", view, INK, line._replace(lines=2))
        y, left, wide = self._y, self._left, self._wide
        self._field = Box(left, y + 6, wide, 64 if tall else 46)
        self._said = Box(left, self._field.y + self._field.h + 6, wide, sizes.bar * (6.5 if tall else 2.9))
        self._layer = page.layer()
        if facts.refused:
            board = layout.board(2)
            if not tall:
                board = board._replace(y=layout.page.h - 112, h=104)
            Keys(page, HEX_KEYS, {"key:backspace": self._say(view, "key.backspace")}, "off", board)
        self.show(view)

    def _key(self, view: TechnicianView, room: str, key: KeyFacts, line: Style, *, brief: bool) -> None:
        sizes = self._page.layout.sizes
        self._line(f"technician.seals-{room}", view, INK, Style(sizes.bar))
        self._line("technician.key", view, BRAND, Style(sizes.rest_question, bold=True), print=key.key)
        if not brief:
            since = "/".join(reversed((key.since or "–")[:10].split("-")))
            self._line(f"technician.how-{key.how}", view, QUIET, line, since=since)
            self._y += 10

    def _line(self, key: str, view: View, colour: Colour, style: Style, **values: Any) -> None:
        """A line, or two, below the one before."""
        words, writer = self._say(view, key, **values), self._page.writer
        one = writer.fits(words, self._wide, style._replace(lines=1))
        high = style.size * (1.5 if one else 2.9)
        self._page.write(words, Box(self._left, self._y, self._wide, high), colour, style)
        self._y += high

    def show(self, view: View) -> None:
        """Draw what the last key has changed."""
        self._layer.canvas.clear()
        if not isinstance(view, TechnicianView) or not view.facts.refused:
            return
        facts, sizes, writer = view.facts, self._page.layout.sizes, self._page.writer
        self._layer.pen.panel(self._field, TILE, INK, 8, 3)
        shown = grouped(facts.typed + "·" * (KEY_DIGITS - len(facts.typed)))
        writer.write(self._layer.canvas, shown, self._field.inside(16, 4), INK, Style(sizes.main_question))
        words = self._say(view, "technician.wrong" if facts.wrong else "technician.refused")
        style = Style(sizes.bar, bold=facts.wrong, lines=5 if self._page.layout.portrait else 2)
        place = self._said._replace(h=writer.paragraph_height(words, self._said.w, style))
        writer.write(self._layer.canvas, words, place, INK, style)

    def _say(self, view: View, key: str, **values: Any) -> str:
        return keep_together(self._texts(view.lang, key, **values), self._texts(view.lang, "type.together"))
