"""What may be written down of a failure: its kind and its places in the program.

Never its text, nor the request: both may hold somebody's words, a path or an address.
"""

import sys
import traceback
from pathlib import Path


def told(error: BaseException | None = None) -> dict[str, str]:
    """`error` and `at`, for a line of the log; of the exception that is being handled where none is given."""
    failed = error if error is not None else sys.exc_info()[1]
    if failed is None:
        return {}
    places = traceback.extract_tb(failed.__traceback__)
    at = " < ".join(f"{Path(place.filename).name}:{place.lineno}" for place in reversed(places))
    return {"error": type(failed).__name__, "at": at}
