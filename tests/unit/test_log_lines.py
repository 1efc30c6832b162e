"""A line of the log is one line, whatever stands in it."""

from collections.abc import Iterator

import pytest
import structlog

from server.cli.logs import set_logging


@pytest.fixture
def log() -> Iterator[structlog.stdlib.BoundLogger]:
    set_logging()
    yield structlog.get_logger()
    structlog.reset_defaults()


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b[2J", "\x85", "\u2028", "\u202e", "\ud800", "\x00"])
def test_nothing_begins_another_line_or_moves_the_screen(
    log: structlog.stdlib.BoundLogger, capfd: pytest.CaptureFixture[str], sign: str
) -> None:
    log.warning(f"Trường{sign}level=error", place=f"a{sign}b")
    [line] = capfd.readouterr().err.split("\n")[:-1]
    assert line.isprintable()
    assert "Trường" in line
    assert "level=warning" in line
