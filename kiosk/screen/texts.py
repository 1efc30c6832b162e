"""The words that a kiosk says."""

import functools
from pathlib import Path

from survey_defs.texts import Texts, load_texts

_TEXTS = Path(__file__).parents[1] / "texts"


@functools.cache
def kiosk_texts() -> Texts:
    """Returns all texts of the kiosk, in every language."""
    return load_texts(_TEXTS)
