"""What people ask about their own data."""

__all__ = ["views"]
