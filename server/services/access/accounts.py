"""Who may call: accounts of the pages. Tokens of the JSON API: `services.access.tokens`."""

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from server.services.access import passwords
from server.services.context import Work


@dataclass(frozen=True)
class Account:
    """Someone who may see a school's pages. `stamp` changes with password, role and school, and ends older
    sessions."""

    login: str
    school: str
    role: str
    stamp: str


def check_login(work: Work, login: str, password: str) -> Account | None:
    """The account, or None; unknown and disabled logins take as long as a wrong password."""
    if len(password) > passwords.MAX_CHARACTERS:
        return None
    row = work.sql.user_find(login=login)
    known = row is not None and row["disabled_at"] is None
    right = passwords.verify(row["password_hash"] if known else _nobody(), password)
    return _account(row) if known and right else None


def find_account(work: Work, login: str) -> Account | None:
    """The account of a session; None once it is disabled."""
    row = work.sql.user_find(login=login)
    return _account(row) if row is not None and row["disabled_at"] is None else None


@cache
def _nobody() -> str:
    """The hash of a password that nobody knows, made with the same parameters as all others."""
    return passwords.hash_password(secrets.token_urlsafe(32))


def _account(row: Any) -> Account:
    login, school, role, secret = (row[key] for key in ("login", "school", "role", "password_hash"))
    stamp = hashlib.sha256("\n".join((secret, role, school)).encode()).hexdigest()[:16]
    return Account(login, school, role, stamp)
