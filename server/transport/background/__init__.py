"""Parts of the server that do something again and again beside pages and line."""

__all__ = [
    "address_check",
    "backups",
    "broker_check",
    "certificate_watch",
    "checkpointer",
    "clock_keeper",
    "reviewer",
    "sweeper",
]
