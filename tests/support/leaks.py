"""Looks for words that must not lie about: in files, in every cell of a database, in any bytes."""

import base64
import json
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path


class Secrets:
    """Words to look for, in every spelling in which a program may have written them down."""

    def __init__(self, *words: str) -> None:
        self._spellings: dict[bytes, str] = {}
        for word in words:
            for form in ("NFC", "NFD"):
                text = unicodedata.normalize(form, word)
                for spelling in (text, text.upper(), text.lower(), json.dumps(text)[1:-1], _percent(text)):
                    for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
                        self._spellings[spelling.encode(encoding)] = word
                for shift in range(3):  # base64 of a text that begins anywhere in what was encoded
                    coded = base64.b64encode(b"\0" * shift + text.encode())
                    self._spellings[coded[4 if shift else 0 : -4]] = word

    def within(self, content: bytes) -> set[str]:
        """Which of the words `content` holds."""
        return {word for spelling, word in self._spellings.items() if spelling in content}

    def in_files(self, directory: Path, leave_out: Iterable[str] = ()) -> dict[str, set[str]]:
        """The files under `directory` that hold any of the words, archives looked into."""
        found: dict[str, set[str]] = {}
        for path in sorted(directory.rglob("*")):
            name = str(path.relative_to(directory))
            if not path.is_file() or any(part in name for part in leave_out):
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            words = self.within(content)
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    words = words.union(*(self.within(archive.read(part)) for part in archive.namelist()))
            if words:
                found[name] = words
        return found

    def in_database(self, path: Path) -> dict[str, set[str]]:
        """The tables and columns that hold any of the words."""
        found: dict[str, set[str]] = {}
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            connection.row_factory = sqlite3.Row
            tables = [
                row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for table in tables:
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    for column, words in self._in_row(row).items():
                        found.setdefault(f"{table}.{column}", set()).update(words)
        return found

    def _in_row(self, row: Mapping[str, object] | sqlite3.Row) -> dict[str, set[str]]:
        found = {}
        for column in row.keys():  # noqa: SIM118 - a sqlite3.Row is no dict
            value = row[column]
            content = value if isinstance(value, bytes) else str(value).encode()
            if words := self.within(content):
                found[column] = words
        return found


def _percent(text: str) -> str:
    return "".join(
        c if c.isascii() and c.isalnum() else "".join(f"%{b:02X}" for b in c.encode()) for c in text
    )
