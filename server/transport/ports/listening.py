"""Ports: taken before anything else starts, so that a port in use is said in one line."""

import errno
import socket

from server.domain.problems import Problem


def listen(host: str, port: int, option: str) -> socket.socket:
    """A listening socket. Raises `Problem`: `port-taken` or `cannot-listen`; `option` names the remedy."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise refusal(error, host, port, option) from error
    listener.setblocking(False)
    return listener


def refusal(error: Exception, host: str, port: int, option: str) -> Problem:
    """What to tell where a port cannot be had: `port-taken` or `cannot-listen`."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return Problem("port-taken", port=port, option=option)
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return Problem("cannot-listen", host=host, port=port, reason=reason, option=option)
