"""Set-up: what somebody typed, or `hailong device flash` left, is tried out and kept whole or not at all.

    wish.json                           what is to be tried, kept until it was: {"ssid", "password", "server",
                                        "code", "run", "same", "tries"}
    new.json                            what takes the place of the three below; once it stands, it counts
    identity.json, ca.pem, wifi.json    what the box runs on

The box starts with `settle`, before it opens anything else, and starts again when a set-up is done: so a
power cut leaves the old set or the new one. The Wi-Fi of before stays until the new one has worked. Presses
that wait are delivered under the old name first; where that does not work, the box goes on only if whoever
sets it up says that it stays where it is. Should the code say otherwise, they are put aside, and not sent to
another school.
"""

import os

from firmware import durable_json
from survey_defs import claim
from survey_defs.claim import ClaimError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

WISH, NEW = "wish.json", "new.json"
IDENTITY, WIFI, AUTHORITY = "identity.json", "wifi.json", "ca.pem"
JOURNAL, ASIDE = "journal", "journal-aside"
MAX_TRIES = 3
"""Boots in which a wish is tried on a box that has another set to go on with."""
JOIN_TIMEOUT_S = 25
"""For the Wi-Fi to let the box in."""
FINAL_PROBLEMS = (
    "bad-code",
    "bad-server",
    "enrol-insecure",
    "claim-unknown",
    "claim-wrong",
    "claim-guessed",
    "claim-expired",
    "claim-used",
    "claim-withdrawn",
    "certificate-mismatch",
    "claim-wrong-kind",
    "no-proof",
)
"""Problems that another try does not solve: the wish is forgotten."""
_PATTERNS = {
    "bad-code": "claim-wrong",
    "claim-unknown": "claim-wrong",
    "claim-guessed": "claim-wrong",
    "claim-withdrawn": "claim-wrong",
    "claim-wrong-kind": "claim-wrong",
    "claim-expired": "claim-expired",
    "claim-used": "claim-used",
    "claim-wrong": "claim-wrong",
    "certificate-mismatch": "certificate",
    "no-proof": "certificate",
    "certificate-unknown": "certificate",
    "undelivered": "undelivered",
    "flash": "flash-error",
}


def pattern(state: str, problem: str) -> str:
    """The lamps' pattern (`firmware.lamps`) for what a set-up is at."""
    if problem:
        return _PATTERNS.get(problem, "offline")
    return {"form": "setup", "done": "done"}.get(state, "trying")


def settle(folder: str) -> bool:
    """Put a set that was kept into its place; whether there was one. Raises OSError where the flash refuses.

    To be called at the start, before anything reads these files or opens the journal. Cut short at any point,
    the next call ends it.
    """
    new = durable_json.read(_path(folder, NEW))
    if new is None:
        return False
    if "identity" in new:
        old = durable_json.read(_path(folder, IDENTITY))
        if new["journal"] != "same" and old != new["identity"]:
            _end_journal(folder, new["journal"] == "aside")
        _write_text(_path(folder, AUTHORITY), new["ca"])
    if new.get("wifi"):
        durable_json.write(_path(folder, WIFI), new["wifi"])
    if "identity" in new:
        durable_json.write(_path(folder, IDENTITY), new["identity"])
    durable_json.erase(_path(folder, WISH))
    durable_json.erase(_path(folder, NEW))
    return True


