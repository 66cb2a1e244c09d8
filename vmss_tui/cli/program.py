"""The command line program: its commands, and the one handler for every exception.

A command's module is imported when the command is called, so that `--version` and the first frame
do not wait for the others.
"""

import importlib
import os
import sys
from collections.abc import Sequence

import click

from vmss_tui import __version__
from vmss_tui.cli.error_report import CommandError, report_error
from vmss_tui.cli.options import global_options
from vmss_tui.cli.output import prepare_streams
from vmss_tui.cli.suggestions import unknown_command_message
from vmss_tui.errors import ExitCode

_COMMANDS = {
    "list": "scale_sets",
    "status": "scale_sets",
    "plan": "run",
    "run": "run",
    "campaign": "campaigns.group",
    "model": "model",
    "images": "images",
    "runs": "runs",
    "prune": "runs",
    "attach": "attach",
    "pause": "runs",
    "resume": "runs",
    "abort": "runs",
    "retry": "runs",
    "revert": "runs",
    "report": "report",
    "rolling": "rolling",
    "repairs": "rolling",
    "power": "power",
    "instance": "diagnosis",
    "run-command": "diagnosis",
    "simulate": "simulate",
    "completion": "completion",
    "doctor": "doctor",
    "dashboard": "dashboard",
    "worker": "run",
    "campaign-worker": "campaigns.group",
}
"""Command -> its module in `cli.commands`, where its function is `<command>_command`; with a dot it
is a module in `cli`."""
_VISIBLE = [name for name in _COMMANDS if name not in ("dashboard", "worker", "campaign-worker")]
"""The commands of `--help`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the exit code. Raises nothing."""
    try:
        if not prepare_streams():
            raise CommandError("stdout is closed: there is nowhere to print to", ExitCode.ERROR)
        return int(program.main(arguments, prog_name="vmss-tui", standalone_mode=False) or 0)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:
        return report_error(error)


class Program(click.Group):
    """Imports commands on demand, and accepts `RESOURCE_GROUP/NAME` in place of a command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of `--help`."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the command; None where there is no such command."""
        if cmd_name not in _COMMANDS:
            return None
        name = _COMMANDS[cmd_name]
        path = name if "." in name else f"commands.{name}"
        module = importlib.import_module(f"vmss_tui.cli.{path}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A first argument that contains `/` is a scale set: it opens the dashboard."""
        if args and "/" in args[0]:
            return "dashboard", self.get_command(ctx, "dashboard"), args
        if args and self.get_command(ctx, args[0]) is None:
            ctx.fail(unknown_command_message(args[0], _VISIBLE))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; Ctrl-C and a closed pipe (`| head`) end it without a message."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:  # click would turn it into Abort, which means "declined"
            return ExitCode.INTERRUPTED
        except BrokenPipeError:
            for stream in (sys.stdout, sys.stderr):  # either: Python flushes both as it exits
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            return ExitCode.PIPE_CLOSED
        return code


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command: opens the dashboard, of the given scale set or of the list of all. "
    "Global options may be given before or after the command.",
)
@click.version_option(__version__, prog_name="vmss-tui", message="%(prog)s %(version)s")
@global_options
@click.pass_context
def program(ctx: click.Context) -> object:
    """Watch and upgrade Azure virtual machine scale sets."""
    if ctx.invoked_subcommand is not None:
        return None
    dashboard = program.get_command(ctx, "dashboard")
    assert dashboard is not None
    return ctx.invoke(dashboard)
