"""Who may call, how often and over which line; what a request may carry and an answer may say."""

__all__ = [
    "access",
    "clean_request",
    "cookieless",
    "form_sizes",
    "headers",
    "limiting",
    "refusals",
    "secure_line",
    "session_cookie",
]
