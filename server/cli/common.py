"""What all commands share: where the data are, problems as one line, output for people and for scripts."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

import click

from server.cli.logs import set_logging
from server.domain.collation import vietnamese_order
from server.domain.problems import Problem
from server.services import schools
from server.services.context import Context
from server.settings import BadSettings, Settings, read_settings
from server.settings import settings_file as usual_settings_file
from server.wiring import contexts
from survey_defs.plain_text import clean, clean_within
from survey_defs.whole_file import write_new, write_whole

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="OfSchool")
_NO_UTF8 = "this is no UTF-8 text; set the terminal to UTF-8 (LANG=C.UTF-8) and type it again."


class OfSchool(Protocol):
    """A thing that belongs to a school."""

    @property
    def school(self) -> str:
        """Its slug."""


def saying_problems(function: Callable[P, R]) -> Callable[P, R]:
    """A command whose texts come in clean; problems end it with one clear line and a status other than 0."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        set_logging()
        try:
            kwargs.update(_clean_texts(kwargs))
            return function(*args, **kwargs)
        except Problem as problem:
            raise click.ClickException(problem.sentence("en")) from problem
        except BadSettings as error:
            raise click.ClickException(str(error)) from error

    return wrapped


def _clean_texts(given: dict[str, Any]) -> dict[str, Any]:
    """What was given as text, clean; paths stay as they are. Raises `click.BadParameter` for other bytes."""
    found = {}
    for param in click.get_current_context().command.params:
        if param.name in given and not isinstance(param.type, click.Path | click.File):
            if _has_stray_bytes(given[param.name]):
                raise click.BadParameter(_NO_UTF8, param=param)
            found[param.name] = clean_within(given[param.name])
    return found


def _has_stray_bytes(value: object) -> bool:
    """Whether a text holds bytes that were no UTF-8: Python writes these as half letters."""
    if isinstance(value, tuple | list):
        return any(map(_has_stray_bytes, value))
    return isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value)


def data_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--data` and `--settings`, and problems as one line."""
    function = saying_problems(function)
    function = click.option(
        "--settings",
        "settings_file",
        type=click.Path(path_type=Path),
        envvar="HAILONG_SETTINGS",
        help="The settings file; by default hailong.toml here, in the data directory, or in /etc/hailong.",
    )(function)
    return click.option(
        "--data",
        type=click.Path(),
        envvar="HAILONG_DATA",
        help="The data directory; by default as the settings say, else ./data.",
    )(function)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`: one JSON object on standard output, for scripts."""
    option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for scripts.")
    return option(function)


def stdin_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--passphrase-stdin`, for `ask_secrets`."""
    text = "Read what is asked for from standard input, a line each."
    return click.option("--passphrase-stdin", is_flag=True, help=text)(function)


def settings_for(data: str | None, settings_file: Path | None, **overrides: object) -> Settings:
    """The settings of a command. Raises `BadSettings`."""
    return read_settings(settings_file or usual_settings_file(data), os.environ, data=data, **overrides)


def settings_in_force(data: str | None, settings_file: Path | None) -> Path | None:
    """The file that `settings_for` reads, None where there is none."""
    return settings_file or usual_settings_file(data)


def context_for(data: str | None, settings_file: Path | None) -> Context:
    """The wired-up server on the store of that data directory. Raises `BadSettings` and `Problem`: `no-store`
    where there is none, because a mistyped directory must not begin an empty one.
    """
    return opened(settings_for(data, settings_file))


def opened(settings: Settings) -> Context:
    """As `context_for`, for settings that were read."""
    contexts.check_store(settings)
    return contexts.build(settings)


def opened_or_new(settings: Settings) -> Context:
    """The wired-up server; where there is no store yet it is made, and a line says so. Raises `Problem`."""
    contexts.check_settled(settings)
    return begun(settings)


def begun(settings: Settings) -> Context:
    """As `opened_or_new`, also where a restore is still to be settled, for who does so next."""
    is_new = not contexts.has_store(settings)
    ctx = contexts.build(settings)
    if is_new:
        click.echo(f"Made a new, empty store in {Path(settings.data).absolute()}", err=True)
    return ctx


def tell(as_json: bool, values: dict[str, Any], *lines: str) -> None:
    """`values` as one JSON object, or `lines` for a person."""
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)


def for_people(ctx: Context, found: Iterable[S], name: Callable[[S], str]) -> list[S]:
    """What belongs to schools, as a person looks for it: by the school's name, then by its own.

    Scripts get the order of the ids, which no new name changes.
    """
    with ctx.read() as work:
        names = {each.slug: vietnamese_order(each.name) for each in schools.schools(work)}
    return sorted(found, key=lambda each: (names[each.school], vietnamese_order(name(each))))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows under their heads, in columns as wide as they must be."""
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return ["  ".join(cells).rstrip() for cells in padded]


def utc(ms: int | None) -> str | None:
    """A moment as RFC 3339 in UTC, to the second."""
    return None if ms is None else datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_password(from_stdin: bool) -> str:
    """A password from the first line of standard input, or asked for twice at the keyboard, unseen.

    At a terminal it is asked for even with `from_stdin`: what is typed there would stand on the screen.
    """
    if sys.stdin.isatty():
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
        return clean(answer)
    if not from_stdin:
        raise click.ClickException("Nobody is there to type a password: give it with --password-stdin.")
    return next(iter(_lines_of_stdin(1)), "")


def ask_secrets(from_stdin: bool, *questions: tuple[str, bool]) -> list[str]:
    """Passphrases, codes: from standard input or the keyboard, as `read_password`; True: twice."""
    if sys.stdin.isatty():
        return [
            clean(
                click.prompt(words, hide_input=True, confirmation_prompt="The same again" if twice else False)
            )
            for words, twice in questions
        ]
    if not from_stdin:
        raise click.ClickException("Nobody is there to type: give it with --passphrase-stdin.")
    lines = _lines_of_stdin(len(questions))
    if len(lines) < len(questions):
        raise click.ClickException(f"Standard input must bring {len(questions)} line(s); see --help.")
    return lines


def _lines_of_stdin(count: int) -> list[str]:
    """The first lines of standard input, clean and without their ends; fewer where it ends before."""
    try:
        lines = [line for _ in range(count) if (line := sys.stdin.readline())]
    except UnicodeDecodeError:
        raise click.ClickException(f"Standard input: {_NO_UTF8}") from None
    if _has_stray_bytes(lines):
        raise click.ClickException(f"Standard input: {_NO_UTF8}")
    return [clean(line.rstrip("\r\n")) for line in lines]


def write_new_file(path: Path, content: bytes, mode: int) -> None:
    """As `write_file`, and never in the place of another, such as a sheet whose code was shown a moment ago.

    Raises `Problem`: `file-exists`, `cannot-write`.
    """
    try:
        write_new(path, content, mode)
    except FileExistsError as error:
        raise Problem("file-exists", path=str(path)) from error
    except OSError as error:
        raise Problem("cannot-write", path=str(path), reason=error.strerror or str(error)) from error


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """The whole file or none of it: half a report must not pass for one. Raises `Problem("cannot-write")`."""
    try:
        write_whole(path, content, mode)
    except OSError as error:
        raise Problem("cannot-write", path=str(path), reason=error.strerror or str(error)) from error
