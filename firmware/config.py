"""What the server wants the box to ask: the last good one stays, a bad one is refused with its code."""

from firmware import durable_json
from survey_defs.box_config import read_box_config
from survey_defs.config_error import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BUILT_IN = {
    "revision": "",
    "survey": "tthc",
    "version": 1,
    "question": "rating",
    "procedures": [],
    "lang": "vi",
    "hours": "",
    "brightness": 100,
    "volume": 0,
}
"""What a box asks that was never told anything."""


class Config:
    """`current` is what holds; `refused` the last refusal, {"revision", "code"}, None once one was taken."""

    def __init__(self, path: str, device: str) -> None:
        """`path`: where the last good one is kept; one that was kept for another device is passed over."""
        self._path, self._device = path, device
        kept = durable_json.read(path)
        if kept is None or kept.get("device") not in ("", device):
            kept = None
        self.current: dict[str, Any] = kept or BUILT_IN
        self.refused: dict[str, Any] | None = None

    @property
    def revision(self) -> str:
        """Of what holds, '' where that is the built-in one."""
        return str(self.current["revision"])

    def take(self, payload: "bytes | None") -> bool:
        """Read one (None: too large to be read); whether `current` or `refused` changed.

        One that cannot be kept on flash holds all the same, until the box starts again and is told anew.
        """
        before = (self.revision, self.refused)
        if payload is None:
            self.refused = {"revision": None, "code": "too-large"}
        else:
            try:
                self._hold(read_box_config(payload, self._device))
            except ConfigError as error:
                self.refused = {"revision": error.revision, "code": error.code}
        return before != (self.revision, self.refused)

    def _hold(self, found: "dict[str, Any]") -> None:
        self.refused = None
        if found == self.current:
            return  # the broker tells it again at every connection: no wear for that
        self.current = found
        try:
            durable_json.write(self._path, found)
        except OSError:
            pass
