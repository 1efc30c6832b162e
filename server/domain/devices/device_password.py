"""Passwords of devices: never chosen (`survey_defs.claim` spells them), and kept as mosquitto keeps them.

One hash serves both brokers: `$7$<iterations>$<salt>$<hash>`, PBKDF2 with SHA-512, salt and hash in
base64 (mosquitto 2.0, `password_mosq.c`). The passwords are 125 random bits, which nobody can try
through; the iterations are mosquitto's own default and keep a reconnecting fleet cheap.
"""

import base64
import binascii
import hashlib
import hmac

ITERATIONS = 101
SALT_BYTES = 12
_HASH_BYTES = 64
_MAX_ITERATIONS = 1_000_000


def hash_password(password: str, salt: bytes) -> str:
    """The line for the store and for mosquitto's password file; `salt` is `SALT_BYTES` random bytes."""
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, _HASH_BYTES)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def matches(password: str, stored: str) -> bool:
    """Whether `password` is the one behind `stored`; False for anything that is not such a hash."""
    parts = stored.split("$")
    if len(parts) != 5 or parts[:2] != ["", "7"] or not parts[2].isdecimal():
        return False
    iterations = int(parts[2])
    try:
        salt, expected = base64.b64decode(parts[3], validate=True), base64.b64decode(parts[4], validate=True)
    except binascii.Error:
        return False
    if not (0 < iterations <= _MAX_ITERATIONS and salt and expected):
        return False
    found = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations, len(expected))
    return hmac.compare_digest(found, expected)
