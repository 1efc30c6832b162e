"""Options that several of the kiosk's commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def data_option(
    text: str = "The data directory of this kiosk.", *, required: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--data`, or `HAILONG_KIOSK_DATA`: where a kiosk keeps what is its own."""
    kind = click.Path(path_type=Path)
    return click.option("--data", required=required, envvar="HAILONG_KIOSK_DATA", type=kind, help=text)
