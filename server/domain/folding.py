"""Text as a search sees it: small letters without marks, so that "hoà", "hòa" and "hoa" are one."""

from survey_defs.tone_marks import without_marks


def fold(text: str) -> str:
    """The text in small letters without tone or vowel marks, `đ` as `d`, spaces as one each."""
    return " ".join(without_marks(text.casefold()).split())


def words_of(query: str) -> tuple[str, ...]:
    """The different words of what a person searches for, folded, the longest first."""
    return tuple(sorted(set(fold(query).split()), key=lambda word: (-len(word), word)))


def like(word: str) -> str:
    r"""The pattern for SQL's `LIKE … ESCAPE '\'` that finds the word anywhere; its own wildcards are tame."""
    for special in "\\%_":
        word = word.replace(special, "\\" + special)
    return f"%{word}%"
