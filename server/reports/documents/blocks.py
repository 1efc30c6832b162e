"""A report as a sequence of blocks, before any format: what it says and in which order, not how it looks."""

from datetime import date
from typing import Literal, TypeAlias

import msgspec

Align: TypeAlias = Literal["left", "centre", "right"]


class Heading(msgspec.Struct, frozen=True):
    """A heading of level 1 (I, II, …) or 2 (1, 2, …)."""

    level: int
    text: str


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph of the body."""

    text: str


class Addressee(msgspec.Struct, frozen=True):
    """Whom a letter is to: "Kính gửi: …"."""

    text: str


class Note(msgspec.Struct, frozen=True):
    """A remark that belongs to the table before it."""

    text: str


class Column(msgspec.Struct, frozen=True):
    """A column: its title (a line break where it says so), its width as a share of the table, its side."""

    title: str
    share: float
    align: Align


class Table(msgspec.Struct, frozen=True):
    """A table with its caption above it; the last row is a total where `total` says so."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: bool = False


class Picture(msgspec.Struct, frozen=True):
    """A drawing (SVG) with its caption below it, a key to its signs, and words for who cannot see it."""

    svg: str
    width_mm: float
    height_mm: float
    alt: str
    caption: str
    key: str


Block: TypeAlias = Heading | Paragraph | Addressee | Note | Table | Picture


class Letter(msgspec.Struct, frozen=True):
    """What stands around the body of an administrative document.

    `signer_post` are the lines above the signature, `signer` the name below it; `sample` marks a
    document whose figures are made up (None where they are real).
    """

    superior: str
    issuer: str
    national_name: str
    motto: str
    number: str
    place_date: str
    kind: str
    subject: tuple[str, ...]
    signer_post: tuple[str, ...]
    signer: str
    recipients_title: str
    recipients: tuple[str, ...]
    sample: str | None


class Document(msgspec.Struct, frozen=True):
    """A whole report. `title` and `author` go into the file's properties, with `day` as their date."""

    title: str
    author: str
    day: date
    letter: Letter
    blocks: tuple[Block, ...]
