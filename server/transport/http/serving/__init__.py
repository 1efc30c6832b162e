"""waitress before the application: connections, patience, TLS."""

__all__ = ["server"]
