"""Surveys, procedures and clocks for the kiosk's tests."""

from pathlib import Path
from typing import Any

from kiosk.clock import DeviceClock
from kiosk.program import Program, builtin_program
from survey_defs.device_config import encode_config, make_config
from survey_defs.loader import builtin_catalogue, builtin_surveys
from survey_defs.model import Choice, Question, Survey

LANGUAGES = ("vi", "en")


def text(words: str) -> dict[str, str]:
    return {"vi": words, "en": words}


def tthc() -> Program:
    """What a school's kiosk asks."""
    return builtin_program()


def faces_first() -> Program:
    """A survey that does not ask the procedure: the faces stand at rest."""
    survey = Survey(
        id="mot-cau", version=3, title=text("Một câu"), audiences=("hoc-sinh",), headline="muc",
        questions=(Question(id="muc", kind="level", text=text("Em có hài lòng không?"), skippable=False),),
    )  # fmt: skip
    return Program(survey, (), "Trường Mẫu")


def many_questions() -> Program:
    """Every kind of question, conditions on conditions, more choices than one page holds, all skippable."""
    choices = tuple(Choice(id=f"y-{n}", text=text(f"Ý {n}")) for n in range(1, 12))
    survey = Survey(
        id="nhieu-cau", version=1, title=text("Nhiều câu"), audiences=("giao-vien", "phu-huynh"),
        questions=(
            Question(id="a", kind="choice", text=text("A"), choices=choices),
            Question(id="b", kind="level", text=text("B")),
            Question(id="c", kind="choices", text=text("C"), choices=choices, when={"b": (1, 2)}),
            Question(id="d", kind="choice", text=text("D"), choices=choices[:3], when={"c": ("y-1", "y-9")}),
            Question(id="e", kind="level", text=text("E"), skippable=False),
        ),
    )  # fmt: skip
    return Program(survey, (), "Trường Mẫu")


def config_bytes(*, school: str = "Trường THCS Mẫu", sample: bool = False, survey: str = "tthc") -> bytes:
    """A configuration as the server publishes it."""
    chosen = builtin_surveys().newest(survey)
    assert chosen is not None
    return encode_config(
        make_config(
            school=school, sample=sample, survey=survey, surveys=(chosen,),
            procedures=tuple(builtin_catalogue().procedures),
        )
    )  # fmt: skip


class TestClock:
    """A clock that a test sets."""

    __test__ = False

    def __init__(self) -> None:
        self.now = 1_000_000

    def device(self) -> DeviceClock:
        return DeviceClock("boot-of-the-test", lambda: self.now, lambda: None, lambda: False)


def keep_config(data: Path, payload: bytes) -> None:
    data.mkdir(parents=True, exist_ok=True)
    (data / "config.json").write_bytes(payload)


Json = dict[str, Any]
