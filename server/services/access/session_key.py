"""The key of this installation's pages: what it signs and seals belongs to this data directory alone."""

import secrets
from pathlib import Path

from server.domain.problems import Problem
from survey_defs.whole_file import write_once

_KEY_FILE = "session.key"
_KEY_BYTES = 32


def secret_key(data: Path) -> bytes:
    """The key that signs tokens of forms and seals what was typed, and signs nobody in; minted on first use,
    readable by its owner alone.

    Raises `Problem("data-unwritable")`.
    """
    path = data / _KEY_FILE
    try:
        data.mkdir(parents=True, exist_ok=True)
        # Another process sees all of a key or none, and if it came first, its key is the key.
        key = path.read_bytes() if path.exists() else write_once(path, secrets.token_bytes(_KEY_BYTES), 0o600)
    except OSError as error:
        raise Problem("data-unwritable", path=str(data)) from error
    if len(key) < _KEY_BYTES:
        raise Problem("session-key-damaged", path=str(path))
    return key
