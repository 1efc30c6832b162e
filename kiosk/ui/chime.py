"""Sounds the chime, on a thread of its own: no sound device, or a slow one, ever holds up the screen."""

import queue
import threading
from pathlib import Path
from typing import Any

from kiosk.device.log import Log

_log = Log("kiosk")


class Chime:
    """Nothing is loaded before it is first wanted."""

    def __init__(self, directory: Path) -> None:
        """`directory` is where the sound is written to, for the library that plays it."""
        self._file = directory / "chime.wav"
        self._wanted: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def prepare(self, volume: int) -> None:
        """Be ready for the first time, if this volume is to be heard."""
        if volume > 0 and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="chime", daemon=True)
            self._thread.start()

    def play(self, volume: int) -> None:
        """Once, at this volume in percent; returns at once."""
        if volume > 0:
            self.prepare(volume)
            self._wanted.put(volume)

    def _run(self) -> None:
        try:
            sound = self._load()
        except Exception as error:  # whatever a sound library stumbles over, the kiosk goes on silently
            _log.warning("there is no sound", error=type(error).__name__)
            return
        if sound is None or sound.length <= 0:
            _log.warning("there is no sound: no device for it was found")
            return
        while True:
            volume = self._wanted.get()
            try:
                sound.volume = volume / 100
                sound.play()
            except Exception as error:
                _log.warning("the chime could not be played", error=type(error).__name__)

    def _load(self) -> Any:
        from kivy.core.audio import SoundLoader  # noqa: PLC0415 - a silent kiosk needs none of it

        from kiosk.ui.chime_sound import chime_wav  # noqa: PLC0415

        self._file.write_bytes(chime_wav())
        return SoundLoader.load(str(self._file))
