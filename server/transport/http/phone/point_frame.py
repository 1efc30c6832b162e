"""What surrounds every page of a point: whose it is, whom it speaks to, and whether it takes complaints."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from server.services import schools
from server.services.context import Context
from server.services.devices import points
from server.services.devices.points import Point
from server.services.keys.keys import intake_key
from server.services.phone.survey_form import PhoneView
from survey_defs.texts import Texts

Say = Callable[..., str]
"""A text by its key, in the words for this page's readers."""
_PUPILS = "hoc-sinh"


class Frame(NamedTuple):
    """The point of a page with its school."""

    point: Point
    school_name: str
    sample: bool
    takes_complaints: bool

    def say(self, texts: Texts, lang: str) -> Say:
        """The texts as this point's readers are spoken to."""
        return speaker(texts, lang, pupils=self.point.audience == _PUPILS)


def frame(ctx: Context, point_id: str) -> Frame:
    """The frame of a point, retired or not. Raises `Problem("unknown-point")`."""
    with ctx.read() as work:
        point = points.find(work, point_id)
        school = schools.school(work, point.school)
        return Frame(point, school.name, school.sample, intake_key(work, point.school) is not None)


def frame_of(view: PhoneView) -> Frame:
    """The frame of a survey's page."""
    return Frame(view.point, view.school_name, view.sample, view.takes_complaints)


def speaker(texts: Texts, lang: str, *, pupils: bool = False) -> Say:
    """The texts in a language; pupils are spoken to in words of their own where there are such."""

    def say(key: str, **places: object) -> str:
        own = f"phone.em.{key.removeprefix('phone.')}"
        return texts(lang, own if pupils and own in texts else key, **places)

    return say
