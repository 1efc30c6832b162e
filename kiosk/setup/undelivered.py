"""What a kiosk still holds of the time before it is enrolled anew: delivered, or at least kept apart."""

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from kiosk.delivery.link import Link
from kiosk.delivery.outbox import FILE, Outbox, leave_behind, open_outbox
from kiosk.device.clock import device_clock
from kiosk.device.identity import Identity, enrolled_broker
from kiosk.device.ids import new_id
from kiosk.device.log import Log
from kiosk.device.program import CONFIG_FILE
from survey_defs.whole_file import remove

RECEIPT_TIMEOUT_S = 60.0
"""Time without a single receipt after which the delivery is given up."""
_POLL_S = 0.05
_log = Log("enrolment")

Deliver: TypeAlias = Callable[[Path, Identity | None], int]
"""Delivers what waits, in the name of this device. Returns how many answers are left."""


def deliver_all(data: Path, old: Identity | None, timeout_s: float = RECEIPT_TIMEOUT_S) -> int:
    """Run the link in the name of `old` until the outbox is empty. Returns how many answers are left.

    All of them where nobody knows whose they are. Raises `sqlite3.Error` or OSError.
    """
    if not (data / FILE).exists():
        return 0
    outbox = open_outbox(data / FILE, new_id)
    try:
        left = outbox.depth()
        if left and old is not None:
            _log.info("answers are delivered first, with the old credentials", waiting=left)
            left = _deliver(outbox, _link(data, old, outbox), timeout_s)
    finally:
        outbox.close()
    return left


def _link(data: Path, identity: Identity, outbox: Outbox) -> Link:
    return Link(
        enrolled_broker(data, identity),
        identity.school,
        identity.device,
        clock=device_clock(),
        outbox=lambda: outbox,
        new_id=new_id,
        health=lambda: {"version": version("hailong")},
        on_config=lambda _: None,
    )


def _deliver(outbox: Outbox, link: Link, timeout_s: float) -> int:
    left, since = outbox.depth(), time.monotonic()
    link.start()
    try:
        while left and time.monotonic() - since < timeout_s:
            time.sleep(_POLL_S)
            if (now := outbox.depth()) < left:
                left, since = now, time.monotonic()
    finally:
        link.stop()
    return left


def set_aside_undelivered(data: Path) -> None:
    """Another device, or another school: a journal of its own, and nothing of what was asked before.

    What was never delivered is set aside in a file of its own. Raises `sqlite3.Error` or OSError.
    """
    if (data / FILE).exists():
        outbox = open_outbox(data / FILE, new_id)
        try:
            left = outbox.depth()
            if not left:
                outbox.forget_kept()
                outbox.new_journal()
        finally:
            outbox.close()
        if left:
            aside = leave_behind(data / FILE, new_id)
            _log.warning("answers of before were set aside, undelivered", waiting=left, aside=str(aside))
    remove(data / CONFIG_FILE)
