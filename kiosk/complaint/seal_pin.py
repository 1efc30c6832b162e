"""The school's keys as this kiosk knows them: letters are sealed to these, whatever the server says later.

There are two, each known by itself: of complaints, and of what is about the principal. The first key of each
that a server brings is believed, and its fingerprint can be compared then. From there on
another one is taken only where the known key vouches for it (`survey_defs.key_vouch`) or somebody at this
kiosk types its fingerprint; until then letters go on being sealed to the known one, and the server is told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from kiosk.device.log import Log
from survey_defs.device_config import ComplaintTerms
from survey_defs.letter import KEY_BYTES, KeyLink, key_id
from survey_defs.typed import from_json
from survey_defs.whole_file import write_whole
from survey_defs.wire import ABOUT_PRINCIPAL, COMPLAINTS

FILE = "seal-key.json"
PRINCIPAL_FILE = "seal-key-principal.json"
_PLACES = {
    COMPLAINTS: (FILE, "key", "links"),
    ABOUT_PRINCIPAL: (PRINCIPAL_FILE, "principal_key", "principal_links"),
}
"""Where the key of a room is kept, and the fields of the terms that bring it."""
How: TypeAlias = Literal["first", "signed", "confirmed"]
"""How this kiosk came to a key: the first one ever; by the word of the one before; by hand, at the kiosk."""
_log = Log("seal")


class Pin(msgspec.Struct, frozen=True):
    """The key that letters are sealed to, whose it is, how it was come by, and when (RFC 3339, or None)."""

    school: str
    key: bytes
    how: How
    since: str | None = None


class SealPin:
    """The pin of one kiosk for one room, in its data directory; safe to use from several threads."""

    def __init__(self, data: Path, school: str, room: str = COMPLAINTS) -> None:
        """`school`: '' before the kiosk is enrolled. Reads what is kept."""
        file, self._key, self._links = _PLACES[room]
        self._path = data / file
        self._school = school
        self._lock = threading.Lock()
        self._offered: bytes | None = None
        self._pin = self._kept()

    @property
    def pin(self) -> Pin | None:
        """The key known, None before the first."""
        return self._pin

    @property
    def refused(self) -> str | None:
        """The id of the key that the server brings and that is not believed; None where there is none."""
        offered = self._offered
        return None if offered is None else key_id(offered)

    def change_school(self, school: str) -> None:
        """This kiosk is that school's now; what was known of another's key no longer counts."""
        with self._lock:
            self._school, self._offered = school, None
            self._pin = self._kept()

    def settle(self, terms: ComplaintTerms | None, now: str | None) -> ComplaintTerms | None:
        """Returns the terms with the key to seal letters to. `now`: RFC 3339, None where nobody knows it.

        Where they bring no key for this room, nothing is sealed to it, and what is known of it stays.
        """
        brought: bytes | None = getattr(terms, self._key, None)
        if terms is None or brought is None or not self._school:
            return terms
        with self._lock:
            pin = self._pin
            if pin is None:
                self._keep(Pin(self._school, brought, "first", now))
            elif pin.key == brought:
                self._offered = None
            elif self._is_vouched_for(pin.key, getattr(terms, self._links), brought):
                self._keep(Pin(self._school, brought, "signed", now))
            else:
                if self._offered != brought:
                    _log.error(
                        "the server brings another key, and the known one does not vouch for it: letters "
                        "go on being sealed to the known one",
                        known=key_id(pin.key),
                        refused=key_id(brought),
                    )
                self._offered = brought
            return replace(terms, **{self._key: self._pin.key}) if self._pin is not None else terms

    def confirm(self, typed: str, now: str | None) -> bool:
        """Take the refused key, if its fingerprint was typed: 16 signs of 0-9 and a-f, however grouped."""
        digits = "".join(typed.split()).lower()
        with self._lock:
            if self._offered is None or digits != key_id(self._offered):
                return False
            self._keep(Pin(self._school, self._offered, "confirmed", now))
            return True

    def report(self) -> dict[str, str | None] | None:
        """Returns what the health message says of it; None before the first key."""
        pin = self._pin
        return None if pin is None else {"key": key_id(pin.key), "how": pin.how, "refused": self.refused}

    def _keep(self, pin: Pin) -> None:
        self._pin, self._offered = pin, None
        try:
            write_whole(self._path, msgspec.json.encode(pin))
        except OSError as error:
            _log.warning(
                "the school's key could not be kept; it holds until the next start", reason=str(error)
            )
        else:
            _log.info("the school's key is known", key=key_id(pin.key), how=pin.how)

    def _kept(self) -> Pin | None:
        try:
            pin = from_json(self._path.read_bytes(), Pin)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            _log.error("the known key cannot be read: the next is believed", reason=type(error).__name__)
            return None
        return pin if pin.school == self._school and len(pin.key) == KEY_BYTES else None

    @staticmethod
    def _is_vouched_for(known: bytes, links: Iterable[KeyLink], brought: bytes) -> bool:
        from survey_defs import key_vouch  # noqa: PLC0415 - needs libsodium, which most days nobody needs

        return key_vouch.leads_to(known, links, brought)


class SealPins:
    """All keys that a kiosk knows: of complaints, and of what is about the principal."""

    def __init__(self, data: Path, school: str) -> None:
        """As `SealPin`."""
        self.complaints = SealPin(data, school)
        self.principal = SealPin(data, school, ABOUT_PRINCIPAL)

    def change_school(self, school: str) -> None:
        """As `SealPin.change_school`."""
        self.complaints.change_school(school)
        self.principal.change_school(school)

    def settle(self, terms: ComplaintTerms | None, now: str | None) -> ComplaintTerms | None:
        """Returns the terms with the keys to seal letters to."""
        return self.principal.settle(self.complaints.settle(terms, now), now)

    def confirm(self, typed: str, now: str | None) -> bool:
        """Take the refused key whose fingerprint was typed, whichever it is."""
        return self.complaints.confirm(typed, now) or self.principal.confirm(typed, now)
