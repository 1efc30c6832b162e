"""What an application was put together with, for views at module level: found when a request is answered.

Several applications live in one process (the tests make many), so nothing of this is a module's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from flask import Flask, current_app

if TYPE_CHECKING:
    from server.services.context import Context
    from survey_defs.texts import Texts

Part = TypeVar("Part")


class PerApp(Generic[Part]):
    """One part that each application keeps for itself, under a name of its own in `app.extensions`."""

    def __init__(self, name: str) -> None:
        """`name`: unique among the parts."""
        self._name = f"hailong.{name}"

    def keep(self, app: Flask, part: Part) -> Part:
        """Let it be that application's from now on. Returns the part."""
        app.extensions[self._name] = part
        return part

    def __call__(self) -> Part:
        """Returns that of the application that answers now. Raises KeyError where it keeps none."""
        return cast("Part", current_app.extensions[self._name])


context: PerApp[Context] = PerApp("context")
"""The wired-up server, kept by `server.wiring.pages.create_app`."""
texts: PerApp[Texts] = PerApp("texts")
"""The texts in all languages."""
