"""The registers as frozen values: rows of the book, the two sheets of counts, and what stands around them."""

from datetime import date

import msgspec

from server.domain.figures.periods import Period
from server.domain.records import School
from server.domain.registers.petition_counts import PetitionRow
from server.domain.registers.reception_counts import ReceptionRow
from server.rules.petitions import Form


class Outcome(msgspec.Struct, frozen=True):
    """How a case stands: its status since `day`, and what goes with it.

    `reason` is a closing's, `body` whom it was forwarded to, `due` the last day of what is still to be
    done, `satisfied` what the sender said of the answer.
    """

    status: str
    day: date
    reason: str | None = None
    body: str = ""
    due: date | None = None
    satisfied: bool | None = None


class BookRow(msgspec.Struct, frozen=True):
    """One line of Sổ tiếp công dân: people who came, or a case from a kiosk or a telephone.

    `who`, `id_number` and `content` are None while they are sealed. `named` is False where nobody gave a
    name. `erased` says why the content was deleted (`asked`, `agreed`, `retention`; None: it is there), and
    `contact_gone` that who it was has been forgotten in its time. `people`, `within`, `settled_by`,
    `guidance` and `taken_by` are the receptionist's own; nobody wrote them for what came from a device. A
    visit that no case came of has no `ref`, `kind` and `outcome`.
    """

    day: date
    ref: str | None
    channel: str
    who: str | None
    id_number: str | None
    content: str | None
    kind: str
    named: bool
    erased: str | None
    contact_gone: bool
    people: int | None
    again: bool
    by_principal: bool
    settled_by: str
    within: bool | None
    guidance: str
    taken_by: str
    outcome: Outcome | None
    note: str


class SheetHead(msgspec.Struct, frozen=True):
    """Whose sheet, of which form, on which days.

    `asked` is the period by its name, `shown` the days that are counted, both inclusive; `cut` says
    whose cut they are (`calendar`, `statutory`). `sealed_room`: whether cases of the room for
    denunciations are in it; where they are not, the sheet says so.
    """

    school: School
    form: Form
    asked: Period
    shown: Period
    cut: str
    today: date
    sealed_room: bool


class Book(msgspec.Struct, frozen=True):
    """Sổ tiếp công dân of a period; `open` says whether what is sealed was opened for it."""

    head: SheetHead
    rows: tuple[BookRow, ...]
    open: bool


class PetitionSheet(msgspec.Struct, frozen=True):
    """The counts of 01/XLD, and the words of thanks that are no đơn."""

    head: SheetHead
    row: PetitionRow
    thanks: int


class ReceptionSheet(msgspec.Struct, frozen=True):
    """The counts of 01/TCD."""

    head: SheetHead
    row: ReceptionRow
