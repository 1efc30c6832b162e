"""The pages of kiosks, button boxes and survey points, and the way in for a new device."""

__all__ = ["enrol", "point_views", "views"]
