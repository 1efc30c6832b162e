"""JSON read strictly and alike on every side, in the subset of Python that MicroPython runs.

CPython's own reader does it, with its few liberties taken away. Before it comes msgspec's, five times as
fast and stricter: what it takes, both read alike; what it refuses, the other decides. MicroPython's own
takes a cut-off or garbled message for a good one (`{"a" 1`, `[1,,2`), so there the small reader below
stands in: same values, same refusals. All refuse what is not UTF-8, NaN and Infinity, more than
`MAX_DEPTH` levels, and integers of more than `MAX_DIGITS` digits (CPython's own bound). A repeated key's
last value stands.
"""

import json
import sys

if sys.implementation.name != "micropython":
    import msgspec

MAX_DEPTH = 16
MAX_DIGITS = 4300

_SPACE = b" \t\n\r"
_DIGITS = b"0123456789"
_HEX = b"0123456789abcdefABCDEF"
_ESCAPES = {34: '"', 92: "\\", 47: "/", 98: "\b", 102: "\f", 110: "\n", 114: "\r", 116: "\t"}
_WORDS = ((b"true", True), (b"false", False), (b"null", None))


def is_utf8(data: bytes) -> bool:
    """Whether `data` is well-formed UTF-8: no overlong form, no surrogate, nothing over U+10FFFF."""
    at, end = 0, len(data)
    while at < end:
        lead = data[at]
        at += 1
        if lead < 0x80:
            continue
        if 0xC2 <= lead <= 0xDF:
            more, low, high = 1, 0x80, 0xBF
        elif 0xE0 <= lead <= 0xEF:
            more, low, high = 2, 0xA0 if lead == 0xE0 else 0x80, 0x9F if lead == 0xED else 0xBF
        elif 0xF0 <= lead <= 0xF4:
            more, low, high = 3, 0x90 if lead == 0xF0 else 0x80, 0x8F if lead == 0xF4 else 0xBF
        else:
            return False
        if at + more > end or not low <= data[at] <= high:
            return False
        for follower in data[at + 1 : at + more]:
            if not 0x80 <= follower <= 0xBF:
                return False
        at += more
    return True


def is_storable(text: str) -> bool:
    """Whether `text` can be written as UTF-8, that is: holds no half of a surrogate pair."""
    try:
        data = text.encode()
    except UnicodeError:
        return False
    # MicroPython writes such halves out as if they were letters: ED A0..BF xx.
    at = data.find(b"\xed")
    while at >= 0:
        if data[at + 1] >= 0xA0:
            return False
        at = data.find(b"\xed", at + 1)
    return True


def deeper_than(value: object, depth: int) -> bool:
    """Whether lists and objects are nested in `value` more than `depth` levels deep."""
    if type(value) is dict:
        inner = list(value.values())
    elif type(value) is list:
        inner = value
    else:
        return False
    if depth <= 0:
        return True
    for item in inner:  # a loop, not any(): this runs for every batch of the ingest
        kind = type(item)
        if (kind is dict or kind is list) and deeper_than(item, depth - 1):
            return True
    return False


