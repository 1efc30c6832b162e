"""The pages of the keys, and opening them for a session."""

__all__ = ["unlocking", "views"]
