"""The JSON API, its description, health and metrics."""

__all__ = ["health", "views"]
