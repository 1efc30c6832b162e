"""Signing in and out, and a person's own account."""

__all__ = ["account", "login"]
