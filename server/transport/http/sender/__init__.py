"""The page on which a sender looks their case up."""

__all__ = ["views"]
