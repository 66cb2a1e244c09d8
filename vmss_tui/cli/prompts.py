"""Prints a plan, and asks for the confirmation without which nothing is sent.

Neither Enter alone nor anything typed before the question was printed confirms.
"""

import shlex
import sys
import termios
from collections.abc import Callable, Sequence

import click

from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.output import can_prompt, print_message
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.permission import Permission
from vmss_tui.text import redact_arguments
from vmss_tui.upgrade.plan.plan import Plan

MAX_LISTED_IDS = 40
"""Number of instance ids in a line of a plan; the rest are counted."""


def print_plan(plan: Plan, context: AzureContext, line: Callable[[str], None]) -> None:
    """Passes to `line`: target, model edit, batches, left-out instances, limits and cautions."""
    print_target(plan.scale_set, context, line)
    for change in plan.edit.lines if plan.edit else ():
        line(f"model edit  {change}")
    batches = plan.batches
    count = pluralize(len(plan.instance_ids), "instance", "instances")
    line(f"{count} in {pluralize(len(batches), 'batch', 'batches')}")
    for number, batch in enumerate(batches, 1):
        ids = batch.instance_ids
        line(f"{number:>4}  {batch.row}  {len(ids)}: {list_ids(ids)}")
    for why in dict.fromkeys(left.reason for left in plan.left_out):
        out = [left.instance_id for left in plan.left_out if left.reason is why]
        line(f"left out  {len(out)} {why}: {list_ids(out)}")
    policy = plan.policy
    line(
        f"limits  at most {plan.unavailable_budget} of {plan.running_at_start} running instances "
        f"unavailable at once, {len(plan.unhealthy_at_start)} are already; "
        f"halt at {pluralize(policy.max_new_failures, 'failure', 'failures')}; "
        f"{policy.pause_time_between_batches:g} s between batches; "
        f"healthy for {policy.min_healthy_time:g} s"
    )
    if policy.gate:
        when = "before each batch and after the last"
        line(
            f"gate  {shlex.join(redact_arguments(policy.gate))} {when}, "
            f"{policy.gate_timeout:g} s at most"
        )
    if policy.checkpoints:
        line(f"holds for a person at {', '.join(f'{percent}%' for percent in policy.checkpoints)}")
    for caution in plan.cautions:
        line(f"caution  {caution}")


def print_target(scale_set: ScaleSetId, context: AzureContext, line: Callable[[str], None]) -> None:
    """Passes to `line`: the scale set, and the cloud, tenant and principal of the connection."""
    line(f"scale set  {ascii(scale_set.resource_id)[1:-1]}")
    where = "demo (nothing of this is real)" if context.demo else context.cloud
    tenant = f"  tenant {context.tenant_id}" if context.tenant_id else ""
    principal = f"  as {context.principal}" if context.principal else ""
    line(f"cloud  {where}{tenant}{principal}")


def confirm(
    permission: Permission,
    scale_set: ScaleSetId,
    *,
    easy: bool,
    yes: bool,
    run: str = "",
    operation: bool = False,
) -> None:
    """Raises `CommandError` or `Abort` unless the operator, or `--yes`, agrees.

    With `easy` a `y` is enough; otherwise, and for every protected set, the name of the set must be
    typed. `run` is an existing run that is to write. An `operation` on instances is allowed while a
    run is stopped.
    """
    if reason := permission.refusal_reason(scale_set, run, operation=operation):
        raise CommandError(reason, ExitCode.REFUSED)
    protected = permission.is_protected(scale_set)
    if yes and not protected:
        return
    if not can_prompt():
        if protected:
            raise CommandError(
                f"{permission.protection_reason(scale_set)}: its name must be typed at a terminal, "
                "and --yes does not stand for that",
                ExitCode.REFUSED,
            )
        raise CommandError(
            "there is no terminal to ask at: add --yes to agree beforehand", ExitCode.USAGE
        )
    if protected:
        print_message(f"protected  {permission.protection_reason(scale_set)}")
    _discard_typed_ahead()
    if easy and not protected:
        answer = click.prompt("Go ahead? Type y", default="", show_default=False, err=True)
        agreed = answer.strip().lower() in ("y", "yes")
    else:
        question = f"Type the name of the scale set ({scale_set.name}) to go ahead"
        answer = click.prompt(question, default="", show_default=False, err=True)
        agreed = answer == scale_set.name
    if not agreed:
        print_message("That was not it.")
        raise click.Abort
    permission.unlock(scale_set)


def _discard_typed_ahead() -> None:
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def list_ids(ids: Sequence[str]) -> str:
    """The first `MAX_LISTED_IDS` ids, and how many more there are."""
    more = f" and {len(ids) - MAX_LISTED_IDS} more" if len(ids) > MAX_LISTED_IDS else ""
    return " ".join(ids[:MAX_LISTED_IDS]) + more
