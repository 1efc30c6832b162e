"""A unit of work for a test's single question: each query by itself, outside of any transaction."""

from server.services.context import Context, Work
from server.storage.queries import Queries


def reading(ctx: Context) -> Work:
    """What a service reads with, at this moment."""
    return Work(ctx, Queries(ctx.store.connection), ctx.now())
