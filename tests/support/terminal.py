"""A command at a real terminal, as a person types to it."""

import atexit
import functools
import multiprocessing
import os
import pty
import sys
import traceback
from concurrent.futures import ProcessPoolExecutor


def at_terminal(*arguments: object, answers: tuple[str, ...], status: int = 0) -> str:
    """Run a command that ends with `status`, answer its prompts one by one; all that stood on the screen."""
    words = [str(each) for each in arguments]
    shown, left, ended = _starter().submit(_typed, words, list(answers)).result(timeout=60)
    assert ended == status, shown
    assert left == [], shown
    return shown


@functools.cache
def _starter() -> ProcessPoolExecutor:
    """A process that has the program read already: it is split for each command, which saves reading it anew.

    Not this one, whose threads a split would leave behind.
    """
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_read_program)
    atexit.register(pool.shutdown)
    return pool


def _read_program() -> None:
    from tests.conftest import pytest_configure
    from tests.support.commands import run_hailong

    pytest_configure()
    run_hailong("--help")


def _typed(words: list[str], left: list[str]) -> tuple[str, list[str], int]:
    """What the screen showed, the answers that were not asked for, and the exit status."""
    child, terminal = pty.fork()
    if child == 0:
        os._exit(_run(words))
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


def _run(words: list[str]) -> int:
    """The command, in the process of its own that has the terminal; its exit status."""
    from survey_defs.cli import main

    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - until the end
    try:
        main(words, prog_name="hailong")
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
    return 1
