"""The survey and the complaint on a visitor's phone."""

__all__ = ["views"]
