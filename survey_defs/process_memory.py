"""The memory of a process that holds what people wrote: overwritten where freed, and closed to others.

A freed string stays readable until its place is used again. So that what somebody wrote outlives neither the
visit at the kiosk nor the opened key at the server, both run with allocators that overwrite what is freed.
Python's own objects: `PYTHONMALLOC=malloc_debug` fills each of them to its last byte, at every free, at all
times. What the libraries below Python free: the C library's caches of freed pieces, which it would not
overwrite, are closed (`tcache_count=0`), and `M_PERTURB` is on: at the kiosk from the first screen of a
complaint until its pages have been let go of, at the server always. `M_PERTURB` alone would not do: of every
freed piece it leaves the last eight bytes, and a short name fits in there. Both settings are read when a
process begins, hence `restart_wiping`. With another C library nothing of this happens: what was freed then
stays until used again. Nor can another process of the same user look in (`forbid_memory_dumps`), where the
system is Linux.
"""

import contextlib
import ctypes
import gc
import os
import platform
import resource
import sys

ARENA_MAX = -8
"""glibc's M_ARENA_MAX."""
PERTURB = -6
"""glibc's M_PERTURB: freed memory is filled with this byte (fresh memory with its complement)."""
FILL = 0xA5
PR_SET_DUMPABLE = 4
"""Linux's prctl(2)."""
TUNABLES, NO_CACHE = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0"
MALLOC, OVERWRITING = "PYTHONMALLOC", "malloc_debug"


def restart_wiping() -> None:
    """Start this very program anew, with the settings under which freed memory can be overwritten.

    Returns where there is no GNU C library, and where an allocator is chosen already: by an earlier start, or
    by somebody who knows why. The process keeps its id.
    """
    if platform.libc_ver()[0] != "glibc" or MALLOC in os.environ:
        return
    others = os.environ.get(TUNABLES, "").split(":")
    tunables = [part for part in others if part and "tcache_count" not in part]
    settings = {MALLOC: OVERWRITING, TUNABLES: ":".join([*tunables, NO_CACHE])}
    os.execve(sys.executable, sys.orig_argv, {**os.environ, **settings})  # noqa: S606 - ourselves


def forbid_memory_dumps() -> None:
    """A crash writes no picture of the memory to the disk, and nobody but root reads it as a debugger does.

    For the rest of the process's life; `restart_wiping` comes before. Off Linux only the former.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def collect_and_trim() -> None:
    """Let go, at once, of what nothing leads to any more, so that it is overwritten; takes some 0.1 s."""
    gc.collect()
    trim_heap()


def overwrite_freed(*, on: bool) -> None:
    """From now on, overwrite what is freed; or no longer: at rest that would only cost."""
    _mallopt(PERTURB, FILL if on else 0)


def use_one_arena() -> None:
    """One pool of memory for all threads: pools of their own would keep more than they use."""
    _mallopt(ARENA_MAX, 1)


def trim_heap() -> None:
    """Return to the system what was freed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _mallopt(what: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(what, value)
