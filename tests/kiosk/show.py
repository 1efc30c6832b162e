"""A window of the kiosk's screens without the kiosk around it, for those who show a great many of them."""

import os
from pathlib import Path
from typing import Any

from PIL import Image, ImageGrab

from kiosk.delivery.link import Delivery
from kiosk.device.program import Program, builtin_program
from kiosk.device.settings import KioskSettings, read_broker
from kiosk.screen.texts import kiosk_texts
from kiosk.ui.run import prepare_window
from tests.kiosk.looks import PICTURES
from tests.support.pictures import WANTED

READ = ("ma-tra-cuu", "tam-nghi", "sap-xoa")
"""The pictures that a test reads something off: they are drawn into its directory, whoever looks."""


class Window:
    """The only window of this process, on a display of its size; no screen takes its time to fade in."""

    def __init__(self, width: int, height: int, directory: Path) -> None:
        broker = read_broker("mqtt://127.0.0.1:1", "kiosk-1", None)
        self.size, self.directory = (width, height), directory
        prepare_window(KioskSettings(broker=broker, school="mau", device="k", data=directory, size=self.size))
        from kivy.base import EventLoop, runTouchApp
        from kivy.core.window import Window as KivyWindow

        from kiosk.ui import stage
        from kiosk.ui.trace import Trace

        self._loop, self._window, self._trace = EventLoop, KivyWindow, Trace
        stage.FADE_S = stage.TICK_S = 1e-6
        self.stage = stage.Stage(kiosk_texts(), Trace(None))
        runTouchApp(self.stage, embedded=True)
        self.stage.fit(width, height)

    def tell(self, file: Path) -> None:
        """From here on `file` is told of each screen what the window itself tells."""
        self.stage._trace = self._trace(file)

    def seen(self) -> Image.Image:
        """What stands on the display."""
        self._window.mainloop()
        for _ in range(2):  # whichever of the two buffers is seen
            self._window.canvas.ask_update()
            self._loop.idle()
        return ImageGrab.grab(xdisplay=os.environ["DISPLAY"])


class Show:
    """Somebody before a window whose clock runs ahead.

    What is read of it lies under `part` in the window's directory: trace.jsonl, and the pictures to be read.
    """

    def __init__(self, window: Window, part: str) -> None:
        self.size, self._window = window.size, window
        self._stage, self._directory = window.stage, window.directory / part
        self._directory.mkdir()
        window.tell(self._directory / "trace.jsonl")
        self._program: Program = builtin_program()
        self._name = self.lang = ""
        self.visits: Any = None
        self.now = 1_000_000

    def touch(self, *targets: str) -> None:
        for target in targets:
            self.now += 1_000
            self.visits.touch(target, self.now)

    def write(self, text: str) -> None:
        for letter in text:
            self.touch("key:space" if letter == " " else f"key:{letter}")

    def picture(self, what: str) -> None:
        """Put it on show, which tells the trace of it; keep what is seen where somebody looks at it."""
        self.put()
        while self._stage.animate():
            pass
        places = [self._directory] * (what in READ) + [PICTURES] * WANTED
        if not places:
            return
        seen = self._window.seen()
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            seen.save(place / f"{self.picture_name(what)}.png", compress_level=1)

    def put(self) -> None:
        """The visitor's screen, as the kiosk would show it now."""
        self._stage.show(self.visits.view(self.now), self._program, Delivery(True, 0), (0, 0))

    def picture_name(self, what: str) -> str:
        return f"{self._name}-{self.lang}-{what}"
