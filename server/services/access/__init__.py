"""Who may come in: accounts, passwords, sessions, tokens, limits of tries."""

__all__ = [
    "accounts",
    "address_counter",
    "browsers",
    "passwords",
    "people",
    "search_words",
    "second_person",
    "session_key",
    "sessions",
    "sign_in_limits",
    "tokens",
]
