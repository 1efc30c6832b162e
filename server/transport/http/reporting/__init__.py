"""The reports, each as a document to take away."""

__all__ = ["views"]