class Reader:
    """Reads one JSON text from bytes: slow, small and strict."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def document(self) -> object:
        """The whole text's value. Raises ValueError where the text is no JSON or breaks a bound."""
        if not is_utf8(self.data):
            raise ValueError("not UTF-8")
        value = self._value(MAX_DEPTH)
        if self._peek() >= 0:
            raise ValueError("more after the end")
        return value

    def _peek(self) -> int:
        """The next byte that is no space, or -1 at the end; stays on it."""
        data, at, end = self.data, self.at, len(self.data)
        while at < end and data[at] in _SPACE:
            at += 1
        self.at = at
        return data[at] if at < end else -1

    def _take(self, byte: int) -> None:
        if self._peek() != byte:
            raise ValueError("expected " + chr(byte))
        self.at += 1

    def _value(self, depth: int) -> object:
        lead = self._peek()
        if lead == 0x22:
            return self._string()
        if lead == 0x7B or lead == 0x5B:  # noqa: PLR1714 - MicroPython builds a tuple for `in`
            if depth <= 0:
                raise ValueError("too deep")
            return self._object(depth - 1) if lead == 0x7B else self._list(depth - 1)
        for word, value in _WORDS:
            if self.data[self.at : self.at + len(word)] == word:
                self.at += len(word)
                return value
        return self._number()

    def _object(self, depth: int) -> dict[str, object]:
        self.at += 1
        result: dict[str, object] = {}
        if self._peek() == 0x7D:
            self.at += 1
            return result
        while True:
            if self._peek() != 0x22:
                raise ValueError("a key is a string")
            key = self._string()
            self._take(0x3A)
            result[key] = self._value(depth)
            if self._peek() == 0x7D:
                self.at += 1
                return result
            self._take(0x2C)

    def _list(self, depth: int) -> list[object]:
        self.at += 1
        result: list[object] = []
        if self._peek() == 0x5D:
            self.at += 1
            return result
        while True:
            result.append(self._value(depth))
            if self._peek() == 0x5D:
                self.at += 1
                return result
            self._take(0x2C)

    def _string(self) -> str:
        data, end = self.data, len(self.data)
        at = start = self.at + 1
        parts: list[str] = []
        while at < end:
            byte = data[at]
            if byte == 0x22:
                self.at = at + 1
                parts.append(str(data[start:at], "utf-8"))
                return "".join(parts)
            if byte < 0x20:
                raise ValueError("control character in a string")
            if byte != 0x5C:
                at += 1
                continue
            parts.append(str(data[start:at], "utf-8"))
            self.at = at + 1
            parts.append(self._escape())
            at = start = self.at
        raise ValueError("string without an end")

    def _escape(self) -> str:
        """What the escape behind a backslash stands for; two halves of a surrogate pair become one."""
        byte = self.data[self.at] if self.at < len(self.data) else -1
        self.at += 1
        if byte != 0x75:
            if byte not in _ESCAPES:
                raise ValueError("unknown escape")
            return _ESCAPES[byte]
        point = self._hex4()
        if 0xD800 <= point <= 0xDBFF and self.data[self.at : self.at + 2] == b"\\u":
            back = self.at
            self.at += 2
            low = self._hex4()
            if 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00))
            self.at = back
        return chr(point)

    def _hex4(self) -> int:
        digits = self.data[self.at : self.at + 4]
        if len(digits) != 4 or digits.strip(_HEX):
            raise ValueError("four hexadecimal digits expected")
        self.at += 4
        return int(str(digits, "utf-8"), 16)

    def _digits(self) -> int:
        """Steps over digits; how many there were."""
        data, at, end = self.data, self.at, len(self.data)
        while at < end and data[at] in _DIGITS:
            at += 1
        count = at - self.at
        self.at = at
        return count

    def _number(self) -> int | float:
        data, start = self.data, self.at
        if data[start : start + 1] == b"-":
            self.at += 1
        first = data[self.at : self.at + 1]
        digits = self._digits()
        if digits == 0 or (first == b"0" and digits > 1):
            raise ValueError("not a value")
        whole = True
        if data[self.at : self.at + 1] == b".":
            whole = False
            self.at += 1
            if self._digits() == 0:
                raise ValueError("digits expected")
        if data[self.at : self.at + 1] in (b"e", b"E"):
            whole = False
            self.at += 1
            if data[self.at : self.at + 1] in (b"+", b"-"):
                self.at += 1
            if self._digits() == 0:
                raise ValueError("digits expected")
        text = str(data[start : self.at], "utf-8")
        if not whole:
            return float(text)
        if digits > MAX_DIGITS:
            raise ValueError("too many digits")
        return int(text)


def _refuse(word: str) -> None:
    raise ValueError(word)


def _loads_cpython(data: bytes) -> object:
    """The value of one JSON text. Raises ValueError where it is none or breaks a bound."""
    value: object
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        try:
            value = json.loads(str(data, "utf-8"), parse_constant=_refuse)
        except RecursionError:
            raise ValueError("too deep") from None
    # Fewer brackets than levels cannot be too deep: most messages need no walk.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and deeper_than(value, MAX_DEPTH):
        raise ValueError("too deep")
    return value


def _loads_micropython(data: bytes) -> object:
    """The value of one JSON text. Raises ValueError where it is none or breaks a bound."""
    return Reader(data).document()


loads = _loads_micropython if sys.implementation.name == "micropython" else _loads_cpython


def dumps(value: object) -> bytes:
    """Compact JSON in UTF-8. A half surrogate pair, which UTF-8 cannot hold, is written as an escape."""
    if sys.implementation.name == "micropython":
        return _escape_halves(json.dumps(value, separators=(",", ":")).encode())
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return _escape_halves(text.encode("utf-8", "surrogatepass"))


def _escape_halves(data: bytes) -> bytes:
    """The same JSON with every ED A0..BF xx (a surrogate written out as if it were a letter) as an escape."""
    parts: list[bytes] = []
    start, at = 0, data.find(b"\xed")
    while at >= 0:
        if data[at + 1] >= 0xA0:
            point = 0xD000 + ((data[at + 1] & 0x3F) << 6) + (data[at + 2] & 0x3F)
            parts += (data[start:at], b"\\u", hex(point)[2:].encode())
            start = at + 3
        at = data.find(b"\xed", at + 1)
    return data if not parts else b"".join(parts) + data[start:]
