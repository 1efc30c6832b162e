"""Fresh ids of events, journals and sessions."""

from uuid import uuid4


def new_id() -> str:
    """Returns a fresh random UUID."""
    return str(uuid4())
