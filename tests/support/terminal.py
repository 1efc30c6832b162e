"""A command at a real terminal, as a person types to it."""

import os
import pty
import sys

from tests.support.server import HAILONG


def at_terminal(*arguments: object, answers: tuple[str, ...], status: int = 0) -> str:
    """Run a command that ends with `status`, answer its prompts one by one; all that stood on the screen."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [*HAILONG, *map(str, arguments)])
    shown, left = "", list(answers)
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
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == status, shown
    assert left == [], shown
    return shown
