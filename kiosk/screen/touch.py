"""What counts as one touch."""

GUARD_MS = 350
"""A second touch within this time is the same finger; only on the keyboard is every lift a key."""
