"""One text that is typed at its end, and how much room is left in it. Pure."""

from kiosk.keyboard.layout import TONES, Method
from kiosk.keyboard.telex import TONE_KEYS, Typing

MAX_WORD_KEYS = 48
"""Keys without a space after which they are no word any more: they are settled as they stand."""
_TELEX_METHODS: dict[Method, str] = {"telex": "telex", "vni": "vni", "off": "none"}


class TextField:
    """A text on its way. Nothing of it is kept elsewhere: let go of the field, and the text is gone."""

    def __init__(self, limit: int) -> None:
        """`limit` in characters, as they stand composed."""
        self._limit = limit
        self._typing = Typing()
        self.text = ""
        """All of it."""
        self.word = ""
        """The end of it that further keys may still change."""

    @property
    def left(self) -> int:
        """How many characters there is room for."""
        return self._limit - len(self.text)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to be read."""
        return not self.text.strip()

    def type(self, letter: str, method: Method) -> bool:
        """Type a letter, digit, sign, space or line end. False where there is no room for it."""
        self._use_method(method)
        if len(self._typing.keys) >= MAX_WORD_KEYS:
            self.settle()
        return self._take(self._typing.press(letter))

    def tone(self, name: str, method: Method) -> None:
        """Put a tone on the word, or take it off; without a vowel to bear it nothing happens."""
        self._use_method(method)
        self._take(self._typing.press(TONE_KEYS[TONES.index(name)]))

    def backspace(self) -> None:
        """Take away the last character."""
        self._take(self._typing.backspace())

    def settle(self) -> None:
        """The word is done: further keys begin another."""
        self._take(self._typing._replace(settled=self.text, keys=""))

    def _take(self, typing: Typing) -> bool:
        text = typing.text
        if len(text) > max(self._limit, len(self.text)):
            return False
        self._typing, self.text, self.word = typing, text, typing.word
        return True

    def _use_method(self, method: Method) -> None:
        """Another way of typing begins with another word."""
        if self._typing.method != _TELEX_METHODS[method]:
            self.settle()
            self._typing = self._typing._replace(method=_TELEX_METHODS[method])
