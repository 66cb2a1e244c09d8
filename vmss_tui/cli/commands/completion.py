"""`completion`: prints click's completion scripts; the completion of run names."""

import re

import click
from click.shell_completion import CompletionItem, get_completion_class

from vmss_tui.cli.options import global_options
from vmss_tui.cli.output import print_lines
from vmss_tui.errors import ExitCode

_SHELL_SAFE = re.compile(r"\w[\w.\-]*", re.ASCII)


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@global_options
@click.pass_context
def completion_command(ctx: click.Context, shell: str) -> ExitCode:
    """Print a completion script for SHELL."""
    completion = get_completion_class(shell)
    assert completion is not None
    print_lines(completion(ctx.find_root().command, {}, "vmss-tui", "_VMSS_TUI_COMPLETE").source())
    return ExitCode.DONE


def run_names(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Runs of this user, newest first, by the names of their folders.

    A shell inserts the name into the command line, so names with special characters are left out.
    """
    from vmss_tui.errors import VmssError
    from vmss_tui.runtime.storage.run_store import FolderStore
    from vmss_tui.runtime.storage.state_folder import state_folder

    try:
        folder = state_folder()
        names = FolderStore(folder).names() if folder.exists() else ()
    except (OSError, VmssError):
        return []
    matching = (name for name in names if name.startswith(incomplete))
    return [CompletionItem(name) for name in matching if _SHELL_SAFE.fullmatch(name)]
