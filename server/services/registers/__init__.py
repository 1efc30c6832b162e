"""The registers of receptions and petitions, as the law has them."""

__all__ = ["books", "case_histories", "facts"]
