"""Reads JSON, MessagePack and plain values into typed ones; may be called by any thread at any time.

msgspec (0.22) works out a type at its first use and lets other threads see it half done: two threads that
read the same new type at once end the program with a segmentation fault. Here each is worked out once, under
a lock.
"""

import threading
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_ONE_AT_A_TIME = threading.RLock()


def from_json(data: bytes | str, shape: type[T]) -> T:
    """The typed value that stands there. Raises `msgspec.DecodeError`, `msgspec.ValidationError`."""
    value: T = _json(shape).decode(data)
    return value


def json_reader(shape: type[T]) -> Callable[[bytes | str], T]:
    """As `from_json` of that type, without looking the type up at each call: for what reads very much."""
    read: Callable[[bytes | str], T] = _json(shape).decode
    return read


def from_msgpack(data: bytes, shape: type[T]) -> T:
    """As `from_json`, of MessagePack."""
    value: T = _msgpack(shape).decode(data)
    return value


def from_plain(value: Any, shape: type[T], *, strict: bool = True) -> T:
    """The typed value of dicts, lists and words, as YAML and TOML give them.

    Not `strict`: `"1"` is a number too. Raises `msgspec.ValidationError`.
    """
    _json(shape)  # works the type out
    return msgspec.convert(value, shape, strict=strict)


def _worked_out(decoder: Any, shape: Any) -> Any:
    with _ONE_AT_A_TIME:
        return decoder(shape)


_json: Any = cache(partial(_worked_out, msgspec.json.Decoder))
_msgpack: Any = cache(partial(_worked_out, msgspec.msgpack.Decoder))
