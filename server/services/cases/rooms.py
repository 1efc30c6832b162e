"""Moving a case into another room: all that was written of it changes its key at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.access.roles import PRINCIPAL
from server.domain.cases.casework import OPEN_ROOM, PRINCIPAL_ROOM, Actor
from server.domain.problems import Problem
from server.services.context import Context, Work
from server.services.keys import custody
from server.services.keys.keys import holders, true_key
from server.services.keys.open_keys import OpenKeys
from survey_defs import complaint


def key_of_room(ctx: Context, actor: Actor, room: str, keys: OpenKeys | None) -> bytes:
    """The public key of the room that a case is to be moved to.

    The room for what accuses the principal waits for nobody: where nobody opens its key, whoever moves the
    case there has a new one by that. Raises `Problem`: `key-locked`; `no-seal-key`,
    `no-denunciation-key`; `key-changed`; `only-the-principal` where a principal would have to make that room.
    """
    if keys is None:
        raise Problem("key-locked")
    with ctx.read() as work:
        is_lost = room == PRINCIPAL_ROOM and not holders(work, actor.school, room)
        public = None if is_lost else true_key(work, actor.school, room)
    if is_lost:
        if actor.role == PRINCIPAL:
            raise Problem("only-the-principal")
        return custody.make_for(ctx, actor.school, room, keys)
    if public is None:
        code = "no-seal-key" if room == OPEN_ROOM else "no-denunciation-key"
        raise Problem(code, school=actor.school, room=room)
    return public


def move_in(work: Work, row: Mapping[str, Any], keys: OpenKeys, public: bytes) -> None:
    """Seal all that was written of the case to the new room's key; the old boxes are gone with it.

    What cannot be opened stays as it is: it was never readable here, and throwing it away would lose it.
    """
    sql, n, room = work.sql, row["n"], row["room"]

    def anew(box: bytes) -> bytes | None:
        letter = keys.open(room, bytes(box))
        return None if letter is None else complaint.seal(letter, public)

    for each in list(sql.case_boxes(case_n=n, audience="desk")):
        if box := anew(each["box"]):
            sql.case_box_reseal(case_n=n, seq=each["seq"], box=box)
    for each in list(sql.case_receptions(case_n=n)):
        if box := anew(each["box"]):
            sql.case_reception_reseal(n=each["n"], box=box)
    for each in list(sql.case_requests(case_n=n)):
        if box := anew(each["box"]):
            sql.case_request_reseal(n=each["n"], box=box)
