"""The JSON API, version 1: a school's rates, for programs with that school's token."""

from datetime import date

from flask import Blueprint, Flask, g, jsonify, request
from flask.typing import ResponseReturnValue

from server.domain.figures.rates import Group
from server.domain.localtime import read_day
from server.domain.problems import Problem
from server.services import schools
from server.services.figures.publication import public_rates
from server.services.figures.rates import BREAKDOWNS, rates
from server.transport.http.api.openapi import describe
from server.transport.http.security.access import Access, allow
from server.transport.http.wired import context

_DESCRIPTION = describe()
_PARAMETERS = ("from", "to", "by", "misuse")
api = Blueprint("api", __name__, url_prefix="/api/1")


@api.get("/openapi.json")
@allow(Access.PUBLIC)
def openapi() -> ResponseReturnValue:
    """What the API is, as OpenAPI."""
    return jsonify(_DESCRIPTION)


@api.get("/schools/<school>/rates")
@allow(Access.TOKEN)
def school_rates(school: str) -> ResponseReturnValue:
    """The rates of a school."""
    with context().read() as work:
        slug = schools.school(work, school).slug
        if g.token.school != slug:
            raise Problem("wrong-school", slug=slug)
        _check_names()
        first, last = _day("from"), _day("to")
        if first > last:
            raise Problem("dates-reversed", first=first.isoformat(), last=last.isoformat())
        by = _one_of("by", BREAKDOWNS)
        included = _one_of("misuse", ("include",)) is not None
        asked = public_rates if g.token.kind == "public" else rates
        groups = asked(work, slug, first, last, by, included)
    return jsonify(
        {"from": first.isoformat(), "to": last.isoformat(), "groups": [_json(group) for group in groups]}
    )


def _json(group: Group) -> dict[str, object]:
    return {
        "key": group.key,
        "n": group.n,
        "levels": list(group.levels) if group.levels is not None else None,
        "share": group.share,
        "low": group.low,
        "high": group.high,
        "mean": group.mean,
        "suppressed": group.suppressed,
        "misuse": group.misuse,
    }


def _check_names() -> None:
    for name, values in request.args.lists():
        if name not in _PARAMETERS:
            raise Problem("unknown-parameter", name=name[:40], known=", ".join(_PARAMETERS))
        if len(values) > 1:
            raise Problem("repeated-parameter", name=name)


def _day(name: str) -> date:
    text = request.args.get(name)
    if text is None:
        raise Problem("missing-parameter", name=name)
    day = read_day(text)
    if day is None:
        raise Problem("bad-date", name=name)
    return day


def _one_of(name: str, known: tuple[str, ...]) -> str | None:
    value = request.args.get(name)
    if value is not None and value not in known:
        raise Problem("bad-choice", name=name, known=", ".join(known))
    return value


def install(app: Flask) -> None:
    """Add `/api/1` to the app."""
    app.register_blueprint(api)
