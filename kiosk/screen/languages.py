"""The languages that a screen offers, and the one that it speaks."""

from collections.abc import Sequence


class Languages:
    """A circle of languages: the first leads, and a touch of the language button goes on to the next."""

    def __init__(self, offered: Sequence[str]) -> None:
        self._offered = tuple(offered)
        self.current = self._offered[0]

    @property
    def following(self) -> str:
        """Where the language button leads; the present one where there is but one."""
        return self._offered[(self._offered.index(self.current) + 1) % len(self._offered)]

    @property
    def is_first(self) -> bool:
        """Whether the screen speaks the language that leads."""
        return self.current == self._offered[0]

    def switch(self) -> None:
        """Speak the next language."""
        self.current = self.following

    def reset(self) -> None:
        """Speak the first language."""
        self.current = self._offered[0]

    def offer(self, offered: Sequence[str]) -> None:
        """Offer these from now on; the present one stays where it is among them."""
        self._offered = tuple(offered)
        if self.current not in self._offered:
            self.reset()
