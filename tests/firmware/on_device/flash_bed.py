"""Real littlefs on a flash in RAM whose power can be cut at any write or erase, which it then leaves torn.

Runs inside MicroPython. Like NOR flash it only clears bits where it writes: what was not erased shows.
"""

import gc
import os

_ERASED = b"\xff" * 4096
_GONE = -5
"""What a device answers without power. To raise would leave littlefs in the middle of its work for ever."""


class Flash:
    """The chip: its content outlives its power. `writes` counts writes and erases; at `cut_at` it is off."""

    def __init__(self, blocks=64, block_bytes=512):
        self.block_bytes = block_bytes
        self.blocks = blocks
        self.data = bytearray(b"\xff" * (blocks * block_bytes))
        self.writes = 0
        self.cut_at = 0
        self.share = 0
        self.is_off = False

    def save(self):
        return bytes(self.data)

    def restore(self, data=None):
        """The power is back; with `data`, on another content."""
        if data is not None:
            self.data[:] = data
        self.writes = self.cut_at = 0
        self.is_off = False

    def cut(self, at, share):
        """Cut at write number `at` from now, when `share` in 0..1 of it is done."""
        self.writes, self.cut_at, self.share = 0, at, share

    def step(self, count):
        """How many bytes of the next write of `count` come through."""
        self.writes += 1
        if self.writes != self.cut_at:
            return count
        self.is_off = True
        return int(count * self.share)


class Device:
    """The chip as one mount sees it; what is still open when the power goes can never reach it again."""

    def __init__(self, flash):
        self.flash = flash
        self.is_dead = False

    def readblocks(self, number, buffer, offset=0):
        flash = self.flash
        if self.is_dead or flash.is_off:
            return _GONE
        at = number * flash.block_bytes + offset
        buffer[:] = flash.data[at : at + len(buffer)]
        return 0

    def writeblocks(self, number, buffer, offset=0):
        flash = self.flash
        if self.is_dead or flash.is_off:
            return _GONE
        at = number * flash.block_bytes + offset
        done = flash.step(len(buffer))
        if flash.data[at : at + done] == _ERASED[:done]:
            flash.data[at : at + done] = buffer[:done]
        else:
            for index in range(done):
                flash.data[at + index] &= buffer[index]
        if done < len(buffer) and flash.share:
            flash.data[at + done] &= buffer[done] | 0x5A  # some bits of the next byte made it
        return _GONE if flash.is_off else 0

    def ioctl(self, operation, argument):
        flash = self.flash
        if operation == 4:
            return flash.blocks
        if operation == 5:
            return flash.block_bytes
        if self.is_dead or flash.is_off:
            return _GONE
        if operation == 6:
            at = argument * flash.block_bytes
            done = flash.step(flash.block_bytes)
            flash.data[at : at + done] = _ERASED[:done]
        return _GONE if flash.is_off else 0


_mounted = []


def make(flash):
    """A fresh file system on it, mounted at /f."""
    gc.threshold(-1)  # a box collects its garbage at once; thousands of starts would take their time
    os.VfsLfs2.mkfs(Device(flash), readsize=128, progsize=32, lookahead=32)
    mount(flash)


def mount(flash):
    """Mount it anew: whatever was open before is forgotten, as after a power cut."""
    if _mounted:
        _mounted.pop().is_dead = True
        try:  # noqa: SIM105 - MicroPython has no contextlib
            os.umount("/f")
        except OSError:
            pass
        gc.collect()
    device = Device(flash)
    os.mount(os.VfsLfs2(device, readsize=128, progsize=32, lookahead=32), "/f")
    _mounted.append(device)


def sweep(flash, prepare, act, check):
    """Cut the power at every write of `act`, torn and clean; how many points there were.

    `prepare()` builds what `act(state)` starts from and gives the state, anew for each cut point, from the
    same content of the flash. `check(state)` runs on the flash mounted anew.
    """
    make(flash)
    prepare()
    before = flash.save()
    points, at = 0, 1
    while True:
        for share in (0, 0.5):
            flash.restore(before)
            mount(flash)
            state = prepare()
            flash.cut(at, share)
            try:
                act(state)
            except OSError:
                if not flash.is_off:
                    raise
            was_cut = flash.is_off
            flash.restore()
            mount(flash)
            check(state)
            points += was_cut
        if not was_cut:
            return points
        at += 1
