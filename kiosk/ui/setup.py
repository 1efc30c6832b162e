"""The screens of setting up: the server's address, the claim code, and the wait for the answer."""

from typing import Any

from kiosk.screen.view import View
from kiosk.setup.claim_entry import CODE_KEYS, Entry, SetupView
from kiosk.setup.technician import TechnicianView
from kiosk.ui import technician
from kiosk.ui.drawing import Spot
from kiosk.ui.keyboard import Keys
from kiosk.ui.layout import Layout
from kiosk.ui.metrics import Box, grid
from kiosk.ui.page import Page
from kiosk.ui.secret_text import Pane, SecretWriter
from kiosk.ui.text import Style, keep_together
from kiosk.ui.theme import BRAND, EDGE, INK, QUIET, TILE, WHITE
from survey_defs.claim import LENGTH
from survey_defs.texts import Texts


def fill(page: Page, view: View, texts: Texts) -> None:
    """Draw this screen; the bar is drawn by others."""
    if isinstance(view, TechnicianView):
        technician.fill(page, view, texts)
    elif isinstance(view, SetupView):
        page.sheet = _Asking(page, view, texts) if view.entry.step == "asking" else _Typed(page, view, texts)


class _Places:
    """Where everything stands, in units."""

    def __init__(self, layout: Layout, entry: Entry) -> None:
        wide = layout.page.w - 2 * layout.margin
        if layout.portrait:
            self.title = Box(layout.margin, 56, wide, 60)
            self.note = Box(layout.margin, 118, wide, 44)
            self.field = Box(layout.margin, 186, wide, 104)
            self.said = Box(layout.margin, 308, wide, 170)
            rows = 4 if entry.step == "code" else 5
            self.board = layout.board(rows)
            return
        spare = layout.page.h - 400
        self.title = Box(20, 8, layout.page.w / 2 - 20, 34)
        self.note = Box(layout.page.w / 2, 8, layout.page.w / 2 - 20, 34)
        self.field = Box(20, 48, layout.page.w - 40, 48)
        self.said = Box(20, 98 + spare / 4, layout.page.w - 40, 54)
        top = 154 + spare / 2
        self.board = Box(10, top, layout.page.w - 20, layout.page.h - 8 - top)


