"""What a page's reader sends is cleaned once, at the door: fields of forms and addresses, as text is kept."""

from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from survey_defs.plain_text import clean, clean_within


class CleanFields(ImmutableMultiDict[str, Any]):
    """The fields of a form or an address, names and texts clean; files as they are.

    A password comes in NFC with all the rest; `server.services.access.passwords` tries how it may have been
    spelled before.
    """

    def __init__(self, mapping: Any = None) -> None:
        """`mapping`: as werkzeug hands it over."""
        pairs = iter_multi_items(mapping) if mapping is not None else ()
        super().__init__([(clean(name), clean_within(value)) for name, value in pairs])


class CleanRequest(Request):
    """A request whose `form` and `args` are clean."""

    parameter_storage_class = CleanFields


def install(app: Flask) -> None:
    """Every request of the app comes in clean, the parts of its address too."""
    app.request_class = CleanRequest

    @app.url_value_preprocessor
    def clean_parts(_: str | None, values: dict[str, Any] | None) -> None:
        if values:
            values.update(clean_within(values))
