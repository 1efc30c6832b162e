"""The kiosk's log: one line an event, `name: what happened key=value …`, on standard error.

On the standard library alone: a richer logger would take a tenth of the memory that a kiosk may use.
Nothing personal and no answer is ever logged.
"""

import logging
from typing import Any


class Log:
    """Says what happened, with facts."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(f"hailong.{name}")

    def info(self, event: str, **facts: Any) -> None:
        """Something worth knowing."""
        self._say(logging.INFO, event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """Something that somebody may have to look after."""
        self._say(logging.WARNING, event, facts)

    def error(self, event: str, **facts: Any) -> None:
        """Something that does not work."""
        self._say(logging.ERROR, event, facts)

    def exception(self, event: str, **facts: Any) -> None:
        """A fault of our own, with its trace."""
        self._say(logging.ERROR, event, facts, trace=True)

    def _say(self, level: int, event: str, facts: dict[str, Any], *, trace: bool = False) -> None:
        words = " ".join([event, *(f"{key}={value}" for key, value in facts.items())])
        self._logger.log(level, "%s", words, exc_info=trace)


def log_to_stderr() -> None:
    """Let the kiosk's own log appear; the libraries' stays silent below errors."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    ours = logging.getLogger("hailong")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
