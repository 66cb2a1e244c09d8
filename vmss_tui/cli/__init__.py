"""The command line: a function per command, in modules by what they are about.

`main` is the one top-level handler. The commands' modules are imported when they are called for,
so that `--version` and a first frame do not wait for them.
"""

from collections.abc import Sequence

from vmss_tui.cli.commands import program
from vmss_tui.cli.exits import Exit, report


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code. No exception leaves it."""
    try:
        return int(program.main(arguments, prog_name="vmss-tui", standalone_mode=False) or 0)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:
        return report(error)
