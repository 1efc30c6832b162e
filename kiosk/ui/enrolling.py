"""A kiosk without credentials: it asks for a claim code, and goes on as any other once it has come in."""

import threading
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from kiosk.device.identity import Identity, enrolled_broker
from kiosk.device.log import Log
from kiosk.device.settings import BadSettings, KioskSettings, Offer
from kiosk.setup.claim_entry import Ask, Setup
from kiosk.setup.enrol_file import delete_used
from kiosk.setup.enrolment import enrol
from kiosk.setup.problem import EnrolProblem
from kiosk.ui.app import Kiosk
from kiosk.wiring import Parts

_log = Log("enrolment")


class EnrollingKiosk(Kiosk):
    """Until the server has answered, its screen is that of `Setup`."""

    def __init__(self, settings: KioskSettings, parts: Parts, offer: Offer) -> None:
        super().__init__(settings, parts)
        self._settings = settings
        self._offer = offer
        self._setup = Setup(parts.texts.languages, offer, self._now())
        self._shown = self._setup

    def _do(self, effects: Sequence[Any]) -> None:
        for effect in effects:
            if isinstance(effect, Ask):
                threading.Thread(target=self._ask, args=(effect,), name="enrol", daemon=True).start()
            else:
                super()._do([effect])

    def _ask(self, ask: Ask) -> None:
        """On a thread of its own: the screen never waits for the network."""
        try:
            self._post(enrol(self._settings.data, ask.server, ask.code, ca_file=self._offer.ca_file))
        except EnrolProblem as problem:
            _log.warning("not enrolled yet", reason=problem.code)
            self._post(problem)
        except Exception as error:  # whoever stands before the screen must never wait for a thread that died
            _log.exception("the enrolment stumbled", error=type(error).__name__)
            self._post(EnrolProblem("disk", path=self._settings.data))

    def _take(self, what: Any) -> None:
        if isinstance(what, EnrolProblem):
            self._setup.refused(what, self._now())
        elif isinstance(what, Identity):
            self._begin(what)
        else:
            super()._take(what)

    def _begin(self, identity: Identity) -> None:
        """From here on it is a kiosk."""
        try:
            broker = enrolled_broker(self._settings.data, identity)
        except BadSettings:
            self._setup.refused(EnrolProblem("disk", path=self._settings.data), self._now())
            return
        if self._offer.file is not None and self._offer.claim:
            delete_used(self._offer.file, self._settings.data)
        self._settings = replace(
            self._settings, broker=broker, school=identity.school, device=identity.device
        )
        self._shown = self._parts.visits
        self._parts.enrolled(self._settings)
        _log.info("enrolled", device=identity.device, school=identity.school)
