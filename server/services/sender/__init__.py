"""A case as its sender sees it by its code, and what the sender can do."""

__all__ = ["follow", "follow_acts", "lookup_gate"]
