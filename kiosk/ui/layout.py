"""Where everything stands, in units, for landscape and portrait. Pure numbers; knows no window library."""

import msgspec

from kiosk.ui.metrics import Box, Frame, grid


class Sizes(msgspec.Struct, frozen=True):
    """Letter sizes in units."""

    invite: float
    name: float
    second: float
    rest_question: float
    question: float
    main_question: float
    eyebrow: float
    hint: float
    tile: float
    face: float
    bar: float
    action: float
    thanks: float
    recorded: float
    mark: float
    writing: float
    key: float
    code: float


LANDSCAPE = Sizes(
    invite=47, name=21, second=22, rest_question=26, question=34, main_question=36, eyebrow=22, hint=22,
    tile=25, face=23, bar=20, action=22, thanks=52, recorded=27, mark=20,
    writing=24, key=25, code=40,
)  # fmt: skip
PORTRAIT = Sizes(
    invite=58, name=29, second=30, rest_question=38, question=44, main_question=52, eyebrow=29, hint=28,
    tile=33, face=39, bar=24, action=26, thanks=66, recorded=33, mark=24,
    writing=33, key=33, code=56,
)  # fmt: skip
LINE_PITCH = 1.22
"""Line to line, as a share of the size."""
GAP = 12


class Layout:
    """The places on one frame."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.portrait = frame.portrait
        self.sizes = PORTRAIT if frame.portrait else LANDSCAPE
        w, h = frame.w, frame.h
        if self.portrait:
            self.bar = Box(0, h - 132, w, 132)
            y, high = h - 113, 96
            self.back, self.language = Box(20, y, 174, high), Box(206, y, 174, high)
            self.progress, self.action = Box(386, y, 136, high), Box(w - 192, y, 172, high)
            self.margin = 40.0
        else:
            self.bar = Box(0, h - 80, w, 80)
            y, high = h - 69, 60
            self.back, self.language = Box(16, y, 154, high), Box(182, y, 142, high)
            self.progress, self.action = Box(336, y, w - 590, high), Box(w - 242, y, 226, high)
            self.margin = 28.0
        self.page = Box(0, 0, w, self.bar.y)

    def bar_touch(self, button: Box) -> Box:
        """A bar button is touched over the bar's whole height, and to the middle of its gaps."""
        return Box(button.x - 6, self.bar.y, button.w + 12, self.bar.h)

    # Rest

    def rest_panel(self) -> Box:
        """The green panel with the invitation."""
        if self.portrait:
            return Box(0, 0, self.page.w, round(self.page.h * 0.42))
        return Box(0, 0, self.page.w * 0.47, self.page.h)

    def rest_question(self) -> Box:
        """The question beside (under) the panel; its second language stands below it."""
        panel = self.rest_panel()
        if self.portrait:
            return Box(self.margin, panel.h + 28, self.page.w - 2 * self.margin, 54)
        return Box(panel.w + 26, 30, self.page.w - panel.w - 52, 34)

    def rest_second(self) -> Box:
        """The question in the other language."""
        first = self.rest_question()
        return Box(first.x, first.y + first.h - 1, first.w, 44 if self.portrait else 30)

    def rest_tiles(self) -> list[Box]:
        """Two by two."""
        second = self.rest_second()
        top = second.y + second.h + (18 if self.portrait else 12)
        bottom = self.page.h - (28 if self.portrait else 18)
        return grid(Box(second.x, top, second.w, bottom - top), 2, 2, GAP + 4 * self.portrait)

    # Questions

    def title(self, lines: int, size: float, *, eyebrow: bool, main: bool) -> Box:
        """The question's own place, for this number of lines of this size."""
        top = 48.0 if self.portrait else 20.0
        if eyebrow:
            top += 48 if self.portrait else 38 if main else 26
        high = size * LINE_PITCH * lines + (4 if main else 2)
        return Box(self.margin, top, self.page.w - 2 * self.margin, high)

    def eyebrow(self, *, main: bool) -> Box:
        """What the question is about, above it; closer where many answers need the room."""
        if self.portrait:
            return Box(self.margin, 48, self.page.w - 2 * self.margin - 160, 48)
        return Box(self.margin, 23 if main else 14, self.page.w - 2 * self.margin - 150, 32)

    def hint(self, title: Box) -> Box:
        """One line under the question."""
        high = 44.0 if self.portrait else 32.0
        return Box(self.margin, title.y + title.h + 1, self.page.w - 2 * self.margin, high)

    def tiles(self, top: float, count: int) -> list[Box]:
        """`count` tiles below `top`; never closer than 20 mm on a 7-inch panel."""
        columns, rows = self.columns(count)
        bottom = self.page.h - (40 if self.portrait else 22)
        area = Box(self.margin, top, self.page.w - 2 * self.margin, bottom - top)
        if self.portrait and rows < 4:
            area = area._replace(h=min(area.h, rows * 260.0))
        return grid(area, columns, rows, GAP + 4 * self.portrait)

    def columns(self, count: int) -> tuple[int, int]:
        """Returns the columns and rows for this number of tiles."""
        if self.portrait:
            return (1, count) if count <= 4 else (2, -(-count // 2))
        if count <= 4:
            return 2, 2
        return (3, 2) if count <= 6 else (4, 2)

    def faces(self, top: float) -> list[Box]:
        """Five columns (portrait: rows) below `top`, the whole of each touchable."""
        if self.portrait:
            area = Box(self.margin, top, self.page.w - 2 * self.margin, self.page.h - 20 - top)
            return grid(area, 1, 5, 0)
        return grid(Box(14, top, self.page.w - 28, self.page.h - 14 - top), 5, 1, 0)

    def face_size(self, cell: Box) -> float:
        """The drawing's box of 100 in a cell: its disc is 94 of it."""
        return min(cell.h * 0.785, 137.0) if self.portrait else min(cell.w * 0.885, cell.h * 0.55)

    # Writing

    def writing_title(self) -> Box:
        """What is to be written, above it."""
        if self.portrait:
            return Box(self.margin, 52, self.page.w - 2 * self.margin, 56)
        return Box(18, 4, 320, 36)

    def writing_note(self) -> Box:
        """Who will read it; or how much room is left."""
        if self.portrait:
            return Box(self.margin, 108, self.page.w - 2 * self.margin, 40)
        title = self.writing_title()
        return Box(title.x + title.w, title.y, self.page.w - title.x - title.w - 18, title.h)

    def writing_fields(self, count: int) -> list[Box]:
        """One field, or two: side by side, in portrait one below the other."""
        board = self.board(6)
        if self.portrait:
            top, high = 160.0, board.y - 160 - 18
            whole = Box(24, top, self.page.w - 48, high if count == 1 else min(high, 300.0))
            return grid(whole, 1, count, 16)
        return grid(Box(16, 43, self.page.w - 32, board.y - 8 - 43), count, 1, GAP)

    def board(self, rows: int) -> Box:
        """The keyboard's place; `rows` count in portrait alone."""
        gap = self.key_gap
        high = rows * 78.0 + (rows - 1) * gap if self.portrait else 5 * 47.0 + 4 * gap
        side = 12.0 if self.portrait else 10.0
        return Box(side, self.page.h - 14 - high, self.page.w - 2 * side, high)

    @property
    def key_gap(self) -> float:
        """Between two keys."""
        return 7.0 if self.portrait else 5.0

    # StatusCorner

    def low_mark(self) -> Box:
        """Where delivery state and sample mark stand while there is writing to the top: under the steps."""
        if self.portrait:
            return self.mark()
        return Box(self.progress.x, self.frame.h - 29, self.progress.w, 26)

    def mark(self) -> Box:
        """The upper right corner: delivery state, and the sample mark."""
        if self.portrait:
            return Box(self.page.w - 260, 8, 248, 34)
        return Box(self.page.w - 210, 3, 202, 26)
