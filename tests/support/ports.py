"""Ports that nobody uses."""

import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
FIRST = 12_000
WORKERS = 8  # of one run; each takes ports from a range of its own


def _ports() -> Iterator[int]:
    """This process's ports, below those of outgoing connections: one of these could take it meanwhile."""
    last = int(EPHEMERAL.read_text().split()[0])
    width = (last - FIRST) // WORKERS
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % WORKERS
    mine = list(range(FIRST + worker * width, FIRST + (worker + 1) * width))
    start = random.randrange(width)  # two runs at the same moment start apart
    return cycle(mine[start:] + mine[:start])


_next = _ports()


def free_port() -> int:
    """A free TCP port, which neither this process nor other workers nor the system give to anybody else."""
    while True:
        with socket.socket() as probe:
            port = next(_next)
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
