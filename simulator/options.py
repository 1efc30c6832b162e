"""What was asked of the simulation, and whether it goes together."""

from pathlib import Path

import msgspec

from kiosk.device.settings import check_slug

SCHOOL = "mo-phong"
MAX_CLOCK_SPEED = 3600
"""Faster, and a second of a busy machine would be more than what the faults of clocks are."""


class SimulationError(Exception):
    """The simulation cannot go on; the text says why, and what to do."""


class Options(msgspec.Struct, frozen=True):
    """The options of `hailong simulate`, each under its own name; see there what they mean."""

    kiosks: int
    boxes: int
    days: int
    speed: float
    visits: int
    data: Path | None = None
    school: str = SCHOOL
    even_real: bool = False
    devices_file: Path | None = None
    broker: str | None = None
    ca_file: Path | None = None
    mosquitto: bool = False
    in_memory: bool = False
    resets: float = 0.0
    drops: float = 0.0
    broker_restarts: int = 0
    clock_faults: bool = False
    seed: str = "0"
    ledger: Path | None = None
    stay: bool = False
    wait_s: float = 60.0
    as_json: bool = False

    @property
    def own_server(self) -> bool:
        """Whether it starts a server of its own."""
        return self.data is None and self.devices_file is None

    def check(self) -> None:
        """Raises `SimulationError`, and `BadSettings` for a school that cannot be one."""
        check_slug("--school", self.school)
        for wrong, words in (
            (
                self.data is not None and self.devices_file is not None,
                "give --data or --devices, not both",
            ),
            (
                not self.own_server
                and (
                    self.mosquitto or self.in_memory or self.broker_restarts or self.clock_faults or self.stay
                ),
                "--mosquitto, --in-memory, --broker-restarts, --clock-faults and --stay are for a server of "
                "its own: leave --data and --devices out",
            ),
            (
                self.own_server and self.broker,
                "--broker needs the devices' passwords: give --data or --devices with it",
            ),
            (
                not self.kiosks + self.boxes and self.devices_file is None,
                "no device at all: give --kiosks or --boxes",
            ),
            (
                self.speed == 0 and (self.drops or self.broker_restarts),
                "--drops and --broker-restarts happen at a time of day: give a --speed above 0",
            ),
            (
                self.clock_faults and not 1 <= self.speed <= MAX_CLOCK_SPEED,
                f"--clock-faults hold times against the truth: give a --speed of 1 to {MAX_CLOCK_SPEED}",
            ),
            (
                self.data is not None and not self.data.is_dir(),
                f"there is no data directory {self.data}: start the server first, or leave --data out",
            ),
        ):
            if wrong:
                raise SimulationError(words)
