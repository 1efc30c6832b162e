"""Keeps the drawing library's memory small on machines with the GNU C library; elsewhere it does nothing."""

import contextlib
import ctypes

ARENA_MAX = -8
"""glibc's M_ARENA_MAX."""


def one_pool() -> None:
    """One pool of memory for all threads: pools of their own would keep more than they use."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what was freed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