class _Typed:
    """A title, what was typed, what was wrong with it, and the keys."""

    def __init__(self, page: Page, view: SetupView, texts: Texts) -> None:
        self._page = page
        layout, sizes, entry = page.layout, page.layout.sizes, view.entry
        self._places = places = _Places(layout, entry)
        say = self._say = _say(texts, view)
        page.write(say(f"setup.title.{entry.step}"), places.title, INK, Style(sizes.rest_question, bold=True))
        if entry.step == "code":
            self._server(entry.address)
        self._secret = SecretWriter(layout.frame)
        self._field = page.layer()
        self._text = page.layer()
        self._said = page.layer()
        self._pane = Pane(
            self._secret, self._text.canvas, places.field.inside(16, 6), Style(sizes.writing),
            places.field.h - 12,
        )  # fmt: skip
        if entry.keys is not None:
            words_of_keys = {"key:backspace": say("key.backspace")}
            Keys(page, entry.keys, words_of_keys, "once" if entry.keys is CODE_KEYS else "off", places.board)
        self._shown: Entry | None = None
        self.show(view)

    def show(self, view: View) -> None:
        """Draw what the last key, or an answer, has changed."""
        if not isinstance(view, SetupView) or view.entry == self._shown:
            return
        entry, self._shown = view.entry, view.entry
        self._field.canvas.clear()
        self._text.canvas.clear()
        if entry.step == "code":
            self._code(entry.text)
        else:
            self._field.pen.panel(self._places.field, TILE, INK, 8, 3)
            self._pane.show(entry.text, "", active=True)
        self._said.canvas.clear()
        say, sizes = self._say, self._page.layout.sizes
        if entry.problem is None:
            words, ink = say(f"setup.hint.{entry.step}"), QUIET
        else:
            words, ink = say(f"enrol.{entry.problem.code}", **entry.problem.facts), INK
        place = self._places.said
        if entry.problem is not None:
            self._sign(place)
            place = place._replace(x=place.x + 36, w=place.w - 36)
        style = Style(sizes.bar, bold=entry.problem is not None, lines=5 if self._page.layout.portrait else 2)
        if self._page.writer.fits(words, place.w, style._replace(lines=1)):
            place = place._replace(h=sizes.bar * 1.6)
        elif self._page.layout.portrait:
            place = place._replace(h=self._page.writer.paragraph_height(words, place.w, style))
        self._page.writer.write(self._said.canvas, words, place, ink, style)

    def _server(self, address: str) -> None:
        """Whom the code is for; a long name is shortened in its middle."""
        note, style, writer = self._places.note, Style(self._page.layout.sizes.bar), self._page.writer
        words, cut = self._say("setup.server", address=address), len(address) // 2
        while writer.width(words, style) > note.w - 4 and cut > 4:
            cut -= 1
            words = self._say("setup.server", address=f"{address[:cut]}…{address[-cut - 6 :]}")
        wide = writer.width(words, style) + 4
        place = note if self._page.layout.portrait else note._replace(x=note.x + note.w - wide, w=wide)
        self._page.write(words, place, QUIET, style)

    def _sign(self, place: Box) -> None:
        """An exclamation mark, so that an error is not told by its weight alone."""
        size = 26.0
        y = place.y + 4 + self._page.layout.sizes.bar * 0.6
        self._said.pen.disc(place.x + size / 2, y, size / 2, INK)
        at = Box(place.x, y - size / 2, size, size)
        self._page.writer.write(self._said.canvas, "!", at, WHITE, Style(20, bold=True, align="center"))

    def _code(self, code: str) -> None:
        """The places of a code in two groups; the next to be filled stands out."""
        layout, field = self._page.layout, self._places.field
        gap = 10.0
        side = min(field.h * 1.15, (field.w - 60 - gap * (LENGTH - 2)) / LENGTH)
        whole = side * LENGTH + gap * (LENGTH - 2) + 36
        left = field.x + ((field.w - whole) / 2 if layout.portrait else 0)
        group = LENGTH // 2
        half = side * group + gap * (group - 1)
        cells = [
            *grid(Box(left, field.y, half, field.h), group, 1, gap),
            *grid(Box(left + half + 36, field.y, half, field.h), group, 1, gap),
        ]
        self._field.pen.fill(Box(left + half + 11, field.cy - 1.5, 14, 3), INK)
        size = min(layout.sizes.code, side * 0.8) if layout.portrait else 30
        style = Style(size, bold=True, align="center")
        for number, cell in enumerate(cells):
            active = number == len(code)
            self._field.pen.panel(cell, TILE, INK if active else EDGE, 8, 3.5 if active else 1.5)
            if number < len(code):
                self._secret.write(self._text.canvas, code[number].upper(), cell, INK, style)


class _Asking:
    """Who is asked; and after a while, why there is no answer yet."""

    def __init__(self, page: Page, view: SetupView, texts: Texts) -> None:
        self._page, self._texts = page, texts
        layout, sizes = page.layout, page.layout.sizes
        say = _say(texts, view)
        wide, middle = layout.page.w - 2 * layout.margin, layout.page.h * (0.4 if layout.portrait else 0.42)
        logo = 96.0 if layout.portrait else 64.0
        page.pen.disc(layout.page.w / 2, middle - logo * 1.35, logo * 0.72, BRAND)
        page.pen.icon("globe", Spot(layout.page.w / 2, middle - logo * 1.35, logo * 0.8), WHITE, weight=4)
        title = Box(layout.margin, middle - logo * 0.4, wide, sizes.main_question * 1.6)
        page.write(say("setup.asking"), title, INK, Style(sizes.main_question, bold=True, align="center"))
        under = Box(layout.margin, title.y + title.h, wide, sizes.hint * 1.6)
        page.write(view.entry.address, under, QUIET, Style(sizes.hint, align="center"))
        self._place = Box(layout.margin, under.y + under.h + 14, wide, 120)
        self._said = page.layer()
        self.show(view)

    def show(self, view: View) -> None:
        """Draw why there is no answer yet."""
        self._said.canvas.clear()
        problem = view.entry.problem if isinstance(view, SetupView) else None
        if problem is None:
            return
        say, writer, place = _say(self._texts, view), self._page.writer, self._place
        style = Style(self._page.layout.sizes.hint, align="center", lines=4)
        words = say(f"enrol.{problem.code}", **problem.facts)
        high = writer.paragraph_height(words, place.w, style)
        writer.write(self._said.canvas, words, place._replace(h=high), INK, style)
        again = place._replace(y=place.y + high + 6)
        writer.paragraph(self._said.canvas, say("setup.again"), again, QUIET, style)


def _say(texts: Texts, view: View) -> Any:
    def say(key: str, **values: object) -> str:
        return keep_together(texts(view.lang, key, **values), texts(view.lang, "type.together"))

    return say
