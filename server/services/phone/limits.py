"""How much a point takes: by point, and by address as `services.access.address_counter` knows one.

Wide, because a whole school may stand behind one address, and a whole year of pupils may answer in one
lesson. Whoever meets a limit keeps what they have filled in and is told when to send it again.
"""

from server.domain.devices.points import DESKS
from server.domain.problems import Problem
from server.services.access.address_counter import AddressCounter, Limit
from server.services.devices.points import Point

AT_A_DESK = (120, 400)
"""Forms within a quarter of an hour at a desk or in a waiting room: from one address, and in all."""
IN_A_CROWD = (1_500, 3_000)
"""The same for classrooms, letters home and quarterly surveys."""
WRONG_SLIPS = 30
"""Letters that are no slip of ours, from one address: slips must not be found by trying."""


class Limits:
    """One for each web process; safe to use from many threads."""

    def __init__(self, desk: tuple[int, int] = AT_A_DESK, crowd: tuple[int, int] = IN_A_CROWD) -> None:
        self._desk, self._crowd = desk, crowd
        self._counter = AddressCounter()

    def ask(self, point: Point, address: str, now: int) -> None:
        """Count one form that was sent. Raises `Problem("too-many-answers")` over a limit."""
        one, all_of_them = self._desk if point.place in DESKS else self._crowd
        if minutes := self._counter.take(now, Limit(point.id, one, address), Limit(point.id, all_of_them)):
            raise Problem("too-many-answers", minutes=minutes)

    def try_slip(self, address: str, now: int) -> None:
        """Before a slip is looked up, which counts as a wrong one. Raises `Problem("too-many-slips")` where
        too many were.
        """
        if minutes := self._counter.take(now, _slips(address)):
            raise Problem("too-many-slips", minutes=minutes)

    def real_slip(self, address: str, now: int) -> None:
        """The letters were a slip of ours."""
        self._counter.give_back(now, _slips(address))


def _slips(address: str) -> Limit:
    return Limit("slips", WRONG_SLIPS, address)
