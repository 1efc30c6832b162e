"""The forms of the keys: what was entered, what of it may be shown again, what is wrong with which field."""

from __future__ import annotations

from typing import NamedTuple

from flask import request

from server.domain.problems import Problem
from server.services.keys.desk import Room
from server.transport.http.frame.language import language
from server.transport.http.security.limiting import WRONG
from survey_defs.plain_text import clean

_SHOWN_AGAIN = {"grant": ("holder",), "withdraw": ("holder", "second"), "restore": ("sheet",)}
"""What a form keeps: never a passphrase and never a recovery code."""
_TRIED = frozenset({"wrong-passphrase", "passphrase-differs", "wrong-recovery-code", "wrong-second"})
"""What somebody may be guessing at: counted."""
_FIELDS = {
    "wrong-passphrase": "own",
    "passphrase-short": "passphrase",
    "passphrase-long": "passphrase",
    "passphrase-guessable": "passphrase",
    "passphrase-differs": "passphrase",
    "passphrases-differ": "again",
    "unknown-user": "holder",
    "holder-elsewhere": "holder",
    "role-holds-no-key": "holder",
    "bad-key-sheet": "sheet",
    "unknown-key": "sheet",
    "wrong-recovery-code": "code",
    "second-missing": "second",
    "second-not-entitled": "second",
    "wrong-second": "second-password",
}
_ELSEWHERE = {("restore", "holder-elsewhere"): "sheet", ("renew", "passphrase-differs"): "own"}


class Wrong(NamedTuple):
    """What is wrong, in a sentence, and with which field; '' for the whole."""

    field: str
    sentence: str
    status: int


class Form(NamedTuple):
    """A form to be shown: empty, or as it was filled in."""

    action: str
    room: Room | None
    filled: dict[str, str]
    wrong: Wrong | None
    seconds: tuple[str, ...] = ()
    """Who may agree, as the second person."""

    @property
    def status(self) -> int:
        """The page's HTTP status."""
        return self.wrong.status if self.wrong else 200


def entered(action: str) -> dict[str, str]:
    """What was typed and is no secret."""
    filled = {name: request.form.get(name, "") for name in _SHOWN_AGAIN.get(action, ())}
    if "sheet" in filled and request.files.get("file"):
        filled["sheet"] = _file() or filled["sheet"]
    return filled


def wrong_of(action: str, problem: Problem | None) -> Wrong | None:
    """The problem as the form tells it."""
    if problem is None:
        return None
    field = _ELSEWHERE.get((action, problem.code), _FIELDS.get(problem.code, ""))
    status = WRONG if problem.code in _TRIED else 409 if problem.status == 409 else 400
    return Wrong(field, problem.sentence(language()), status)


def read_sheet() -> str:
    """The backup sheet: the file that was chosen, or what was pasted. Raises `Problem("bad-key-sheet")`."""
    text = _file() or request.form.get("sheet", "")
    if not text.strip():
        raise Problem("bad-key-sheet")
    return text


def _file() -> str:
    """The chosen file as text; '' where there is none, or it is no text."""
    file = request.files.get("file")
    if file is None:
        return ""
    file.stream.seek(0)
    try:
        return clean(file.stream.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        return ""
