"""Opens the window. Kivy reads its environment when it is imported, so this is said before."""

import logging
import os
from pathlib import Path

from kiosk.device.settings import KioskSettings, Offer
from kiosk.wiring import Parts
from survey_defs.process_memory import forbid_memory_dumps, use_one_arena


def run(settings: KioskSettings, offer: Offer) -> None:
    """Show the kiosk until it is closed; one that is not enrolled yet asks for its claim code first.

    `offer`: what it then begins with. Raises `RuntimeError` where no window can be opened.
    """
    use_one_arena()
    forbid_memory_dumps()
    parts = Parts(settings)
    prepare_window(settings)
    if settings.broker is None:
        from kiosk.ui.enrolling import EnrollingKiosk  # noqa: PLC0415 - once in the life of a kiosk

        EnrollingKiosk(settings, parts, offer).run()
        return
    from kiosk.ui.app import Kiosk  # noqa: PLC0415 - after the environment stands

    Kiosk(settings, parts).run()


def prepare_window(settings: KioskSettings) -> None:
    """Tell Kivy all it has to know before its window is imported."""
    home = settings.data / "kivy"
    home.mkdir(exist_ok=True)
    os.environ.update(
        KIVY_NO_ARGS="1",
        KIVY_NO_CONSOLELOG="1",
        KIVY_NO_FILELOG="1",
        KIVY_LOG_MODE="PYTHON",
        KIVY_HOME=str(home.resolve()),
        KIVY_METRICS_DENSITY="1",
        KIVY_DPI="96",
        KIVY_WINDOW="sdl2",
        KIVY_TEXT="sdl2",
        KIVY_IMAGE="sdl2",
        KIVY_AUDIO="sdl2",
    )
    os.environ.setdefault("SDL_MOUSE_TOUCH_EVENTS", "0")
    logging.getLogger("kivy").setLevel(logging.ERROR)
    _skip_widget_styles(home)
    _configure(settings)


def _skip_widget_styles(home: Path) -> None:
    """Have Kivy begin without the style of its own widgets: it takes long to read, and none are used here."""
    import kivy  # noqa: PLC0415
    import kivy.resources  # noqa: PLC0415 - which looks where its files are before they seem to be elsewhere

    (home / "style.kv").touch()
    whole, kivy.kivy_data_dir = kivy.kivy_data_dir, str(home)
    import kivy.lang  # noqa: PLC0415

    kivy.kivy_data_dir = whole


def _configure(settings: KioskSettings) -> None:
    from kivy.config import Config  # noqa: PLC0415

    Config.read = lambda *_: None
    graphics = {
        "multisamples": "0",  # every shape smooths its own edge
        "maxfps": "0",  # the kiosk's own loop sets the pace
        "vsync": "0",
        "show_cursor": "0" if settings.fullscreen else "1",
        "fullscreen": "auto" if settings.fullscreen else "0",
        "borderless": "0",
        "resizable": "1",
        "allow_screensaver": "0",
        "position": "auto",
    }
    if settings.size is not None:
        graphics["width"], graphics["height"] = map(str, settings.size)
    else:
        graphics["width"], graphics["height"] = "1024", "600"
    for key, value in graphics.items():
        Config.set("graphics", key, value)
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("kivy", "log_enable", "0")
    # One provider only: with more of them a Pi reports each touch twice.
    for name in list(Config["input"]):
        Config.remove_option("input", name)
    Config.set("input", "mouse", "mouse,disable_multitouch")
    for name in list(Config["modules"]):
        Config.remove_option("modules", name)
