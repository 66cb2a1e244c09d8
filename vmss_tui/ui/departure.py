"""Leaving the program: asks first where a run of this user is live, on whichever scale set.

A run goes on in its own process, so that leaving never ends it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import App
from textual.events import Callback

from vmss_tui.runtime.runs.control import RunControl
from vmss_tui.runtime.session import Services
from vmss_tui.shell import quote_words
from vmss_tui.text import cell
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.leave import LeaveChoice, LeaveScreen
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.run.run import Phase, Run

_UNFINISHED = (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK)


def leave_program(app: App[Any], services: Services) -> None:
    """Exits with 0; where runs are live, only after a question. Their names are read in a
    thread."""
    runs = services.run_control

    def read_names() -> Callback:
        names = [name for name in runs.live_run_names() if not _read_run(runs, name).ended]
        return Callback(callback=partial(_exit_or_ask, app, services, names))

    run_in_thread(app, read_names, lambda _error: Callback(callback=partial(app.exit, 0)))


def _exit_or_ask(app: App[Any], services: Services, names: Sequence[str]) -> None:
    if not names:
        app.exit(0)
    elif not isinstance(app.screen, LeaveScreen):  # q may come twice
        app.clear_notifications()
        question = LeaveScreen(names, services.command_options)
        app.push_screen(question, partial(_answered, app, services, names))


def _answered(
    app: App[Any], services: Services, names: Sequence[str], choice: LeaveChoice | None
) -> None:
    if choice is LeaveChoice.DETACH:
        _exit(app, services, names)
    elif choice is LeaveChoice.PAUSE:
        runs = services.run_control

        def pause() -> Callback:
            for name in names:
                if _read_run(runs, name).phase in _UNFINISHED:
                    runs.send_intent(name, IntentKind.PAUSE)
            return Callback(callback=partial(_exit, app, services, names))

        run_in_thread(app, pause, partial(_pause_failed, app))


def _read_run(runs: RunControl, name: str) -> Run:
    follower = runs.follow(name)
    follower.read_new()
    return follower.run


def _pause_failed(app: App[Any], error: str) -> Callback:
    text = f"Not left: {cell(error, 400)}"
    warn = partial(app.notify, text, severity="warning", markup=False, timeout=6)
    return Callback(callback=warn)


def _exit(app: App[Any], services: Services, names: Sequence[str]) -> None:
    """Leaves the program and prints the commands that show the runs again."""
    options = services.command_options
    commands = (quote_words(("vmss-tui", "attach", name, *options)) for name in names)
    lines = (f"{command} shows the run again" for command in commands)
    app.exit(0, message=Text("\n".join(lines)))
