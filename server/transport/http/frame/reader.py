"""Who reads a page: whoever has signed in, as services ask for them."""

from flask_login import current_user

from server.domain.cases.casework import Actor
from server.services.cases import actions
from server.services.context import Work
from server.transport.http.wired import context


def reader(work: Work) -> Actor:
    """Returns whoever has signed in, with what they hold at this moment of the store."""
    return actions.actor_of(work, current_user.account)


def reader_now() -> Actor:
    """Returns the same from a unit of work of its own, for a service that opens its units itself."""
    with context().read() as work:
        return reader(work)
