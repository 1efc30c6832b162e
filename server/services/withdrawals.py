"""The list of what was withdrawn: a file of its own, so that an older backup cannot bring it back.

`withdrawals` in the data directory has a line for each device, account, token and key that was taken out of
use, and for each password that was changed: `-` or, where it was given back, `+`; the kind; the id; and when
(ms UTC). Of passwords it knows a mark of the old hash alone. It is only ever added to, and belongs with every
backup that is carried to another machine.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

from server.domain.problems import Problem
from server.services.context import Context
from server.services.line_file import add_line

FILE = "withdrawals"
Kind = Literal["device", "device-password", "user", "user-password", "token", "key", "holder", "passphrase"]
"""By what it is known: a device's id, a login, a token's hash, a key's id, `key:login` of a holder; those of
passwords and passphrases end with the `mark` of what they replaced."""
_WORDS = 4


class Withdrawn(NamedTuple):
    """One thing that is to stay withdrawn."""

    kind: Kind
    id: str


def path_of(ctx: Context) -> Path:
    """Where the list lies."""
    return Path(ctx.settings.data) / FILE


def mark(secret: str | bytes) -> str:
    """A short name of a hash or a lock that was replaced, of which neither can be worked out again."""
    content = secret if isinstance(secret, bytes) else secret.encode()
    return hashlib.sha256(content).hexdigest()[:16]


def withdraw(ctx: Context, kind: Kind, id: str) -> None:
    """Note that this counts no more; to be called before the commit. Raises `Problem("cannot-write")`."""
    add_line(path_of(ctx), f"- {kind} {id} {ctx.now()}")


def give_back(ctx: Context, kind: Kind, id: str) -> None:
    """Note that this counts again, where it was ever withdrawn. Raises as `withdraw` does."""
    if Withdrawn(kind, id) in standing(ctx):
        add_line(path_of(ctx), f"+ {kind} {id} {ctx.now()}")


def standing(ctx: Context) -> set[Withdrawn]:
    """What is withdrawn by the list, and was not given back. A line that a power cut has torn is left aside.

    Raises `Problem("bad-erasures-file")` for anything that is no line of ours.
    """
    path = path_of(ctx)
    if not path.exists():
        return set()
    found: set[Withdrawn] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        words = line.split(" ")
        if len(words) < _WORDS and words[0] in ("-", "+", ""):
            continue
        sign, kind, id = words[:3]
        if len(words) != _WORDS or sign not in ("-", "+") or kind not in get_args(Kind):
            raise Problem("bad-erasures-file", path=str(path), line=number)
        one = Withdrawn(cast("Kind", kind), id)
        if sign == "-":
            found.add(one)
        else:
            found.discard(one)
    return found


def adopt(ctx: Context, store: Context | None = None) -> None:
    """Add to the list what this store, or one that was replaced, knows as withdrawn and the list does not."""
    known: set[Withdrawn] = set()
    with (store or ctx).read() as work:
        known |= {Withdrawn("device", row["id"]) for row in work.sql.withdrawn_devices()}
        known |= {Withdrawn("user", row["login"]) for row in work.sql.withdrawn_users()}
        known |= {Withdrawn("token", row["hash"]) for row in work.sql.withdrawn_tokens()}
        known |= {Withdrawn("key", row["id"]) for row in work.sql.withdrawn_keys()}
        known |= {
            Withdrawn("holder", f"{row['key']}:{row['holder']}") for row in work.sql.withdrawn_holders()
        }
    for one in sorted(known - standing(ctx)):
        withdraw(ctx, one.kind, one.id)
