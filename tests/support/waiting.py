"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable
from typing import Any

WAIT_S = 30.0


def wait_until(condition: Callable[[], Any], what: str, seconds: float = WAIT_S) -> None:
    """Until the condition holds. AssertionError names `what` did not come."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.01)
