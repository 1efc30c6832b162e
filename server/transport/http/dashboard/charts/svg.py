"""Writing SVG elements, and scales for them."""

from dataclasses import dataclass
from math import ceil, floor

from markupsafe import Markup, escape


def tag(name: str, *children: str | Markup, **attributes: object) -> Markup:
    """One element. `class_` is `class`, `stroke_width` is `stroke-width`; None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>") + Markup("").join(children) + Markup(f"</{name}>")  # noqa: S704 - escaped


def text(content: object, x: str, y: float, class_: str, anchor: str = "middle") -> Markup:
    """A line of letters; `y` is their base line in pixels."""
    return tag("text", escape(content), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: str, y1: float, x2: str, y2: float, class_: str) -> Markup:
    """A straight line; across in percent, down in pixels."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def percent(share: float) -> str:
    """A place across, from a share of the width."""
    return f"{round(100 * share, 3):g}%"


def _plain(value: object) -> str:
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Scale:
    """An axis of shares from `low` to 1, with marks every `step` (all fractions)."""

    low: float
    step: float

    def place(self, share: float) -> float:
        """Where a share lies, 0 at the axis's beginning to 1 at its end; what lies below begins it."""
        return min(1.0, max(0.0, (share - self.low) / (1 - self.low)))

    @property
    def marks(self) -> list[float]:
        """The marks, from the lowest on."""
        return [self.low + i * self.step for i in range(round((1 - self.low) / self.step) + 1)]


def scale_for(lowest: float, widest_step: float = 0.2) -> Scale:
    """A scale of round figures that ends at 100 % and reaches down to `lowest`, at least to 80 %."""
    need = 1 - min(lowest, 0.8)
    step = next((step for step in (0.05, 0.1) if need <= 5 * step + 1e-9), widest_step)
    low = 1 - min(ceil(need / step - 1e-9), floor(1 / step + 1e-9)) * step
    return Scale(max(0.0, round(low, 4)), step)
