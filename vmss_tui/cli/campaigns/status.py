"""`campaign status` and `campaign report`: what a campaign does, and what it did."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import msgspec

from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.report.campaign_facts import build_campaign_report
from vmss_tui.campaign.report.campaign_page import render_campaign_html
from vmss_tui.campaign.report.campaign_text import render_campaign_markdown
from vmss_tui.campaign.state import (
    FAILED_STATES,
    SETTLED_STATES,
    STATE_LABELS,
    Campaign,
    CampaignMember,
)
from vmss_tui.cli.campaigns.event_sentences import member_name
from vmss_tui.cli.campaigns.open_campaign import (
    PHASE_COLOURS,
    campaign_names,
    describe_missing_worker,
    find_campaign,
    follow_campaign,
)
from vmss_tui.cli.campaigns.watch import progress_line
from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.campaign_status import (
    campaign_status_json,
    campaign_summary_json,
    instance_counts,
)
from vmss_tui.cli.options import GlobalOptions, global_options, page_option, pass_options
from vmss_tui.cli.output import (
    print_json,
    print_lines,
    print_message,
    print_table,
    timestamp_text,
    write_page,
)
from vmss_tui.errors import ExitCode
from vmss_tui.runtime.campaigns.campaign_follower import CampaignFollower
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore, CampaignSummary
from vmss_tui.runtime.storage.state_folder import state_folder

_COLUMNS = ("CAMPAIGN", "STATUS", "DONE", "FAILED", "STARTED", "WORKER", "")
_MEMBER_COLUMNS = ("SCALE SET", "STAGE", "STATE", "DONE", "FAILED", "RUN", "")
_COUNTS = frozenset({"DONE", "FAILED"})


@click.command("status")
@click.argument("campaign", required=False, shell_complete=campaign_names)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def campaign_status_command(
    options: GlobalOptions, campaign: str | None, as_json: bool
) -> ExitCode:
    """Show the scale sets of a campaign; without a name, list campaigns."""
    if campaign is None:
        return _print_list(CampaignStore(state_folder()).summaries(), as_json=as_json)
    follower = follow_campaign(options, find_campaign(campaign))
    is_live = follower.is_live  # read first: what a worker wrote before it ended is read next
    follower.read_new()
    if as_json:
        status = campaign_status_json(
            follower.name,
            follower.campaign,
            follower.views(),
            is_live=is_live,
            damage=follower.damage,
            worker_failure="" if is_live else follower.worker_failure(),
        )
        print_json(status)
    else:
        _print_status(follower, is_live=is_live)
    return _report_damage(follower)


def _print_status(follower: CampaignFollower, *, is_live: bool) -> None:
    state = follower.campaign
    print_message(Coloured(progress_line(state), PHASE_COLOURS[state.phase]))
    if state.message:
        print_message(state.message)
    if not is_live and state.phase.is_active:
        print_message(*describe_missing_worker(follower))
    views = follower.views()
    counts = instance_counts(state)
    rows = [_member_row(state, m, views.get(m.key), counts) for m in state.members.values()]
    print_table(_MEMBER_COLUMNS, rows, numbers=_COUNTS)


def _report_damage(follower: CampaignFollower) -> ExitCode:
    """The exit code of a command that has shown what can be read of the journal."""
    if not follower.damage:
        return ExitCode.DONE
    print_message(f"The journal cannot be read further: {follower.damage}")
    return ExitCode.ERROR


@click.command("report")
@click.argument("campaign", shell_complete=campaign_names)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["md", "json", "html"]),
    default="md",
    show_default=True,
    help="Markdown, a JSON document, or an HTML page without scripts.",
)
@page_option
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
@global_options
@pass_options
def campaign_report_command(
    options: GlobalOptions, campaign: str, kind: str, output: Path | None, as_json: bool
) -> ExitCode:
    """Show a campaign's report: stages, scale sets, results, reasons."""
    if output is not None and (kind != "html" or as_json):
        raise CommandError("--output needs --format html", ExitCode.USAGE)
    follower = follow_campaign(options, find_campaign(campaign))
    records = follower.read_new()
    report = build_campaign_report(records, follower.views(), follower.damage)
    if report is None:
        raise CommandError(f"{follower.name} has not started: its journal is empty", ExitCode.ERROR)
    if as_json or kind == "json":
        print_json(msgspec.to_builtins(report))
    elif kind == "html":
        is_demo = follower.folder.manifest.context.demo
        if problem := write_page(render_campaign_html(report, is_demo=is_demo), output):
            raise CommandError(problem, ExitCode.ERROR)
    else:
        print_lines(render_campaign_markdown(report).rstrip("\n"))
    return _report_damage(follower)


def _print_list(summaries: Sequence[CampaignSummary], *, as_json: bool) -> ExitCode:
    if as_json:
        print_json([campaign_summary_json(summary) for summary in summaries])
    else:
        print_table(_COLUMNS, map(_row, summaries), numbers=_COUNTS)
    return ExitCode.DONE


def _row(summary: CampaignSummary) -> tuple[object, ...]:
    campaign = summary.campaign
    worker = Coloured("live", TextColour.MOVING) if summary.is_live else ""
    return (
        summary.name,
        Coloured(campaign.status_label, PHASE_COLOURS[campaign.phase]),
        f"{campaign.count(SETTLED_STATES)}/{len(campaign.members)}",
        Coloured(str(campaign.count(FAILED_STATES) or ""), TextColour.FAILED),
        timestamp_text(summary.started_at),
        Coloured("not running", TextColour.FAILED) if summary.lacks_worker else worker,
        summary.reason,
    )


def _member_row(
    campaign: Campaign,
    member: CampaignMember,
    view: MemberView | None,
    counts: Mapping[str, int],
) -> tuple[object, ...]:
    total = counts.get(member.key, 0)
    failed = view.failed if view is not None else member.failed
    return (
        member_name(campaign, member.key),
        campaign.stage_plan(member.stage).name,
        STATE_LABELS[member.state],
        f"{view.upgraded if view is not None else member.upgraded}/{total}",
        Coloured(str(failed or ""), TextColour.FAILED),
        member.run,
        member.message,
    )
