"""The `hailong` command: one name, whose subcommands each side brings by an entry point."""

from functools import cache
from importlib.metadata import EntryPoints, distribution
from pathlib import Path

import click


class Commands(click.Group):
    """Loads a subcommand only when it is asked for, so that a kiosk needs no Flask and a server no Kivy."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every subcommand that this distribution declares, in alphabetical order."""
        return sorted(_entry_points().select(group="hailong.commands").names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, or a stand-in that says which extra is missing."""
        command = _load("hailong.commands", cmd_name, cmd_name)
        further = _entry_points().select(group=f"hailong.commands.{cmd_name}").names
        return Shared(cmd_name, command, sorted(further)) if further else command


class Shared(click.Group):
    """A group of one side to which another adds subcommands; each works without the other side's extra."""

    def __init__(self, name: str, own: click.Command | None, further: list[str]) -> None:
        """`further`: the names in the entry-point group `hailong.commands.<name>`."""
        super().__init__(name, help=own.help if own else None)
        self._own = own
        self._further = further

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Both sides' subcommands."""
        own = self._own.list_commands(ctx) if isinstance(self._own, click.Group) else []
        return sorted({*own, *self._further})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, or a stand-in that says which extra is missing."""
        if cmd_name in self._further:
            return _load(f"hailong.commands.{self.name}", cmd_name, f"{self.name} {cmd_name}")
        return self._own.get_command(ctx, cmd_name) if isinstance(self._own, click.Group) else self._own


@cache
def _entry_points() -> EntryPoints:
    """Ours alone: those of every package that is installed take a tenth of a command's time to read."""
    return distribution("hailong").entry_points


def _load(group: str, name: str, spelt: str) -> click.Command | None:
    for entry in _entry_points().select(group=group, name=name):
        try:
            command = entry.load()
        except ModuleNotFoundError as missing:
            side = entry.extras[0] if entry.extras else entry.module.split(".")[0]
            return _missing(spelt, side, missing.name or "?")
        assert isinstance(command, click.Command)  # noqa: S101 - our own entry points
        return command
    return None


def _missing(name: str, side: str, module: str) -> click.Command:
    help_text = f"Not available here: the part '{side}' is not installed."

    @click.command(name, help=help_text, context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def command(rest: tuple[str, ...]) -> None:
        raise click.ClickException(
            f"'hailong {name}' needs the module '{module}', of the part '{side}'. "
            "In the directory of the program, 'make run' brings every part."
        )

    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="hailong")
def main() -> None:
    """Hài Lòng: parents rate how a school handled their paperwork; the school sees it and reports."""


@click.group()
def survey() -> None:
    """Survey files: check what was written before it reaches a device."""


@survey.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check survey and catalogue FILES (all of the built-in ones if none is named).

    Prints every problem of every file: file, line, code, what is wrong, what to do.
    """
    from survey_defs.loader import builtin_files, check_files  # noqa: PLC0415 - other commands do without

    paths = files or tuple(builtin_files())
    problems = check_files(paths)
    for problem in problems:
        click.echo(str(problem))
    wrong = {problem.path for problem in problems}
    for path in paths:
        if str(path) not in wrong:
            click.echo(f"{path}: ok")
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise click.ClickException(f"{count} in {len(wrong)} of {len(paths)} files: nothing of them is used.")


if __name__ == "__main__":
    main()
