"""Cases that stand in nobody's queue: they lie in a secret room of which nobody who may know holds a key.

A lost passphrase, an account that was shut: the case is still there, and its limits run on. How many there
are is told to those who can mend it; nothing else of them.
"""

from __future__ import annotations

from server.domain.access.roles import LEADERS, PRINCIPAL
from server.domain.cases.casework import SECRET_ROOMS, Actor, sees
from server.services.access import people
from server.services.context import Work
from server.services.keys.keys import rooms_of


def unread(work: Work, school: str) -> dict[bool, int]:
    """How many open cases of secret rooms nobody sees, by whether they accuse the principal."""
    readers = [
        Actor(user.login, user.role, school, rooms_of(work, user.login))
        for user in people.users(work, school)
        if user.disabled_at is None
    ]
    found = {True: 0, False: 0}
    for row in work.sql.desk_open_by_room(school=school):
        case = {"school": school, "room": row["room"], "against_principal": row["against_principal"]}
        if row["room"] in SECRET_ROOMS and not any(sees(each, case) for each in readers):
            found[bool(row["against_principal"])] += row["n"]
    return found


def unread_for(work: Work, actor: Actor) -> int:
    """How many of them this actor is to hear of: leaders alone, a principal of none about a principal."""
    if actor.role not in LEADERS:
        return 0
    found = unread(work, actor.school)
    return found[False] + (0 if actor.role == PRINCIPAL else found[True])
