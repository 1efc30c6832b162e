"""What every page stands in: the application, language, formats, errors, forms that come back."""

__all__ = [
    "application",
    "clock_strip",
    "errors",
    "formats",
    "kept_forms",
    "language",
    "next_page",
    "reader",
    "template_context",
]
