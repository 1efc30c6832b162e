"""Commands as processes of their own that have the program read already: split off a process that has.

To start an interpreter and read the program takes ten times as long as most commands, and most of what a
server does before its first page. What such a process leaves behind is what any other does; its hashes cost
as little as all in the tests.
"""

from __future__ import annotations

import atexit
import functools
import gc
import multiprocessing
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
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


class Forked:
    """A command that runs on: with `subprocess.Popen`'s words for what a test does to it."""

    def __init__(
        self,
        arguments: Sequence[object],
        log: Path,
        env: Mapping[str, str] | None = None,
        files: int | None = None,
        *,
        read: Callable[[], None] | None = None,
        first: Callable[[], None] | None = None,
    ) -> None:
        """`log`: what it says goes to its end. `env`: its whole environment, as this process's by default.
        `files`: so many it may have open at the most. `read`: reads what else of the program such a command
        needs, once, in the process that is split. `first`: what the command's own process does first."""
        self.args = [str(each) for each in arguments]
        self._log = log
        env = dict(os.environ if env is None else env)
        begun = _starter().submit(_begin, self.args, str(log), env, files, read, first)
        self.pid: int = begun.result(TIMEOUT_S)
        self.returncode: int | None = None
        # Becomes readable when the process ends; its number stays its own until the starter asks for the end.
        self._ending = os.pidfd_open(self.pid)

    def words(self) -> str:
        """What it, and whoever else writes into its log, has said so far."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def wait_for_words(self, words: str) -> None:
        """Until it has said something."""
        until = time.monotonic() + TIMEOUT_S
        while words not in self.words():
            assert self.poll() is None, self.words()
            assert time.monotonic() < until, self.words()
            time.sleep(0.02)

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended. Raises `subprocess.TimeoutExpired` after so many seconds."""
        if self._ended(timeout) is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        """End it as a service manager does."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it without a warning."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        """As `os.kill`; nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ending], [], [], timeout)[0]:
            self.returncode = _starter().submit(_status_of, self.pid).result(TIMEOUT_S)
            os.close(self._ending)
        return self.returncode


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
    _read_pages()
    gc.freeze()


def _read_pages() -> None:
    """What a server reads before its first page: templates' words, queries, routes."""
    from server.settings import Settings
    from server.wiring.contexts import build
    from server.wiring.pages import create_app

    with tempfile.TemporaryDirectory() as directory:
        ctx = build(Settings(data=directory))
        create_app(ctx)
        ctx.store.close()


@functools.cache
def _read_once(read: Callable[[], None]) -> None:
    read()
    gc.freeze()


def _begin(
    words: list[str],
    log: str,
    env: dict[str, str],
    files: int | None,
    read: Callable[[], None] | None,
    first: Callable[[], None] | None,
) -> int:
    """The number of the process."""
    if read is not None:
        _read_once(read)
    child = os.fork()
    if child:
        return child
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    _be_command(words, first)


def _status_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


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


def _be_command(words: list[str], first: Callable[[], None] | None = None) -> NoReturn:
    """In the process that was split off, whose files 0 to 2 are the command's."""
    from survey_defs.cli import main

    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", 1)  # noqa: SIM115 - until the end

    def command() -> None:
        if first is not None:
            first()
        main(words, prog_name="hailong")

    os._exit(_status(command))


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
