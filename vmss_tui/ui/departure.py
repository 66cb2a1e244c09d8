"""Leaving the program: asks first where a run or a campaign of this user is live, on whichever
scale set.

Each goes on in its own process, so that leaving never ends it.
"""

from functools import partial
from typing import Any

from rich.text import Text
from textual.app import App
from textual.events import Callback

from vmss_tui.campaign.events import CampaignIntentKind
from vmss_tui.runtime.runs.control import RunControl
from vmss_tui.runtime.session import Services
from vmss_tui.text import cell
from vmss_tui.ui.background.workers import run_in_thread
from vmss_tui.ui.dialogs.leave import LeaveChoice, LeaveScreen, LiveWork
from vmss_tui.upgrade.events import IntentKind
from vmss_tui.upgrade.run.run import Phase, Run

_UNFINISHED = (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK)


def leave_program(app: App[Any], services: Services) -> None:
    """Exits with 0; where runs or campaigns are live, only after a question. Their names are read
    in a thread."""

    def read_names() -> Callback:
        return Callback(callback=partial(_exit_or_ask, app, services, _live_work(services)))

    run_in_thread(app, read_names, lambda _error: Callback(callback=partial(app.exit, 0)))


def _live_work(services: Services) -> LiveWork:
    """What is live. Runs of members belong to their campaign, which is live between two, too."""
    runs, campaigns = services.run_control, services.campaign_control.live_runs()
    of_members = frozenset().union(*campaigns.values())
    names = (name for name in runs.live_run_names() if name not in of_members)
    return LiveWork(
        tuple(name for name in names if not _read_run(runs, name).ended), tuple(campaigns)
    )


def _exit_or_ask(app: App[Any], services: Services, work: LiveWork) -> None:
    if not work.names:
        app.exit(0)
    elif not isinstance(app.screen, LeaveScreen):  # q may come twice
        app.clear_notifications()
        question = LeaveScreen(work, services.command_options)
        app.push_screen(question, partial(_answered, app, services, work))


def _answered(
    app: App[Any], services: Services, work: LiveWork, choice: LeaveChoice | None
) -> None:
    if choice is LeaveChoice.DETACH:
        _exit(app, services, work)
    elif choice is LeaveChoice.PAUSE:
        runs, control = services.run_control, services.campaign_control

        def pause() -> Callback:
            for name in work.campaigns:
                follower = control.follow(name)
                follower.read_new()
                if follower.campaign.phase.is_active:
                    control.send_intent(name, CampaignIntentKind.PAUSE)
            for name in work.runs:
                if _read_run(runs, name).phase in _UNFINISHED:
                    runs.send_intent(name, IntentKind.PAUSE)
            return Callback(callback=partial(_exit, app, services, work))

        run_in_thread(app, pause, partial(_pause_failed, app))


def _read_run(runs: RunControl, name: str) -> Run:
    follower = runs.follow(name)
    follower.read_new()
    return follower.run


def _pause_failed(app: App[Any], error: str) -> Callback:
    text = f"Not left: {cell(error, 400)}"
    warn = partial(app.notify, text, severity="warning", markup=False, timeout=6)
    return Callback(callback=warn)


def _exit(app: App[Any], services: Services, work: LiveWork) -> None:
    """Leaves the program and prints the commands that show everything again."""
    shown = (
        f"{command} shows the {kind} again"
        for kind, command in work.commands(services.command_options)
    )
    app.exit(0, message=Text("\n".join(shown)))
