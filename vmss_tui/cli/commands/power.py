"""`power`: operates on instances: shows the plan, asks, sends one request, follows it."""

from collections.abc import Iterator

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.json_output.operations import operation_json
from vmss_tui.cli.observation import observe
from vmss_tui.cli.options import GlobalOptions, global_options, pass_options
from vmss_tui.cli.options_run import instance_options
from vmss_tui.cli.output import (
    CommandLine,
    print_json,
    print_line,
    print_message,
    show_progress,
)
from vmss_tui.cli.prompts import confirm, print_target, row_text
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.fleet.phrases import instances_text
from vmss_tui.gateway import AzureContext
from vmss_tui.operations.describe import present_operation
from vmss_tui.operations.plan import OperationPlan, plan_operation
from vmss_tui.operations.progress import Outcome, Progress, failures_by_message, outcome_counts_text
from vmss_tui.runtime.operations.instances import InstanceOperation, InstanceOperations
from vmss_tui.upgrade.plan.selection import Selection

_MAX_AZ_LINES = 5
"""`az` lines that are printed where there is one for each instance."""


@click.command("power")
@click.argument("scale_set")
@click.argument("operation", type=click.Choice([*map(str, OperationKind)]), metavar="OPERATION")
@instance_options
@click.option(
    "--from",
    "scope",
    type=click.Choice([*map(str, ProtectionScope)]),
    help="protect, unprotect: protection to change (default scale-in, which set-actions includes).",
)
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option("--wait/--no-wait", default=True, help="Wait for the result (default: wait).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_options
def power_command(
    options: GlobalOptions,
    scale_set: str,
    operation: str,
    selection: Selection,
    scope: str | None,
    yes: bool,
    wait: bool,
    as_json: bool,
) -> ExitCode:
    """Start, stop, redeploy, reimage, delete or protect instances.

    OPERATION is start, restart, power-off, deallocate, redeploy, reimage (the OS disk),
    reimage-all (all disks), delete, protect or unprotect. Instances must be named: there is
    no default.
    """
    kind = OperationKind(operation)
    if selection.is_empty:
        raise click.UsageError(
            f"choose instances to {kind.label}: --instance, --domain, --fault-domain, "
            "--zone, --placement-group, or --all"
        )
    if scope is not None and not kind.changes_protection:
        raise click.UsageError("--from is for protect and unprotect only.")
    connection = options.connect()
    services, scale_set_id = connection.services, connection.parse_scale_set(scale_set)
    if reason := services.permission.refusal_reason(scale_set_id, operation=True):
        raise CommandError(reason, ExitCode.REFUSED)
    plan = plan_operation(
        observe(services, scale_set_id),
        kind,
        selection,
        ProtectionScope(scope or ProtectionScope.SCALE_IN),
    )
    if plan.nothing_to_do:
        reasons = "; ".join(sorted({omission.reason.label for omission in plan.omitted}))
        print_message(f"Nothing to {kind.label}: {reasons}.")
        if as_json:
            print_json(operation_json(plan, None))
        return ExitCode.DONE
    for line in operation_lines(plan, services.context):
        print_message(line)
    confirm(services.permission, scale_set_id, easy=not plan.is_disruptive, yes=yes, operation=True)
    try:
        started = services.instance_operations.begin(plan)
        return _finish(services.instance_operations, plan, started, wait=wait, as_json=as_json)
    except KeyboardInterrupt:
        print_message()
        print_message(
            "Stopped watching; operations in flight continue. Check with: vmss-tui status"
        )
        return ExitCode.LEFT


def operation_lines(plan: OperationPlan, context: AzureContext) -> Iterator[str]:
    """Target, instances, left-out instances, consequences and `az` commands of a plan."""
    presentation = present_operation(plan)
    lines: list[str] = []
    print_target(plan.scale_set, context, lines.append)
    yield from lines
    for row in presentation.rows:
        yield row_text(row)
    yield from map(CommandLine, presentation.commands[:_MAX_AZ_LINES])
    if (more := len(presentation.commands) - _MAX_AZ_LINES) > 0:
        yield f"… and {more} more lines, one for each instance"


def _finish(
    operations: InstanceOperations,
    confirmed: OperationPlan,
    started: InstanceOperation,
    *,
    wait: bool,
    as_json: bool,
) -> ExitCode:
    """Waits for the operation if requested, prints its result, and returns the exit code."""
    for omission in started.plan.omitted[len(confirmed.omitted) :]:
        print_message(f"skipped meanwhile  {omission.instance_id}: {omission.reason.label}")
    if not started.progress.answered:
        print_message("No response from Azure: checking for an effect, not sending it again.")
    try:
        operation = operations.follow(started, _CountsDisplay()) if wait else started
    finally:
        show_progress("")
    progress = operation.progress
    if as_json:
        print_json(operation_json(operation.plan, operation))
    elif progress.is_over:
        print_line(outcome_counts_text(progress))
    else:
        state = "accepted" if progress.answered else "unknown"
        print_line(f"{state}: {instances_text(operation.plan.instance_ids)}")
    for reason, ids in failures_by_message(progress):
        print_message(f"{instances_text(ids)}: {reason}")
    if not (progress.ids(Outcome.FAILED, Outcome.UNSETTLED) or not progress.answered):
        return ExitCode.DONE
    if progress.is_untouched:
        print_message("Nothing was changed: no request was sent, or Azure refused all of them.")
        return ExitCode.ERROR
    return ExitCode.HALTED


class _CountsDisplay:
    """Shows the counts of an operation's progress whenever they change."""

    def __init__(self) -> None:
        self._shown = ""

    def __call__(self, progress: Progress) -> None:
        counts_text = outcome_counts_text(progress)
        if counts_text != self._shown and not progress.is_over:
            self._shown = counts_text
            show_progress(counts_text)
