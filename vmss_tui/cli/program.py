"""The program itself: which commands there are, and that a scale set may stand for one."""

import importlib
import os
import sys

import click

from vmss_tui import __version__
from vmss_tui.cli.options import global_options
from vmss_tui.errors import ExitCode

_COMMANDS = {
    "list": "scale_sets",
    "status": "scale_sets",
    "plan": "scale_sets",
    "run": "run",
    "model": "model",
    "images": "images",
    "runs": "runs",
    "attach": "runs",
    "pause": "runs",
    "resume": "runs",
    "abort": "runs",
    "retry": "runs",
    "revert": "runs",
    "report": "report",
    "rolling": "rolling",
    "repairs": "rolling",
    "power": "power",
    "simulate": "simulate",
    "completion": "completion",
    "doctor": "doctor",
    "dashboard": "dashboard",
    "worker": "simulate",
}
"""Command -> module of this package; the command's function is `<name>_command` there."""


class Program(click.Group):
    """Finds commands in their modules, and takes `RESOURCE_GROUP/NAME` for the dashboard."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of `--help`."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the one that is called for."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"vmss_tui.cli.commands.{_COMMANDS[cmd_name]}")
        found: click.Command = getattr(module, f"{cmd_name}_command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A first word with `/` is a scale set to show."""
        if args and "/" in args[0]:
            return "dashboard", self.get_command(ctx, "dashboard"), args
        if args and self.get_command(ctx, args[0]) is None:
            ctx.fail(
                f"{args[0]!a} is no command and no scale set: scale sets are written "
                "RESOURCE_GROUP/NAME, and `vmss-tui --help` lists the commands"
            )
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; Ctrl-C and a reader that went away (`| head`) end it quietly."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:  # of a question it would be Abort
            return ExitCode.INTERRUPTED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.PIPE_CLOSED
        return code


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="With no command: the dashboard, of the scale set named or of the list of all. "
    "Global options may stand before or after the command.",
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
