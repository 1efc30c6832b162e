"""How much a form may hold, and how much its fields let somebody type or paste.

A field stops far above what is taken, so that a text somewhat too long is refused with its sentence and given
back; and so far below what the server reads of a form that no paste, in whatever field, loses one.
"""

MAX_FORM_BYTES = 1024 * 1024
"""Of any form; the server itself reads no more. None is ever laid down in a file on its way: it may be a
complaint, not sealed yet."""
LONG_FORM_BYTES = 512 * 1024
"""Of a form with texts, from whoever has no session, or whose session has ended."""

_LETTER_BYTES = len("%E1%BB%AF")
"""What a form makes of a letter at most; a line's end is shorter."""
_TEXTS, _LINES = 3, 12
"""The texts and lines of the largest form: the parent's page, and the form for who came."""
_LINES_BYTES = 64 * 1024
"""What all lines of a form take together, with the tokens beside them."""

MAX_TYPED_TEXT = (LONG_FORM_BYTES - _LINES_BYTES) // _LETTER_BYTES // _TEXTS
MAX_TYPED_LINE = _LINES_BYTES // _LETTER_BYTES // _LINES
"""Letters that a field takes."""
