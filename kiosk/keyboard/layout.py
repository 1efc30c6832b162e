"""Which keys stand on the keyboard, and how wide: pure, read by the visit and by the drawing alike.

A row is ten units wide; a letter takes one. A key is touched as `key:<what it types>` (`key:a`, `key:ă`,
`key:1`, `key:.`), `key:shift`, `key:backspace`, `key:enter`, `key:space`, `key:signs` (digits and
signs, and back), `key:method` (the way of typing marks), or as `tone:<name>`.
"""

from typing import Literal, NamedTuple, TypeAlias

Method: TypeAlias = Literal["telex", "vni", "off"]
Kind: TypeAlias = Literal["letter", "mark", "tone", "function", "space"]

METHODS: tuple[Method, ...] = ("telex", "vni", "off")
"""In the order in which the key goes through them."""
TONES = ("sac", "huyen", "hoi", "nga", "nang")
DIGITS = "1234567890"
LETTERS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
MARKS = "ăâđêôơư"
SIGNS = ("-/:;()&@\"'", "?!%+=#*_~", "“”–[]<>")
FUNCTIONS = ("shift", "backspace", "enter", "space", "signs", "method")


class Key(NamedTuple):
    """One key. `types` is what it types, or the name of its function or tone."""

    types: str
    kind: Kind = "letter"
    wide: float = 1.0

    @property
    def target(self) -> str:
        """Its name for the visit."""
        return f"tone:{self.types}" if self.kind == "tone" else f"key:{self.types}"


class Row(NamedTuple):
    """Keys from left to right, with `indent` units of room before the first."""

    keys: tuple[Key, ...]
    indent: float = 0.0


class Keyboard(NamedTuple):
    """`top` is one row of one or two groups; where two do not fit side by side they make two rows."""

    top: tuple[tuple[Key, ...], ...]
    rows: tuple[Row, ...]

    def targets(self) -> frozenset[str]:
        """Returns the names of all its keys."""
        groups = (*self.top, *(row.keys for row in self.rows))
        return frozenset(key.target for group in groups for key in group)


def keyboard(method: Method, *, signs: bool) -> Keyboard:
    """The keyboard as it stands: letters, or digits and signs.

    The letters with marks and the tones stand above the letters for Telex; in VNI the digits are the
    tones, and who types without marks has more use for digits too.
    """
    return _KEYBOARDS[method == "telex" and not signs, signs]


def _build(*, marks: bool, signs: bool) -> Keyboard:
    first, second, third = SIGNS if signs else LETTERS
    if marks:
        top: tuple[tuple[Key, ...], ...] = (
            tuple(Key(letter, "mark", 0.73) for letter in MARKS),
            tuple(Key(tone, "tone", 0.955) for tone in TONES),
        )
    else:
        top = (tuple(map(Key, DIGITS)),)
    backspace = Key("backspace", "function", 1.5)
    third_keys = tuple(map(Key, third))
    return Keyboard(
        top,
        (
            Row(tuple(map(Key, first))),
            Row(tuple(map(Key, second)), 0.5),
            Row((*third_keys, backspace), 1.5)
            if signs
            else Row((Key("shift", "function", 1.5), *third_keys, backspace)),
            Row(
                (
                    Key("signs", "function", 1.1),
                    Key("method", "function", 1.35),
                    Key(",", wide=0.85),
                    Key("space", "space", 4.35),
                    Key(".", wide=0.85),
                    Key("enter", "function", 1.5),
                )
            ),
        ),
    )


_KEYBOARDS = {
    (marks, signs): _build(marks=marks, signs=signs)
    for marks, signs in ((True, False), (False, False), (False, True))
}
