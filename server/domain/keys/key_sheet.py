"""Private keys on a sheet of paper: blocks of text, all locked under one recovery code of their own.

The sheet may be printed, copied or lost: without its code it opens nothing. The code is made anew for every
sheet, shown once and kept nowhere; it belongs on paper, apart from the sheet.
"""

from __future__ import annotations

import binascii
from typing import Literal, NamedTuple

from server.domain.keys import key_lock
from server.domain.problems import Problem

MAX_BYTES = 64 * 1024
"""A sheet is some kilobytes, however many keys are on it."""
Kind = Literal["KEY", "BACKUP KEY"]
"""Of a school's room; of the installation's backups."""


class Kept(NamedTuple):
    """A private key on a sheet: its id in 16 hexadecimal digits, and how it is locked."""

    id: str
    lock: key_lock.Lock
    box: bytes


def write(words: str, kind: Kind, keys: dict[str, bytes]) -> tuple[str, str]:
    """A sheet that begins with `words`, and its recovery code; `keys`: the private halves by their ids."""
    code, lock = key_lock.new_recovery_code(), key_lock.new_lock()
    turned = key_lock.turn(code, lock)
    blocks = [_block(kind, Kept(id, lock, key_lock.shut(private, turned))) for id, private in keys.items()]
    return "\n".join([words, *blocks]), code


def open_all(sheet: str, kind: Kind, typed: str) -> dict[str, bytes]:
    """The private halves on a sheet by their ids, with its recovery code as it was typed.

    Raises `Problem`: `bad-key-sheet`, `wrong-recovery-code`.
    """
    found, code = _read(sheet, kind), key_lock.read_recovery_code(typed)
    if code is None:
        raise Problem("wrong-recovery-code")
    turned = key_lock.turn(code, found[0].lock)
    opened = {}
    for id, _, box in found:
        private = key_lock.open_box(box, turned)
        if private is None:
            raise Problem("wrong-recovery-code")
        opened[id] = private
    return opened


def _begin(kind: Kind) -> str:
    return f"-----BEGIN HAILONG {kind}-----"


def _end(kind: Kind) -> str:
    return f"-----END HAILONG {kind}-----"


def _block(kind: Kind, key: Kept) -> str:
    lines = [_begin(kind), f"key: {key_lock.fingerprint(key.id)}"]
    lines += [f"cost: {key.lock.operations} {key.lock.memory}", f"salt: {_hex(key.lock.salt)}"]
    signs = _hex(key.box).split()
    lines += [f"box: {' '.join(signs[start : start + 12])}" for start in range(0, len(signs), 12)]
    return "\n".join([*lines, _end(kind), ""])


def _hex(content: bytes) -> str:
    """In groups of four: whoever has nothing but paper can type it."""
    return key_lock.fingerprint(content.hex())


def _read(sheet: str, kind: Kind) -> list[Kept]:
    blocks = [part.partition(_end(kind)) for part in sheet[:MAX_BYTES].split(_begin(kind))[1:]]
    if not all(end for _, end, _ in blocks):  # it was cut
        raise Problem("bad-key-sheet")
    try:
        found = [_read_block(block) for block, _, _ in blocks]
    except (ValueError, KeyError, binascii.Error) as error:
        raise Problem("bad-key-sheet") from error
    # One lock closes a whole sheet: many of them would only keep the server busy.
    if len({key.lock for key in found}) != 1:
        raise Problem("bad-key-sheet")
    return found


def _read_block(block: str) -> Kept:
    values: dict[str, str] = {}
    for line in block.strip().splitlines():
        name, _, value = line.partition(":")
        values[name.strip()] = f"{values.get(name.strip(), '')} {value.strip()}".strip()
    operations, memory = (int(number) for number in values["cost"].split())
    salt = bytes.fromhex(values["salt"])
    lock = key_lock.Lock(salt, operations, memory)
    if not key_lock.is_bearable(lock):
        raise ValueError("no lock of ours")
    return Kept(values["key"].replace(" ", "").lower(), lock, bytes.fromhex(values["box"]))
