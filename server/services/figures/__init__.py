"""A school's figures: rates, reasons, how sure they are, and which of them may be published."""

__all__ = ["breakdowns", "comparison", "publication", "quality", "rates", "reasons"]
