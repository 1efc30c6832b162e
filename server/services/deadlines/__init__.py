"""Limits of the law, counted on the calendar of the nation and the school."""

__all__ = ["calendars", "deadlines"]
