"""The wiring of the box: the only file that knows all the others.

One task looks at the buttons every few milliseconds and does what a press asks for: the record first, on
flash, then the lamp. Another delivers. A third checks the state of everything twice a second. No network can
hold a press up, save for the arithmetic of a TLS handshake, which keeps the processor for itself in steps of
up to half a second on an ESP32 and two on a Pico W, once for each connection.
"""

import asyncio
import gc
import os

from firmware import durable_json
from firmware.boot_times import BootTimes
from firmware.boots import GOOD_MS, Boots
from firmware.buttons import Buttons
from firmware.clock import Clock
from firmware.config import Config
from firmware.events import answer_event
from firmware.journal import Full, Journal
from firmware.lamps import PATTERNS, Lamps
from firmware.power import Power
from survey_defs.box_config import is_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from firmware.link import Timing

VERSION = "box 0.1.0"
COLLECT_AFTER_BYTES = 8192
"""Allocated before memory is collected: seldom enough to be quick, often enough that the heap does not
fragment."""
LAMPS_MS = 40
"""Longest time between two settings of the lamps; at a press they are set at once."""
BEEP_MS = 60
POLL_S = 0.005
"""Between two readings of the buttons: a shorter time empties a battery, a longer one makes the lamp late."""
CHECK_UP_MS = 500
HOLD_MS = 1000
"""How long the first and last button are held at power-on to open the set-up."""
JOIN_TIMEOUT_S = 20
OFFLINE_MS = 60_000
"""A connection that is lost for less than this is not shown."""
MAX_FLASH_FAULT_MS = 300_000
"""After this time without a record that could be written the watchdog restarts the box, which may help."""
SAFE_OFFLINE_MS = 300_000
"""In safe mode the box does not connect before this time."""
REOPEN_MS = 10_000
MIN_TIME_MS = 1_767_225_600_000
"""2026-01-01: no box is older, and no certificate of ours younger than its beginning."""
CALENDAR_SAVE_MS = 86_400_000
VIETNAM_S = 7 * 3600
RETRY_MS = 600_000
"""After a set-up that `hailong device flash` left and that did not work, the box starts again to try it."""
MAX_BOOT_MS = 7_200_000
"""The chip's clock is some percent wrong while it sleeps. A boot therefore lasts over naps only until what
was pressed in it is delivered, and no longer than this; the server then bounds its presses by their
neighbours, which is less exact and true."""
MAX_NAP_MS = 3_600_000
"""The box wakes at least once an hour."""


