"""`campaign start` and `campaign attach`: start a campaign, and print its events."""

import threading
from pathlib import Path

import click

from vmss_tui.campaign.events import CampaignRecord
from vmss_tui.campaign.state import FAILED_STATES, SETTLED_STATES, Campaign, CampaignPhase
from vmss_tui.cli.campaigns.event_sentences import describe_campaign_event
from vmss_tui.cli.campaigns.group import plan_campaign
from vmss_tui.cli.campaigns.open_campaign import (
    PHASE_COLOURS,
    campaign_exit_code,
    campaign_names,
    describe_missing_worker,
    find_campaign,
    follow_campaign,
)
from vmss_tui.cli.campaigns.plan_lines import print_campaign_plan
from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.commands.attach import POLL_INTERVAL, SUCCESSOR_WAIT
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.campaigns import campaign_event_json
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import own_command, print_json, print_line, print_message, show_progress
from vmss_tui.cli.prompts import confirm_campaign
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.run_stores import state_url
from vmss_tui.runtime.campaigns.campaign_follower import CampaignFollower
from vmss_tui.runtime.errors import RunRefused
from vmss_tui.runtime.runs import logind


@click.command("start")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option(
    "--wait/--detach", default=True, help="Watch the campaign until it ends (default: wait)."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON event a line.")
@global_options
@pass_options
def campaign_start_command(
    options: GlobalOptions, file: Path, yes: bool, wait: bool, as_json: bool
) -> ExitCode:
    """Start the campaign of a strategy file.

    The campaign has its own process, and so has each of its runs: they continue without this
    command.
    """
    if options.read_only:
        raise RunRefused("this session is read-only")
    connection, plan = plan_campaign(options, file)
    services = connection.services
    control = services.campaign_control
    if reason := control.refusal_reason(plan):
        raise RunRefused(reason)
    print_campaign_plan(plan, services.context, print_message)
    if state_url(options.load_settings(), options.target()):
        print_message(
            "note  the campaign's own records stay on this machine; its runs are in the container"
        )
    if warning := logind.logout_warning():
        print_message(f"caution  {warning}")
    confirm_campaign(plan.name, control.protection_reason(plan), yes=yes)
    name = control.start(plan, assumed_yes=yes)
    if not as_json:
        print_line(name)
    if wait:
        return watch_campaign(control.follow(name), as_json=as_json)
    if as_json:
        print_json({"campaign": name})
    print_message("Started. Watch it with: ", own_command("campaign", "attach", name))
    return ExitCode.DONE


@click.command("attach")
@click.argument("campaign", shell_complete=campaign_names)
@click.option("--json", "as_json", is_flag=True, help="One JSON event a line.")
@global_options
@pass_options
def campaign_attach_command(options: GlobalOptions, campaign: str, as_json: bool) -> ExitCode:
    """Watch a campaign from its first event until it ends, stops or waits for approval."""
    return watch_campaign(follow_campaign(options, find_campaign(campaign)), as_json=as_json)


def watch_campaign(follower: CampaignFollower, *, as_json: bool) -> ExitCode:
    """Prints a campaign's events until it ends or stops. Ctrl-C leaves it running."""
    try:
        return _follow(follower, as_json)
    except KeyboardInterrupt:
        show_progress("")
        print_message()
        see_it = own_command("campaign", "attach", follower.name)
        print_message("Stopped watching; the campaign continues. Watch it with: ", see_it)
        return ExitCode.LEFT
    finally:
        show_progress("")


def _follow(follower: CampaignFollower, as_json: bool) -> ExitCode:
    never = threading.Event()
    was_live = False
    while True:
        is_live = follower.is_live  # read first: what a worker wrote before it ended is read next
        for record in follower.read_new():
            _print_event(follower, record, as_json=as_json)
        if follower.damage:
            raise CommandError(
                f"the journal of {follower.name} cannot be read further: {follower.damage}",
                ExitCode.ERROR,
            )
        code = campaign_exit_code(follower.campaign)
        if code is not None:
            show_progress("")
            _print_next_step(follower.campaign, follower.name)
            return code
        if not is_live:
            if was_live and follower.wait_for_worker(SUCCESSOR_WAIT):
                continue  # another worker carries it on
            print_message(*describe_missing_worker(follower))
            return ExitCode.HALTED
        was_live = True
        if not as_json:
            show_progress(progress_line(follower.campaign), PHASE_COLOURS[follower.campaign.phase])
        never.wait(POLL_INTERVAL)


def _print_event(follower: CampaignFollower, record: CampaignRecord, *, as_json: bool) -> None:
    """Prints one event: a JSON line on stdout, or a sentence on stderr."""
    if as_json:
        print_json(campaign_event_json(follower.name, record))
    elif sentence := describe_campaign_event(record.body, follower.campaign):
        print_message(Coloured(record.at[11:19], TextColour.QUIET), " ", sentence)


def progress_line(campaign: Campaign) -> str:
    """`Upgrading · stage canary, 1 of 3 · 12 of 40 scale sets done · 5 live · 1 failed`."""
    parts = [campaign.status_label]
    current = campaign.current_stage
    if current is not None and campaign.phase is CampaignPhase.UPGRADING:
        name = campaign.stage_plan(current).name
        parts.append(f"stage {name}, {current + 1} of {len(campaign.stages)}")
    done, total = campaign.count(SETTLED_STATES), len(campaign.members)
    parts.append(f"{done} of {pluralize(total, 'scale set', 'scale sets')} done")
    if live := len(campaign.live):
        parts.append(f"{live} live")
    if failed := campaign.count(FAILED_STATES):
        parts.append(f"{failed} failed")
    return " · ".join(parts)


def _print_next_step(campaign: Campaign, name: str) -> None:
    """The state of a campaign that has stopped, and the commands that apply to it."""
    label = Coloured(campaign.status_label, PHASE_COLOURS[campaign.phase])
    print_message(label, f": {campaign.message}" if campaign.message else "")
    if campaign.waits_for_approval:
        _print_choice("Approve the next stage", "approve", name)
    if campaign.phase in (CampaignPhase.PAUSED, CampaignPhase.HALTED):
        _print_choice("Continue", "resume", name)
    if campaign.count(FAILED_STATES):
        _print_choice("Retry what failed", "retry", name)
    if campaign.phase is CampaignPhase.HALTED:
        _print_choice("Roll back what it changed", "revert", name)
    print_message("Details: ", own_command("campaign", "report", name))


def _print_choice(effect: str, command: str, name: str) -> None:
    print_message(f"{effect}: ", own_command("campaign", command, name))
