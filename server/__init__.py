"""Ingest, store, dashboard and reports."""

import sys

# structlog reads all of rich, which amqtt brings, for the colours of a console that we do not use: a sixth of
# what a command takes to start. It does without where there is none, and others find it afterwards.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
