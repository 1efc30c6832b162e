"""What the server says while it runs: one line each, to standard error."""

import contextlib
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from server.transport.failures import told


class _Lines:
    """Writes lines, and loses them rather than stop the server: the disk of the log may be full as well."""

    def msg(self, line: str) -> None:
        """Write one line."""
        with contextlib.suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = msg


def _name_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an exception: its type and where it came by. Its text may hold what nobody is to read in a log."""
    if event.pop("exc_info", None):
        event.update(told())
    return event


def set_logging() -> None:
    """One line to standard error for each thing worth knowing; never an answer, an address or a person."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _name_error,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )
