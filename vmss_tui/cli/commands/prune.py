"""`prune`: removes the records of ended runs and campaigns."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.runs import prune_json
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.output import print_json, print_line, print_message
from vmss_tui.cli.prompts import confirm_removal
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.run_stores import state_folder
from vmss_tui.runtime.campaigns.campaign_retention import prunable_campaigns, prune_campaign
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore
from vmss_tui.runtime.storage.retention import DAY, Retention, prunable_runs, prune


@click.command("prune")
@click.option(
    "--keep-days", type=click.IntRange(1, 3650), metavar="N", help="Default: from the settings."
)
@click.option(
    "--keep-newest", type=click.IntRange(1), metavar="N", help="Default: from the settings."
)
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def prune_command(
    options: GlobalOptions,
    keep_days: int | None,
    keep_newest: int | None,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    """Remove ended runs and campaigns that are older or more than to be kept.

    Never one that is live, that can be resumed, or whose last event is less than a day old.
    """
    if options.read_only:
        raise CommandError("this session is read-only", ExitCode.REFUSED)
    settings, store = options.load_settings().runs, options.run_store()
    bounds = Retention(keep_days or settings.keep_days, keep_newest or settings.keep_newest)
    campaigns = CampaignStore(state_folder())
    runs, ended = list(prunable_runs(store, bounds)), list(prunable_campaigns(campaigns, bounds))
    for kind, prunable in (("", runs), ("campaign ", ended)):
        for item in prunable:
            days = f"{item.age / DAY:.0f} days ago"
            print_message(f"{kind}{item.folder.name}  {item.phase.label}  last event {days}")
    if runs or ended:
        count = _count_text(runs, ended)
        confirm_removal(f"Remove {count} with their journals?", yes=yes)
    now = datetime.now(UTC)
    removed = [run.folder.name for run in runs if prune(run.folder, now)]
    removed_campaigns = [c.folder.name for c in ended if prune_campaign(c.folder, now)]
    store.sweep()
    if as_json:
        kept = len(store.names()), sum(1 for _ in campaigns.all())
        print_json(prune_json(removed, kept[0], removed_campaigns, kept[1]))
    else:
        print_line(f"{_count_text(removed, removed_campaigns)} removed")
    return ExitCode.DONE


def _count_text(runs: Sequence[object], campaigns: Sequence[object]) -> str:
    """`3 runs and 1 campaign`; campaigns are named where there are some."""
    counts = pluralize(len(runs), "run", "runs")
    if not campaigns:
        return counts
    return f"{counts} and {pluralize(len(campaigns), 'campaign', 'campaigns')}"
