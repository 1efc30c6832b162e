"""From contacts to presses: one press of a finger is one `Press`, however the contact bounces.

Pure: it is told which contacts are closed and when. The rules, in the order in which they are applied:

- **Bounce.** Each contact has a level that rises while it is closed and falls while it is open, between 0 and
  `settle_ms`. At the top it counts as closed, at the bottom as open.
- **Stuck.** A contact closed for `stuck_ms` is no finger. It is marked, gives nothing and hinders no other
  until it was open for `quiet_ms` at a stretch.
- **Lock.** For `lock_ms` after a press that counted the next do not: that was the same hand.
- **Two at once.** A press counts only alone: while another button is closed, or just closing, nobody knows
  which was meant. All of them are passed over. A button that is leant on thus holds the others up until it
  is found stuck.
- **Burst.** Every closing is a touch, whether it counted or not. From touch number `BURST_PRESSES` on, each
  within `BURST_GAP_MS` of the one before, what counts is marked `burst`. The server leaves out all but the
  first of four presses that follow each other so (`server.domain.misuse.bursts`, same figures); the box
  also knows the touches that its lock swallowed, so a hand that drums is marked from its second press on.
  The first is never marked: it may be an honest visitor's whose child went on playing.

The buttons behind the first `count` choose a procedure for the next press, for `CHOICE_MS`. To choose is no
press: it has no lock and belongs to no burst.

Time may stand still, jump ahead or run backwards: what is backwards counts as standing still, and no jump
settles a contact by itself.
"""

TYPE_CHECKING = False  # MicroPython has no `typing`; the type checker reads this block all the same
if TYPE_CHECKING:
    from collections.abc import Iterator

SETTLE_MS = 20
LOCK_MS = 1500
STUCK_MS = 10_000
QUIET_MS = 1000
BURST_PRESSES = 4
"""`server.domain.misuse.bursts.SHORTEST_RUN`: a test sees to it that both are the same."""
BURST_GAP_MS = 3000
"""`server.domain.misuse.bursts.BUTTON_GAP_MS`, likewise."""
CHOICE_MS = 15_000
"""Long enough to find the face; whoever comes next must not press it for somebody else's procedure."""


class Press:
    """A press that counts: `button` from 0, when (ms), and whether it is part of a burst."""

    def __init__(self, button: int, at: int, burst: bool, procedure: "int | None") -> None:
        self.button = button
        self.at = at
        self.burst = burst
        self.procedure = procedure
        """Which of the procedure buttons had been pressed, from 0; None if none."""


class _Contact:
    """One contact: its level 0..settle_ms, and what has settled."""

    def __init__(self) -> None:
        self.level = 0
        self.was_closed = False
        self.is_closed = False
        self.since = 0
        self.is_stuck = False


