"""The book of receptions, who came, the counts, and the slip for a walk-in."""

__all__ = ["views"]
