"""A screen that is written on: title, one or two fields, and the keyboard below them."""

from typing import Any

from kiosk.keyboard.layout import TONES, keyboard
from kiosk.screen.view import FieldName, Sheet, View
from kiosk.ui.drawing import Pen, Spot
from kiosk.ui.keyboard import Keys
from kiosk.ui.metrics import Box
from kiosk.ui.page import Layer, Page
from kiosk.ui.secret_text import Pane, SecretWriter
from kiosk.ui.text import Style
from kiosk.ui.theme import EDGE, INK, QUIET, TILE
from survey_defs.letter import MAX_CONTACT, MAX_TEXT
from survey_defs.texts import Texts


class TypingPage:
    """The keyboard and the fields of one page: what changes from key to key is drawn by itself."""

    def __init__(self, page: Page, texts: Texts, view: View, sheet: Sheet) -> None:
        self._page = page
        self._texts = texts
        self._secret = SecretWriter(page.layout.frame)
        layout, sizes = page.layout, page.layout.sizes
        title = texts(view.lang, "write.title" if sheet.step == "text" else "reach.title")
        style = Style(sizes.hint + 4 if not layout.portrait else 38.0, bold=True)
        page.write(title, layout.writing_title(), INK, style)
        self._note = page.layer()
        self._frames: dict[FieldName, Layer] = {}
        self._panes: dict[FieldName, Pane] = {}
        self._boxes: dict[FieldName, Box] = {}
        for (name, _), box in zip(sheet.fields, layout.writing_fields(len(sheet.fields)), strict=True):
            self._field(name, box, view, labelled=sheet.step == "reach")
        keys = keyboard(sheet.method, signs=sheet.signs)
        self._board = Keys(page, keys, self._key_words(view, sheet), sheet.shift)
        self._noted: tuple[object, ...] = ()
        self.show(view)

    def show(self, view: View) -> None:
        """Draw what the last key has changed."""
        sheet = view.sheet
        if sheet is None:
            return
        self._board.show(sheet.shift)
        for name, text in sheet.fields:
            active = name == sheet.field
            self._outline(name, active=active)
            self._panes[name].show(text, sheet.word if active else "", active=active)
        self._show_note(view, sheet)

    def _field(self, name: FieldName, box: Box, view: View, *, labelled: bool) -> None:
        layout, sizes = self._page.layout, self._page.layout.sizes
        pitch = sizes.writing * 1.32
        inner = box.inside(16, 7)
        if labelled:
            label = self._texts(view.lang, f"reach.{name}")
            self._page.add_target(
                f"field:{name}", label, Box(box.x - 5, box.y - 5, box.w + 10, box.h + 10), _nothing
            )
        self._frames[name] = self._page.layer()
        if labelled:
            high = 26.0 if not layout.portrait else 34.0
            at = Box(inner.x, box.y + 5, inner.w, high)
            self._page.writer.write(self._page.layer().canvas, label, at, QUIET, Style(sizes.bar))
            inner = Box(inner.x, box.y + 5 + high, inner.w, box.h - high - 12)
        self._boxes[name] = box
        self._panes[name] = Pane(self._secret, self._page.layer().canvas, inner, Style(sizes.writing), pitch)

    def _outline(self, name: FieldName, *, active: bool) -> None:
        canvas, pen = self._frames[name]
        canvas.clear()
        pen.panel(self._boxes[name], TILE, INK if active else EDGE, 8, 3 if active else 1.5)

    def _show_note(self, view: View, sheet: Sheet) -> None:
        """Who will read it; the room left where it gets scarce; that there is none."""
        noted = (sheet.full, sheet.left)
        if noted == self._noted:
            return
        self._noted = noted
        if sheet.full:
            number = MAX_TEXT if sheet.step == "text" else MAX_CONTACT
            words = self._texts(view.lang, "write.full", count=_grouped(number, view.lang))
        elif sheet.left is not None:
            words = self._texts(view.lang, "write.left", count=sheet.left)
        else:
            words = self._texts(view.lang, "write.readers")
        canvas, pen = self._note
        canvas.clear()
        layout = self._page.layout
        place, style = layout.writing_note(), Style(layout.sizes.bar)
        wide = min(self._page.writer.width(words, style), place.w - 28)
        left = place.x if layout.portrait else place.x + place.w - wide - 4
        calm = not sheet.full and sheet.left is None
        if calm:
            pen.icon("lock", Spot((left + 10) if layout.portrait else left - 18, place.cy, 18), QUIET)
        at = Box(left + (28 if layout.portrait and calm else 0), place.y, wide + 4, place.h)
        self._page.writer.write(canvas, words, at, QUIET if calm else INK, style)

    def _key_words(self, view: View, sheet: Sheet) -> dict[str, str]:
        say = self._texts
        method = say(view.lang, f"method.{sheet.method}")
        words = {
            f"key:{name}": say(view.lang, f"key.{name}") for name in ("shift", "backspace", "enter", "method")
        }
        words["key:signs"] = say(view.lang, "key.letters" if sheet.signs else "key.signs")
        words["key:space"] = f"{say(view.lang, 'key.space')} · {method}"
        return words | {f"tone:{tone}": say(view.lang, f"tone.{tone}") for tone in TONES}


def _grouped(number: int, lang: str) -> str:
    return f"{number:,}".replace(",", "." if lang == "vi" else ",")


def _nothing(_pen: Pen, _canvas: Any, _pressed: bool) -> None:
    """The field's looks are drawn with its text."""
