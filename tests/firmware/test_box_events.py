"""The event of a press: well formed, its bytes the same under CPython and under MicroPython."""

from __future__ import annotations

import json
from pathlib import Path

from firmware.events import BUILT_IN, answer_event
from firmware.journal import event_id
from survey_defs import wire
from survey_defs.loader import builtin_surveys
from survey_defs.model import Survey
from tests.support import device
from tests.support.box import run_box

JOURNAL = "0d9b2f6e-1111-4222-8333-444455556666"
CONFIG = {"survey": "tiep-dan", "version": 3, "question": "chung", "lang": "en", "procedures": ["hoc-ba"]}


def test_it_is_an_event_of_the_wire() -> None:
    event = json.loads(answer_event(JOURNAL, 7, "b00t", 1234, 5, None, None, False))
    assert wire.check_event(event) is None
    assert list(event) == list(device.event(1))
    assert event == device.event(
        7, journal=JOURNAL, boot="b00t", level=5, id=event_id(JOURNAL, 7), up_ms=1234, channel="button",
        procedure=None, took_ms=None,
    )  # fmt: skip


def test_the_configuration_says_what_was_asked_and_a_burst_is_marked() -> None:
    event = json.loads(answer_event(JOURNAL, 8, "b00t", 1234, 1, "hoc-ba", CONFIG, True))
    assert wire.check_event(event) is None
    assert (event["survey"], event["version"], event["lang"]) == ("tiep-dan", 3, "en")
    assert (event["answers"], event["procedure"], event["signs"]) == ({"chung": 1}, "hoc-ba", ["burst"])


def test_without_configuration_the_question_exists() -> None:
    survey = builtin_surveys().find(BUILT_IN["survey"], BUILT_IN["version"])
    assert isinstance(survey, Survey)
    assert BUILT_IN["question"] == survey.headline


def test_micropython_writes_the_same_bytes(tmp_path: Path) -> None:
    script = tmp_path / "write.py"
    script.write_text(
        "from firmware.events import answer_event\n"
        f"print(answer_event({JOURNAL!r}, 7, 'b00t', 1234, 5, None, None, False).decode())\n"
        f"print(answer_event({JOURNAL!r}, 8, 'b00t', 1234, 1, 'hoc-ba', {CONFIG!r}, True).decode())\n"
    )
    assert run_box(script).stdout.encode().splitlines() == [
        answer_event(JOURNAL, 7, "b00t", 1234, 5, None, None, False),
        answer_event(JOURNAL, 8, "b00t", 1234, 1, "hoc-ba", CONFIG, True),
    ]
