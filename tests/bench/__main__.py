"""Run all benchmarks, or those named on the command line: line, ingest, rates, kiosk, phone, box, fleet,
flood, silence."""

import sys

from tests.bench import box, fleet, flood, ingest, kiosk, line, phone, rates, silence

_ALL = {
    "line": line.run,
    "ingest": ingest.run,
    "rates": rates.run,
    "kiosk": kiosk.run,
    "phone": phone.run,
    "box": box.run,
    "fleet": fleet.run,
    "flood": flood.run,
    "silence": silence.run,
}


def main(names: list[str]) -> int:
    """Run each; the exit status says whether all could be measured, not whether they met their aims."""
    unknown = [name for name in names if name not in _ALL]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. There are: {', '.join(_ALL)}.")
        return 2
    for name in names or _ALL:
        print(f"\n== {name} ==", flush=True)
        _ALL[name]()
    return 0


sys.exit(main(sys.argv[1:]))
