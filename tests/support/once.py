"""What comes out the same for every app of a run is worked out once: compiled templates, address builders.

A suite makes hundreds of apps, and Flask does both anew for each: 0.2 seconds before the first page.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from jinja2 import FileSystemBytecodeCache
from nacl import pwhash
from pytest import Config
from werkzeug.routing import Rule

_ROOM = "TESTS_COMPILED_TEMPLATES"
"""Where they lie: the first process of a run tells the others."""


def compiled_templates(config: Config) -> FileSystemBytecodeCache:
    """Compiled once for a run, by whichever of its processes comes first; gone with the run.

    Jinja itself compares a template's text before it takes what was kept.
    """
    room = os.environ.get(_ROOM)
    if room is None:
        room = os.environ[_ROOM] = mkdtemp(prefix="hailong-templates-")
        config.add_cleanup(lambda: rmtree(os.environ.pop(_ROOM)))
    return FileSystemBytecodeCache(room)


class RememberedHash:
    """In the place of `nacl.pwhash`: its Argon2id, where the same words and salt are hashed once."""

    class argon2id:  # noqa: N801 - named as what it stands for
        kdf = staticmethod(lru_cache(maxsize=10_000)(pwhash.argon2id.kdf))


class KnownRule(Rule):
    """A route whose two builders of addresses were compiled for an earlier app already."""

    _known: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}  # noqa: RUF012 - shared by all apps

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:  # are converted by the app's own converters
            return super()._compile_builder(append_unknown)
        key: tuple[Any, ...] = (self.rule, append_unknown, *self._trace)
        if key not in self._known:
            self._known[key] = super()._compile_builder(append_unknown)
        return self._known[key]
