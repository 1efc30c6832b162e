__all__ = ["app", "frame", "serving"]

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
]
