"""`dashboard`: checks the terminal and the settings, then runs the Textual app.

Connects to Azure or the demo in a thread of the app, after the first frame.
"""

import gc
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.config import Settings
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.scale_set_id import ScaleSetId, split_scale_set
from vmss_tui.target import Target, check_endpoint

if TYPE_CHECKING:
    from vmss_tui.demo import DemoProcess
    from vmss_tui.runtime.session import Services
    from vmss_tui.wiring import Connection

T = TypeVar("T")
_NO_KEY = "which is no key of a terminal: use a character such as U, or a name such as f5 or pageup"
_CHORD = (
    "a Ctrl combination, not allowed for commands that change something: use a character "
    "or f1 to f24"
)


@click.command("dashboard", hidden=True)
@click.argument("scale_set", required=False)
@global_options
@pass_options
def dashboard_command(options: GlobalOptions, scale_set: str | None = None) -> int:
    """Show the dashboard, of one scale set or of the list of all."""
    gc.disable()  # until the app has started: imported modules are not garbage
    try:
        return _run(options, scale_set)
    finally:
        gc.enable()


def _run(options: GlobalOptions, scale_set: str | None) -> int:
    settings, target = options.load_settings(), options.target()
    check_keys(settings)
    check_endpoint(target.endpoint)
    if scale_set is not None:
        split_scale_set(scale_set)
    if reason := _unusable_terminal_reason():
        raise CommandError(reason, ExitCode.USAGE)
    demo_start = _start_demo(target)  # before the imports, which take as long

    from vmss_tui.ui.app import VmssApp
    from vmss_tui.ui.drawing.glyphs import Appearance, Glyphs
    from vmss_tui.ui.drawing.themes import choose_theme
    from vmss_tui.ui.terminal.capabilities import detect_capabilities

    for variable in ("COLUMNS", "LINES"):  # the size of another terminal, or of before a change
        os.environ.pop(variable, None)
    terminal = detect_capabilities(os.environ)
    ascii_only = options.ascii or settings.display.glyphs == "ascii" or not terminal.unicode
    glyphs = Glyphs.ASCII if ascii_only else Glyphs.UNICODE
    theme = choose_theme(settings.display.theme, terminal.colours, no_color=terminal.no_color)
    connections: list[Connection] = []

    def connect() -> "Services":
        from vmss_tui.wiring import open_connection

        patient = target._replace(patience=None)
        connections.append(
            _with_gateway_error(lambda: open_connection(settings, patient, start_demo=demo_start))
        )
        return connections[0].services

    def initial_scale_set(_services: "Services") -> ScaleSetId:
        return _with_gateway_error(lambda: connections[0].parse_scale_set(scale_set or ""))

    app = VmssApp(
        connect,
        initial_scale_set if scale_set is not None else None,
        appearance=Appearance(theme, glyphs),
        keys=settings.keys,
        cell_mode=settings.display.cell,
    )
    try:
        return app.run() or ExitCode.DONE
    finally:
        for connection in connections:  # the interpreter waits for threads that still read
            connection.services.close()


def _start_demo(target: Target) -> "Callable[[], DemoProcess] | None":
    """Begins to start or to join the demo where it is the target; returns what waits for it."""
    if target.demo_world is None:
        return None
    from vmss_tui.demo import EarlyStart
    from vmss_tui.runtime.storage.state_folder import NoHomeFolder, state_folder

    try:
        return EarlyStart(state_folder(), target.demo_world).result
    except NoHomeFolder:  # reported once the program connects
        return None


def _unusable_terminal_reason() -> str | None:
    """Why the dashboard cannot be shown on this terminal; None where it can."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return (
            "the dashboard needs a terminal: use `vmss-tui status SCALE_SET` in scripts and pipes"
        )
    if os.environ.get("TERM", "") in ("", "dumb"):
        return "TERM says that this terminal cannot be drawn on: use `vmss-tui status SCALE_SET`"
    return None


def check_keys(settings: Settings) -> None:
    """Raises `ConfigError` for an unknown command, a key that no terminal sends, a control chord
    for a command that changes something, or one key for two commands."""
    if not settings.keys:
        return
    from vmss_tui.config.key_errors import suggestion
    from vmss_tui.ui.commands.bindings import (
        COMMANDS_BY_ID,
        CommandGroup,
        CommandScope,
        command_keys,
        commands_in,
    )
    from vmss_tui.ui.commands.keys import key_label, key_name

    for command_id, keys in settings.keys.items():
        if command_id not in COMMANDS_BY_ID:
            near = (
                suggestion(command_id, COMMANDS_BY_ID)
                or ": the list of commands (:) has their names"
            )
            raise settings.key_error(command_id, f"is not a command{near}")
        if COMMANDS_BY_ID[command_id].takes_key:
            raise settings.key_error(command_id, "has nine keys that cannot be changed")
        for key in keys.split(","):
            name = key_name(key.strip())
            if name is None:
                raise settings.key_error(command_id, f"names {key.strip()!a}, {_NO_KEY}")
            changes = COMMANDS_BY_ID[command_id].group in (CommandGroup.CHANGE, CommandGroup.RUN)
            if name.startswith("ctrl+") and changes:
                raise settings.key_error(command_id, f"names {name!a}, {_CHORD}")
    for scope in CommandScope:
        taken: dict[str, str] = {}
        for command in {*commands_in(scope), *commands_in(CommandScope.APP)}:
            for keys in command_keys(command, settings.keys.get(command.id)):
                key = key_name(keys) or keys
                other = taken.setdefault(key, command.id)
                if other != command.id:
                    moved = command.id if command.id in settings.keys else other
                    rest = other if moved == command.id else command.id
                    problem = f"uses {key_label(key)!a}, which {rest} uses already"
                    raise settings.key_error(moved, problem)


def _with_gateway_error(call: Callable[[], T]) -> T:
    """Calls `call`, and raises its expected errors as `GatewayError`, which the app shows."""
    from vmss_tui import config, demo, subscriptions
    from vmss_tui.gateway import GatewayError
    from vmss_tui.runtime.storage.state_folder import InsecurePath, NoHomeFolder

    try:
        return call()
    except (
        config.ConfigError,
        demo.DemoFailed,
        subscriptions.NoSubscription,
        InsecurePath,
        NoHomeFolder,
    ) as error:
        raise GatewayError(str(error)) from error
