"""Why a device does not take a configuration. Written in the subset of Python that MicroPython runs."""

CODES = ("too-large", "bad-config", "other-device", "unusable")
"""More bytes than the device reads; no configuration that it can read; one that is for another device; one
that it can read and cannot show."""


class ConfigError(Exception):
    """A configuration that this device cannot use; `code` is one of `CODES`, `revision` the refused one's.

    `revision` is None where the message could not be read so far.
    """

    def __init__(self, code: str, revision: "str | None" = None) -> None:
        super().__init__(code)
        self.code = code
        self.revision = revision
