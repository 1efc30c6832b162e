"""Surveys, procedures and clocks for the kiosk's tests."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from kiosk.device.clock import DeviceClock
from kiosk.device.program import Program, builtin_program
from survey_defs.complaint import new_key
from survey_defs.device_config import ComplaintTerms, encode_config, make_config
from survey_defs.loader import builtin_catalogue, builtin_surveys
from survey_defs.model import Choice, Question, Survey
from survey_defs.subjects import builtin_subjects

_surveys, _catalogue = cache(builtin_surveys), cache(builtin_catalogue)  # reading them takes half a second
LANGUAGES = ("vi", "en")
SCHOOL_KEY, SCHOOL_PRIVATE = new_key()
"""The key pair of a school: what is sealed to the one is opened with the other."""
TERMS = ComplaintTerms(
    key=SCHOOL_KEY, code_salt=b"salt of a school", lookup="http://thcs-mau.example/tra-cuu",
    subjects=builtin_subjects(), answer_days=10, days_off=(date(2026, 11, 24), date(2027, 1, 1)),
    days_on=(), calendar_until=date(2098, 12, 31), kept_months=24,
)  # fmt: skip

PRINCIPAL_KEY, PRINCIPAL_PRIVATE = new_key()
"""Those of the room that no principal reads."""
HEAD = {"vi": "Chủ tịch UBND phường Hồng Gai", "en": "the chair of UBND phường Hồng Gai"}
APART = replace(TERMS, principal_key=PRINCIPAL_KEY, head=HEAD)
"""Where what is about the principal is read by others alone."""


def consent(lang: str, months: int) -> str:
    """The sentence that a sender agrees to."""
    return f"{lang}: {months} months"


def text(words: str) -> dict[str, str]:
    return {"vi": words, "en": words}


def tthc() -> Program:
    """What a school's kiosk asks."""
    return builtin_program()


def survey_of(id: str) -> Program:
    """One of the surveys that come with the program, as a school's kiosk asks it."""
    survey = _surveys().newest(id)
    assert survey is not None
    return replace(builtin_program(), survey=survey)


def with_complaints(program: Program) -> Program:
    """The same, and complaints are taken."""
    return replace(program, complaints=TERMS)


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


def config_bytes(
    *,
    school: str = "Trường THCS Mẫu",
    sample: bool = False,
    survey: str = "tthc",
    complaints: ComplaintTerms | None = None,
    **more: Any,
) -> bytes:
    """A configuration as the server publishes it; `more` are further fields of it."""
    chosen = _surveys().newest(survey)
    assert chosen is not None
    return encode_config(
        make_config(
            school=school, sample=sample, survey=survey, surveys=(chosen,),
            procedures=tuple(_catalogue().procedures), complaints=complaints, **more,
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
