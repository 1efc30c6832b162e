"""What a visit hands over to be kept."""

from typing import TypeAlias

import msgspec

from kiosk.complaint.form import Lodge
from kiosk.visit.questionnaire import Draft


class Keep(msgspec.Struct, frozen=True):
    """Commit this draft at once; the visit goes on."""

    draft: Draft


class Close(msgspec.Struct, frozen=True):
    """The visit is over: fix this draft for good."""

    draft: Draft


Effect: TypeAlias = Keep | Close | Lodge
