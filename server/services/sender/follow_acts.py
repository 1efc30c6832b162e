"""What the sender of a case does: a word, a verdict on the answer, a request about their own data.

Each form carries the version of the case that its page showed. The same form sent twice (a double tap, a
page loaded again) counts once: its entry keeps that version. A form that was sent, changed and sent again
is another word, and kept as well.
"""

from __future__ import annotations

import json
from typing import Any

from nacl.encoding import HexEncoder
from nacl.hash import blake2b

from server.domain.cases.casework import ANSWERS, SENDER
from server.domain.problems import Problem
from server.services.cases import casefile
from server.services.context import Context, Work
from server.services.keys.keys import seal_for_desk
from server.services.privacy.requests import KINDS, add_request
from server.services.sender.follow import close_reason, may
from survey_defs.complaint import CodeKeys, seal, unseal
from survey_defs.letter import MAX_TEXT, Letter, TextProblem, clean_text

ACTS = ("word", "settled", "not_settled", "unsatisfied", "privacy")
ASKED_AGAIN = ("word-empty", "word-too-long", "wish-missing", "answer-moved-on")
"""Problems that the sender can mend on the page of the case."""
_ENTRIES = {"unsatisfied": "rate"}
_VERDICTS = ("settled", "not_settled", "unsatisfied")


def act(ctx: Context, keys: CodeKeys, *, act: str, after: str, text: str, wish: str) -> str:
    """Do what a form asks. Returns what was done, "" for a form that is none of ours.

    `after` is the version of the case that the form's page showed (for `privacy` how many requests it
    showed), `text` what was written, `wish` the kind of a `privacy` request. Raises `Problem`:
    `word-empty`, `word-too-long`, `wish-missing`, each with the act in `values["field"]`; `answer-moved-on`
    where the case has changed so that the act makes no sense any more; `no-words-now` where the school has
    no key to seal them to.
    """
    if act not in ACTS:
        return ""
    words = _words(act, text)
    if act == "privacy":
        _ask(ctx, keys, wish, words, _version(after))
    else:
        _append(ctx, keys, act, words, _version(after))
    return act


def _append(ctx: Context, keys: CodeKeys, act: str, words: str, after: int) -> None:
    action = _ENTRIES.get(act, act)
    with ctx.write() as work:
        row = _find(work, keys)
        entries = list(work.sql.follow_entries(case_n=row["n"]))
        own = [each for each in entries if each["actor"] == SENDER and each["action"] == action]
        if words in _said(work, keys, [each for each in own if _after(each) == after]):
            return
        if action not in may(row, close_reason(entries)) or (
            act in _VERDICTS and any(each["action"] in ANSWERS and each["seq"] > after for each in entries)
        ):
            raise Problem("answer-moved-on", field="word" if words else "")
        casefile.append(
            work,
            work.sql.case_get(n=row["n"]),
            actor=SENDER,
            action=action,
            reason="resolved" if act == "settled" else None,
            data={"after": after},
            boxes=_boxes(work, row, keys, words),
            changes={"satisfied": 0} if act == "unsatisfied" else None,
        )


def _ask(ctx: Context, keys: CodeKeys, wish: str, words: str, after: int) -> None:
    if wish not in KINDS:
        raise Problem("wish-missing", field="privacy")
    form = f"{after} {wish} {words}".encode()
    mark = blake2b(form, key=keys.private, digest_size=16, encoder=HexEncoder).decode()
    with ctx.write() as work:
        row = _find(work, keys)
        if work.sql.follow_marked(case_n=row["n"], mark=mark) is not None:
            return
        box = _for_desk(work, row, Letter(words)) if words else None
        n = add_request(
            work,
            school=row["school"],
            case_n=row["n"],
            kind=wish,
            actor=SENDER,
            details_box=box,
        )
        work.sql.follow_mark(n=n, mark=mark)


def _find(work: Work, keys: CodeKeys) -> Any:
    row = work.sql.follow_case(code_hash=keys.code_hash)
    if row is None:  # erased since the page was shown
        raise Problem("answer-moved-on", field="")
    return row


def _after(entry: Any) -> int:
    """The version of the case that the form of an entry showed."""
    return int(json.loads(entry["data"])["after"])


def _said(work: Work, keys: CodeKeys, entries: list[Any]) -> list[str]:
    """What the sender wrote with each of these entries; "" where nothing was written."""
    said = []
    for each in entries:
        boxes = work.sql.follow_boxes(case_n=each["case_n"])
        opened = [unseal(box["box"], keys.private) for box in boxes if box["seq"] == each["seq"]]
        said += [letter.text for letter in opened if letter is not None] or [""]
    return said


def _boxes(work: Work, row: Any, keys: CodeKeys, words: str) -> dict[str, bytes]:
    """The words for the school and for the sender, who can read with the code what they wrote."""
    if not words:
        return {}
    letter = Letter(words)
    return {"desk": _for_desk(work, row, letter), "sender": seal(letter, keys.public)}


def _for_desk(work: Work, row: Any, letter: Letter) -> bytes:
    try:
        return seal_for_desk(work, row["school"], row["room"], letter)
    except Problem as problem:
        if problem.code == "no-seal-key":  # a sentence for the clerk
            raise Problem("no-words-now") from problem
        raise


def _words(act: str, text: str) -> str:
    """The text as it is kept; only a word must have one."""
    try:
        return clean_text(text)
    except TextProblem as problem:
        if problem.code == "too-long":
            raise Problem("word-too-long", field=act, count=len(text), most=MAX_TEXT) from None
        if act == "word":
            raise Problem("word-empty", field=act) from None
        return ""


def _version(after: str) -> int:
    """The version that the form names; 0, older than any, where it makes no sense."""
    return int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