def new_id() -> str:
    """A random UUID (RFC 9562, version 4)."""
    drawn = bytearray(os.urandom(16))
    drawn[6] = drawn[6] & 15 | 64
    drawn[8] = drawn[8] & 63 | 128
    text = "".join(["%02x" % byte for byte in drawn])  # noqa: UP031
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def exists(path: str) -> bool:
    """Whether there is such a file."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


class Box:
    """A box from its start to its restart."""

    def __init__(
        self,
        hardware: "Any",
        net: "Any",
        folder: str = "/",
        timing: "Timing | None" = None,
        ports: "tuple[int, int]" = (80, 53),
    ) -> None:
        """`hardware`, `net`: those of `firmware.hardware`, `firmware.net`; `folder`: where its files lie.

        `ports`: of the set-up's page and of its names.
        """
        self.ports = ports
        self.hardware, self.net, self._timing = hardware, net, timing
        self.folder = folder.rstrip("/") + "/"
        cause = hardware.cause()
        self.boots = Boots(self.folder + "boots.json")
        self.boots.begin(cause)
        hardware.watch()
        memory = hardware.recall() if cause == "sleep" else {}
        passed = hardware.calendar() - memory.get("calendar", 0)
        if not 0 <= passed < 2 * MAX_NAP_MS // 1000:
            memory = {}  # nothing was kept, or the calendar makes no sense: this counts as a boot of its own
        if "boot" in memory:
            self.clock = Clock(memory["boot"], memory["up_ms"] + passed * 1000)
        else:
            self.clock = Clock(new_id())
        self._began = self.clock.up_ms()
        self._power = Power(hardware.on_battery(), memory.get("power"))
        self.buttons = Buttons(hardware.levels, procedures=hardware.procedures)
        self.lamps = Lamps(hardware.levels, hardware.procedures)
        self.journal: Any = None
        self.link: Any = None
        self._line: Any = None
        self.identity: Any = None
        self.config: Any = None
        self._counts = False
        self._refresh_at = 0
        self._silent_at: int | None = None
        self._chosen: int | None = None
        self._lasting: set[str] = set()
        self._offline_since = self._began
        self._flash_bad_since: int | None = None
        self._reopen_at = self._time_kept_at = 0
        self._stuck = self._retry_at = 0

    async def run(self) -> None:
        """All of it; comes back only to be started again."""
        gc.collect()
        if hasattr(gc, "mem_free"):  # MicroPython's
            gc.threshold(COLLECT_AFTER_BYTES)
        woken = self.hardware.woken_by() if self.boots.cause == "sleep" else 0
        self._settle()
        self._open_journal()
        self.identity = durable_json.read(self.folder + "identity.json")
        self.config = Config(self.folder + "config.json", (self.identity or {}).get("device", ""))
        self._set_calendar()
        looking = asyncio.create_task(self._poll_buttons())
        if woken:
            self._count_waking(woken)
        if await self._is_held() or (self.identity is None and not self._has_wish()):
            await self._set_up(True)
        elif self._has_wish():
            await self._set_up(False)
        self._counts = True
        self._connect()
        while not looking.done():
            await self._check_up()
            await asyncio.sleep(CHECK_UP_MS / 1000)

    # ---- the press

    async def _poll_buttons(self) -> None:
        """Look at the buttons and drive the lamps, for ever."""
        hardware, clock, buttons, lamps = self.hardware, self.clock, self.buttons, self.lamps
        while True:
            now = clock.up_ms()
            for press in buttons.sample(hardware.contacts(), now):
                if self._counts:
                    self.pressed(press)
                    self._refresh_at = 0
            too_soon = buttons.passed_over()
            if too_soon is not None and self._counts:
                lamps.show("locked", now, too_soon)
                self._refresh_at = 0
            if self._silent_at is not None and now >= self._silent_at:
                self._silent_at = None
                hardware.beep(0)
            if now >= self._refresh_at:
                now = clock.up_ms()  # a record has been written meanwhile
                self._refresh_at = now + LAMPS_MS
                self._show_choice(buttons.chosen(now), now)
                hardware.show(lamps.levels(now))
            await asyncio.sleep(POLL_S)

    def _show_choice(self, chosen: "int | None", now: int) -> None:
        if chosen != self._chosen:
            self._chosen = chosen
            self.lamps.hide("chosen")
            if chosen is not None and chosen < len(self.config.current["procedures"]):
                self.lamps.show("chosen", now, self.hardware.levels + chosen)

    def _count_waking(self, bits: int) -> None:
        """The button that ended the deep sleep is open again by now: it counts as if it had been seen."""
        now = self.clock.up_ms()
        for late in range(80, 0, -10):
            for press in self.buttons.sample(bits, now - late):
                self.pressed(press)

    def pressed(self, press: "Any") -> None:
        """The record first, flushed to flash; only then the thanks."""
        config, now = self.config.current, press.at
        procedure = None
        if press.procedure is not None and press.procedure < len(config["procedures"]):
            procedure = config["procedures"][press.procedure]
        boot = self.clock.boot

        def build(journal: str, seq: int) -> bytes:
            return answer_event(
                journal, seq, boot, press.at, press.button + 1, procedure, config, press.burst
            )

        try:
            if self.journal is None:
                raise OSError  # noqa: TRY301 - as if the flash had refused this very record
            self.journal.append(build)
        except Full:
            self.lamps.show("full", self.clock.up_ms())
            return
        except OSError:
            if self._flash_bad_since is None:
                self._flash_bad_since = now
            self.lamps.show("flash-error", self.clock.up_ms())
            return
        self._flash_bad_since = None
        self.lamps.show("thanks", self.clock.up_ms(), press.button)
        if config["volume"]:
            self.hardware.beep(config["volume"])
            self._silent_at = self.clock.up_ms() + BEEP_MS
        self._power.pressed(now, self.hardware.calendar())
        if self.link is not None:
            self.link.poke()

    # ---- the start

    def _settle(self) -> None:
        """End a set-up that was decided, and start once more: what it takes has no room beside the line."""
        if exists(self.folder + "new.json") or exists(self.folder + "new.json~"):
            from firmware.setup import settle  # noqa: PLC0415 - seldom wanted

            try:
                if settle(self.folder):
                    self._restart()
            except OSError:
                pass  # the old set stands; the next start tries it again

    def _open_journal(self) -> None:
        self._reopen_at = self.clock.up_ms() + REOPEN_MS
        try:
            self.journal = Journal(self.folder + "journal", new_id)
        except OSError:
            self.journal = None
            if self._flash_bad_since is None:
                self._flash_bad_since = self.clock.up_ms()

    def _set_calendar(self) -> None:
        kept = durable_json.read(self.folder + "time.json") or {}
        least = max(MIN_TIME_MS, kept.get("ms", 0))
        if self.hardware.calendar() * 1000 < least:
            self.hardware.set_calendar(least)

    async def _is_held(self) -> bool:
        """Whether the first and the last button are held, at a start that somebody caused."""
        both = 1 | 1 << self.hardware.levels - 1
        until = self.clock.up_ms() + HOLD_MS
        if self.boots.cause == "sleep":
            return False
        while self.hardware.contacts() == both:
            if self.clock.up_ms() >= until:
                return True
            await asyncio.sleep(0.02)
        return False

    def _has_wish(self) -> bool:
        return exists(self.folder + "wish.json")

    async def _set_up(self, by_hand: bool) -> None:
        """By telephone, or what `hailong device flash` left; ends in a restart where it was done."""
        from firmware.setup_start import set_up  # noqa: PLC0415 - seldom wanted, and it takes room

        if await set_up(self, by_hand=by_hand):
            if self.journal is not None:
                self.journal.close()
                self.journal = None
            self._settle()
        if by_hand:
            self._restart()
        self._retry_at = self.clock.up_ms() + RETRY_MS
        for name in PATTERNS:
            self.lamps.hide(name)

    def _restart(self) -> None:
        if self.journal is not None:
            self.journal.close()
        self.hardware.restart()

    # ---- the line

    def make_link(self, reach: "Any" = None) -> "Any":
        """A line under the present name, not begun yet."""
        from firmware.link import Link  # noqa: PLC0415 - a box that is not set up has no use for it

        return Link(
            self.journal,
            self.identity,
            self.clock,
            config=self._take_config,
            health=self._health,
            new_id=new_id,
            authority=durable_json.read_text(self.folder + "ca.pem"),
            reach=reach,
            on_time=self._take_time,
            timing=self._timing,
            boot_times=BootTimes(self.folder + "origins.json"),
        )

    def _connect(self) -> None:
        if self.identity is None or self.journal is None:
            return
        self.link = self.make_link(self._reach)
        self.link.wanted = False
        self._line = asyncio.create_task(self.link.run())

    async def _reach(self) -> bool:
        wifi = durable_json.read(self.folder + "wifi.json")
        return wifi is not None and await self.net.connect(wifi["ssid"], wifi["password"], JOIN_TIMEOUT_S)

    def _take_config(self, payload: "bytes | None") -> bool:
        return self.config.take(payload)

    def _take_time(self, ms: int) -> None:
        """The server's time: for certificates and opening hours, never for when a press happened."""
        now = self.clock.up_ms()
        if abs(self.hardware.calendar() * 1000 - ms) > 2000:
            self.hardware.set_calendar(ms)
        if not self._time_kept_at or now - self._time_kept_at > CALENDAR_SAVE_MS:
            self._time_kept_at = now or 1
            try:
                durable_json.write(self.folder + "time.json", {"ms": ms})
            except OSError:
                pass  # it costs nothing but a certificate's check at the next start

    def _health(self) -> "dict[str, Any]":
        stuck = self.buttons.stuck
        return {
            "version": VERSION,
            "revision": self.config.revision,
            "refused": self.config.refused,
            "up_ms": self.clock.up_ms(),
            "flash_free_kb": self.journal.free_bytes() // 1024,
            "boots": self.boots.count,
            "safe": self.boots.safe,
            "full": self.journal.is_full(),
            "stuck": [place + 1 for place in range(self.hardware.levels) if stuck >> place & 1],
            "battery": self.hardware.battery(),
            "on_battery": self.hardware.on_battery(),
            "rssi": self.net.rssi(),
            "reset": self.boots.cause,
        }

    # ---- how things stand

    async def _check_up(self) -> None:
        now = self.clock.up_ms()
        if self._is_healthy(now):
            self.hardware.feed()
        if now - self._began >= GOOD_MS:
            self.boots.good()
        if self.boots.is_safe_over(now) or (self._retry_at and now >= self._retry_at):
            self._restart()
        if self.journal is None and now >= self._reopen_at:
            self._open_journal()
            if self.journal is not None:
                self._flash_bad_since = None
                self._connect()
        self._show(now)
        if self.link is not None:
            await self._manage_connection(now)

    def _is_healthy(self, now: int) -> bool:
        """Whether the watchdog may be fed: the connection's task runs, the flash has not failed too long."""
        if self._line is not None and self._line.done():
            return False
        return self._flash_bad_since is None or now - self._flash_bad_since < MAX_FLASH_FAULT_MS

    def _patterns(self, now: int) -> "list[str]":
        """The lamps' patterns for what is wrong; the lamps show the most important."""
        problem = self.link.problem if self.link is not None else ""
        if problem not in ("offline", "deaf"):
            self._offline_since = now
        found = []
        for name, holds in (
            ("flash-error", self._flash_bad_since is not None),
            ("full", self.journal is not None and self.journal.is_full()),
            ("safe", self.boots.safe),
            (problem, problem in ("refused", "certificate")),
            ("offline", now - self._offline_since >= OFFLINE_MS),
            ("config-refused", self.config.refused is not None),
        ):
            if holds:
                found.append(name)
        return found

    def _show(self, now: int) -> None:
        wanted = set(self._patterns(now))
        for name in self._lasting - wanted:
            self.lamps.hide(name)
        for name in wanted:
            self.lamps.show(name, now)
        self._lasting = wanted
        self.lamps.brightness = self.config.current["brightness"]
        stuck = self.buttons.stuck
        if stuck != self._stuck:
            for place in range(self.hardware.levels + self.hardware.procedures):
                if stuck >> place & 1:
                    self.lamps.show("stuck", now, place)
                else:
                    self.lamps.hide("stuck", place)
            self._stuck = stuck
            if self.link is not None:
                self.link.tell()

    async def _manage_connection(self, now: int) -> None:
        link, real_s = self.link, self.hardware.calendar()
        waiting = self.journal.depth()
        open_now = is_open(self.config.current["hours"], (real_s + VIETNAM_S) // 60 % 1440)
        wants = self._power.wants_line(now, real_s, waiting, open_now)
        if self.boots.safe and now < SAFE_OFFLINE_MS:
            wants = False
        if wants and not link.wanted:
            link.wake()
        if link.state == "up" and not self.net.is_up():
            link.cut()
        if not self.hardware.on_battery():
            return
        if link.is_idle():
            self._power.delivered(real_s)
        elif self._power.has_tried_enough(now):
            self._power.gave_up(real_s)
        elif wants:
            return
        if link.wanted:
            await link.rest("sleeping")
            self.net.down()
        await self._sleep(now, real_s, waiting, open_now)

    async def _sleep(self, now: int, real_s: int, waiting: int, open_now: bool) -> None:
        ms = min(self._power.may_sleep(now, real_s, waiting, open_now), MAX_NAP_MS)
        if ms <= 0 or not self.buttons.is_quiet:
            return
        self.boots.good()
        memory = {"calendar": self.hardware.calendar(), "power": self._power.memory()}
        if self.journal.depth() and self.clock.up_ms() < MAX_BOOT_MS:
            memory["boot"], memory["up_ms"] = self.clock.boot, self.clock.up_ms()
        self.hardware.remember(memory)
        self.hardware.sleep(ms)
