"""The command line: a function per command, in modules by what they are about.

`main` is the one top-level handler. The commands' modules are imported when they are called for,
so that `--version` and a first frame do not wait for them.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from vmss_tui.cli.exit_codes import CommandError, report_error
from vmss_tui.cli.output import plainly
from vmss_tui.cli.program import program
from vmss_tui.errors import ExitCode


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code. No exception leaves it."""
    try:
        _open_streams()
        plainly(False)
        return int(program.main(arguments, prog_name="vmss-tui", standalone_mode=False) or 0)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:
        return report_error(error)


def _open_streams() -> None:
    """What whoever calls has closed reads as empty and takes every word, so that no file or
    connection of ours stands in its place; raises `CommandError` where data could not be printed."""
    nothing = Path(os.devnull)
    if sys.stdin is None:
        sys.stdin = nothing.open(encoding="utf-8")
    silent = sys.stdout is None
    if silent:
        sys.stdout = nothing.open("w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = nothing.open("w", encoding="utf-8")
    if silent:
        raise CommandError("stdout is closed: there is nowhere to print to", ExitCode.ERROR)
