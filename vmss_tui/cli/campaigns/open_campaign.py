"""Finds the campaign that a subcommand names, and connects as its manifest says."""

import click
from click.shell_completion import CompletionItem

from vmss_tui.campaign.events import MemberState
from vmss_tui.campaign.state import LIVE_STATES, Campaign, CampaignPhase
from vmss_tui.cli.colour import TextColour
from vmss_tui.cli.options import GlobalOptions
from vmss_tui.cli.output import own_command, print_message
from vmss_tui.demo import require_world
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.campaigns.campaign_folder import CampaignFolder
from vmss_tui.runtime.campaigns.campaign_follower import CampaignFollower
from vmss_tui.runtime.campaigns.campaign_store import CampaignNotFound, CampaignStore
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.state_folder import state_folder
from vmss_tui.wiring import clock_for, services_for_campaign

PHASE_COLOURS = {
    CampaignPhase.UPGRADING: TextColour.MOVING,
    CampaignPhase.REVERTING: TextColour.MOVING,
    CampaignPhase.PAUSED: TextColour.UNHEALTHY,
    CampaignPhase.HALTED: TextColour.FAILED,
    CampaignPhase.COMPLETED: TextColour.GOOD,
    CampaignPhase.COMPLETED_WITH_FAILURES: TextColour.FAILED,
    CampaignPhase.REVERTED: TextColour.GOOD,
    CampaignPhase.ABORTED: TextColour.OFF,
}

_EXIT_CODES = {
    CampaignPhase.COMPLETED: ExitCode.DONE,
    CampaignPhase.ABORTED: ExitCode.ABORTED,
    CampaignPhase.REVERTED: ExitCode.ABORTED,
    CampaignPhase.PAUSED: ExitCode.LEFT,
}
_MOVING_STATES = LIVE_STATES - {MemberState.PAUSED}


def campaign_names(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Campaigns of this user, newest first, for the completion of a shell."""
    from vmss_tui.errors import VmssError

    try:
        names = [folder.name for folder in CampaignStore(state_folder()).all()]
    except (OSError, VmssError):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def find_campaign(name: str) -> CampaignFolder:
    """The campaign with this name or prefix; raises `CampaignNotFound`, also for one that has not
    started."""
    folder = CampaignStore(state_folder()).find(name)
    if not folder.has_begun and not folder.is_live:
        raise CampaignNotFound(
            f"{folder.name} has not started (its start was refused or interrupted): plan a new one"
        )
    return folder


def follow_campaign(options: GlobalOptions, folder: CampaignFolder) -> CampaignFollower:
    """A reader of the campaign's journal and of its members' runs."""
    return CampaignFollower(folder, options.run_store(), clock_for(folder.manifest.context))


def connect_campaign(
    options: GlobalOptions, folder: CampaignFolder, *, sign_in: bool = True
) -> Services:
    """The services to control the campaign; raises `DemoWorldGone` where its demo has ended, except
    without a sign-in."""
    if sign_in:
        require_world(folder.name, folder.manifest.context)
    return services_for_campaign(
        folder, options.load_settings(), options.target(), print_message, sign_in=sign_in
    )


def campaign_exit_code(campaign: Campaign) -> ExitCode | None:
    """The exit code for a campaign that has ended or stopped; None while it progresses."""
    if campaign.waits_for_approval and not campaign.live:
        return ExitCode.LEFT
    if campaign.phase.is_active or any(
        member.pending or member.state in _MOVING_STATES for member in campaign.members.values()
    ):
        return None
    return _EXIT_CODES.get(campaign.phase, ExitCode.HALTED)


def describe_missing_worker(follower: CampaignFollower) -> tuple[str, ...]:
    """Why the campaign does not advance, and how it does again, in parts for `print_message`."""
    resume = own_command("campaign", "resume", follower.name)
    if failure := follower.worker_failure():
        return f"The worker of the campaign has ended: {failure}. Resume with: ", resume
    return "The campaign has no worker. Resume with: ", resume
