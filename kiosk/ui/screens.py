"""Builds the page of a view: rest, procedures, questions, thanks, out of order."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from kiosk.complaint.form import ASK_MS, WRITING_IDLE_MS
from kiosk.device.program import Program
from kiosk.screen.tiles import choice_page
from kiosk.screen.view import Action, Back, Tile, View
from kiosk.ui.complaint import ComplaintScreens
from kiosk.ui.drawing import Pen, Spot
from kiosk.ui.layout import Layout
from kiosk.ui.metrics import Box
from kiosk.ui.page import Page
from kiosk.ui.qr import draw_qr
from kiosk.ui.sprites import Sprites
from kiosk.ui.text import Style, Writer, keep_together
from kiosk.ui.theme import BRAND, HAIRLINE, INK, ON_BRAND_QUIET, PAPER, QUIET, RING, TILE_RADIUS, WHITE
from kiosk.visit.current import THANKS_MS
from kiosk.visit.questionnaire import COUNT_DOWN_MS
from survey_defs.model import Text, localized
from survey_defs.texts import Texts

ACTIONS: dict[Action, tuple[str, str]] = {
    "skip": ("bar.skip", "forward"),
    "send": ("bar.send", "forward"),
    "write": ("bar.write", "pencil"),
    "write_more": ("bar.write_more", "pencil"),
    "onward": ("bar.onward", "forward"),
    "anonymous": ("contact.anonymous", "forward"),
    "fill": ("contact.fill", "forward"),
    "kept": ("code.kept", "tick"),
    "connect": ("setup.ask", "forward"),
    "by_hand": ("setup.by_hand", "pencil"),
    "confirm": ("technician.confirm", "tick"),
}
"""Words and icon of what stands in the bar's fourth place."""
BACK: dict[Back, tuple[str, str]] = {
    "back": ("bar.back", "back"),
    "change": ("bar.change", "pencil"),
    "finish": ("bar.finish", "tick"),
}
"""Words and icon of what stands in its first."""
PRIMARY = ("send", "onward", "anonymous", "fill", "kept", "connect", "confirm")


