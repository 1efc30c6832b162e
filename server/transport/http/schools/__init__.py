"""What a school sets up: its calendar, and the way to all its settings."""

__all__ = ["calendar", "settings_hub"]
