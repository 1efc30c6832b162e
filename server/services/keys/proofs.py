"""Is a key what it says it is? Whoever can write the store could put a key of their own in its place.

A key's id is worked out of its public half; a private half, once opened, shows which public half is its own;
and the key that was replaced vouches for the next. What the kiosks say of it is read in `key_pins`.
"""

from __future__ import annotations

from typing import Any

import structlog

from server.domain.keys import key_lock
from server.domain.problems import Problem
from server.services.context import Work
from survey_defs import complaint
from survey_defs.key_vouch import MAX_LINKS, KeyLink, vouch

_log = structlog.get_logger()


def public_of(row: Any) -> bytes:
    """The public half in a row of `seal_keys`. Raises `Problem("key-changed")` where its id is another's."""
    public = bytes(row["public"])
    if complaint.key_id(public) != row["id"]:
        raise _changed(row["id"])
    return public


def check_private(row: Any, private: bytes) -> None:
    """Raises `Problem("key-changed")` where the public half in the store is not that of the opened key."""
    if complaint.public_of(private) != public_of(row):
        raise _changed(row["id"])


def links_of(work: Work, school: str, room: str) -> tuple[KeyLink, ...]:
    """How the room's old keys vouch for its present one, the oldest first: what a device may follow."""
    rows = {row["id"]: row for row in work.sql.key_of_room(school=school, room=room)}
    present = work.sql.key_current(school=school, room=room)
    links: list[KeyLink] = []
    while present is not None and present["vouch"] is not None and len(links) < MAX_LINKS:
        old = rows.get(present["vouched_by"])
        if old is None:
            break
        links.append(KeyLink(bytes(old["public"]), bytes(present["public"]), bytes(present["vouch"])))
        present = old
    return tuple(reversed(links))


def vouch_for(row: Any, locks: Any, turned: bytes, public: bytes) -> dict[str, object]:
    """The columns with the old key's word for `public`, where the person's opened lock opens that key.

    `row`: the old key; `locks`: the rows of `key_holders` of that person. Raises `Problem("key-changed")`.
    """
    box = {each["id"]: each["box"] for each in locks}.get(row["id"])
    private = None if box is None else key_lock.open_box(box, turned)
    if private is None:
        return NO_WORD
    check_private(row, private)
    return {"vouched_by": row["id"], "vouch": vouch(private, public).signature}


NO_WORD: dict[str, object] = {"vouched_by": None, "vouch": None}
"""Of a first key, and of one whose predecessor nobody could open."""


def _changed(id: str) -> Problem:
    _log.error("a key in the store is not what its id says: somebody changed it", key=id)
    return Problem("key-changed", fingerprint=key_lock.fingerprint(id))
