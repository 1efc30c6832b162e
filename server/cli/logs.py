"""What the server says while it runs: one line each, to standard error."""

import contextlib
import logging
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import structlog

from server.transport.failures import told


class _Lines:
    """Writes lines, and loses them rather than stop the server: the disk of the log may be full as well."""

    def msg(self, line: str) -> None:
        """Write one line; nothing in it begins another, or moves what a terminal shows."""
        shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in line)
        with contextlib.suppress(OSError, ValueError):
            print(shown, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = msg


def _name_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an exception: its type and where it came by. Its text may hold what nobody is to read in a log."""
    if event.pop("exc_info", None):
        event.update(told())
    return event


class _Libraries(logging.Handler):
    """What a library complains of: which one, where, and the kind of failure behind it. Its own words may be
    anything: an address, a path, what somebody wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it down as one line."""
        failure = told(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        place = f"{record.filename}:{record.lineno}"
        structlog.get_logger().warning("a library complains", library=record.name, place=place, **failure)


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        structlog.get_logger().error("a thread failed", **told(failed.exc_value))


def _left_over(failed: Any) -> None:
    if failed.exc_value is not None:
        structlog.get_logger().warning("something failed that nobody waits for", **told(failed.exc_value))


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


def hear_failures() -> None:
    """For a process that serves: the same for what libraries say, and for what fails in a thread.

    Python would print the words of both.
    """
    logging.root.handlers = [_Libraries()]
    threading.excepthook, sys.unraisablehook = _thread_failed, _left_over
