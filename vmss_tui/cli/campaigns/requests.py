"""`campaign pause`, `resume`, `approve`, `abort`, `skip`, `retry`, `revert`: control a campaign."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import click

from vmss_tui.campaign.events import CampaignIntentHandled, CampaignIntentKind
from vmss_tui.campaign.plan import CampaignPlan, MemberPlan
from vmss_tui.campaign.state import FAILED_STATES, Campaign
from vmss_tui.cli.campaigns.event_sentences import member_name
from vmss_tui.cli.campaigns.open_campaign import (
    campaign_names,
    connect_campaign,
    describe_missing_worker,
    find_campaign,
    follow_campaign,
)
from vmss_tui.cli.commands.attach import wait_for_reply
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import own_command, print_json, print_message
from vmss_tui.cli.prompts import confirm_campaign
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.runtime.campaigns.campaign_follower import CampaignFollower
from vmss_tui.runtime.errors import RunRefused

_NAME = click.argument("campaign", shell_complete=campaign_names)
_MEMBERS = click.argument("scale_sets", nargs=-1)
_YES = click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("pause")
@_NAME
@_JSON
@global_options
@pass_options
def campaign_pause_command(options: GlobalOptions, campaign: str, as_json: bool) -> ExitCode:
    """Pause a campaign: no run starts, and live runs pause before their next batch."""
    return _request(options, campaign, CampaignIntentKind.PAUSE, as_json=as_json)


@click.command("resume")
@_NAME
@_JSON
@global_options
@pass_options
def campaign_resume_command(options: GlobalOptions, campaign: str, as_json: bool) -> ExitCode:
    """Resume a paused or halted campaign; starts its worker where it has none.

    Members that have failed so far are accepted.
    """
    return _request(options, campaign, CampaignIntentKind.RESUME, as_json=as_json)


@click.command("approve")
@_NAME
@click.option("--stage", default="", metavar="NAME", help="Only if this stage waits for it.")
@_JSON
@global_options
@pass_options
def campaign_approve_command(
    options: GlobalOptions, campaign: str, stage: str, as_json: bool
) -> ExitCode:
    """Approve the stage that waits for it."""
    return _request(options, campaign, CampaignIntentKind.APPROVE, stage=stage, as_json=as_json)


@click.command("abort")
@_NAME
@_JSON
@global_options
@pass_options
def campaign_abort_command(options: GlobalOptions, campaign: str, as_json: bool) -> ExitCode:
    """Abort a campaign and its live runs. Upgrades in flight continue."""
    return _request(options, campaign, CampaignIntentKind.ABORT, as_json=as_json)


@click.command("skip")
@_NAME
@_MEMBERS
@_JSON
@global_options
@pass_options
def campaign_skip_command(
    options: GlobalOptions, campaign: str, scale_sets: Sequence[str], as_json: bool
) -> ExitCode:
    """Take scale sets out: waiting ones never start, failed ones no longer count."""
    if not scale_sets:
        raise click.UsageError("Name the scale sets to skip.")
    return _request(
        options, campaign, CampaignIntentKind.SKIP, scale_sets=scale_sets, as_json=as_json
    )


@click.command("retry")
@_NAME
@_MEMBERS
@_YES
@_JSON
@global_options
@pass_options
def campaign_retry_command(
    options: GlobalOptions, campaign: str, scale_sets: Sequence[str], yes: bool, as_json: bool
) -> ExitCode:
    """Retry failed scale sets (default: all that failed), then continue."""
    return _request(
        options,
        campaign,
        CampaignIntentKind.RETRY,
        scale_sets=scale_sets,
        describe=_describe_retry,
        yes=yes,
        as_json=as_json,
    )


@click.command("revert")
@_NAME
@_YES
@_JSON
@global_options
@pass_options
def campaign_revert_command(
    options: GlobalOptions, campaign: str, yes: bool, as_json: bool
) -> ExitCode:
    """Roll back what a campaign has upgraded, in reverse order of its stages."""
    return _request(
        options,
        campaign,
        CampaignIntentKind.REVERT,
        describe=_describe_revert,
        yes=yes,
        as_json=as_json,
    )


def _describe_retry(campaign: Campaign, members: Collection[str]) -> str:
    keys = members or [m.key for m in campaign.members.values() if m.state in FAILED_STATES]
    return f"retry  {len(keys)} failed: {_names_text(campaign, keys)}"


def _describe_revert(campaign: Campaign, _members: Collection[str]) -> str:
    keys = [member.key for member in campaign.members.values() if member.run]
    return f"roll back  {len(keys)} started: {_names_text(campaign, keys)}"


def _names_text(campaign: Campaign, keys: Collection[str]) -> str:
    return shorten_list([member_name(campaign, key) for key in keys], 40)


def _request(
    options: GlobalOptions,
    name: str,
    kind: CampaignIntentKind,
    *,
    scale_sets: Sequence[str] = (),
    stage: str = "",
    describe: Callable[[Campaign, Collection[str]], str] | None = None,
    yes: bool = False,
    as_json: bool,
) -> ExitCode:
    """Sends the intent, waits for the campaign's worker, and prints what the campaign does now."""
    folder = find_campaign(name)
    is_stopping = kind in (CampaignIntentKind.PAUSE, CampaignIntentKind.ABORT)
    if options.read_only and not is_stopping:
        raise RunRefused("this session is read-only")
    services = connect_campaign(options, folder, sign_in=not is_stopping)
    control = services.campaign_control
    members = member_keys(folder.manifest.plan, scale_sets)
    follower = follow_campaign(options, folder)
    follower.read_new()
    if kind is not CampaignIntentKind.RESUME:
        control.check_intent(folder.name, kind, members=members, stage=stage)
    if describe is not None:
        print_message(describe(follower.campaign, members))
        reason = control.protection_reason(folder.manifest.plan)
        confirm_campaign(folder.manifest.plan.name, reason, yes=yes)
    expects_record = kind is not CampaignIntentKind.RESUME or not follower.campaign.phase.is_active
    if kind is CampaignIntentKind.RESUME:
        control.resume(folder.name)
    else:
        control.send_intent(folder.name, kind, members=members, stage=stage)
    if expects_record and not _wait_for_worker(follower, kind):
        if not follower.is_live:
            raise CommandError("".join(describe_missing_worker(follower)), ExitCode.HALTED)
        print_message(f"Requested: {kind}; the worker of {folder.name} has not responded yet.")
        return ExitCode.DONE
    _print_state(follower, as_json=as_json)
    return ExitCode.DONE


