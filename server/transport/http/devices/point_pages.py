"""The pages of the points: all of a school's with the form for a new one, one by itself, its changes."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from markupsafe import Markup

from server.domain.collation import vietnamese_order
from server.domain.devices.points import AUDIENCES, MAX_LABEL, MAX_WIFI, PLACES
from server.domain.devices.slips import SHEET
from server.domain.problems import Problem
from server.reports.devices.point_papers import MEDIA_TYPES
from server.reports.devices.poster import SIZES, spelled
from server.reports.devices.poster_pictures import qr_svg
from server.services.context import Context
from server.services.dashboard import overview as overviews
from server.services.devices import points, slips
from server.services.devices.points import Point
from server.services.network import public_address
from server.transport.http.frame.language import language
from survey_defs.model import localized

_FIELDS = {
    "bad-label": "label",
    "unknown-place": "place",
    "unknown-audience": "audience",
    "unknown-survey": "survey",
    "survey-audience": "survey",
    "bad-wifi": "wifi",
    "bad-sheets": "sheets",
}
"""Which field of a form a problem is about; others are about the whole."""
_SAID = ("made", "changed", "back")


class PointPages:
    """Renders them; with a problem, the form that it is about as it was sent."""

    def __init__(self, ctx: Context) -> None:
        """Reads nothing yet."""
        self._ctx = ctx

    def all(self, school: str, wrong: Problem | None = None) -> str:
        """The list of a school's points, and the form to add one."""
        ctx, period = self._ctx, overviews.period_of(self._ctx, None)
        with ctx.read() as work:
            found = points.points(work, school)
            counts = points.counts(work, school, period.start, period.end)
            left = slips.left(work, school)
        return render_template(
            "devices/points.html",
            points=found,
            counts=counts,
            left=left,
            period=period,
            addresses={point.id: spelled(points.address(ctx, point)) for point in found},
            **self._form({"place": PLACES[0], "audience": AUDIENCES[0]}, wrong),
        )

    def one(self, point: Point, wrong: Problem | None = None) -> str:
        """One point with its code, its counts and its papers."""
        ctx, period = self._ctx, overviews.period_of(self._ctx, None)
        with ctx.read() as work:
            count = points.counts(work, point.school, period.start, period.end)[point.id]
            left = slips.left_of(work, point)
        address = points.address(ctx, point)
        said = request.args.get("xong")
        return render_template(
            "devices/point.html",
            point=point,
            count=count,
            left=left,
            period=period,
            address=address,
            short=spelled(address),
            qr=Markup(qr_svg(address)),  # noqa: S704 - squares alone, not a letter of the address
            asked=self._title(point.survey),
            said=said if said in _SAID else None,
            sizes=SIZES,
            endings=tuple(MEDIA_TYPES),
            sheet=SHEET,
            most_sheets=slips.MAX_SHEETS,
            **self._form({"sheets": "1"}, wrong),
        )

    def change(self, point: Point, wrong: Problem | None = None) -> str:
        """The form to change a point."""
        filled = {
            "label": point.label,
            "audience": point.audience,
            "survey": point.survey,
            "wifi": point.wifi,
            "single_use": "1" if point.single_use else "",
        }
        return render_template("devices/point_change.html", point=point, **self._form(filled, wrong))

    def _form(self, filled: dict[str, str], wrong: Problem | None) -> dict[str, Any]:
        """What a point's form needs: its choices, how it is filled in, what is wrong with which field."""
        field = _FIELDS.get(wrong.code, "") if wrong else ""
        return {
            "places": PLACES,
            "audiences": AUDIENCES,
            "surveys": sorted(
                {each.id: self._title(each.id) for each in self._ctx.surveys}.items(),
                key=lambda each: vietnamese_order(each[1]),
            ),
            "filled": request.form.to_dict() if wrong else filled,
            "wrong": wrong.sentence(language()) if wrong else "",
            "wrong_field": field,
            "most_label": MAX_LABEL,
            "most_wifi": MAX_WIFI,
            "reach": public_address.reach(self._ctx),
            "site": public_address.address(self._ctx),
            "served": public_address.served(self._ctx),
            "is_unproven": public_address.is_unproven(self._ctx),
            "has_public_url": bool(self._ctx.settings.public_url),
            "printable": public_address.is_printable(self._ctx),
        }

    def _title(self, survey: str) -> str:
        newest = self._ctx.surveys.newest(survey)
        return localized(newest.title, language()) if newest else survey