class Screens:
    """Knows the words and the places; makes a page out of a view."""

    def __init__(self, layout: Layout, sprites: Sprites, texts: Texts, program: Program) -> None:
        self.layout = layout
        self._texts = texts
        self._program = program
        self._writer = Writer(layout.frame)
        self._sprites = sprites
        self._complaint = ComplaintScreens(layout, texts, program)

    def page(self, view: View) -> Page:
        """Returns the page of this view."""
        ground = BRAND if view.screen in ("thanks", "paused") else PAPER
        self._writer.overflows.clear()
        page = Page(self.layout, self._writer, self._sprites, name=view.name, ground=ground)
        if view.screen == "paused":
            self._paused(page, view)
            return page
        if view.screen == "setup":
            from kiosk.ui.setup import fill  # noqa: PLC0415 - once in the life of a kiosk

            fill(page, view, self._texts)
            self._bar(page, view)
        elif view.screen == "thanks":
            self._thanks(page, view)
        elif view.sheet is not None:
            self._complaint.fill(page, view, view.sheet)
            self._bar(page, view)
            page.countdown = page.layer() if view.sheet.step == "still" else None  # above the bar
        elif view.screen == "rest" and view.question is None:
            self._rest(page, view)
        else:
            self._question(page, view)
        return page

    def prepare(self, view: View) -> Iterator[None]:
        """Draw once what the next touches will need, page by page, so that no visitor waits for it."""
        for lang, other in ((view.lang, view.other_lang), (view.other_lang, view.lang)):
            base = replace(view, lang=lang, other_lang=other, back="change", extra=True, recorded=True)
            for question in self._program.survey.questions:
                for action in ("skip", "send"):
                    tiles = choice_page(question, frozenset(), 0)
                    self.page(replace(base, screen="question", question=question, action=action, tiles=tiles))
                    yield
            thanks = self.page(replace(base, screen="thanks"))
            for seconds in range(1, 7):
                self.count_down(thanks, replace(base, seconds_left=seconds))
            self.draw_tick(thanks, 1.0)
            yield
        self._sprites.tidy()

    def _bar(self, page: Page, view: View) -> None:
        page.bar()
        if view.back is not None:
            key, icon = BACK[view.back]
            rewrites = view.sheet is not None and view.sheet.step == "advice"
            words = self._say(view, "bar.rewrite" if rewrites else key)
            page.bar_button(view.back, words, self.layout.back, icon)
        if view.other_lang != view.lang:
            other = self._texts(view.other_lang, "language")
            page.bar_button("language", other, self.layout.language, "globe")
        if view.step is not None and view.step[1] > 1:
            words = self._say(view, "bar.step", step=view.step[0], steps=view.step[1])
            low = view.sheet is not None and view.sheet.typed and not self.layout.portrait
            page.progress(words, view.step, lift=9.0 if low else 0.0)
        elif view.extra:
            page.countdown = page.layer()
        if view.action is not None:
            self._action(page, view, view.action)

    def _action(self, page: Page, view: View, action: Action) -> None:
        key, icon = ACTIONS[action]
        writes = action in ("write", "write_more")
        page.action_button(
            self._say(view, key),
            icon,
            primary=action in PRIMARY,
            name="write" if writes else "next",
            leads=writes or action in ("kept", "by_hand"),
        )

    # Rest

    def _rest(self, page: Page, view: View) -> None:
        layout, sizes = self.layout, self.layout.sizes
        panel = layout.rest_panel()
        page.pen.fill(panel, BRAND)
        self._invitation(page, view, panel)
        page.write(
            self._say(view, "rest.procedure"),
            layout.rest_question(),
            INK,
            Style(sizes.rest_question, bold=True),
        )
        if view.other_lang != view.lang:
            second = self._texts(view.other_lang, "rest.procedure")
            page.write(second, layout.rest_second(), QUIET, Style(sizes.bar))
        self._bar(page, view)
        for tile, place in zip(view.tiles, layout.rest_tiles(), strict=False):
            self._tile(page, view, tile, place)

    def _invitation(self, page: Page, view: View, panel: Box) -> None:
        sizes, portrait = self.layout.sizes, self.layout.portrait
        left, logo = (40.0, 56.0) if portrait else (30.0, 40.0)
        wide = panel.w - 2 * left
        page.pen.logo(Spot(left + logo / 2, left - 4 + logo / 2, logo))
        name = Box(left + logo + 12, left - 8, wide - logo - 12 - (150 if portrait else 0), logo + 8)
        page.write(self._program.school, name, WHITE, Style(sizes.name, bold=True, lines=2))
        key = f"rest.invite.{self._program.survey.audiences[0]}"
        top = name.y + name.h + (24 if portrait else 30)
        invite = Box(left, top, wide, sizes.invite * 3.8)
        if not portrait:
            invite = invite._replace(y=top + (panel.h - 400) / 2)
        words = self._own(view.lang, "welcome") or self._say(view, key)
        style = Style(sizes.invite, bold=True, lines=3)
        if not page.writer.fits(words, wide, style):  # a school's own words may be many
            style = Style(sizes.invite * (0.72 if portrait else 0.76), bold=True, lines=4)
            invite = invite._replace(y=invite.y - (0 if portrait else 22), h=style.size * 4.6)
        at = page.write(words, invite, WHITE, style)
        if view.other_lang != view.lang:
            words = self._own(view.other_lang, "welcome") or self._texts(view.other_lang, key)
            second = Style(sizes.second, lines=3)
            lines = next((n for n in (1, 2) if page.writer.fits(words, wide, second._replace(lines=n))), 3)
            under = Box(left, at.y + at.h + (4 if portrait else 2), wide, sizes.second * (0.5 + 1.2 * lines))
            page.write(words, under, ON_BRAND_QUIET, second)
        foot = Box(left + 32, panel.h - (66 if portrait else 54), wide - 32, 34)
        page.pen.icon("lock", Spot(left + 11, foot.cy - 1, 20), WHITE)
        page.write(self._say(view, "rest.no_name"), foot, WHITE, Style(sizes.bar))

    # Questions

    def _question(self, page: Page, view: View) -> None:
        layout = self.layout
        question = view.question
        if question is None:
            top = self._title(page, self._say(view, "procedures.title"), "", "", main=False)
            self._tiles(page, view, top)
        elif question.kind == "level":
            eyebrow = self._local(view, view.eyebrow) if view.eyebrow else ""
            if view.screen == "rest":
                eyebrow = f"{self._program.school}"
            top = self._title(page, self._local(view, question.text), eyebrow, "", main=True)
            for level, cell in enumerate(layout.faces(top), start=1):
                self._face(page, view, level, cell)
        else:
            hint = self._local(view, question.hint)
            recorded = self._say(view, "question.recorded") if view.recorded else ""
            top = self._title(
                page, self._local(view, question.text), recorded, hint, main=False, ticked=view.recorded
            )
            self._tiles(page, view, top)
        self._bar(page, view)

    def _title(
        self, page: Page, text: str, eyebrow: str, hint: str, *, main: bool, ticked: bool = False
    ) -> float:
        """The question with what stands around it, a tick before its eyebrow; where the answers may begin."""
        layout, sizes = self.layout, self.layout.sizes
        size = sizes.main_question if main else sizes.question
        style = Style(size, bold=True, lines=1)
        room = layout.page.w - 2 * layout.margin
        if not page.writer.fits(text, room, style):
            style = Style(
                min(size, 46.0) if layout.portrait else size - 4, bold=True, lines=3 if layout.portrait else 2
            )
        lines = 1
        while lines < style.lines and not page.writer.fits(text, room, style._replace(lines=lines)):
            lines += 1
        title = layout.title(lines, style.size, eyebrow=bool(eyebrow), main=main)
        if eyebrow:
            above, indent = layout.eyebrow(main=main), sizes.eyebrow * 1.35 * ticked
            if ticked:
                side = sizes.eyebrow * 1.1
                page.pen.icon("tick", Spot(above.x + side / 2, above.cy, side), BRAND, weight=3.5)
            above = above._replace(x=above.x + indent, w=above.w - indent)
            page.write(eyebrow, above, BRAND, Style(sizes.eyebrow, bold=True))
        page.write(text, title, INK, style)
        bottom = title.y + title.h
        if hint:
            at = layout.hint(title)
            page.write(hint, at, QUIET, Style(sizes.hint))
            bottom = at.y + at.h
        return bottom + (34 if layout.portrait else 14 if hint else 16)

    def _tiles(self, page: Page, view: View, top: float) -> None:
        places = self.layout.tiles(top, len(view.tiles))
        for tile, place in zip(view.tiles, places, strict=False):
            self._tile(page, view, tile, place)

    def _tile(self, page: Page, view: View, tile: Tile, place: Box) -> None:
        if tile.target == "more":
            words = self._say(view, "procedures.more" if view.question is None else "choices.more")
        elif tile.target == "none":
            words = self._say(view, "procedures.none")
        else:
            words = self._local(view, tile.text or {})
        own = tile.target in ("more", "none")
        page.tile(tile.target, words, place, quiet=own, chevron=tile.target == "more", ticked=tile.ticked)

    def _face(self, page: Page, view: View, level: int, cell: Box) -> None:
        layout = self.layout
        words = self._whole(self._program.survey.level_words(level, view.lang), view.lang)
        size = layout.face_size(cell)
        if layout.portrait:
            page.pen.fill(Box(cell.x, cell.y, cell.w, 1.6), HAIRLINE)
            face = (cell.x + 74, cell.cy)
            text = Box(cell.x + 174, cell.y, cell.w - 180, cell.h)
            style = Style(layout.sizes.face, bold=True, lines=2)
            ground = Box(cell.x, cell.y + 4, cell.w, cell.h - 8)
        else:
            spare = cell.h - size - 74
            face = (cell.cx, cell.y + max(8.0, spare * 0.42) + size / 2)
            text = Box(cell.cx - 68, face[1] + size / 2 + 2, 136, 70)
            style = Style(layout.sizes.face, bold=True, align="center", lines=2)
            ground = Box(cell.x + 3, face[1] - size / 2 - 8, cell.w - 6, size + 88)

        def draw(pen: Pen, canvas: Any, pressed: bool) -> None:
            if pressed:
                pen.panel(ground, INK, None, TILE_RADIUS)
            pen.face(level, Spot(*face, size))
            place = text if layout.portrait else self._top_of(text, words, style)
            page.writer.write(canvas, words, place, WHITE if pressed else INK, style)

        page.add_target(f"level:{level}", words, cell, draw)

    def _top_of(self, box: Box, words: str, style: Style) -> Box:
        """So that one line stands where the first of two would."""
        one = self._writer.fits(words, box.w, style._replace(lines=1))
        return box._replace(h=style.size * 1.22 + 12) if one else box

    # Thanks, out of order

    def _thanks(self, page: Page, view: View) -> None:
        layout, sizes = self.layout, self.layout.sizes
        middle = layout.page.h / 2
        up = 66.0 if not layout.portrait else 120.0
        radius = 52.0 if not layout.portrait else 74.0
        page.pen.disc(layout.page.w / 2, middle - up, radius, WHITE)
        page.tick_place = (layout.page.w / 2, middle - up, radius)
        wide = layout.page.w - 2 * layout.margin
        title = Box(layout.margin, middle + (2 if not layout.portrait else 0), wide, sizes.thanks * 1.45)
        style = Style(sizes.thanks, bold=True, align="center")
        page.write(self._say(view, "thanks.title"), title, WHITE, style)
        under = Box(layout.margin, title.y + title.h - 2, wide, sizes.recorded * 3)
        style = Style(sizes.recorded, align="center", lines=2)
        own = self._own(view.lang, "thanks")
        words, lines = (own, 3.0) if own else (self._say(view, "thanks.recorded"), 1.7)
        page.write(words, under._replace(h=sizes.recorded * lines), WHITE, style)
        self._bar(page, view)
        page.countdown = page.layer()
        page.tick = page.layer()

    def count_down(self, page: Page, view: View) -> None:
        """The ring and its digit, back to rest or to the erasing; drawn anew each second."""
        if page.countdown is None:
            return
        canvas, pen = page.countdown
        canvas.clear()
        layout = self.layout
        place, style = layout.progress, Style(layout.sizes.bar, align="left")
        if not view.seconds_left:
            if view.extra:
                words, style = self._say(view, "bar.extra"), style._replace(align="center", lines=2)
                page.writer.write(canvas, words, place, QUIET, style)
            return
        erases = view.sheet is not None
        whole_ms = WRITING_IDLE_MS - ASK_MS if erases else COUNT_DOWN_MS if view.recorded else THANKS_MS
        words = self._say(view, "bar.erases" if erases else "bar.returns", seconds=view.seconds_left)
        if layout.portrait:
            x, y = place.cx, place.y + 26
            text = Box(place.x, place.y + 46, place.w, 48)
            style = Style(layout.sizes.bar - 2, align="center", lines=2)
        else:
            wide = self._writer.width(words, style)
            left = place.cx - (wide + 46) / 2
            x, y, text = left + 16, place.cy, Box(left + 46, place.y, wide + 4, place.h)
        pen.ring(Spot(x, y, 35), 5.4, RING)
        pen.ring(Spot(x, y, 35), 5.4, BRAND, 1000 * view.seconds_left / whole_ms)
        page.writer.write(canvas, words, text, QUIET, style)

    def draw_tick(self, page: Page, part: float) -> None:
        """The tick on thanks, as far as it has been drawn (0..1)."""
        if page.tick is None:
            return
        canvas, pen = page.tick
        canvas.clear()
        x, y, radius = page.tick_place
        spot = Spot(x, y + radius * 0.02, radius * 1.28)
        pen.icon("tick", spot, BRAND, weight=radius * 0.155, reveal=part)

    def _paused(self, page: Page, view: View) -> None:
        """Nothing can be taken here: whom to turn to, and the way by one's own phone where there is one."""
        layout, sizes, frame = self.layout, self.layout.sizes, self.layout.frame
        phone = "" if view.unsent else self._program.phone
        title, remedy = ("unsent.title", "unsent.remedy") if view.unsent else ("paused.title", "paused.desk")
        remedy = "paused.remedy" if phone else remedy
        left, middle = layout.margin + 20, frame.h / 2
        wide = frame.w - 2 * left
        if phone and layout.portrait:
            middle -= 200
            draw_qr(
                page.canvas,
                frame,
                self._white_tile(page, Box((frame.w - 420) / 2, middle + 250, 420, 420)),
                phone,
            )
        elif phone:
            draw_qr(page.canvas, frame, self._white_tile(page, Box(left, middle - 135, 270, 270)), phone)
            left, wide = left + 300, wide - 300
        logo = 84.0 if layout.portrait else 64.0
        page.pen.logo(Spot(left + wide / 2, middle - (130 if not layout.portrait else 210), logo))
        place = Box(left, middle - (130 if layout.portrait else 76), wide, 140 if layout.portrait else 84)
        size = sizes.main_question + (0 if phone else 6)
        style = Style(size, bold=True, align="center", lines=2)
        page.write(self._say(view, title), place, WHITE, style)
        under = Box(left, place.y + place.h + 2, wide, 100 if layout.portrait else 60)
        style = Style(sizes.recorded, align="center", lines=3)
        page.write(self._say(view, remedy), under, WHITE, style)
        style = style._replace(size=sizes.second, lines=2)
        if view.other_lang != view.lang:
            other = " ".join(self._texts(view.other_lang, key) for key in (title, remedy))
            page.write(other, Box(left, under.y + under.h + 10, wide, 90), ON_BRAND_QUIET, style)

    @staticmethod
    def _white_tile(page: Page, box: Box) -> Box:
        """Draw a white tile for a QR on the dark ground. Returns the place within it."""
        page.pen.panel(box, WHITE, None, TILE_RADIUS)
        return box.inside(6, 6)

    def _say(self, view: View, key: str, **values: object) -> str:
        return self._whole(self._texts(view.lang, key, **values), view.lang)

    def _own(self, lang: str, key: str) -> str:
        """Returns what the school says there in its own words; '' where it says nothing in this language."""
        return self._whole(self._program.texts.get(key, {}).get(lang, ""), lang)

    def _local(self, view: View, text: Text) -> str:
        return self._whole(localized(text, view.lang), view.lang)

    def _whole(self, words: str, lang: str) -> str:
        return keep_together(words, self._texts(lang, "type.together"))
