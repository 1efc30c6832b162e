"""Vietnamese without its marks, for ids, for searching, and for what people type without them."""

import unicodedata


def without_marks(text: str) -> str:
    """Small letters without tone and vowel marks: `tố` as `to`, `đòi` as `doi`."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
