"""The screens of a complaint: what it is about, the writing, advice, contact, the code."""

from typing import Any

from kiosk.complaint.sealing import lookup_address, spelled
from kiosk.device.program import Program
from kiosk.screen.view import Sheet, View
from kiosk.ui.drawing import Pen, Spot
from kiosk.ui.layout import Layout
from kiosk.ui.metrics import Box, grid
from kiosk.ui.page import Page
from kiosk.ui.qr import draw_qr
from kiosk.ui.secret_text import SecretWriter
from kiosk.ui.text import Style, keep_together
from kiosk.ui.theme import (
    BRAND,
    BUTTON_RADIUS,
    CHOSEN_WIDTH,
    EDGE,
    EDGE_WIDTH,
    HAIRLINE,
    INK,
    QUIET,
    TILE,
    TILE_RADIUS,
    TINT,
    WHITE,
)
from kiosk.ui.typing_page import TypingPage
from survey_defs.model import localized
from survey_defs.texts import Texts

_LIMITED_REACH = ("machine", "network", "nobody")
"""Who can open the lookup page, where the screen says so instead of asking to scan."""

TICKS_APART, TICKS_APART_PORTRAIT = 116.0, 168.0
"""Between the middles of two boxes to tick: more than 20 mm on a 7-inch panel."""


