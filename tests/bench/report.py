"""How a measurement is printed."""

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0-1) of the values lie; nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figure(what: str, value: str, aim: str = "") -> None:
    """One line: what was measured, the value, and the aim where there is one."""
    print(f"{what:<66} {value:>16}" + (f"   aim {aim}" if aim else ""), flush=True)
