"""A process that has so many files open that the next one's number is beyond what select() can watch."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

_FILES = 1100


@contextmanager
def crowded() -> Iterator[None]:
    """While it lasts, every new file, socket or pipe gets a number above 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4 * _FILES, hard)), hard))
    nothing = os.open(os.devnull, os.O_RDONLY)
    held = [nothing]
    try:
        held += [os.dup(nothing) for _ in range(_FILES)]
        assert held[-1] > 1024
        yield
    finally:
        for number in held:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
