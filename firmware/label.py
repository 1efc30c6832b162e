"""A box's label: the name and the password of the Wi-Fi that it opens while it is set up.

`hailong device flash` draws both, leaves them on the box and shows them once, to be written on it. A box
without them opens no Wi-Fi: what is typed on the set-up page must not go through the air in the clear.
"""

from firmware import durable_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LABEL = "label.json"
DRAWN_BYTES = 16
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_NAME_SIGNS = 4
MIN_PASSWORD, MAX_PASSWORD = 8, 63
"""Letters that WPA2 allows (IEEE 802.11, annex J)."""


def draw(drawn: bytes) -> "dict[str, str]":
    """{"name", "password"} of `DRAWN_BYTES` random bytes; the password has 60 bits."""
    signs = "".join([_SIGNS[byte % 32] for byte in drawn])
    groups = [signs[start : start + 4] for start in range(_NAME_SIGNS, DRAWN_BYTES, 4)]
    return {"name": "HaiLong-" + signs[:_NAME_SIGNS].upper(), "password": "-".join(groups)}


def read(folder: str) -> "dict[str, Any] | None":
    """What stands on the label of the box with this folder; None where it was given none."""
    found = durable_json.read(folder.rstrip("/") + "/" + LABEL)
    if found is None:
        return None
    name, password = found.get("name"), found.get("password")
    if type(name) is not str or type(password) is not str or not name:
        return None
    return found if MIN_PASSWORD <= len(password) <= MAX_PASSWORD else None
