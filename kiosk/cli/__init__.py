"""The commands `hailong kiosk …`."""

from kiosk.cli.main import kiosk

__all__ = ["kiosk"]
