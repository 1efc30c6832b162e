__all__ = ["app", "frame", "serving"]
