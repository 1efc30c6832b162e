"""Runs a set-up when the box starts: by telephone, or by what `hailong device flash` left on it.

Loaded only then; `firmware.setup` knows what a set-up is, `firmware.portal` the page.
"""

import asyncio
import binascii
import os

from firmware import label
from firmware.setup import Setup, pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from firmware.boots import Boots
    from firmware.clock import Clock
    from firmware.hardware import Hardware
    from firmware.lamps import Lamps

    class Box(Protocol):
        """What the set-up uses of `firmware.app.Box`."""

        folder: str
        ports: "tuple[int, int]"
        boots: Boots
        clock: Clock
        lamps: Lamps
        hardware: Hardware
        net: Any
        journal: Any

        def make_link(self) -> Any:
            """Returns what delivers under the present name."""


DELIVER_TIMEOUT_MS = 60_000
"""For the delivery of what waits under the old name."""
NO_LABEL_S = 60
"""How long a box without a password for its own Wi-Fi shows that; then it goes on, or starts again."""


async def set_up(box: "Box", *, by_hand: bool) -> bool:
    """Returns whether the set-up was done; what it decided then takes effect at the next start."""
    box.boots.good()  # what happens here has nothing to do with the faults that safe mode is for
    setup = Setup(
        box.folder,
        box.net,
        draw=lambda: binascii.hexlify(os.urandom(32)).decode(),
        waiting=lambda: box.journal.depth() if box.journal is not None else 0,
        deliver=lambda: _deliver(box),
    )
    feeding = asyncio.create_task(_feed(box))
    if by_hand:
        await _by_telephone(box, setup)
    elif setup.is_due():
        box.lamps.show("trying", box.clock.up_ms())
        await setup.run()
        box.lamps.show(pattern(setup.state, setup.problem), box.clock.up_ms())
        await asyncio.sleep(5 if setup.problem else 1)
    feeding.cancel()
    return setup.state == "done"


async def _by_telephone(box: "Box", setup: Setup) -> None:
    written = label.read(box.folder)
    if written is None:
        box.lamps.show("no-label", box.clock.up_ms())
        await asyncio.sleep(NO_LABEL_S)
        return
    from firmware import portal  # noqa: PLC0415 - not wanted by a box that was flashed with its wish

    name, password = written["name"], written["password"]
    http_port, dns_port = box.ports
    try:
        await portal.run(
            box.net,
            setup,
            box.lamps,
            box.clock,
            name=name,
            password=password,
            http_port=http_port,
            dns_port=dns_port,
        )
    except OSError:
        pass  # no page can be served; the box goes on with what it has


async def _feed(box: "Box") -> None:
    while True:
        box.hardware.feed()
        await asyncio.sleep(0.5)


async def _deliver(box: "Box") -> None:
    """Deliver what waits under the present name, as far as that goes."""
    link = box.make_link()
    running = asyncio.create_task(link.run())
    until = box.clock.up_ms() + DELIVER_TIMEOUT_MS
    while box.journal.depth() and box.clock.up_ms() < until:
        await asyncio.sleep(0.1)
    await link.rest("disconnected")
    running.cancel()
