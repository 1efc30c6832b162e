"""A browser and its system in two plain words, such as "Chrome, Windows": enough to know one's own machine
by, and too little to follow anybody with. No version, no model, no address.
"""

_BROWSERS = (
    ("coc_coc_browser", "Cốc Cốc"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Most browsers call themselves Chrome or Safari too: the first that fits is the one."""
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def machine_of(user_agent: str) -> str:
    """The words for what a browser says of itself (RFC 9110, 10.1.5); '' for one that nobody knows."""
    found = (_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))
    return ", ".join(word for word in found if word)


def _first(known: tuple[tuple[str, str], ...], said: str) -> str:
    return next((word for sign, word in known if sign in said), "")
