"""YAML as text into nodes and values, by libyaml where PyYAML brings it: ten times as fast.

Every start of a command or a server reads a hundred kilobytes of words and surveys. What libyaml refuses is
read once more in Python, which says more clearly what is wrong, and where.
"""

from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(text: str) -> yaml.Node | None:
    """The tree of nodes; None for an empty text. Raises as PyYAML's own composer does."""
    try:
        return yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError):
        return yaml.compose(text, Loader=yaml.SafeLoader)


def read(text: str) -> Any:
    """The values of a file of ours, whose form others check. Raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are safe ones
