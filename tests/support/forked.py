"""Commands as processes of their own that have the program read already: split off a process that has.

To start an interpreter and read the program takes ten times as long as most commands. What such a process
leaves behind is what any other does; its hashes cost as little as all in the tests.
"""

from __future__ import annotations

import atexit
import functools
import multiprocessing
import os
import pty
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NoReturn

from tests.support.commands import printed

TIMEOUT_S = 60


def run_forked(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with the environment that the first one found."""
    words = [str(each) for each in arguments]
    status, said, complained = _starter().submit(_run, words, stdin).result(TIMEOUT_S)
    return subprocess.CompletedProcess(("hailong", *words), status, said, complained)


def hailong(*arguments: object, stdin: str = "") -> Any:
    """Run a command that must succeed; with `--json` among its arguments, answers the object it printed."""
    return printed(run_forked(*arguments, stdin=stdin))


def at_terminal(*arguments: object, answers: tuple[str, ...], status: int = 0) -> str:
    """Run a command that ends with `status`, answer its prompts one by one; all that stood on the screen."""
    words = [str(each) for each in arguments]
    shown, left, ended = _starter().submit(_type, words, list(answers)).result(TIMEOUT_S)
    assert ended == status, shown
    assert left == [], shown
    return shown


@functools.cache
def _starter() -> ProcessPoolExecutor:
    """The process that is split. Not this one, whose threads a split would leave behind."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_read_program)
    atexit.register(pool.shutdown)
    return pool


def _read_program() -> None:
    from tests.conftest import lower_costs
    from tests.support.commands import run_hailong

    lower_costs()
    run_hailong("--help")


def _run(words: list[str], stdin: str) -> tuple[int, str, str]:
    """The exit status, and what it said to whom asked and to whom looks after it."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as bad:
        given.write(stdin.encode())
        given.seek(0)
        child = os.fork()
        if child == 0:
            for number, file in enumerate((given, said, bad)):
                os.dup2(file.fileno(), number)
            _be_command(words)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        bad.seek(0)
        return status, said.read().decode(), bad.read().decode()


def _type(words: list[str], left: list[str]) -> tuple[str, list[str], int]:
    """What the screen showed, the answers that were not asked for, and the exit status."""
    child, terminal = pty.fork()
    if child == 0:
        _be_command(words)
    shown = ""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the command has ended
            break
        if not piece:
            break
        shown += piece.decode()
        if shown.endswith(": ") and left:
            os.write(terminal, f"{left.pop(0)}\n".encode())
    os.close(terminal)
    return shown, left, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _be_command(words: list[str]) -> NoReturn:
    """In the process that was split off, whose files 0 to 2 are the command's."""
    from survey_defs.cli import main

    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - until the end
    os._exit(_status(lambda: main(words, prog_name="hailong")))


def _status(command: Callable[[], None]) -> int:
    status = 1
    try:
        command()
    except SystemExit as end:
        status = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return status
