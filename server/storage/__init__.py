"""The store: SQLite through sqlite-utils, named queries in `.sql` files, numbered migrations."""

from server.storage.database import Store, open_store

__all__ = ["Store", "open_store"]
