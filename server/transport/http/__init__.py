"""The web: pages, JSON API, health, each subject in a room of its own."""

__all__ = [
    "access",
    "api",
    "cases",
    "dashboard",
    "devices",
    "frame",
    "keys",
    "misuse",
    "phone",
    "privacy",
    "registers",
    "reporting",
    "schools",
    "security",
    "sender",
    "serving",
    "wired",
]
