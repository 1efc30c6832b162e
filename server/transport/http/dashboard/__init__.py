"""The overview and the data behind it, with their charts."""

__all__ = ["views"]
