"""Twenty kiosks and twenty boxes on their real code, through a real mosquitto, to the receipt of the last."""

import tempfile
import time
from pathlib import Path

from kiosk.device.settings import read_broker
from simulator import commands
from simulator.audit import audit_fleet
from simulator.fleet import Scenario
from simulator.own_server import Server
from simulator.processes import FleetProcesses
from simulator.report import watch
from tests.bench.line import Round
from tests.bench.report import figure

_EACH, _VISITS = 20, 100
_BARE = 10_000


def run() -> None:
    """As fast as it goes: nobody waits for the next visitor."""
    with tempfile.TemporaryDirectory(prefix="hailong-bench-") as directory:
        bare = Path(directory) / "bare"
        bare.mkdir()
        reference = Round(bare, "bare", _BARE, 1).rate()
        for name, kiosks, boxes in (("kiosks", _EACH, 0), ("boxes", 0, _EACH), ("both", _EACH, _EACH)):
            rate = _rate(Path(directory) / name, kiosks, boxes)
            what = {"kiosks": "20 kiosks", "boxes": "20 boxes", "both": "20 kiosks and 20 boxes"}[name]
            figure(f"{what}: visits and presses delivered/s", f"{rate:,.0f}")
            figure(f"{what}: ratio to a bare paho subscriber", f"{rate / reference:.3f}")


def _rate(files: Path, kiosks: int, boxes: int) -> float:
    """Events per second from the first start to the last receipt, all of them stored."""
    files.mkdir()
    server = Server(files / "data", mosquitto=True)
    server.prepare("mo-phong", kiosks, boxes)
    server.start()
    try:
        broker = read_broker(server.broker, "nobody", None)
        processes = FleetProcesses(
            server.devices.devices, "mo-phong", broker, files / "devices", Scenario(1, _VISITS)
        )
        began = time.monotonic()
        processes.start(0)
        watch(processes, began)
        took = time.monotonic() - began
        processes.end()
        audit = audit_fleet(processes.accounts, commands.arrived(server.data, "mo-phong"))
    finally:
        server.stop()
    if audit.wrong or not audit.made:
        raise RuntimeError("; ".join(audit.wrong) or "nothing was made")
    return audit.made / took
