"""The JSON API's description of itself (OpenAPI 3.1)."""

from typing import Any

from server.services.figures.rates import BREAKDOWNS
from survey_defs import claim

Schema = dict[str, Any]

_DAY: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


_FRACTION = _or_null({"type": "number", "minimum": 0, "maximum": 1})
_GROUP: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key", "n", "levels", "share", "low", "high", "mean", "suppressed", "misuse"],
    "properties": {
        "key": {
            "type": "string",
            "description": "`all` without `by`; else the procedure's slug ('' for none), the channel, "
            "the device, or the month as YYYY-MM.",
        },
        "n": {**_COUNT, "description": "How many answers the figures rest on."},
        "levels": _or_null(
            {
                "type": "array",
                "items": _COUNT,
                "minItems": 5,
                "maxItems": 5,
                "description": "Answers of level 1 (very dissatisfied) to 5 (very satisfied).",
            }
        ),
        "share": {**_FRACTION, "description": "Survey share: levels 4 and 5 of all, a fraction."},
        "low": {**_FRACTION, "description": "Lower bound of the share's 95 % Wilson interval."},
        "high": {**_FRACTION, "description": "Upper bound of the share's 95 % Wilson interval."},
        "mean": {**_or_null({"type": "number", "minimum": 1, "maximum": 5}), "description": "Mean level."},
        "suppressed": {
            "type": "boolean",
            "description": "The group is too small, or would give a small one away: its figures are null.",
        },
        "misuse": {**_COUNT, "description": "Answers flagged as misuse; in `n` only with misuse=include."},
    },
}
_RATES: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["from", "to", "groups"],
    "properties": {"from": _DAY, "to": _DAY, "groups": {"type": "array", "items": _GROUP}},
}
_PROBLEM: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
}


_SHARE: Schema = {"type": "string", "pattern": "^04[0-9a-f]{128}$"}
_ENROL: Schema = {
    "type": "object",
    "required": ["v", "claim", "share"],
    "properties": {
        "v": {"const": 2},
        "claim": {
            "type": "string",
            "pattern": "^[a-km-np-z2-9]{3}$",
            "description": "The code's first three signs: which claim is meant.",
        },
        "share": {**_SHARE, "description": "The device's share of a run of SPAKE2 (RFC 9382, P-256)."},
        "certificate": {
            "type": "string",
            "pattern": "^([0-9a-f]{64})?$",
            "description": "SHA-256 of the certificate shown to the device, where it could not check it.",
        },
        "kind": {"type": "string", "description": "What the device is: kiosk or button."},
        "proof": {
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "In the second request: shows that the device knows the code.",
        },
    },
}
_ENROLLED: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["v"],
    "properties": {
        "v": {"const": 2},
        "share": {**_SHARE, "description": "To the first request: the server's share."},
        "terms": {"type": "string", "description": "To the second: device, school, kind, …"},
        "proof": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Shows the server knows it."},
    },
}


def describe() -> Schema:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hài Lòng",
            "version": "1",
            "description": "Satisfaction rates of one school, and how a device enrols. "
            "Days are days in Asia/Ho_Chi_Minh. A token is live or public. A live one opens any two days: "
            "from two ranges that differ by few answers those can be worked out, so it is for the school's "
            "own use. A public one opens whole months and the periods of reports (first half-year, year) "
            "that are over, as a whole or by month; what is too small is suppressed, and so much besides "
            "that a period less its months names nobody.",
        },
        "security": [{"token": []}],
        "paths": {
            "/api/1/schools/{school}/rates": {"get": _rates_operation()},
            claim.PATH: {"post": _enrol_operation()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Rates": _RATES, "Problem": _PROBLEM, "Enrol": _ENROL, "Enrolled": _ENROLLED},
        },
    }


def _rates_operation() -> Schema:
    return {
        "operationId": "rates",
        "summary": "The satisfaction rate from one day to another, as a whole or broken down",
        "parameters": [
            {
                "name": "school",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
            },
            _query("from", _DAY, "First day, inclusive.", required=True),
            _query("to", _DAY, "Last day, inclusive; not before `from`.", required=True),
            _query("by", {"type": "string", "enum": list(BREAKDOWNS)}, "Break the rate down by this."),
            _query("misuse", {"type": "string", "enum": ["include"]}, "Count answers flagged as misuse too."),
        ],
        "responses": {
            "200": _response("The rates.", "Rates"),
            "401": _response("No token, or none that is known.", "Problem"),
            "403": _response(
                "The token belongs to another school, or is public and does not open this.", "Problem"
            ),
            "404": _response("There is no such school.", "Problem"),
            "422": _response("A parameter is missing, unknown, repeated or cannot be read.", "Problem"),
        },
    }


def _enrol_operation() -> Schema:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Enrol"}}}
    return {
        "operationId": "enrol",
        "summary": "Exchange a claim code for a device's credentials, in two requests",
        "security": [],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": _response("What the device is to use from now on.", "Enrolled"),
            "400": _response("The request cannot be read.", "Problem"),
            "403": _response("Not over HTTPS.", "Problem"),
            "404": _response("No such code.", "Problem"),
            "409": _response(
                "The code is wrong or was used, or the certificate is not the server's.", "Problem"
            ),
            "410": _response("The code is too old, was withdrawn, or wrong ones were tried.", "Problem"),
            "429": _response("Too many wrong codes.", "Problem"),
        },
    }


def _query(name: str, schema: Schema, description: str, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": description}


def _response(description: str, schema: str) -> Schema:
    reference = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"description": description, "content": {"application/json": reference}}
