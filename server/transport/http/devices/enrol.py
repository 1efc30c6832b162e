"""`POST /api/1/enrol`: a device shows that it knows a claim code and is told where to connect."""

from typing import NamedTuple

from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from server.domain.problems import Problem
from server.services.access.address_counter import AddressCounter, Limit
from server.services.devices.enrol import Runs, exchange
from server.transport.http.security.access import Access, allow
from server.transport.http.security.secure_line import is_here
from server.transport.http.wired import PerApp, context
from survey_defs.claim import PATH

WRONG_FROM_ONE, WRONG_IN_ALL = 10, 100
"""Codes that nobody made, or wrong ones, within a quarter of an hour: from one address, and from all."""
ASKED_BY_ONE, ASKED_IN_ALL = 120, 1000
"""Requests of all kinds, within the same time: each costs the server some milliseconds of arithmetic."""
_WRONG = ("claim-unknown", "claim-wrong", "claim-guessed")
_MAX_BYTES = 1024


class _Enrolling(NamedTuple):
    """What an application remembers of the devices that ask."""

    counter: AddressCounter
    runs: Runs


enrolment = Blueprint("enrolment", __name__)
_enrolling: PerApp[_Enrolling] = PerApp("enrolling")


@enrolment.post(PATH)
@allow(Access.PUBLIC)
def enrol() -> ResponseReturnValue:
    """Exchange a claim code for what the device is to use from now on."""
    address, now = request.remote_addr or "", context().running()
    if not request.is_secure and not is_here():
        raise Problem("enrol-insecure")
    if request.content_length is None or request.content_length > _MAX_BYTES:
        raise Problem("bad-enrolment")
    wrong = Limit("claims", WRONG_FROM_ONE, address), Limit("claims", WRONG_IN_ALL)
    asked = Limit("enrol", ASKED_BY_ONE, address), Limit("enrol", ASKED_IN_ALL)
    counter, runs = _enrolling()
    if minutes := counter.take(now, *wrong, *asked):
        raise Problem("too-many-tries", minutes=minutes)
    is_wrong = False
    try:
        answer = exchange(context(), runs, request.get_data())
    except Problem as problem:
        is_wrong = problem.code in _WRONG
        raise
    finally:
        if not is_wrong:
            counter.give_back(now, *wrong)
    return Response(answer, mimetype="application/json", headers={"Cache-Control": "no-store"})


def install(app: Flask, csrf: CSRFProtect) -> None:
    """Add the address to the app."""
    _enrolling.keep(app, _Enrolling(AddressCounter(), Runs()))
    csrf.exempt(enrolment)
    app.register_blueprint(enrolment)
