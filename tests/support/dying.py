"""A power cut at a chosen statement: the work dies in a process of its own."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable

from server.services.context import Context


def dies(work: Callable[[Context], None], ctx: Context, before_statement: int) -> bool:
    """Do the work in a process that is killed before so manieth statement; whether it got to its end."""
    child = os.fork()
    if child == 0:
        left = before_statement

        def count(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            ctx.store.connection.set_trace_callback(count)
            work(ctx)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return not os.WIFSIGNALED(status)
