"""`runs`, `prune`, `pause`, `resume`, `abort`, `retry`, `revert`: list, remove and control runs.

A run is given by its name or a prefix. Its manifest has the cloud, credential and demo to connect
to; listing runs needs no connection.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import click

from vmss_tui.cli.commands.attach import describe_missing_worker, wait_for_reply
from vmss_tui.cli.commands.completion import run_names
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.runs import prune_json, run_summary_json
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options, take_over_option
from vmss_tui.cli.output import (
    own_command,
    print_json,
    print_line,
    print_message,
    print_table,
)
from vmss_tui.cli.prompts import confirm, confirm_removal, print_target
from vmss_tui.cli.run_table import RUN_COUNTS, run_table
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import instances_text, pluralize
from vmss_tui.runtime.campaigns.campaign_retention import prunable_campaigns, prune_campaign
from vmss_tui.runtime.campaigns.campaign_store import CampaignStore
from vmss_tui.runtime.observe.run_follower import RunFollower
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.port import StoredRun
from vmss_tui.runtime.storage.retention import DAY, Retention, prunable_runs, prune
from vmss_tui.runtime.storage.state_folder import state_folder
from vmss_tui.upgrade.engine.revert import NEWEST_STAYS
from vmss_tui.upgrade.events import IntentHandled, IntentKind
from vmss_tui.upgrade.run.phase import Phase
from vmss_tui.wiring import (
    follower_for_run,
    require_demo_world,
    services_for_run,
)

_YES = click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")


@click.command("runs")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def runs_command(options: GlobalOptions, as_json: bool) -> ExitCode:
    """List runs, newest first."""
    summaries = options.run_store().summaries()
    if as_json:
        print_json([run_summary_json(summary) for summary in summaries])
        return ExitCode.DONE
    print_table(*run_table(summaries), numbers=RUN_COUNTS)
    return ExitCode.DONE


@click.command("prune")
@click.option(
    "--keep-days", type=click.IntRange(1, 3650), metavar="N", help="Default: from the settings."
)
@click.option(
    "--keep-newest", type=click.IntRange(1), metavar="N", help="Default: from the settings."
)
@_YES
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


@click.command("pause")
@click.argument("run", shell_complete=run_names)
@global_options
@pass_options
def pause_command(options: GlobalOptions, run: str) -> ExitCode:
    """Pause a run: no new batch until resumed.

    Upgrades in flight continue.
    """
    folder = options.find_run(run)
    _require_unfinished(folder)
    if not folder.is_live:
        raise CommandError(
            f"{folder.name} cannot be paused: it has no worker, so nothing is sent",
            ExitCode.REFUSED,
        )
    if folder.read_run()[0].phase is Phase.PAUSED:
        print_message(f"{folder.name} is paused already.")
        return ExitCode.DONE
    _pause_or_abort(options, folder, IntentKind.PAUSE)
    return ExitCode.DONE


@click.command("resume")
@click.argument("run", shell_complete=run_names)
@take_over_option
@global_options
@pass_options
def resume_command(options: GlobalOptions, run: str, take_over: str) -> ExitCode:
    """Resume a paused or halted run, or approve a checkpoint.

    Starts a new worker where the run has none; --take-over replaces a worker.
    """
    folder = options.find_run(run)
    _require_unfinished(folder)
    services = services_for_run(
        folder, options.load_settings(), options.target(), print_message, sign_in=True
    )
    if not services.read_only:
        require_demo_world(folder)
    follower = follower_for_run(folder)
    follower.read_new()
    was_stopped = follower.run.phase in (Phase.PAUSED, Phase.FAULTED)
    services.run_control.resume(folder.name, take_over)
    if was_stopped and not _wait_for_worker(follower, IntentKind.RESUME):
        _require_worker(follower)
        print_message(f"Resume of {folder.name} requested; its worker has not responded yet.")
        return ExitCode.DONE
    print_message(f"{folder.name} continues. Watch it with: ", own_command("attach", folder.name))
    return ExitCode.DONE


@click.command("abort")
@click.argument("run", shell_complete=run_names)
@global_options
@pass_options
def abort_command(options: GlobalOptions, run: str) -> ExitCode:
    """Abort a run. Upgrades in flight continue."""
    folder = options.find_run(run)
    _require_unfinished(folder)
    _pause_or_abort(options, folder, IntentKind.ABORT)
    return ExitCode.DONE


@click.command("retry")
@click.argument("run", shell_complete=run_names)
@_YES
@global_options
@pass_options
def retry_command(options: GlobalOptions, run: str, yes: bool) -> ExitCode:
    """Retry a run's failed instances, then continue.

    With the same plan and limits; new failures count again.
    """
    folder, services = _open_run(options, run)
    again = services.run_control.preview_retry(folder.name)
    print_target(folder.manifest.plan.scale_set, services.context, print_message)
    print_message(f"upgrade again  {instances_text(again.instance_ids)}")
    if again.waiting:
        print_message(f"then  {again.waiting} remaining, as planned")
    _confirm(services, folder, yes=yes)
    control = services.run_control
    return _send_intent(
        folder, IntentKind.RETRY, lambda: control.retry(folder.name, again.instance_ids)
    )


@click.command("revert")
@click.argument("run", shell_complete=run_names)
@_YES
@global_options
@pass_options
def revert_command(options: GlobalOptions, run: str, yes: bool) -> ExitCode:
    """Roll back what a run has upgraded to the previous model."""
    folder, services = _open_run(options, run)
    back = services.run_control.preview_revert(folder.name)
    print_target(folder.manifest.plan.scale_set, services.context, print_message)
    for line in back.diff_lines:
        print_message(f"model  {line}")
    print_message(f"roll back  {instances_text(back.instance_ids)}")
    if back.image_version:
        pinned = "is pinned, which they ran before: `latest` in the previous model is newer"
        print_message(f"image  {back.image_version} {pinned}")
    for change in back.version_changes:
        print_message(f"version  {change}")
    if back.leaves_newest_image:
        print_message(f"image  {NEWEST_STAYS}")
    if back.untouched:
        untouched = instances_text(back.untouched)
        print_message(f"not changed  {untouched}: not upgraded by the run, they keep their image")
    _confirm(services, folder, yes=yes)
    control = services.run_control
    return _send_intent(folder, IntentKind.REVERT, lambda: control.revert(folder.name))


def _open_run(options: GlobalOptions, name: str) -> tuple[StoredRun, Services]:
    folder = options.find_run(name)
    services = services_for_run(
        folder, options.load_settings(), options.target(), print_message, sign_in=True
    )
    if not services.read_only:
        require_demo_world(folder, even_if_over=True)
    return folder, services


def _confirm(services: Services, folder: StoredRun, *, yes: bool) -> None:
    scale_set = folder.manifest.plan.scale_set
    confirm(services.permission, scale_set, easy=False, yes=yes, run=folder.name)


def _send_intent(folder: StoredRun, kind: IntentKind, send: Callable[[], None]) -> ExitCode:
    """Calls `send`, waits for the worker, and prints what the run does now."""
    follower = follower_for_run(folder)
    follower.read_new()
    send()
    if _wait_for_worker(follower, kind):
        see_it = own_command("attach", folder.name)
        print_message(f"{folder.name} is now {follower.run.status_label}: ", see_it)
    else:
        _require_worker(follower)
        print_message(f"Requested; the worker of {folder.name} has not responded yet.")
    return ExitCode.DONE


def _require_unfinished(folder: StoredRun) -> None:
    run = folder.read_run()[0]
    if run.phase.is_over:
        raise CommandError(f"{folder.name} has ended ({run.phase.label})", ExitCode.REFUSED)


def _pause_or_abort(options: GlobalOptions, folder: StoredRun, intent: IntentKind) -> None:
    """Sends the intent, waits for the worker, and prints what the run does now."""
    follower = follower_for_run(folder)
    follower.read_new()
    services = services_for_run(folder, options.load_settings(), options.target(), print_message)
    services.run_control.send_intent(folder.name, intent)
    if not _wait_for_worker(follower, intent):
        if follower.run.phase.is_over:
            ended = f"{folder.name} has ended ({follower.run.phase.label})"
            raise CommandError(f"{ended}: before it could {intent}", ExitCode.REFUSED)
        _require_worker(follower)
        print_message(f"Requested: {intent} {folder.name}; its worker has not responded yet.")
        take_over = own_command("resume", folder.name, "--take-over", folder.name)
        print_message("If the worker does not respond: ", take_over)
        return
    batch_note = " Upgrades in flight continue." if follower.run.open_batch else ""
    print_message(f"{follower.name} is now {follower.run.status_label}.{batch_note}")


def _wait_for_worker(follower: RunFollower, kind: IntentKind) -> bool:
    """Waits until the worker has handled an intent of this kind, as `wait_for_reply`."""
    return wait_for_reply(
        follower, lambda event: isinstance(event, IntentHandled) and event.kind == kind
    )


def _require_worker(follower: RunFollower) -> None:
    """Raises `CommandError` where the run has no worker that could still handle an intent."""
    if not follower.is_live:
        raise CommandError("".join(describe_missing_worker(follower)), ExitCode.HALTED)
