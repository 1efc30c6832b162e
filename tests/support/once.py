"""What comes out the same for every app of a run is worked out once: compiled templates, address builders.

A suite makes hundreds of apps, and Flask does both anew for each: 0.2 seconds before the first page.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from nacl import pwhash
from werkzeug.routing import Rule


class CompiledTemplates(BytecodeCache):
    """Kept in memory; jinja itself compares a template's text before it takes what was kept."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


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
