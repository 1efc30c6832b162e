"""The first page: the period at a glance, what waits for a person, how the devices are."""

__all__ = ["fleet", "overview"]
