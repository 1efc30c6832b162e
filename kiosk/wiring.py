"""Builds a kiosk out of its parts. The only place that reads the real clock and mints ids."""

import shutil
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from msgspec.structs import replace

from kiosk.complaint.answer_date import answer_by
from kiosk.complaint.seal_pin import SealPins
from kiosk.delivery.link import Delivery, Link, Pauses
from kiosk.delivery.outbox_writer import Closed, Lodged, OutboxWriter, Recovered, Result
from kiosk.delivery.receipt_window import ReceiptWindow
from kiosk.device import ids
from kiosk.device.clock import DeviceClock, SchoolTime, device_clock
from kiosk.device.log import Log
from kiosk.device.program import Program, builtin_program, keep_program, kept_program, read_program
from kiosk.device.settings import KioskSettings
from kiosk.screen.texts import kiosk_texts
from kiosk.setup.technician import Facts, facts_of
from kiosk.visit.visits import Visits
from survey_defs import wire
from survey_defs.config_error import ConfigError

TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")
News: TypeAlias = Result | Delivery | Program
_log = Log("kiosk")


class Parts:
    """A kiosk without a face: the visit, the writer of its answers, and the link."""

    def __init__(
        self,
        settings: KioskSettings,
        *,
        clock: DeviceClock | None = None,
        new_id: Callable[[], str] | None = None,
        window: ReceiptWindow | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        """Nothing is opened or connected before `start`, except what the server said last.

        `clock`, `new_id` (which makes ids), `window` and `pauses` are this machine's own unless given.
        """
        self.clock: DeviceClock = clock or device_clock(settings.synced_file)
        self.time = SchoolTime(self.clock)
        self.texts = kiosk_texts()
        self.seal = SealPins(settings.data, settings.school)
        program = self._pinned(kept_program(settings.data, settings.device) or builtin_program())
        self.visits = Visits(program, self.texts.languages, self.clock.up_ms(), consent=self._consent)
        self._data, self._version = settings.data, version("hailong")
        self._device, self._school = settings.device, settings.school
        self._running = program.revision
        self._refused: ConfigError | None = None
        self._listener: Callable[[News], None] = lambda _: None
        self._new_id, self._window, self._pauses = new_id or ids.new_id, window, pauses
        self.writer = OutboxWriter(settings.data, self.clock, self._new_id, self._result)
        self.link: Link | None = None
        """None until this kiosk is enrolled."""
        self._connect(settings)

    def _connect(self, settings: KioskSettings) -> None:
        if settings.broker is None:
            return
        self._device, self._school = settings.device, settings.school
        self.link = Link(
            settings.broker,
            settings.school,
            settings.device,
            clock=self.clock,
            outbox=lambda: self.writer.outbox,
            new_id=self._new_id,
            health=self._health,
            on_config=self._config,
            on_delivery=self._news,
            on_time=self.time.told,
            pauses=self._pauses,
            window=self._window,
        )

    def listen(self, listener: Callable[[News], None]) -> None:
        """Who is told of results, deliveries and new programs; called from several threads."""
        self._listener = listener

    def start(self) -> None:
        """Open the outbox and begin to connect; a kiosk that is not enrolled yet waits for `enrolled`."""
        if self.link is not None:
            self.writer.start()
            self.link.start()

    def enrolled(self, settings: KioskSettings) -> None:
        """The credentials are there now: begin."""
        self.seal.change_school(settings.school)
        self._connect(settings)
        self.start()

    def stop(self) -> None:
        """Write what is left, say good-bye."""
        if self.link is not None:
            self.link.stop()
            self.writer.stop()

    def sleep(self, *, asleep: bool) -> None:
        """Nobody is expected at this hour, or somebody is again: the server is told."""
        if self.link is not None:
            self.link.sleep(asleep=asleep)

    def answer_by(self) -> date | None:
        """The day by which a complaint sent now is answered; None where this kiosk cannot be sure of it."""
        terms = self.visits.program.complaints
        if terms is None or self.link is None or not self.link.is_up:
            return None
        return answer_by(terms, self.time.now())

    def facts(self) -> Facts:
        """Returns what the technician's screen tells."""
        return facts_of(self._device, self._school, self.seal)

    def confirm_key(self, typed: str) -> bool:
        """Take the server's key that this kiosk does not believe yet, if its fingerprint was typed."""
        if not self.seal.confirm(typed, self._moment()):
            return False
        if (program := kept_program(self._data, self._device)) is not None:
            self._listener(self._pinned(program))
        if self.link is not None:
            self.link.report()
        return True

    def _pinned(self, program: Program) -> Program:
        """With the school's keys as this kiosk knows them."""
        return replace(program, complaints=self.seal.settle(program.complaints, self._moment()))

    def _moment(self) -> str | None:
        now = self.time.now()
        return None if now is None else wire.format_time(now)

    def _consent(self, lang: str, months: int) -> str:
        return self.texts(lang, "contact.consent", months=months)

    def _news(self, news: News) -> None:
        self._listener(news)

    def _result(self, result: Result) -> None:
        self._listener(result)
        if isinstance(result, Closed | Lodged | Recovered) and self.link is not None:
            self.link.poke()

    def _config(self, payload: bytes) -> None:
        if not payload:
            return  # taken away from the topic: this device has moved, or is no longer asked
        try:
            program = read_program(payload, self._device)
        except ConfigError as error:
            _log.warning("the configuration cannot be used; the last one stays", reason=error.code)
            self._refused = error
        else:
            self._take(self._pinned(program), payload)
        if self.link is not None:
            self.link.report()

    def _take(self, program: Program, payload: bytes) -> None:
        try:
            keep_program(self._data, payload)
        except OSError as error:
            _log.warning("the configuration could not be kept", reason=str(error))
        self._running, self._refused = program.revision, None
        self._listener(program)

    def _health(self) -> dict[str, Any]:
        refused = self._refused
        facts: dict[str, Any] = {
            "version": self._version,
            "up_ms": self.clock.up_ms(),
            "revision": self._running,
            "seal": self.seal.complaints.report(),
            "seal_principal": self.seal.principal.report(),
            "refused": {"revision": refused.revision, "code": refused.code} if refused else None,
        }
        try:
            facts["disk_free_mb"] = shutil.disk_usage(self._data).free // 1_000_000
            facts["temperature_c"] = int(TEMPERATURE.read_text(encoding="ascii")) / 1000
        except (OSError, ValueError):
            pass  # not every machine has a thermometer
        return facts
