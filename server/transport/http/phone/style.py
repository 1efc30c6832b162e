"""How the phone's pages look and what they may do: style and script stand inside, named by their hash."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from survey_defs.model import Question, Survey

_STATIC = Path(__file__).parents[3] / "static"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_POLICY = (
    "default-src 'none'; style-src {style}; script-src '{script}'; img-src data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Look(NamedTuple):
    """What stands inside a page, and the policy that allows this and nothing else."""

    style: Markup
    more_style: Markup
    script: Markup
    policy: str


def look(style: str, script: str, more_style: str = "") -> Look:
    """The look of pages with this script and style, which one survey has `more_style` of its own besides.

    Two styles, so that a page may take the place of another whose policy it has to follow.
    """
    styles = " ".join(f"'{_hash(each)}'" for each in (style, more_style) if each)
    policy = _POLICY.format(style=styles, script=_hash(script))
    return Look(Markup(style), Markup(more_style), Markup(script), policy)  # noqa: S704 - files of ours


def own_style() -> str:
    """The pages' style sheet, without what only people need."""
    css = _COMMENT.sub("", (_STATIC / "phone.css").read_text(encoding="utf-8"))
    css = re.sub(r"\s+", " ", css)
    return re.sub(r" ?([{};,]) ?", r"\1", css).strip()


def own_script(*names: str) -> str:
    """Scripts, without their comments and indents."""
    sources = [(_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in names]
    lines = (line.strip() for source in sources for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def conditions(survey: Survey) -> str:
    """Style that hides the questions that do not follow from what is chosen.

    A browser without `:has` (older than 2023) shows them all. What has an answer stays in sight: nobody
    sends what they do not see.
    """
    places = {question.id: (n, question) for n, question in enumerate(survey.questions, 1)}
    rules = []
    for n, question in enumerate(survey.questions, 1):
        for other, accepted in question.when.items():
            asked, source = places[other]
            boxes = ",".join(f"#q{asked}-{number}:checked" for number in _numbers(source, accepted))
            rules.append(f"form:not(:has({boxes})) #q{n}:not(:has(:checked)){{display:none}}")
    return "".join(rules)


def _numbers(question: Question, accepted: tuple[int | str, ...]) -> list[int]:
    """The places, from 1, of answers among those that the question offers."""
    if question.kind == "level":
        return [int(level) for level in accepted]
    return [n for n, choice in enumerate(question.choices, 1) if choice.id in accepted]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
