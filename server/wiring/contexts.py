"""The context of a data directory: its store, surveys, settings, clock and ids."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from server.domain.problems import Problem
from server.domain.server_clock import Reading
from server.services.answers import surveys
from server.services.context import Context
from server.services.server_clock import Clock, GivenClock, ServerClock
from server.services.upkeep import restore_settling
from server.settings import Settings
from server.storage import Store, open_store
from server.storage.database import DATABASE, bring_up_to_date, has_store_in, make_directory
from server.storage.locks import of_work
from server.wiring.machine import random_id, read_machine
from survey_defs.loader import builtin_surveys


def build(
    settings: Settings,
    *,
    now: Callable[[], int] | None = None,
    new_id: Callable[[], str] = random_id,
    read: Callable[[], Reading] = read_machine,
) -> Context:
    """The wired-up server of one data directory, which is made where it does not exist.

    `now`: the time as it is given, which nobody doubts; None: the machine's, which `read` asks and
    `domain.server_clock` judges.

    Raises `Problem`: `data-unwritable`, `store-read-only`, `disk-full`, `not-a-store`, `store-newer`,
    `survey-changed`.
    """
    store = open_store(Path(settings.data))
    if now is None:
        machine = ServerClock(store, read)
        clock, time_of = cast("Clock", machine), machine.now
    else:
        clock, time_of = GivenClock(), now
    registry = surveys.known(store, builtin_surveys(), time_of())
    return Context(store=store, surveys=registry, settings=settings, now=time_of, new_id=new_id, clock=clock)


def has_store(settings: Settings) -> bool:
    """Whether the data directory holds a store. Raises `Problem("data-unwritable")`."""
    return has_store_in(Path(settings.data))


def check_store(settings: Settings) -> None:
    """Raises `Problem`: as `check_there`, then as `check_settled`."""
    check_there(settings)
    check_settled(settings)


def check_there(settings: Settings) -> None:
    """Raises `Problem("no-store")` where the data directory holds none, else as `has_store`."""
    if not has_store(settings):
        raise Problem("no-store", path=str(Path(settings.data).absolute()))


def check_settled(settings: Settings) -> None:
    """Raises `Problem("restore-unfinished")` where a backup was put back and not settled: what was withdrawn
    since stands open in it.
    """
    if restore_settling.is_unfinished(Path(settings.data)):
        raise Problem("restore-unfinished", path=str(Path(settings.data).absolute()))


def migrate(settings: Settings) -> tuple[list[str], list[str]]:
    """Bring the store's schema up to date. Returns the steps it had and the steps taken now.

    Raises `Problem` as `build` does.
    """
    data = Path(settings.data)
    make_directory(data)
    with of_work(data, "schema").held():
        return bring_up_to_date(Store(data / DATABASE))
