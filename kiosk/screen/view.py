"""What a screen shows, as values: the visit decides it, the screens and the simulated visitor read it."""

from datetime import date
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from kiosk.keyboard.layout import Method, keyboard
from survey_defs.model import Lang, Question, Text

ScreenName: TypeAlias = Literal["rest", "procedures", "question", "thanks", "paused", "complaint", "setup"]
Action: TypeAlias = Literal[
    "skip",
    "send",
    "write",
    "write_more",
    "onward",
    "anonymous",
    "fill",
    "kept",
    "connect",
    "by_hand",
    "confirm",
]
"""What stands in the bar's fourth place."""
Back: TypeAlias = Literal["back", "change", "finish"]
"""What stands in the bar's first place: a step back, the last answer anew, or the end of this visit."""
Step: TypeAlias = Literal["subjects", "text", "advice", "contact", "reach", "still", "code", "saved"]
Shift: TypeAlias = Literal["off", "once", "lock"]
FieldName: TypeAlias = Literal["text", "name", "reach"]


class Tile(msgspec.Struct, frozen=True):
    """One touchable tile. `text` is None where the kiosk's own words stand (`more`, `none`)."""

    target: str
    text: Text | None = None
    ticked: bool | None = None
    """None where the tile has no box to tick."""


class Sheet(msgspec.Struct, frozen=True):
    """One screen of a complaint: its keyboard, and what only the visitor may see."""

    step: Step
    method: Method = "telex"
    shift: Shift = "off"
    signs: bool = False
    field: FieldName = "text"
    """Where the keys go."""
    fields: tuple[tuple[FieldName, str], ...] = ()
    """The texts on show."""
    word: str = ""
    """The end of the field's text that further keys may still change."""
    left: int | None = None
    """How many characters there is room for, once they become few."""
    full: bool = False
    """A key was refused for want of room."""
    kept_months: int = 0
    head: Text = {}
    """Who handles a denunciation of the principal, by language; empty where the server does not say."""
    warned: bool = False
    """What is written here may be read by the principal: the screen says where else to turn."""
    code: str = ""
    due: date | None = None
    lookup: str = ""
    reach: str = "anywhere"
    """Who can open `lookup`, as the server says."""
    praise: bool = False

    @property
    def typed(self) -> bool:
        """Whether a keyboard stands on this screen."""
        return self.step in ("text", "reach")

    def layout(self) -> "Sheet":
        """Returns the screen without what changes from key to key."""
        return Sheet(self.step, self.method, signs=self.signs, kept_months=self.kept_months)

    def __repr__(self) -> str:
        return f"Sheet({self.step})"  # what was written stays out of every log


MORE = Tile("more")
NO_PROCEDURE = Tile("none")


class View(msgspec.Struct, frozen=True):
    """One screen, without a single pixel."""

    screen: ScreenName
    lang: Lang
    other_lang: Lang
    """Where the language button leads; the same where there is but one."""
    question: Question | None = None
    """The question asked; None where the procedure is asked, and where nothing is."""
    page: int = 0
    tiles: tuple[Tile, ...] = ()
    eyebrow: Text | None = None
    """The procedure chosen, above the question."""
    back: Back | None = None
    step: tuple[int, int] | None = None
    """Which step of how many."""
    extra: bool = False
    """A question beyond the steps, that may well be skipped."""
    recorded: bool = False
    """It follows on a rating that is committed: the screen says so."""
    action: Action | None = None
    busy: bool = False
    """The answer is being written: nothing can be touched for this moment."""
    seconds_left: int = 0
    sheet: Sheet | None = None
    """What a screen of the complaint holds."""
    unsent: bool = False
    """Of a paused screen: what its last visitor wrote could not be kept."""

    @property
    def name(self) -> str:
        """A name for the screen; two views of the same name differ in details only."""
        if self.sheet is not None:
            return f"complaint:{self.sheet.step}"
        if self.screen in ("rest", "thanks", "paused"):
            return self.screen
        name = self.screen if self.question is None else f"question:{self.question.id}"
        return name if self.page == 0 else f"{name}:{self.page + 1}"

    def targets(self) -> frozenset[str]:
        """Everything that can be touched."""
        if self.busy or self.screen == "paused":
            return frozenset()
        names = {tile.target for tile in self.tiles}
        if self.other_lang != self.lang:
            names.add("language")
        if self.question is not None and self.question.kind == "level":
            names.update(f"level:{level}" for level in range(1, 6))
        if self.back is not None:
            names.add(self.back)
        if self.action is not None:
            names.add("write" if self.action in ("write", "write_more") else "next")
        return frozenset(names) | (_sheet_targets(self.sheet) if self.sheet is not None else frozenset())

    def settled(self) -> "View":
        """Returns the view without what the second hand changes, and what the keys do."""
        sheet = self.sheet.layout() if self.sheet is not None and self.sheet.typed else self.sheet
        return replace(self, seconds_left=0, busy=False, sheet=sheet)


def _sheet_targets(sheet: Sheet) -> frozenset[str]:
    if sheet.step == "still":
        return frozenset({"go-on", "erase"})
    if sheet.step == "saved":
        return frozenset({"again", "finish"})
    if not sheet.typed:
        return frozenset()
    fields = frozenset(f"field:{name}" for name, _ in sheet.fields) if sheet.step == "reach" else frozenset()
    return keyboard(sheet.method, signs=sheet.signs).targets() | fields
