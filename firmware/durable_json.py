"""Small settings on flash: a JSON object with its CRC32, written whole or not at all at any power cut.

It is written under a temporary name, flushed and renamed, which littlefs does in one step; then the same for
a second copy, `<path>~`, which is read where the first does not check. A file without the right CRC is as
good as none.
"""

import binascii
import json
import os

from survey_defs import strict_json

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from typing import Any

_COPY = "~"
_TEMPORARY = ".tmp"
_CRC_LETTERS = 8
_MISSING = 2


def encode(value: "dict[str, Any]") -> bytes:
    """What a file of this kind holds: one line of JSON and its CRC32 in hex."""
    text = strict_json.dumps(value) + b"\n"
    return text + f"{binascii.crc32(text):08x}\n".encode()


def decode(data: bytes) -> "dict[str, Any] | None":
    """The value in such a file, None where it does not check."""
    text, crc = data[: -_CRC_LETTERS - 1], data[-_CRC_LETTERS - 1 :]
    if crc != f"{binascii.crc32(text):08x}\n".encode():
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if type(value) is dict else None


def read(path: str) -> "dict[str, Any] | None":
    """What was written last, None if nothing was or both copies are damaged. Never raises OSError."""
    for place in (path, path + _COPY):
        try:
            with open(place, "rb") as file:
                value = decode(file.read())
        except OSError:
            continue
        if value is not None:
            return value
    return None


def write(path: str, value: "dict[str, Any]") -> None:
    """Keep `value` from now on. Raises OSError where the flash refuses: then the old one may stand."""
    data = encode(value)
    _replace(path, data)
    _replace(path + _COPY, data)


def erase(path: str) -> None:
    """Forget it. Raises OSError where the flash refuses."""
    for place in (path + _COPY, path):  # the copy first: it must not come to life again
        for name in (place + _TEMPORARY, place):
            try:
                os.remove(name)
            except OSError as error:
                if error.errno != _MISSING:
                    raise


def read_text(path: str) -> str:
    """What a plain file holds, '' where there is none."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _replace(path: str, data: bytes) -> None:
    with open(path + _TEMPORARY, "wb") as file:
        file.write(data)
        file.flush()
    os.rename(path + _TEMPORARY, path)
