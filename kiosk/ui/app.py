"""The kiosk in its window: touches in, views out, and a loop that sleeps while nobody is there."""

import queue
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.core.window import Window
from msgspec.structs import replace

from kiosk.delivery.link import Delivery
from kiosk.delivery.outbox_writer import Closed, Failed, Kept, Lodged, Recovered
from kiosk.device.log import Log
from kiosk.device.program import Program
from kiosk.device.settings import KioskSettings
from kiosk.device.sleep import Backlight, SleepControl
from kiosk.screen.view import View
from kiosk.setup.technician import HOLD_MS, Confirm, Leave, Technician
from kiosk.ui.chime import Chime
from kiosk.ui.page import Target
from kiosk.ui.stage import Stage
from kiosk.ui.trace import Trace
from kiosk.wiring import Parts

POLL_S = 0.008
"""How often the window system is asked whether somebody touched; this alone costs next to nothing."""
IDLE_POLL_S = 0.014
"""The same when nobody has touched for a while; still within one frame."""
IDLE_AFTER_S = 10.0
KIVY_INTERVAL_S = 0.5
"""How often Kivy's own clock runs while nothing happens."""
SLEEP_CHECK_S = 2.0
"""How often the school's day and the brightness are looked after."""
FRAME_S = 1 / 60
SHOW_WAITING_AFTER_S = 2.0
"""An answer on its way for less than this is not yet called waiting."""
MAX_TOUCH_S = 5.0
"""A finger that never left is forgotten after this, so that a wet leaf cannot block the screen."""
REPEATS = "key:backspace"
REPEAT_AFTER_S = 0.45
REPEAT_EVERY_S = 0.07
_log = Log("kiosk")


class Shown(Protocol):
    """What decides on the screen: `kiosk.visit.visits.Visits`, or before it the setting up."""

    def view(self, now: int) -> View:
        """Returns what is to be seen."""

    def touch(self, target: str, now: int) -> Sequence[Any]:
        """A finger was lifted from `target`; what is to be done."""

    def tick(self, now: int) -> Sequence[Any]:
        """Time has passed; what is to be done."""

    def due(self, now: int) -> int | None:
        """Returns when something will happen by itself."""

    def stop(self) -> Sequence[Any]:
        """The program ends; what is to be done."""