class Setup:
    """One set-up. `state`: "form", "deliver", "wifi", "server", "done", "failed"; `problem`: a code or ''."""

    def __init__(
        self,
        folder: str,
        net: "Any",
        *,
        draw: "Callable[[], str]",
        waiting: "Callable[[], int]",
        deliver: "Callable[[], Awaitable[object]]",
    ) -> None:
        """`net`: `firmware.net.Net`. `draw` gives 64 hex digits by chance.

        `waiting`: how many presses have no receipt. `deliver` tries to deliver them with the old credentials
        over the network that is up, and comes back when that is done or will not be.
        """
        self._folder = folder
        self._net = net
        self._draw = draw
        self._deliver = deliver
        self.waiting = waiting
        self.state = "form"
        self.problem = ""
        self.is_aside = False
        """Whether presses had to be put aside."""
        self.identity = durable_json.read(_path(folder, IDENTITY))
        self.wifi = durable_json.read(_path(folder, WIFI))
        self.wish = durable_json.read(_path(folder, WISH))
        self.typed: dict[str, str] | None = None
        """The Wi-Fi of the last wish, for as long as this lasts: a wrong code takes only itself away."""

    @property
    def server(self) -> str:
        """The server's address as it was last typed, or the one the box came in by; '' if none is known."""
        return (self.wish or {}).get("server") or (self.identity or {}).get("server", "")

    def is_due(self) -> bool:
        """Whether a wish waits to be tried at this start: left by `hailong device flash`, or cut off."""
        return self.wish is not None and (not self.identity or self.wish["tries"] < MAX_TRIES)

    def begin(self, ssid: str, password: str, server: str, code: str, *, same: bool = False) -> None:
        """Keep what is to be tried. A repeated wish keeps its run, so that a lost answer costs nothing.

        `code`: '' where only the Wi-Fi changes. `same`: it has been said that the box stays at its school.
        Raises OSError where the flash refuses.
        """
        self.typed = {"ssid": ssid, "password": password}
        before = self.wish
        is_again = before and before["server"] == server and before["code"] == code
        run = before["run"] if before and is_again else None
        self._keep_wish(
            {
                "ssid": ssid,
                "password": password,
                "server": server,
                "code": code,
                "run": run or self._new_run(code),
                "same": same,
                "tries": 0,
            }
        )
        self.state, self.problem = "wifi", ""

    async def run(self) -> None:
        """Try the wish. Ends in "done" (the box is to start again, see `settle`) or in "failed"."""
        wish = self.wish
        if wish is None:
            return
        self.problem = ""
        try:
            if not wish["run"]:
                wish["run"] = self._new_run(wish["code"])
            wish["tries"] += 1
            self._keep_wish(wish)
            await self._try(wish)
        except ClaimError as error:
            self._fail(error.code)
        except _FlashError:
            self._fail("flash")
        except (OSError, MemoryError):
            self._fail("offline")
        else:
            self.state = "done"

    async def _try(self, wish: "dict[str, Any]") -> None:
        wifi = {"ssid": wish["ssid"], "password": wish["password"]} if wish["ssid"] else None
        if wish["code"] and self.identity and self.waiting():
            await self._deliver_first(wifi)
            if self.waiting() and not wish["same"]:
                raise ClaimError("undelivered")
        self.state = "wifi"
        if not await self._join(wifi or self.wifi):
            raise ClaimError("wifi")
        if not wish["code"]:
            self._keep_new({"wifi": wifi})
            return
        self.state = "server"
        from firmware import enrol  # noqa: PLC0415 - only wanted here

        authority = durable_json.read_text(_path(self._folder, AUTHORITY))
        terms, password = await enrol.exchange(
            wish["server"], wish["code"], wish["run"], self._keep_run, authority=authority
        )
        identity = _identity(terms, password, wish["server"])
        self._keep_new(
            {"identity": identity, "ca": terms["ca"], "wifi": wifi, "journal": self._journal_for(identity)}
        )

    async def _deliver_first(self, wifi: "dict[str, str] | None") -> None:
        self.state = "deliver"
        for network in (self.wifi, wifi):
            if self.waiting() and await self._join(network):
                await self._deliver()

    async def _join(self, wifi: "dict[str, str] | None") -> bool:
        if wifi is None:
            return False
        if wifi != self.wifi:
            self._net.down()  # the same name with another password has to prove itself too
        return await self._net.connect(wifi["ssid"], wifi["password"], JOIN_TIMEOUT_S)

    def _journal_for(self, identity: "dict[str, Any]") -> str:
        """What becomes of the journal: it goes on, ends (nothing waits in it), or is put aside."""
        old = self.identity
        if old is None or (old["device"], old["school"]) == (identity["device"], identity["school"]):
            return "same"
        self.is_aside = self.waiting() > 0
        return "aside" if self.is_aside else "ends"

    def _new_run(self, code: str) -> "dict[str, Any] | None":
        return claim.new_run(code, self._draw()) if code else None

    def _keep_run(self, run: "dict[str, Any]") -> None:
        """Before the server is shown a proof: who repeats one in the same run gives nothing more away."""
        if self.wish is not None:
            self.wish["run"] = run
            self._keep_wish(self.wish)

    def _keep_wish(self, wish: "dict[str, Any]") -> None:
        try:
            durable_json.write(_path(self._folder, WISH), wish)
        except OSError:
            raise _FlashError from None
        self.wish = wish

    def _keep_new(self, new: "dict[str, Any]") -> None:
        try:
            durable_json.write(_path(self._folder, NEW), new)
        except OSError:
            raise _FlashError from None

    def _fail(self, code: str) -> None:
        self.state, self.problem = "failed", code
        if code in FINAL_PROBLEMS:
            self.wish = None
            try:
                durable_json.erase(_path(self._folder, WISH))
            except OSError:
                pass  # it is tried once more at the next start, and refused again


class _FlashError(OSError):
    """The flash refuses; the network is not meant."""


def _identity(terms: "dict[str, Any]", password: str, server: str) -> "dict[str, Any]":
    """What the box is from now on. Raises `ClaimError`: `claim-wrong-kind`, `bad-answer`."""
    if terms.get("kind") != "button":
        raise ClaimError("claim-wrong-kind")
    scheme, _, rest = terms["broker"].partition("://")
    host, _, port = rest.partition(":")
    if scheme not in ("mqtt", "mqtts") or not host or not port or port.strip("0123456789"):
        raise ClaimError("bad-answer")
    return {
        "device": terms["device"],
        "school": terms["school"],
        "password": password,
        "host": host,
        "port": int(port),
        "tls": scheme == "mqtts",
        "server": server,
    }


def _end_journal(folder: str, is_kept: bool) -> None:
    """The next start finds no journal and begins a new one. What still waits is kept beside it."""
    path = _path(folder, JOURNAL)
    names = _names(path)
    if names is None:
        return
    if is_kept:
        number = 1
        while _names(_path(folder, ASIDE + str(number))) is not None:
            number += 1
        os.rename(path, _path(folder, ASIDE + str(number)))
        return
    for name in names:
        os.remove(path + "/" + name)
    os.rmdir(path)


def _names(path: str) -> "list[str] | None":
    try:
        return os.listdir(path)
    except OSError:
        return None


def _write_text(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
        file.flush()


def _path(folder: str, name: str) -> str:
    return folder.rstrip("/") + "/" + name
