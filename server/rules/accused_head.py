"""To whom a denunciation of the head of a school goes."""

from datetime import date
from functools import cache
from typing import NamedTuple

import msgspec

from server.rules.files import read_rules
from survey_defs.model import localized


class Goes(NamedTuple):
    """Who handles it, with the source and whether its text was read."""

    to: str
    source: str
    verified: bool


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of body that manages schools: how its name begins, what its head is called."""

    begins: tuple[str, ...]
    title: dict[str, str]
    unnamed: dict[str, str]


class Edition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bodies, as the law has them for some time."""

    effective_from: date
    effective_to: date | None
    source: str
    verified: bool
    bodies: tuple[Body, ...]


class AccusedHeadFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `accused_head.yaml`, the oldest edition first."""

    editions: tuple[Edition, ...]

    def __post_init__(self) -> None:
        starts = [edition.effective_from for edition in self.editions]
        if not starts or starts != sorted(starts):
            raise ValueError("the editions stand with the oldest first")
        if any(not edition.bodies or not edition.source.strip() for edition in self.editions):
            raise ValueError("an edition has bodies, and a source")


@cache
def _editions() -> tuple[Edition, ...]:
    return read_rules("accused_head", AccusedHeadFile).editions


def goes_to(superior: str, on: date, lang: str = "vi") -> Goes:
    """Who handles a denunciation of the head of a school under `superior`, the body that manages it.

    A name that is neither a People's Committee nor a department is taken for that of no body. A day before
    the first edition takes the first.
    """
    known = _editions()
    edition = next((each for each in reversed(known) if each.effective_from <= on), known[0])
    name = superior.strip()
    for body in edition.bodies:
        if name.casefold().startswith(tuple(each.casefold() for each in body.begins)):
            return Goes(localized(body.title, lang).format(body=name), edition.source, edition.verified)
    return Goes(localized(edition.bodies[0].unnamed, lang), edition.source, edition.verified)
