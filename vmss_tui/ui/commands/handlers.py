"""Finds the method that carries out each command: `do_edit_model` for `edit-model`."""

from collections.abc import Callable, Iterable

from vmss_tui.ui.commands.bindings import commands_in
from vmss_tui.ui.commands.command import CommandScope

CommandHandler = Callable[..., None]
"""A bound `do_` method. Called with the key pressed where the command takes one, else without
arguments."""


def handlers_by_command(owners: Iterable[object], scope: CommandScope) -> dict[str, CommandHandler]:
    """Command id -> handler, for every command of `scope`, from the `do_` methods of `owners`.

    Raises `TypeError` where a command has no handler or two, or a handler has no command.
    """
    handlers: dict[str, CommandHandler] = {}
    for owner in owners:
        for name in dir(type(owner)):
            if not name.startswith("do_"):
                continue
            command_id = name.removeprefix("do_").replace("_", "-")
            if command_id in handlers:
                raise TypeError(f"command {command_id} has two handlers")
            handlers[command_id] = getattr(owner, name)
    command_ids = {command.id for command in commands_in(scope)}
    if missing := sorted(command_ids - handlers.keys()):
        raise TypeError(f"commands without a handler: {', '.join(missing)}")
    if unknown := sorted(handlers.keys() - command_ids):
        raise TypeError(f"handlers without a command: {', '.join(unknown)}")
    return handlers