class Kiosk:
    """Owns the window and the visit; everything here runs on one thread."""

    def __init__(self, settings: KioskSettings, parts: Parts) -> None:
        if Window is None:
            raise RuntimeError("no window could be opened: is there a display (DISPLAY), and OpenGL?")
        self._parts = parts
        self._visits = parts.visits
        self._shown: Shown = parts.visits
        """What is on the screen."""
        self._trace = Trace(settings.trace)
        self._stage = Stage(parts.texts, self._trace)
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wake = threading.Event()
        self._input = False
        self._input_at = 0.0
        self._drew = False
        self._still = 0
        self._frame_due = False
        self._finger: tuple[Any, float] | None = None
        self._pressed: Target | None = None
        self._pressed_on = ""
        """The screen on which the finger came down; another one may come under it by itself."""
        self._lifted: Target | None = None
        self._repeated = 0
        """How often the key under the finger has been repeated."""
        self._delivery = Delivery()
        self._due: int | None = 0
        self._sleep_control = SleepControl(parts.time, Backlight(), lambda asleep: parts.sleep(asleep=asleep))
        self._chime = Chime(settings.data / "kivy")
        self._thanked = False
        self._corner_since: float | None = None
        """A finger rests in the technician's corner since then."""
        self._waiting_since: float | None = None
        parts.listen(self._post)

    def run(self) -> None:
        """Show the kiosk until the window is closed or the program is told to end."""
        Window.set_title(self._parts.texts(self._parts.texts.languages[0], "app.title"))
        Window.bind(
            on_mouse_down=self._has_input,
            on_mouse_up=self._has_input,
            on_flip=self._has_drawn,
            on_resize=lambda _window, width, height: self._fit(width, height),
        )
        self._stage.bind(on_touch_down=self._down, on_touch_move=self._move, on_touch_up=self._up)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._end())
        runTouchApp(self._stage, embedded=True)
        self._fit(*Window.size)
        self._parts.start()
        self._chime.prepare(self._visits.program.volume)
        try:
            self._loop()
        finally:
            self._do(self._shown.stop())
            self._parts.stop()
            stopTouchApp()
            self._trace.close()

    def _end(self) -> None:
        EventLoop.quit = True
        self._wake.set()

    # The loop

    def _loop(self) -> None:
        kivy_at = looked_at = 0.0
        while not EventLoop.quit:
            Window.mainloop()
            self._read_inbox()
            self._pass_time()
            self._repeat()
            self._watch_corner()
            moving = self._stage.animate()
            now = time.monotonic()
            if self._input or moving or Window.canvas.needs_redraw or now - kivy_at > KIVY_INTERVAL_S:
                self._input = False
                kivy_at = now
                EventLoop.idle()
                if self._drew:
                    self._drew = False
                    self._note_frame()
                else:
                    self._frame_due = False  # what was touched looks the same when pressed
                self._act()
                if now - looked_at > SLEEP_CHECK_S:
                    looked_at = now
                    self._sleep_control.look(self._visits.program, self._now(), idle=self._visits.is_idle)
            elif self._stage.prepare():
                continue
            look = POLL_S if now - self._input_at < IDLE_AFTER_S else IDLE_POLL_S
            self._wake.wait(max(0.001, now + FRAME_S - time.monotonic()) if moving else look)
            self._wake.clear()

    def _has_input(self, *_: Any) -> None:
        self._input = True
        self._input_at = time.monotonic()

    def _has_drawn(self, *_: Any) -> None:
        self._drew = True

    def _note_frame(self) -> None:
        if self._stage.pages != self._still and not self._stage.moving:
            self._still = self._stage.pages
            self._trace.note("still")
        if self._frame_due:
            self._frame_due = False
            self._trace.note("frame")

    def _post(self, what: Any) -> None:
        """From any thread: handle this on the window's own."""
        if isinstance(what, Kept | Closed):
            self._trace.note("commit", state="open" if isinstance(what, Kept) else "closed")
        self._inbox.put(what)
        self._wake.set()

    def _read_inbox(self) -> None:
        while not self._inbox.empty():
            self._due = 0
            self._take(self._inbox.get())

    def _take(self, what: Any) -> None:
        if isinstance(what, Delivery):
            self._delivery = what
        elif isinstance(what, Program):
            self._visits.change_program(what)
            self._chime.prepare(what.volume)
        elif isinstance(what, Kept):
            self._visits.kept(what.visit)
        elif isinstance(what, Closed):
            self._visits.closed(what.visit, self._now())
        elif isinstance(what, Lodged):
            self._visits.lodged(what.visit, what.code, self._parts.answer_by(), self._now())
        elif isinstance(what, Failed):
            self._visits.failed(self._now())
        elif isinstance(what, Recovered):
            self._visits.recovered(self._now())

    def _pass_time(self) -> None:
        if self._due is None or (now := self._now()) < self._due:
            return
        self._do(self._shown.tick(now))
        self._refresh()

    def _refresh(self) -> None:
        now = self._now()
        self._due = self._shown.due(now)
        if self._delivery.waiting and self._due is None:
            self._due = now + 500  # the corner may have to change by itself
        view = self._shown.view(now)
        thanked = view.recorded or view.screen == "thanks"
        if thanked and not self._thanked:
            self._chime.play(self._visits.program.volume)
        self._thanked = thanked
        origin = (int(Window.left or 0), int(Window.top or 0))
        self._stage.show(view, self._visits.program, self._settled(), origin)

    def _settled(self) -> Delivery:
        """Returns what the corner shows: an answer that is just being sent is not called waiting."""
        if not self._delivery.waiting:
            self._waiting_since = None
            return self._delivery
        now = time.monotonic()
        self._waiting_since = self._waiting_since or now
        if self._delivery.connected_once and now - self._waiting_since < SHOW_WAITING_AFTER_S:
            return Delivery(connected_once=True)
        return self._delivery

    def _now(self) -> int:
        return self._parts.clock.up_ms()

    def _fit(self, width: int, height: int) -> None:
        self._stage.fit(int(width), int(height))
        self._refresh()

    # One touch is one event: a second report of the same finger finds the first still there, or comes
    # within the guard time of the visit.

    def _down(self, _stage: Stage, touch: Any) -> bool:
        now = time.monotonic()
        if touch.is_mouse_scrolling or (self._finger is not None and now - self._finger[1] < MAX_TOUCH_S):
            return True
        self._act()  # a fast typist's last key, if its pressed look has not been seen yet
        self._lift()
        self._trace.note("touch")
        self._sleep_control.touched(self._visits.program, self._now())
        self._finger = (touch, now)
        self._pressed = self._stage.target_at(touch.x, touch.y)
        self._repeated = 0
        self._corner_since = now if self._stage.in_corner(touch.x, touch.y) else None
        view = self._shown.view(self._now())
        self._pressed_on = view.name
        if self._pressed is not None and self._pressed.name in view.targets():
            self._pressed.show(pressed=True)
            self._frame_due = True
        return True

    def _move(self, _stage: Stage, touch: Any) -> bool:
        if not self._stage.in_corner(touch.x, touch.y):
            self._corner_since = None
        if self._finger is not None and self._finger[0] is touch and self._pressed is not None:
            self._pressed.show(pressed=self._stage.target_at(touch.x, touch.y) is self._pressed)
        return True

    def _up(self, _stage: Stage, touch: Any) -> bool:
        self._corner_since = None
        if self._finger is None or self._finger[0] is not touch:
            return True
        pressed = self._pressed
        lifted_from = self._stage.target_at(touch.x, touch.y)
        # By its name: a key before may have drawn the screen anew under this finger.
        if pressed is None or lifted_from is None or lifted_from.name != pressed.name or self._repeated:
            self._lift()
            return True
        self._finger = None
        self._pressed = None
        self._lifted = pressed
        if not self._frame_due:
            self._act()
        return True

    def _act(self) -> None:
        """Do what was touched; never before its pressed look was seen."""
        if self._lifted is None:
            return
        lifted, self._lifted = self._lifted, None
        self._trace.note("release")
        if self._shown.view(self._now()).name == self._pressed_on:
            self._do(self._shown.touch(lifted.name, self._now()))
        if not self._shown.view(self._now()).busy:
            lifted.show(pressed=False)
        self._refresh()
        self._trace.note("acted")

    def _repeat(self) -> None:
        """A backspace that is held goes on erasing."""
        if self._finger is None or self._pressed is None or self._pressed.name != REPEATS:
            return
        held = time.monotonic() - self._finger[1]
        if held >= REPEAT_AFTER_S + self._repeated * REPEAT_EVERY_S and held < MAX_TOUCH_S:
            self._repeated += 1
            self._do(self._shown.touch(REPEATS, self._now()))
            self._refresh()

    def _watch_corner(self) -> None:
        """Held long enough where no visitor touches, it opens the technician's screen."""
        if self._corner_since is None or time.monotonic() - self._corner_since < HOLD_MS / 1000:
            return
        self._corner_since = None
        if self._shown is self._visits and self._visits.is_idle:
            self._lift()
            self._shown = Technician(self._parts.texts.languages, self._parts.facts(), self._now())
            self._refresh()

    def _lift(self) -> None:
        if self._pressed is not None:
            self._pressed.show(pressed=False)
        self._pressed = None
        self._finger = None

    def _do(self, effects: Sequence[Any]) -> None:
        for effect in effects:
            if isinstance(effect, Confirm) and isinstance(self._shown, Technician):
                taken = self._parts.confirm_key(effect.typed)
                self._shown.told(replace(self._parts.facts(), typed=effect.typed, wrong=not taken))
            elif isinstance(effect, Leave):
                self._shown = self._visits
            else:
                self._parts.writer.submit(effect)
