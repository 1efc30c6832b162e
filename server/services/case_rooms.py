"""Moving a case into the sealed room: all that was written of it changes its key at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.casework import SEALED_ROOM
from server.domain.problems import Problem
from server.services.context import Context
from server.services.keys import holders, true_key
from server.services.open_keys import OpenKeys
from survey_defs import complaint


def check_sealed_room(ctx: Context, school: str, keys: OpenKeys | None, *, against_principal: bool) -> bytes:
    """The public key of the sealed room, where a case can be moved there now.

    Raises `Problem`: `key-locked`; `no-denunciation-key`; `key-changed`; `only-the-principal` where the
    accused alone could read what is sealed.
    """
    if keys is None:
        raise Problem("key-locked")
    public = true_key(ctx, school, SEALED_ROOM)
    if public is None:
        raise Problem("no-denunciation-key", school=school)
    if against_principal:
        sql, connection = ctx.store.sql, ctx.store.connection
        readers = (sql.user_find(connection, login=login) for login in holders(ctx, school, SEALED_ROOM))
        if all(reader["role"] == "principal" for reader in readers):
            raise Problem("only-the-principal")
    return public


def move_in(ctx: Context, connection: Any, row: Mapping[str, Any], keys: OpenKeys, public: bytes) -> None:
    """Seal all that was written of the case to the sealed room's key; the old boxes are gone with it.

    What cannot be opened stays as it is: it was never readable here, and throwing it away would lose it.
    """
    sql, n, room = ctx.store.sql, row["n"], row["room"]

    def anew(box: bytes) -> bytes | None:
        letter = keys.open(room, bytes(box))
        return None if letter is None else complaint.seal(letter, public)

    for each in list(sql.case_boxes(connection, case_n=n, audience="desk")):
        if box := anew(each["box"]):
            sql.case_box_reseal(connection, case_n=n, seq=each["seq"], box=box)
    for each in list(sql.case_receptions(connection, case_n=n)):
        if box := anew(each["box"]):
            sql.case_reception_reseal(connection, n=each["n"], box=box)
    for each in list(sql.case_requests(connection, case_n=n)):
        if box := anew(each["box"]):
            sql.case_request_reseal(connection, n=each["n"], box=box)
