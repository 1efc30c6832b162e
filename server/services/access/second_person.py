"""The second person of what nobody may do alone: another account of the school, who types its own password.

Not the passphrase of a key: whoever has forgotten that one must still be able to agree to losing the key.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from server.domain.problems import Problem
from server.services.access.accounts import Account, check_login
from server.services.context import Work


class Second(NamedTuple):
    """What the second person has typed; never shown or kept."""

    login: str
    password: str


NOBODY = Second("", "")


def confirmed(work: Work, by: str, second: Second, entitled: Collection[str]) -> Account:
    """The account of the second person, who has agreed with what `by` does.

    `entitled`: the logins that may agree; `by` is never one of them. Raises `Problem`: `no-second-person`
    where there is none to agree, `second-missing`, `second-not-entitled`, `wrong-second` for a password that
    is not theirs.
    """
    others = sorted(set(entitled) - {by})
    if not others:
        raise Problem("no-second-person")
    if not second.login.strip():
        raise Problem("second-missing", people=", ".join(others))
    if second.login not in others:
        raise Problem("second-not-entitled", login=second.login[:64], people=", ".join(others))
    account = check_login(work, second.login, second.password)
    if account is None:
        raise Problem("wrong-second", login=second.login)
    return account
