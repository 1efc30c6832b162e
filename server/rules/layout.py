"""How an administrative document is laid out, on the day it is signed."""

from datetime import date
from functools import cache

import msgspec

from server.rules.files import read_rules


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the law allows, from `least` to `most` (None: no upper bound), and what is used."""

    least: float
    most: float | None
    use: float

    def __post_init__(self) -> None:
        if self.use < self.least or (self.most is not None and self.use > self.most):
            raise ValueError(f"{self.use} lies outside {self.least}-{self.most}")


class Element(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The letters of one element: size in points; `rule` is a line below, as a share of the text's length."""

    size: Figure
    bold: bool = False
    italic: bool = False
    capitals: bool = False
    rule: Figure | None = None


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sheet and its margins, in millimetres."""

    width_mm: float
    height_mm: float
    top_mm: Figure
    bottom_mm: Figure
    left_mm: Figure
    right_mm: Figure

    @property
    def text_mm(self) -> float:
        """The width between the margins."""
        return self.width_mm - self.left_mm.use - self.right_mm.use


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paragraphs: first-line indent (mm, one of `indents_mm`), space between (pt), lines."""

    indents_mm: tuple[float, ...]
    indent_mm: float
    space_pt: Figure
    line_spacing: Figure

    def __post_init__(self) -> None:
        if self.indent_mm not in self.indents_mm:
            raise ValueError(f"{self.indent_mm} is none of {self.indents_mm}")


class Elements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every element of the document that has letters of its own."""

    national_name: Element
    motto: Element
    superior: Element
    issuer: Element
    number: Element
    place_date: Element
    kind: Element
    subject: Element
    body: Element
    heading: Element
    page_number: Element
    signer_post: Element
    signer_name: Element
    recipients_title: Element
    recipients: Element


class SignerForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A post as it is spoken, and the lines that stand for it above a signature."""

    post: str
    lines: tuple[str, ...]


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One edition of a layout, with the days it holds and its source."""

    effective_from: date
    effective_to: date | None
    source: str
    verified: bool
    font: str
    page: Page
    body: Body
    elements: Elements
    signers: tuple[SignerForm, ...]
    default_signer: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    editions: tuple[Layout, ...]


@cache
def _editions(layout: str) -> tuple[Layout, ...]:
    return read_rules(layout, _File).editions


def layout_on(layout: str, day: date) -> Layout:
    """The edition of that layout which holds on `day`; before the first one, the first one."""
    editions = sorted(_editions(layout), key=lambda edition: edition.effective_from)
    holding = [edition for edition in editions if edition.effective_from <= day]
    return holding[-1] if holding else editions[0]
