"""Commands in this process: a dozen times faster than each in one of its own (tests/support/server.py)."""

import json
import subprocess
from typing import Any

from click.testing import CliRunner

from survey_defs.cli import main


def run_hailong(
    *arguments: object, stdin: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    said = CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, env=env)
    return subprocess.CompletedProcess(("hailong", *arguments), said.exit_code, said.stdout, said.stderr)


def hailong(*arguments: object, stdin: str | None = None, env: dict[str, str] | None = None) -> Any:
    """Run a command that must succeed; with `--json` among its arguments, answers the object it printed."""
    return printed(run_hailong(*arguments, stdin=stdin, env=env))


def printed(done: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed that must have succeeded; with `--json` among its arguments, that object."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in done.args else done.stdout
