"""The answers that are left out, why, and what people say of them."""

__all__ = ["views"]
