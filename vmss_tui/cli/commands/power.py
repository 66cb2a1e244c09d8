"""`power`: operations on instances without the dashboard. Shown, asked, sent once, followed."""

from collections.abc import Iterator

import click

from vmss_tui.cli import options_run as choices
from vmss_tui.cli.commands.scale_sets import seat_for
from vmss_tui.cli.exit_codes import CommandError
from vmss_tui.cli.json_output import runs as shapes
from vmss_tui.cli.options import global_options
from vmss_tui.cli.output import print_line, print_json, show_progress, print_message
from vmss_tui.cli.prompts import confirm, list_ids, print_target
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.instance_operation import OperationKind, ProtectionScope
from vmss_tui.gateway import AzureContext
from vmss_tui.operations.describe import facts, guarded
from vmss_tui.operations.plan import OperationPlan, plan_operation
from vmss_tui.operations.progress import Outcome, Progress, counts, failures
from vmss_tui.runtime.operations.instances import Operating, Undertaking
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report import az_commands as az
from vmss_tui.upgrade.report.sentences import instances

_SHOWN_LINES = 5
"""`az` lines that are shown, where there is one for each instance."""


@click.command("power")
@click.argument("scale_set")
@click.argument("verb", type=click.Choice([*map(str, OperationKind)]), metavar="OPERATION")
@choices.instance_options
@click.option(
    "--from",
    "guard",
    type=click.Choice([*map(str, ProtectionScope)]),
    help="With protect or unprotect: from what; scale-in is the default, and goes with the other.",
)
@click.option("--yes", "-y", is_flag=True, help="Agree beforehand.")
@click.option("--wait/--no-wait", default=True, help="Until all is as wanted (the default).")
@click.option("--json", "as_json", is_flag=True, help="A JSON document.")
@global_options
@click.pass_context
def power_command(
    ctx: click.Context,
    scale_set: str,
    verb: str,
    selection: Selection,
    guard: str | None,
    yes: bool,
    wait: bool,
    as_json: bool,
) -> ExitCode:
    """Start, stop, renew, delete or protect instances, in one request with their ids.

    OPERATION is start, restart, power-off, deallocate, redeploy, reimage (the OS disk),
    reimage-all (all disks), delete, protect or unprotect. Which instances must be said; no
    operation has a default.
    """
    wanted = OperationKind(verb)
    if selection.empty:
        raise click.UsageError(
            f"say which instances to {wanted.label}: --instance, --domain, --fault-domain, "
            "--zone, --placement-group, or --all"
        )
    if guard is not None and not wanted.changes_protection:
        raise click.UsageError("--from belongs to protect and unprotect.")
    seat = seat_for(ctx)
    cockpit, target = seat.services, seat.scale_set_id(scale_set)
    if words := cockpit.permission.refusal_reason(target, operation=True):
        raise CommandError(words, ExitCode.REFUSED)
    chosen_guard = ProtectionScope(guard or ProtectionScope.SCALE_IN)
    plan = plan_operation(cockpit.queries.observe(target), wanted, selection, chosen_guard)
    if plan.nothing_to_do:
        reasons = "; ".join(sorted({str(each.why) for each in plan.omitted}))
        print_message(f"Nothing to {wanted.label}: {reasons}.")
        if as_json:
            print_json(shapes.operation_json(plan, None))
        return ExitCode.DONE
    for line in operation_lines(plan, cockpit.context):
        print_message(line)
    confirm(cockpit.permission, target, easy=not plan.careful, yes=yes, operation=True)
    try:
        begun = cockpit.instance_operations.begin(plan)
        return _concluded(cockpit.instance_operations, plan, begun, wait=wait, as_json=as_json)
    except KeyboardInterrupt:
        print_message()
        print_message("Left: what Azure has accepted goes on. See it with: vmss-tui status")
        return ExitCode.LEFT


def operation_lines(plan: OperationPlan, context: AzureContext) -> Iterator[str]:
    """What would be done where, to whom, who is left out, and what it means."""
    lines: list[str] = []
    print_target(plan.scale_set, context, lines.append)
    yield from lines
    ids = list_ids(plan.instance_ids)
    yield f"{guarded(plan)}  {len(plan.instance_ids)}: {ids}"
    for why in dict.fromkeys(each.why for each in plan.omitted):
        out_of_it = [each.instance_id for each in plan.omitted if each.why is why]
        yield f"left out  {len(out_of_it)} {why}: {list_ids(out_of_it)}"
    for label, words in facts(plan):
        yield f"{label}  {words}"
    lines = list(az.operate(plan.scale_set, plan.verb, plan.guard, plan.instance_ids))
    yield from lines[:_SHOWN_LINES]
    if len(lines) > _SHOWN_LINES:
        yield f"… and {len(lines) - _SHOWN_LINES} lines more, one for each instance"


def _concluded(
    operating: Operating, confirmed: OperationPlan, begun: Undertaking, *, wait: bool, as_json: bool
) -> ExitCode:
    """Waits where that is wanted, says what came of it, and gives the code for that."""
    meanwhile = begun.plan.omitted[len(confirmed.omitted) :]
    for each in meanwhile:
        print_message(f"left out meanwhile  {each.instance_id}: {each.why}")
    if not begun.progress.answered:
        print_message("Azure's answer was lost: looking for what became of it, and not sending it again.")
    try:
        ended = operating.follow(begun, _Teller()) if wait else begun
    finally:
        show_progress("")
    found = ended.progress
    if as_json:
        print_json(shapes.operation_json(ended.plan, ended))
    elif found.over:
        print_line(counts(found))
    else:
        how = "accepted" if found.answered else "not known"
        print_line(f"{how}: {instances(ended.plan.instance_ids)}")
    for words, ids in failures(found):
        print_message(f"{instances(ids)}: {words}")
    failed = found.ids(Outcome.FAILED, Outcome.UNSETTLED) or not found.answered
    return ExitCode.HALTED if failed else ExitCode.DONE


class _Teller:
    """Says how far it is, each time that is something new."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, found: Progress) -> None:
        words = counts(found)
        if words != self._said and not found.over:
            self._said = words
            show_progress(words)
