"""What the store keeps of schools, devices and people, as frozen values without any secret in them."""

import msgspec

DEVICE_KINDS = ("kiosk", "button", "qr")
"""What can send answers: a touchscreen, a button terminal, a code on paper."""

ROLES = ("staff", "principal", "deputy", "officer", "reception", "office", "technician")
"""Whom an account belongs to. For now each may see the whole school; the office above sees its schools."""


class School(msgspec.Struct, frozen=True):
    """One school, or an office above schools (then others name it as their `parent`)."""

    slug: str
    name: str
    parent: str | None
    abbreviation: str
    """As in the number of a document: "Số: 05/BC-THCSM" has THCSM."""
    superior: str
    """Cơ quan chủ quản: the body that stands above the school's name in a document; may be empty."""
    recipient: str
    """Whom reports go to."""
    place: str
    """Địa danh of a document; may be empty."""
    signer: str
    """Who signs; may be empty."""
    goal: float
    """The school's goal for its satisfaction rate, a fraction."""
    sample: bool
    """Whether the data are made up, which every page then says."""
    created_at: int


class Device(msgspec.Struct, frozen=True):
    """One device that may send answers; its id is its MQTT user name too."""

    id: str
    school: str
    kind: str
    label: str
    created_at: int
    retired_at: int | None


class User(msgspec.Struct, frozen=True):
    """One account of the pages."""

    login: str
    school: str
    role: str
    created_at: int
    disabled_at: int | None


class Token(msgspec.Struct, frozen=True):
    """One token of the JSON API. `id` is the beginning of its hash: enough to name it, useless to use it.

    `kind` is `live` (any two days, for the school's own use) or `public` (`services.figures.publication`).
    """

    id: str
    school: str
    kind: str
    label: str
    created_at: int
    revoked_at: int | None


def initials(name: str) -> str:
    """An abbreviation for a school's name: the words in capitals as they are, the first letter of the others.

    "Trường THCS Mẫu" gives "TTHCSM"; a leading "Trường" says nothing and is left out: "THCSM".
    """
    words = name.split()
    if len(words) > 1 and words[0].lower() == "trường":
        words = words[1:]
    parts = (word if word.isupper() else word[0].upper() for word in words)
    return "".join(part for part in parts if part[0].isalnum())
