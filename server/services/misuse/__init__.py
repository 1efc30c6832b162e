"""Answers that are left out: by the rules, by people, and what is shown of them."""

__all__ = ["labels", "review", "views"]