class Buttons:
    """The buttons of one box: `count` levels, then `procedures` buttons that choose a procedure."""

    def __init__(
        self,
        count: int,
        *,
        procedures: int = 0,
        settle_ms: int = SETTLE_MS,
        lock_ms: int = LOCK_MS,
        stuck_ms: int = STUCK_MS,
        quiet_ms: int = QUIET_MS,
    ) -> None:
        self._count = count
        self._settle_ms = settle_ms
        self._step_ms = max(1, settle_ms // 2)  # one look never settles a contact
        self._lock_ms = lock_ms
        self._stuck_ms = stuck_ms
        self._quiet_ms = quiet_ms
        self._contacts = [_Contact() for _ in range(count + procedures)]
        self._now = 0
        self._last_now: int | None = None
        self._locked_until = -1
        self._run = 0
        self._last_touch = 0
        self._pending = -1
        self._pending_since = 0
        self._pending_at = 0
        self._choice = -1
        self._chosen_at = 0
        self._passed_over = -1

    @property
    def stuck(self) -> int:
        """The bits of the contacts that are stuck."""
        return sum([1 << at for at, contact in enumerate(self._contacts) if contact.is_stuck])

    @property
    def is_quiet(self) -> bool:
        """Whether every contact is open or stuck, and nothing is being decided: the box may sleep."""
        for contact in self._contacts:
            if not contact.is_stuck and (contact.level or contact.was_closed):
                return False
        return self._pending < 0

    def is_locked(self, now: int) -> bool:
        """Whether a press at `now` would be too soon after the last."""
        return self._moment(now) < self._locked_until

    def passed_over(self) -> "int | None":
        """The button of the latest touch that did not count, if there was one since this was asked last."""
        found, self._passed_over = self._passed_over, -1
        return None if found < 0 else found

    def chosen(self, now: int) -> "int | None":
        """The procedure button, from 0, whose choice holds at `now`."""
        if self._choice < 0 or self._moment(now) - self._chosen_at >= CHOICE_MS:
            return None
        return self._choice

    def sample(self, bits: int, now: int) -> "list[Press]":
        """Look at the contacts: bit n of `bits` says that contact n is closed. Gives what was pressed."""
        passed = 0 if self._last_now is None else max(0, now - self._last_now)
        self._last_now = now
        self._now += passed
        presses: list[Press] = []
        for at, contact in enumerate(self._contacts):
            if self._settle(contact, bits >> at & 1 == 1, passed):
                self._closed(at, now)
        if self._pending >= 0:
            presses += self._decide()
        return presses

    def next_due(self, now: int) -> "int | None":
        """When to look again though no contact changes, as a `now`; None: not before one does."""
        soonest = min(self._dues(), default=None)  # type: ignore[type-var]
        return None if soonest is None else now + max(0, soonest - self._moment(now))

    def _dues(self) -> "Iterator[int]":
        for contact in self._contacts:
            if contact.is_stuck:
                if not contact.is_closed:
                    yield contact.since + self._quiet_ms
            elif contact.level not in (0, self._settle_ms) or contact.was_closed != contact.is_closed:
                yield self._now + max(1, self._step_ms // 2)
            elif contact.is_closed:
                yield contact.since + self._stuck_ms
        if self._pending >= 0:
            yield self._now + max(1, self._step_ms // 2)
        if self._choice >= 0:
            yield self._chosen_at + CHOICE_MS

    def _moment(self, now: int) -> int:
        """`now` on the clock of this module, which never runs backwards."""
        return self._now + (0 if self._last_now is None else max(0, now - self._last_now))

    def _settle(self, contact: _Contact, is_closed: bool, passed: int) -> bool:
        """Take one look at a contact in; True when it has just closed, as a finger does it."""
        if is_closed == contact.was_closed:  # between two different looks nobody knows
            step = min(passed, self._step_ms)
            level = contact.level + step if is_closed else contact.level - step
            contact.level = max(0, min(level, self._settle_ms))
        contact.was_closed = is_closed
        if contact.level == self._settle_ms and not contact.is_closed:
            contact.is_closed, contact.since = True, self._now
            return not contact.is_stuck
        if contact.level == 0 and contact.is_closed:
            contact.is_closed, contact.since = False, self._now
        elif contact.is_closed and not contact.is_stuck:
            contact.is_stuck = self._now - contact.since >= self._stuck_ms
        elif contact.is_stuck and not contact.is_closed:
            if contact.level or is_closed:  # it crackles still
                contact.since = self._now
            contact.is_stuck = self._now - contact.since < self._quiet_ms
        return False

    def _closed(self, at: int, now: int) -> None:
        if at >= self._count:
            self._choice, self._chosen_at = at - self._count, self._now
            return
        self._run = self._run + 1 if self._run and self._now - self._last_touch < BURST_GAP_MS else 1
        self._last_touch = self._now
        is_too_soon = self._now < self._locked_until
        if is_too_soon or self._pending >= 0 or self._others(at, closed=True):
            self._pending = -1
            self._passed_over = at
            return
        self._pending, self._pending_since, self._pending_at = at, self._now, now

    def _others(self, at: int, *, closed: bool) -> bool:
        """Whether another level's button is closed, or else is closing."""
        for other, contact in enumerate(self._contacts[: self._count]):
            if other != at and not contact.is_stuck:
                found = contact.is_closed if closed else contact.was_closed and not contact.is_closed
                if found:
                    return True
        return False

    def _decide(self) -> "list[Press]":
        """Whether the press in hand counts: another contact that is closing has some time to settle."""
        if self._others(self._pending, closed=False) and (
            self._now - self._pending_since < 2 * self._settle_ms
        ):
            return []
        press = Press(self._pending, self._pending_at, self._run >= BURST_PRESSES, self._chosen_now())
        self._pending = -1
        self._choice = -1
        self._locked_until = self._now + self._lock_ms
        return [press]

    def _chosen_now(self) -> "int | None":
        return self._choice if self._choice >= 0 and self._now - self._chosen_at < CHOICE_MS else None
