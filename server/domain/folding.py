"""Text as a search sees it: small letters without marks, so that "hoà", "hòa" and "hoa" are one."""

import unicodedata


def fold(text: str) -> str:
    """The text in small letters without tone or vowel marks, `đ` as `d`, spaces as one each."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def words_of(query: str) -> tuple[str, ...]:
    """The different words of what a person searches for, folded, the longest first."""
    return tuple(sorted(set(fold(query).split()), key=lambda word: (-len(word), word)))


def like(word: str) -> str:
    r"""The pattern for SQL's `LIKE … ESCAPE '\'` that finds the word anywhere; its own wildcards are tame."""
    for special in "\\%_":
        word = word.replace(special, "\\" + special)
    return f"%{word}%"
