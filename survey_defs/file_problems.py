"""What can be wrong with a survey, catalogue or text file: by code, with the line and what to do about it.

The one list of codes; the sentences name the field, the value and the nearest right one.
"""

import msgspec


class Wording(msgspec.Struct, frozen=True):
    """What is wrong, and what to do; both with places for values."""

    message: str
    remedy: str


WORDINGS: dict[str, Wording] = {
    "unreadable": Wording("cannot be read: {why}", "Check the path and that you may read the file."),
    "too-big": Wording("has {size} bytes, more than {limit}", "Split it: one survey or catalogue a file."),
    "not-utf8": Wording("byte {offset} is not UTF-8", "Save the file as UTF-8 (not TCVN3, VNI or UTF-16)."),
    "yaml-syntax": Wording(
        "is no YAML: {why}",
        'Compare indentation with the lines above; put texts that hold ? : # , or braces in "quotes".',
    ),
    "empty-file": Wording("holds nothing", "Start from a file in survey_defs/surveys/."),
    "duplicate-key": Wording("'{key}' stands twice here, first in line {first}", "Keep one of the two."),
    "key-elsewhere": Wording("'{key}' stands in {other} too", "Keep one of the two."),
    "missing-field": Wording("{what} has no '{key}'", "Add '{key}:'."),
    "unknown-field": Wording("{what} knows no '{key}'", "{nearest}"),
    "wrong-type": Wording("{what} must be {wanted}, not {found}", "{hint}"),
    "unknown-value": Wording("{what} cannot be '{value}'", "{nearest}"),
    "empty-list": Wording("{what} is empty", "Give at least one."),
    "bad-id": Wording(
        "{what} '{value}' is no id", "Use 1 to 64 of a-z, 0-9 and hyphen, for example '{example}'."
    ),
    "duplicate-id": Wording("{what} '{value}' is taken, first in line {first}", "Give each its own."),
    "bad-version": Wording("version {value} is below 1", "Count versions 1, 2, 3 and so on."),
    "bad-number": Wording(
        "{what} {value} is below 1", "Give a whole number from 1 on, or leave the field out."
    ),
    "missing-language": Wording("{what} has no text in '{lang}'", "Add '{lang}:' beside the others."),
    "stray-language": Wording(
        "{what} speaks '{lang}', which the title does not",
        "Add '{lang}' to the title and to every text, or drop it.",
    ),
    "bad-language": Wording("'{lang}' is no language tag", "Use tags such as vi, en, km."),
    "empty-text": Wording("{what} is empty", "Write the words that people shall read."),
    "text-too-long": Wording(
        "{what} has {length} letters, its place on the screen holds {limit}", "Shorten it to {limit} letters."
    ),
    "not-nfc": Wording(
        "'{value}' has letters put together from parts (not NFC)",
        "Type the words again, or put the file through: uconv -x nfc",
    ),
    "not-text": Wording(
        "'{value}' has signs in it that nobody sees and no document can hold",
        "Type the words again, without \\u, \\v and the like.",
    ),
    "when-unknown-question": Wording("'when' names '{value}', which is no question here", "{nearest}"),
    "when-later-question": Wording(
        "'when' of '{question}' looks at '{value}', which is not asked before it", "Move '{value}' above it."
    ),
    "when-impossible-value": Wording(
        "'when' waits for {value}, which '{question}' never answers", "Possible are: {possible}."
    ),
    "headline-unknown": Wording("headline '{value}' is no question here", "{nearest}"),
    "headline-not-level": Wording(
        "headline '{value}' is a '{kind}' question",
        "Name a question of kind 'level', or leave 'headline' out.",
    ),
    "too-few-choices": Wording(
        "question '{question}' offers {count} choices", "Offer at least two under 'choices:'."
    ),
    "level-with-choices": Wording(
        "question '{question}' is of kind 'level' and has choices",
        "Remove 'choices' (levels are always the five), or make it 'kind: choice'.",
    ),
    "levels-not-five": Wording(
        "'levels' has {count} texts", "Give five, from very dissatisfied to very satisfied."
    ),
    "same-version-twice": Wording(
        "'{id}' version {version} stands in {other} too", "Raise 'version', or choose another 'id'."
    ),
    "bad-place": Wording("{what}: {why}", "Write places as {{name}}, and a brace itself as {{{{ or }}}}."),
}


class FileProblem(msgspec.Struct, frozen=True, order=True):
    """One thing wrong with a file. `str()` is `file:line: code: message → remedy`."""

    path: str
    line: int
    code: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code}: {self.message} → {self.remedy}"


def make_problem(path: str, line: int, code: str, **values: object) -> FileProblem:
    """The problem of that code, its sentences filled in."""
    wording = WORDINGS[code]
    return FileProblem(path, line, code, wording.message.format(**values), wording.remedy.format(**values))


class SurveyFileError(Exception):
    """A file cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[FileProblem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
