"""The facts of the reports to the office above, and which reports there are."""

__all__ = ["complaints", "facts", "gather", "listing"]
