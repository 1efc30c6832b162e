"""The stage: puts a view's page on show, fades between pages, and knows what lies under a finger."""

import gc
import time
from collections.abc import Iterator
from typing import Any

from kivy.core.window import Window
from kivy.uix.widget import Widget

from kiosk.delivery.link import Delivery
from kiosk.device.program import Program
from kiosk.screen.view import View
from kiosk.ui.layout import Layout
from kiosk.ui.metrics import Frame
from kiosk.ui.page import Page, Target
from kiosk.ui.screens import Screens
from kiosk.ui.sprites import Sprites
from kiosk.ui.status_corner import StatusCorner
from kiosk.ui.theme import FADE_S, TICK_S
from kiosk.ui.trace import Trace
from survey_defs.process_memory import overwrite_freed, trim_heap
from survey_defs.texts import Texts

CORNER_SIZE = 90.0
"""Units: the technician's corner is so wide; the delivery mark stands in it."""


class Stage(Widget):
    """The window's only child. It decides nothing: views go in, targets come out."""

    def __init__(self, texts: Texts, trace: Trace) -> None:
        super().__init__(size_hint=(None, None))
        self._texts = texts
        self._trace = trace
        self._layout = Layout(Frame(1, 1))
        self._sprites = Sprites(self._layout.frame)
        self._screens: Screens | None = None
        self._program: Program | None = None
        self._view: View | None = None
        self._page: Page | None = None
        self._leaving: Page | None = None
        self._corner: StatusCorner | None = None
        self._delivery = Delivery()
        self._fade_from = 0.0
        self._tick_from: float | None = None
        self.pages = 0
        """How many pages have been put on show."""
        self._preparing: Iterator[None] | None = None
        self._ready = False
        self._secret = False
        """Something was shown that must not stay in memory."""

    def fit(self, width: int, height: int) -> None:
        """The window has this size now, in pixels."""
        self._layout = Layout(Frame(width, height))
        self._sprites = Sprites(self._layout.frame)
        self._screens = None

    def show(self, view: View, program: Program, delivery: Delivery, origin: tuple[int, int]) -> None:
        """Show this view; nothing happens if it is on show already."""
        rebuilt = self._screens is None or program != self._program
        if rebuilt:
            self._program = program
            self._preparing = None
            self._ready = False
            self._screens = Screens(self._layout, self._sprites, self._texts, program)
            self._corner = StatusCorner(self._layout, self._sprites, self._texts)
        before = self._view
        if not rebuilt and view == before and delivery == self._delivery:
            return
        self._view, self._delivery = view, delivery
        if view.sheet is not None and not self._secret:
            self._secret = True
            overwrite_freed(on=True)
        if view.busy and before is not None and not rebuilt:
            return  # the pressed look stays until the answer is written
        if rebuilt or before is None or view.settled() != before.settled() or before.busy:
            self._change_page(view, fade=before is not None and view.name != before.name, origin=origin)
        elif self._page is not None and self._screens is not None:
            self._screens.count_down(self._page, view)
            if self._page.sheet is not None:
                self._page.sheet.show(view)
        self._show_corner()

    def _change_page(self, view: View, *, fade: bool, origin: tuple[int, int]) -> None:
        if self._screens is None or self._program is None:
            return
        self.pages += 1
        before = self._page
        if self._leaving is not None and before is not None:
            before.uncover()
            before.opacity = 1
            Window.clearcolor = before.ground
        self._page = page = self._screens.page(view)
        self._screens.count_down(page, view)
        if view.screen == "thanks":
            same = before is not None and before.name == "thanks"
            self._tick_from = None if same else time.monotonic()
            self._screens.draw_tick(page, 1.0 if same else 0.0)
        self.clear_widgets()
        self._leaving = before if fade else None
        if self._leaving is not None:
            self.add_widget(self._leaving)
            page.cover()
            page.opacity = 0
            self._fade_from = time.monotonic()
        else:
            Window.clearcolor = page.ground
        self.add_widget(page)
        if self._corner is not None:
            self.add_widget(self._corner)
        self._trace_page(page, view, origin)

    def _show_corner(self) -> None:
        if self._corner is not None and self._view is not None and self._program is not None:
            if self._view.screen == "setup":
                self._corner.hide()
                return
            dark = self._view.screen in ("thanks", "paused")
            dark = dark or (self._layout.portrait and self._view.screen == "rest" and not self._view.question)
            low = self._view.sheet is not None and self._view.sheet.typed
            self._corner.show(
                self._delivery, self._view.lang, sample=self._program.sample, on_dark=dark, low=low
            )

    def animate(self) -> bool:
        """Take fades and the tick one frame on; whether anything still moves."""
        now = time.monotonic()
        if self._leaving is not None and self._page is not None:
            part = min(1.0, (now - self._fade_from) / FADE_S)
            self._page.opacity = 1 - (1 - part) ** 2
            if part >= 1.0:
                self.remove_widget(self._leaving)
                self._leaving = None
                self._page.uncover()
                Window.clearcolor = self._page.ground
        elif self._tick_from is not None and self._page is not None and self._screens is not None:
            part = min(1.0, (now - self._tick_from) / TICK_S)
            self._screens.draw_tick(self._page, 1 - (1 - part) ** 2)
            if part >= 1.0:
                self._tick_from = None
        return self.moving

    @property
    def moving(self) -> bool:
        """Whether a fade or the tick is under way."""
        return self._leaving is not None or self._tick_from is not None

    def prepare(self) -> bool:
        """In a quiet moment: draw ahead one page of what comes next. Whether there was still any to do."""
        if self._secret and not self.moving and (self._view is None or self._view.sheet is None):
            self._forget()
            return True
        if self._view is not None and self._view.screen == "setup":
            return False
        if self._preparing is None and self._screens is not None and self._view is not None:
            self._preparing = self._screens.prepare(self._view)
        if self._preparing is None or self._ready:
            return False
        if next(self._preparing, _DONE) is _DONE:
            self._ready = True
            trim_heap()
        return True

    def _forget(self) -> None:
        """Somebody wrote and has gone: let go of every page that showed it, at once and for good."""
        self._secret = False
        gc.collect()
        overwrite_freed(on=False)
        trim_heap()

    def target_at(self, x: float, y: float) -> Target | None:
        """Returns what lies at this place of the window (pixels, y up)."""
        if self._page is None:
            return None
        frame = self._layout.frame
        return self._page.target_at(x / frame.unit, (frame.height - y) / frame.unit)

    def in_corner(self, x: float, y: float) -> bool:
        """Whether this place of the window (pixels, y up) lies in the technician's corner, with no target."""
        frame, mark = self._layout.frame, self._layout.mark()
        right, down = x / frame.unit, (frame.height - y) / frame.unit
        here = right > self._layout.page.w - CORNER_SIZE and down < max(CORNER_SIZE * 0.75, mark.y + mark.h)
        return here and self.target_at(x, y) is None

    def _trace_page(self, page: Page, view: View, origin: tuple[int, int]) -> None:
        frame = self._layout.frame
        targets: dict[str, Any] = {}
        for target in page.targets:
            place = frame.pixels(target.touch)
            targets[target.name] = [place.x, frame.height - place.y - place.h, place.w, place.h]
        self._trace.note(
            "screen",
            name=view.name,
            lang=view.lang,
            size=[frame.width, frame.height],
            origin=list(origin),
            targets=targets,
            names={target.name: target.accessible_name for target in page.targets},
            overflows=list(page.writer.overflows),
            smallest=page.writer.smallest,
        )


_DONE = object()
