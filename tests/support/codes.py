"""Codes of senders that are the same in every test: what each comes to is then worked out once for a run."""

import random

from survey_defs.complaint import CODE_DIGITS


def known_code(number: int) -> str:
    """The sender's code with this number: 16 digits that say nothing, like real ones."""
    return "".join(random.Random(number).choices("0123456789", k=CODE_DIGITS))
