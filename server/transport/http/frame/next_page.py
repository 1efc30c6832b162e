"""Where a page leads on to, as a form or an address names it."""


def own_path(target: str | None) -> str | None:
    """A path of this site, or None: nobody is led elsewhere by a link to our pages."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    return target if target.isprintable() and "\\" not in target else None