def _wait_for_worker(follower: CampaignFollower, kind: CampaignIntentKind) -> bool:
    """Waits until the worker has handled an intent of this kind, as `wait_for_reply`."""
    return wait_for_reply(
        follower, lambda event: isinstance(event, CampaignIntentHandled) and event.kind == kind
    )


def _print_state(follower: CampaignFollower, *, as_json: bool) -> None:
    campaign = follower.campaign
    if as_json:
        state: dict[str, Any] = {
            "campaign": follower.name,
            "phase": campaign.phase,
            "reason": campaign.reason,
            "message": campaign.message,
        }
        print_json(state)
    see_it = own_command("campaign", "attach", follower.name)
    print_message(f"{follower.name} is now {campaign.status_label}: ", see_it)


def member_keys(plan: CampaignPlan, scale_sets: Sequence[str]) -> tuple[str, ...]:
    """The keys of members, given by name, `RESOURCE_GROUP/NAME` or resource id; raises
    `CommandError` for one that is no member or could be several."""
    return tuple(_member_key(plan, text) for text in scale_sets)


def _member_key(plan: CampaignPlan, text: str) -> str:
    name = text.strip().lower()

    def is_match(member: MemberPlan) -> bool:
        scale_set = member.scale_set
        return name in (member.key, scale_set.short.lower(), scale_set.name.lower())

    matches = [member for member in plan.members if is_match(member)]
    if len(matches) == 1:
        return matches[0].key
    if matches:
        choices = ", ".join(member.scale_set.short for member in matches)
        raise CommandError(f"{text!a} could be any of these: {choices}", ExitCode.USAGE)
    raise CommandError(f"{text!a} is no scale set of {plan.name}", ExitCode.USAGE)
