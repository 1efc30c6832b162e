"""What every school with complaints can do in a test: take one in, and let somebody of its people act."""

from functools import cached_property

from server.domain.cases.casework import Actor
from server.domain.localtime import local_day
from server.services.access.accounts import find_account
from server.services.cases import actions, opening
from server.services.cases.actions import CaseView
from server.services.cases.opening import NewCase
from server.services.context import Context
from server.services.keys import keys
from server.services.keys.open_keys import OpenKeys
from tests.support.reading import reading


class AtDesk:
    """A school's people at work. `passphrase` is everybody's."""

    ctx: Context
    passphrase: str

    @cached_property
    def _opened(self) -> dict[str, OpenKeys]:
        return {}

    def actor(self, login: str) -> Actor:
        """One of its people."""
        account = find_account(reading(self.ctx), login)
        assert account is not None
        return actions.actor_of(reading(self.ctx), account)

    def open_keys(self, login: str) -> OpenKeys:
        """That person's keys, unlocked once: it takes its time."""
        opened = self._opened.get(login)
        if opened is None or not keys.rooms_of(reading(self.ctx), login) <= opened.rooms:
            self._opened[login] = keys.unlock(self.ctx, login, self.passphrase)
        return self._opened[login]

    def opened(self, login: str) -> OpenKeys | None:
        """That person's keys; None for who never held any."""
        held = login in self._opened or keys.rooms_of(reading(self.ctx), login)
        return self.open_keys(login) if held else None

    def take_in(self, new: NewCase) -> str:
        """A case begins; its ref."""
        with self.ctx.write() as work:
            return opening.ref(work, opening.open_case(work, new))

    def do(self, login: str, ref: str, action: str, **fields: str) -> CaseView:
        """Somebody acts now, on the case as it is now."""
        actor = self.actor(login)
        version = actions.find(reading(self.ctx), actor, ref, local_day(self.ctx.now())).version
        return actions.act(self.ctx, actor, ref, action, version, fields, self.opened(login))