class ComplaintScreens:
    """Fills the page of a view that has a sheet."""

    def __init__(self, layout: Layout, texts: Texts, program: Program) -> None:
        self._layout = layout
        self._texts = texts
        self._program = program

    def fill(self, page: Page, view: View, sheet: Sheet) -> None:
        """Draw this sheet; the bar is drawn by others."""
        match sheet.step:
            case "subjects":
                self._subjects(page, view)
            case "text" | "reach":
                page.sheet = TypingPage(page, self._texts, view, sheet)
            case "advice":
                self._advice(page, view, sheet)
            case "contact":
                self._contact(page, view, sheet)
            case "code":
                self._code(page, view, sheet)
            case "still":
                self._ask(page, view, "still", {"go-on": "still.go_on", "erase": "still.erase"})
            case "saved":
                self._ask(page, view, "saved", {"again": "saved.again", "finish": "saved.finish"})

    def _say(self, view: View, key: str, **values: object) -> str:
        return keep_together(self._texts(view.lang, key, **values), self._texts(view.lang, "type.together"))

    def _title(self, page: Page, words: str, eyebrow: str = "") -> Box:
        """The question on top, under what it is about; where it ends."""
        layout, size = self._layout, self._layout.sizes.question
        room = layout.page.w - 2 * layout.margin
        style = Style(size, bold=True)
        lines = 1 if page.writer.fits(words, room, style) else 2
        place = layout.title(lines, size, eyebrow=bool(eyebrow), main=False)
        if eyebrow:
            style_above = Style(layout.sizes.eyebrow, bold=True)
            page.write(eyebrow, layout.eyebrow(main=False), BRAND, style_above)
        page.write(words, place, INK, style._replace(lines=2))
        return place

    # What it is about

    def _subjects(self, page: Page, view: View) -> None:
        layout = self._layout
        title = self._title(page, self._say(view, "subjects.title"), localized(view.eyebrow or {}, view.lang))
        hint = layout.hint(title)
        page.write(self._say(view, "subjects.hint"), hint, QUIET, Style(layout.sizes.hint))
        top = hint.y + hint.h + (34 if layout.portrait else 14)
        for tile, place in zip(view.tiles, layout.tiles(top, len(view.tiles)), strict=False):
            page.tile(tile.target, localized(tile.text or {}, view.lang), place, ticked=tile.ticked)

    # What the law offers

    def _advice(self, page: Page, view: View, sheet: Sheet) -> None:
        layout = self._layout
        title = self._title(page, self._say(view, "advice.title"))
        left, top = layout.margin, title.y + title.h + (24 if layout.portrait else 8)
        wide = layout.page.w - 2 * layout.margin
        to = localized(sheet.head, view.lang) or self._say(view, "advice.head")
        words = [self._say(view, f"advice.{part}", to=to) for part in ("here", "law", "whom")]
        danger = self._say(view, "advice.danger")
        gap, indent, pad = (20.0, 34.0, 18.0) if layout.portrait else (5.0, 26.0, 10.0)
        room = layout.page.h - top - (30 if layout.portrait else 12)
        largest = 30 if layout.portrait else 24
        for size in range(largest, 19, -1):
            style = Style(float(size))
            bold = style._replace(bold=True)
            high = [page.writer.paragraph_height(text, wide - indent, style) for text in words]
            last = page.writer.paragraph_height(danger, wide - 2 * pad - 8, bold) + 2 * pad - 6
            if sum(high) + last + 4 * gap <= room:
                break
        y = top
        for text, tall in zip(words, high, strict=True):
            page.pen.disc(left + 9, y + 4 + size * 0.6, size * 0.19, BRAND)
            page.writer.paragraph(page.canvas, text, Box(left + indent, y, wide - indent, tall), INK, style)
            y += tall + gap
        panel = Box(left, y + gap, wide, last)
        page.pen.panel(panel, TINT, BRAND, TILE_RADIUS, EDGE_WIDTH)
        inner = Box(left + pad + 4, panel.y + pad - 3, wide - 2 * pad - 8, last - 2 * pad + 6)
        page.writer.paragraph(page.canvas, danger, inner, INK, bold)

    # Contact

    def _contact(self, page: Page, view: View, sheet: Sheet) -> None:
        layout = self._layout
        title = self._title(page, self._say(view, "contact.title"))
        hint, optional = layout.hint(title), self._say(view, "contact.hint")
        small = Style(layout.sizes.hint)
        if not page.writer.fits(optional, hint.w, small):
            hint = hint._replace(h=2 * hint.h)
        page.write(optional, hint, QUIET, small._replace(lines=2))
        gap, y = (26.0, 40.0) if layout.portrait else (10.0, 14.0)
        y += hint.y + hint.h
        middle = 0.0
        for tile in view.tiles:
            words = self._say(view, f"contact.{tile.target}", months=sheet.kept_months)
            place = self._tick_place(page, words, y)
            place = place._replace(y=max(y, middle - place.h / 2))
            self._tick(page, tile.target, words, place, ticked=bool(tile.ticked))
            middle = place.cy + (TICKS_APART_PORTRAIT if layout.portrait else TICKS_APART)
            y = place.y + place.h + gap
        if note := self._note(view, sheet):
            style = Style(layout.sizes.hint)
            wide = layout.page.w - 2 * layout.margin - 8
            tall = page.writer.paragraph_height(note, wide, style)
            page.writer.paragraph(page.canvas, note, Box(layout.margin + 4, y, wide, tall), INK, style)

    def _note(self, view: View, sheet: Sheet) -> str:
        """What whoever writes about the principal has to know, where there is such a thing."""
        to = localized(sheet.head, view.lang)
        if sheet.warned:
            return self._say(view, "contact.principal-reads", to=to)
        ticked = any(tile.target == "principal" and tile.ticked for tile in view.tiles)
        return self._say(view, "contact.principal-law", to=to) if ticked and to else ""

    def _tick_sizes(self) -> tuple[float, float, Style]:
        """The side of the box to tick, the room around it, and how its sentence is written."""
        layout = self._layout
        side, pad = (48.0, 26.0) if layout.portrait else (40.0, 16.0)
        return side, pad, Style(layout.sizes.hint + (2 if layout.portrait else 0))

    def _tick_place(self, page: Page, words: str, top: float) -> Box:
        """Where a sentence with a box to tick stands, over the whole width."""
        (side, pad, style), layout = self._tick_sizes(), self._layout
        wide = layout.page.w - 2 * layout.margin
        high = page.writer.paragraph_height(words, wide - side - 3 * pad, style)
        return Box(layout.margin, top, wide, max(high, side) + 2 * pad)

    def _tick(self, page: Page, target: str, words: str, place: Box, *, ticked: bool) -> None:
        side, pad, style = self._tick_sizes()
        text_wide = place.w - side - 3 * pad
        high = page.writer.paragraph_height(words, text_wide, style)
        tick = Box(place.x + pad, place.cy - side / 2, side, side)
        text = Box(tick.x + side + pad, place.cy - high / 2, text_wide, high)

        def draw(pen: Pen, canvas: Any, pressed: bool) -> None:
            ground = INK if pressed else TINT if ticked else TILE
            edge = INK if pressed else BRAND if ticked else EDGE
            pen.panel(place, ground, edge, TILE_RADIUS, CHOSEN_WIDTH if ticked else EDGE_WIDTH)
            if ticked and not pressed:
                pen.panel(tick, BRAND, None, 7)
                pen.icon("tick", Spot(tick.cx, tick.cy, side * 0.78), WHITE, weight=4)
            else:
                pen.panel(tick, ground, WHITE if pressed else EDGE, 7, EDGE_WIDTH)
            page.writer.paragraph(canvas, words, text, WHITE if pressed else INK, style)

        page.add_target(target, words, place, draw)

    # Questions with two answers

    def _ask(self, page: Page, view: View, what: str, answers: dict[str, str]) -> None:
        """A question in the middle, and two large answers; the first is the safe one."""
        layout, sizes = self._layout, self._layout.sizes
        wide = layout.page.w - 2 * layout.margin
        top = layout.page.h * (0.24 if layout.portrait else 0.16)
        title = Box(layout.margin, top, wide, sizes.main_question * 2.6 if layout.portrait else 60)
        style = Style(sizes.main_question, bold=True, align="center", lines=2)
        page.write(self._say(view, f"{what}.title"), title, INK, style)
        under = Box(layout.margin, title.y + title.h, wide, 80 if layout.portrait else 40)
        style = Style(sizes.hint + 2, align="center", lines=2)
        page.write(self._say(view, f"{what}.text"), under, QUIET, style)
        y = under.y + under.h + (50 if layout.portrait else 34)
        area = Box(layout.margin + 20, y, wide - 40, 330 if layout.portrait else 110)
        places = grid(area, 1, 2, 26) if layout.portrait else grid(area, 2, 1, 20)
        for number, ((name, key), place) in enumerate(zip(answers.items(), places, strict=True)):
            self._answer(page, name, self._say(view, key), place, primary=number == 0)

    def _answer(self, page: Page, name: str, words: str, place: Box, *, primary: bool) -> None:
        style = Style(self._layout.sizes.tile, bold=True, align="center", lines=2)

        def draw(pen: Pen, canvas: Any, pressed: bool) -> None:
            if primary or pressed:
                pen.panel(place, INK if pressed else BRAND, None, BUTTON_RADIUS)
            else:
                pen.panel(place, TILE, EDGE, BUTTON_RADIUS, EDGE_WIDTH)
            page.writer.write(canvas, words, place.inside(16), WHITE if primary or pressed else INK, style)

        page.add_target(name, words, place, draw)

    # The code

    def _code(self, page: Page, view: View, sheet: Sheet) -> None:
        layout, sizes = self._layout, self._layout.sizes
        secret = SecretWriter(layout.frame)
        if layout.portrait:
            wide = layout.page.w - 2 * layout.margin
            title = Box(layout.margin, 52, wide, 60)
            box = Box(layout.margin, 128, wide, 116)
            qr = Box(layout.page.w / 2 - 200, 368, 400, 400)
            caption = Box(layout.margin, 776, wide, 44)
            text = Box(layout.margin, 256, wide, 0)
            rule, below = 836.0, 848.0
        else:
            spare = (layout.page.h - 400) / 2
            qr = Box(28, 28 + spare, 244, 244)
            caption = Box(28, qr.y + 252, 244, 62)
            left = 300.0
            wide = layout.page.w - left - 26
            title = Box(left, 24 + spare, wide, 46)
            box = Box(left, 82 + spare, wide, 74)
            text = Box(left, 168 + spare, wide, 0)
            rule, below = 240.0 + spare, 250.0 + spare
        page.write(self._say(view, "code.title"), title, INK, Style(sizes.question, bold=True))
        page.pen.panel(box, TILE, INK, TILE_RADIUS, 2.5)
        for group, cell in zip(spelled(sheet.code), grid(box.inside(14), 4, 1, 4), strict=True):
            secret.write(page.canvas, group, cell, INK, Style(sizes.code, bold=True, align="center"))
        page.pen.panel(qr, TILE, EDGE, TILE_RADIUS, EDGE_WIDTH)
        draw_qr(page.canvas, layout.frame, qr.inside(10, 10), lookup_address(sheet.lookup, sheet.code))
        hint = Style(sizes.hint)
        under = hint._replace(align="center", lines=2)
        if sheet.reach in _LIMITED_REACH:
            mark = self._say(view, f"code.reach-{sheet.reach}")
            page.write(mark, caption, INK, under._replace(bold=True))
        else:
            page.write(self._say(view, "code.scan"), caption, QUIET, under)
        step = 40.0 if layout.portrait else 32.0
        line = text._replace(h=step)
        page.write(self._say(view, "code.copy"), line, INK, hint)
        line = line._replace(y=line.y + step)
        page.write(self._say(view, "code.once"), line, INK, hint._replace(bold=True))
        page.pen.fill(Box(text.x, rule, wide, 1.6), HAIRLINE)
        line = line._replace(y=below)
        for words, bold in self._promise(view, sheet):
            for part in _cut(page, words, wide, hint):
                page.write(part, line, INK, hint._replace(bold=bold))
                line = line._replace(y=line.y + step)

    def _promise(self, view: View, sheet: Sheet) -> list[tuple[str, bool]]:
        """What the sender may expect; nothing that this kiosk cannot know."""
        address = sheet.lookup.partition("://")[2] or sheet.lookup
        if sheet.due is not None:
            weekday = self._say(view, f"code.weekday.{sheet.due.weekday()}")
            day = self._say(
                view, "code.day", weekday=weekday,
                day=f"{sheet.due.day:02d}", month=f"{sheet.due.month:02d}", year=sheet.due.year,
            )  # fmt: skip
            at = self._say(view, "code.at", address=address)
            return [(self._say(view, "code.due"), False), (day, True), (at, False)]
        first = self._say(view, "code.thanks" if sheet.praise else "code.later")
        return [(first, False), (self._say(view, "code.lookup", address=address), False)]


def _cut(page: Page, words: str, wide: float, style: Style) -> list[str]:
    """The words, on two lines where a long address needs them: it is cut behind one of its signs."""
    if page.writer.width(words, style) <= wide:
        return [words]
    ends = [place for place, sign in enumerate(words, 1) if sign in " .-/" and place < len(words)]
    fitting = [place for place in ends if page.writer.width(words[:place], style) <= wide]
    return [words[: fitting[-1]].rstrip(), words[fitting[-1] :]] if fitting else [words]
