"""The one place where the server's parts are put together, and where its clock and its ids come from."""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from server.domain.problems import Problem
from server.services import settling, surveys
from server.services.context import Context
from server.services.settling import Settled
from server.settings import Settings
from server.storage import Store, open_store
from server.storage.database import DATABASE, bring_up_to_date, has_store_in, make_directory
from server.storage.locks import Lock
from server.storage.restoring import boxes_in, restored
from survey_defs.loader import builtin_surveys


def real_now() -> int:
    """Milliseconds since 1970, UTC, by this machine's clock."""
    return time.time_ns() // 1_000_000


def random_id() -> str:
    """A fresh random UUID, lower-case."""
    return str(uuid.uuid4())


def build(
    settings: Settings, *, now: Callable[[], int] = real_now, new_id: Callable[[], str] = random_id
) -> Context:
    """The wired-up server of one data directory, which is made where it does not exist.

    Raises `Problem`: `data-unwritable`, `store-read-only`, `disk-full`, `not-a-store`, `store-newer`,
    `survey-changed`.
    """
    store = open_store(Path(settings.data))
    registry = surveys.known(store, builtin_surveys(), now())
    return Context(store=store, surveys=registry, settings=settings, now=now, new_id=new_id)


def has_store(settings: Settings) -> bool:
    """Whether the data directory holds a store. Raises `Problem("data-unwritable")`."""
    return has_store_in(Path(settings.data))


def check_store(settings: Settings) -> None:
    """Raises `Problem("no-store")` where the data directory holds none, else as `has_store`."""
    if not has_store(settings):
        raise Problem("no-store", path=str(Path(settings.data).absolute()))


def migrate(settings: Settings) -> tuple[list[str], list[str]]:
    """Bring the store's schema up to date; answers the steps it had and the steps taken now.

    Raises `Problem` as `build` does.
    """
    data = Path(settings.data)
    make_directory(data)
    with Lock(data / ".schema.lock").held():
        return bring_up_to_date(Store(data / DATABASE))


class Restored(NamedTuple):
    """A backup that was put back. `aside`: where the store is now that was there; `schema`: the last step."""

    ctx: Context
    aside: Path | None
    schema: str
    settled: Settled


def restore(settings: Settings, backup: Path) -> Restored:
    """Put a backup in the place of the store, and settle it before a server can start. Raises `Problem`."""
    stamp = datetime.fromtimestamp(real_now() / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    with restored(Path(settings.data), backup, stamp, settling.begin) as (aside, old):
        had, taken = migrate(settings)
        ctx = build(settings)
        replaced = None if old is None else replace(ctx, store=old)
        return Restored(ctx, aside, (had + taken)[-1], settling.settle(ctx, replaced))


def boxes_of_backup(backup: Path, case_id: str) -> list[bytes]:
    """The sealed boxes that a case has in a backup. Raises `Problem`: `no-such-file`, `not-a-store`."""
    return boxes_in(backup, case_id)
