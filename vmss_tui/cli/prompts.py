"""Prints a plan, and asks for the confirmation without which nothing is sent.

Neither Enter alone nor anything typed before the question was printed confirms.
"""

import sys
import termios
from collections.abc import Callable, Sequence
from typing import Any

import click

from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.error_report import CommandError
from vmss_tui.cli.output import CommandLine, can_prompt, print_message
from vmss_tui.errors import ExitCode
from vmss_tui.fleet.phrases import shorten_list
from vmss_tui.fleet.preflight.result import Preflight
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.permission import Permission
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.report.plan_presentation import present_plan
from vmss_tui.upgrade.report.preflight_rows import preflight_rows
from vmss_tui.upgrade.report.rows import AnyRow, InstanceRow, TextRow

NO_TERMINAL = "no terminal for the confirmation: add --yes to skip it"
_PROMPT: dict[str, Any] = {"default": "", "show_default": False, "err": True}
MAX_LISTED_IDS = 40
"""Number of instance ids in a line of a plan; the rest are counted."""


def print_plan(
    plan: Plan, context: AzureContext, line: Callable[..., None], preflight: Preflight
) -> None:
    """Passes to `line`: target, model edit, batches, left-out instances, limits, cautions and what
    was checked."""
    presentation = present_plan(plan)
    print_target(plan.scale_set, context, line)
    for change in presentation.model_edit or ():
        line(f"model edit  {change}")
    if presentation.target_image:
        line(f"target image  {presentation.target_image}")
    line(presentation.size)
    for number, batch in enumerate(presentation.batches, 1):
        ids = batch.instance_ids
        line(f"{number:>4}  {batch.row}  {len(ids)}: {list_ids(ids)}")
    rows: tuple[AnyRow, ...] = (
        *presentation.left_out,
        *presentation.limit_lines,
        *presentation.cautions,
        *preflight_rows(preflight),
    )
    for row in rows:
        if isinstance(row, TextRow) and row.command:
            line(f"{row.label}  ", CommandLine(row.command), row.text)
        else:
            is_caution = isinstance(row, TextRow) and row.is_caution
            line(Coloured(row_text(row), TextColour.UNHEALTHY if is_caution else None))


def row_text(row: AnyRow) -> str:
    """`label  text`, or `label  2 text: 4 7` for instances."""
    if isinstance(row, InstanceRow):
        count = f"{len(row.instance_ids)} {row.text}".rstrip()
        return f"{row.label}  {count}: {list_ids(row.instance_ids)}"
    return f"{row.label}  {row.text}" if row.label else row.text


def print_target(scale_set: ScaleSetId, context: AzureContext, line: Callable[[str], None]) -> None:
    """Passes to `line`: the scale set, and the cloud, tenant and principal of the connection."""
    line(f"scale set  {ascii(scale_set.resource_id)[1:-1]}")
    print_connection(context, line)


def print_connection(context: AzureContext, line: Callable[[str], None]) -> None:
    """Passes to `line`: the cloud, tenant and principal of the connection."""
    where = "simulator (demo)" if context.demo else context.cloud
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
    command_ids: Sequence[str] = (),
) -> None:
    """Raises `CommandError` or `Abort` unless the operator, or `--yes`, agrees.

    With `easy` a `y` is enough; otherwise, and for every protected set, the name of the set must be
    typed. `run` is an existing run that is to write. An `operation` on instances is allowed while a
    run is stopped, a run command on `command_ids` while none of them is in its open batch.
    """
    reason = permission.refusal_reason(scale_set, run, operation=operation, command_ids=command_ids)
    if reason:
        raise CommandError(reason, ExitCode.REFUSED)
    protected = permission.is_protected(scale_set)
    if yes and not protected:
        return
    if not can_prompt():
        if protected:
            raise CommandError(
                f"{permission.protection_reason(scale_set)}: its name must be typed at a terminal, "
                "--yes does not cover that",
                ExitCode.REFUSED,
            )
        raise CommandError(NO_TERMINAL, ExitCode.USAGE)
    if protected:
        print_message(f"protected  {permission.protection_reason(scale_set)}")
    _discard_typed_ahead()
    if easy and not protected:
        agreed = _is_yes(click.prompt("Continue? Type y", **_PROMPT))
    else:
        question = f"Type the name of the scale set ({scale_set.name}) to continue"
        agreed = click.prompt(question, **_PROMPT) == scale_set.name
    _require(agreed)
    permission.unlock(scale_set)


def confirm_campaign(name: str, protection: str, *, yes: bool) -> None:
    """Raises `CommandError` or `Abort` unless the operator types the campaign's name, or `--yes`
    agrees, which does not cover a protected scale set: `protection` is the reason, if any."""
    if yes and not protection:
        return
    if not can_prompt():
        if protection:
            raise CommandError(
                f"{protection}: the campaign's name must be typed at a terminal, "
                "--yes does not cover that",
                ExitCode.REFUSED,
            )
        raise CommandError(NO_TERMINAL, ExitCode.USAGE)
    if protection:
        print_message(f"protected  {protection}")
    _discard_typed_ahead()
    question = f"Type the name of the campaign ({name}) to continue"
    _require(click.prompt(question, **_PROMPT) == name)


def confirm_removal(question: str, *, yes: bool) -> None:
    """Raises `CommandError` or `Abort` unless the operator, or `--yes`, agrees to a removal on
    this machine."""
    if yes:
        return
    if not can_prompt():
        raise CommandError(NO_TERMINAL, ExitCode.USAGE)
    _discard_typed_ahead()
    _require(_is_yes(click.prompt(f"{question} Type y", **_PROMPT)))


def _is_yes(answer: str) -> bool:
    return answer.strip().lower() in ("y", "yes")


def _require(agreed: bool) -> None:
    if not agreed:
        print_message("Cancelled.")
        raise click.Abort


def _discard_typed_ahead() -> None:
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def list_ids(ids: Sequence[str]) -> str:
    """The first `MAX_LISTED_IDS` ids, and how many more there are."""
    return shorten_list(ids, MAX_LISTED_IDS, rest=" and {more} more")
