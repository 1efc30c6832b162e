"""What a complaint becomes before it is kept: sealed to the school's key, with a code for its sender."""

from typing import Any

from kiosk.complaint.form import Lodge
from survey_defs.letter import Letter
from survey_defs.wire import ABOUT_PRINCIPAL


def seal_complaint(lodge: Lodge) -> tuple[str, dict[str, Any]]:
    """A fresh code, and the fields of the event. Takes some 50 ms and 32 MB: not for the window's thread."""
    from survey_defs import complaint  # noqa: PLC0415 - a kiosk where nobody complains needs no libsodium

    key = lodge.terms.principal_key if lodge.about_principal else lodge.terms.key
    if key is None:
        raise ValueError("no key for what is about the principal, and no other is taken for it")
    code = complaint.new_code()
    keys = complaint.code_keys(code, lodge.terms.code_salt)
    box = complaint.seal(Letter(lodge.text, lodge.contact, keys.public), key)
    return code, {
        **({"room": ABOUT_PRINCIPAL} if lodge.about_principal else {}),
        "lang": lodge.lang,
        "procedure": lodge.procedure,
        "about": list(lodge.about),
        "code_hash": keys.code_hash,
        "sealed": complaint.encode_sealed(box),
    }


def spelled(code: str) -> tuple[str, ...]:
    """Returns the code in groups of four, as people read and copy it."""
    return tuple(code[start : start + 4] for start in range(0, len(code), 4))


def lookup_address(terms_lookup: str, code: str) -> str:
    """Returns what the QR holds. The code stands behind `#`, so that it reaches no server's log."""
    return f"{terms_lookup}#{code}"
