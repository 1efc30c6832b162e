"""The state of the visit that is going on, and what it shows. What a touch makes of it decides `visits`."""

from dataclasses import dataclass

from msgspec.structs import replace

from kiosk.complaint.form import ComplaintForm
from kiosk.screen.view import Action, View
from kiosk.visit.questionnaire import Questionnaire

THANKS_MS = 6_000
"""How long the thanks stand."""


@dataclass(slots=True)
class CurrentVisit:
    """What is known of the present visit; nothing of it outlives the return to the rest screen."""

    questionnaire: Questionnaire
    waiting: bool = False
    """What was touched is being written: until then the screen says nothing of it."""
    closing: bool = False
    """It is the last word of this visit."""
    thanked_at: int | None = None
    form: ComplaintForm | None = None
    """The complaint that is being written."""
    wrote: bool = False
    """A complaint was sent."""

    @property
    def is_untouched(self) -> bool:
        """Whether the rest screen stands, on which nobody has touched anything yet."""
        return self.thanked_at is None and self.form is None and self.questionnaire.at_start

    @property
    def is_over(self) -> bool:
        """Whether its last word was said: nothing more has to be kept of it."""
        return self.closing or self.thanked_at is not None

    def due(self, touched_at: int, now: int) -> int:
        """Returns when something will change by itself, at the latest."""
        if self.thanked_at is not None:
            passed = now - self.thanked_at
            return self.thanked_at + min((max(passed, 0) // 1000 + 1) * 1000, THANKS_MS)
        return (self.form or self.questionnaire).due(touched_at, now)

    def view(self, base: View, touched_at: int, now: int, *, takes_complaints: bool) -> View:
        """Returns what is to be seen; `base` brings the language."""
        if self.thanked_at is not None:
            left = max(1, -(-(THANKS_MS - (now - self.thanked_at)) // 1000))
            offer: Action | None = "write_more" if takes_complaints and not self.wrote else None
            return replace(base, screen="thanks", seconds_left=min(left, THANKS_MS // 1000), action=offer)
        if self.form is not None:
            return self.form.view(base, touched_at, now)
        base = replace(base, action="write" if takes_complaints else None)
        return self.questionnaire.view(base, touched_at, now)
