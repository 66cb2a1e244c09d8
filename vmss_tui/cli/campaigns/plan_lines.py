"""Prints a campaign plan: its stages, their scale sets with batches, and who is left out."""

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence

from vmss_tui.campaign.plan import CampaignPlan, MemberPlan
from vmss_tui.campaign.plan_tree import (
    NamedScaleSets,
    available_text,
    batches_text,
    caution_groups,
    expected_plan_time,
    expected_stage_time,
    left_out_groups,
    member_time,
    plan_conditions,
    size_text,
    stage_conditions,
    time_text,
)
from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.cli.output import CommandLine, print_line
from vmss_tui.cli.prompts import list_ids, print_connection
from vmss_tui.fleet.phrases import pluralize, shorten_list
from vmss_tui.gateway import AzureContext
from vmss_tui.upgrade.report.sentences import plan_size_text

MAX_LISTED_NAMES = 12
"""Scale sets after a caution or a reason; the rest are counted."""
_HEADINGS = ("SCALE SET", "REGION", "INSTANCES", "BATCHES", "AVAILABLE", "EXPECTED")
_NUMBERS = ("INSTANCES",)
_INDENT = " " * 6


def print_campaign_plan(
    plan: CampaignPlan,
    context: AzureContext,
    line: Callable[..., None] = print_line,
    *,
    with_batches: bool = False,
) -> None:
    """Passes lines to `line`: the conditions, a table of scale sets for each stage, the scale sets
    that are left out, and cautions. `with_batches`: every batch with its instances instead of the
    tables."""
    line(f"campaign  {plan.name}")
    print_connection(context, line)
    for change in plan.change or ("none: every scale set is upgraded to its own model",):
        line(f"change  {change}")
    for condition in plan_conditions(plan):
        if condition.command:
            line(f"{condition.label}  ", CommandLine(condition.command), condition.text)
        else:
            _print_wrapped(f"{condition.label}  {condition.text}", line)
    skipped = f", {len(plan.left_out)} skipped" if plan.left_out else ""
    stages = pluralize(len(plan.stages), "stage", "stages")
    line(f"{size_text([*plan.members])} in {stages}{skipped}")
    if plan.member_count:
        line(f"expected time  {time_text(expected_plan_time(plan))}{_waits_text(plan)}")
    for note in plan.notes:
        _print_wrapped(f"note  {note}", line)
    for number, stage in enumerate(plan.stages, 1):
        line()
        name = Coloured(f"stage {number}  {stage.name}", TextColour.STRONG)
        line(name, f"  {size_text(stage.members)}")
        expected = f", {time_text(expected_stage_time(stage))}" if stage.members else ""
        line(f"  {', '.join(stage_conditions(stage))}{expected}")
        if with_batches:
            for member in stage.members:
                _print_batches(member, line)
        elif stage.members:
            for text in _table([_HEADINGS, *map(_row, stage.members)]):
                line(text)
    _print_skipped(plan, line)
    _print_cautions(plan, line)


def _row(member: MemberPlan) -> tuple[str, ...]:
    return (
        member.scale_set.short,
        member.region,
        str(member.instance_count),
        batches_text(member),
        available_text(member),
        time_text(member_time(member)),
    )


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The rows with aligned columns; the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if heading in _NUMBERS else cell.ljust(width)
            for cell, width, heading in zip(row, widths, rows[0], strict=True)
        ]
        text = "  ".join(["", *cells]).rstrip()
        yield text if number else Coloured(text, TextColour.QUIET)


def _print_batches(member: MemberPlan, line: Callable[..., None]) -> None:
    name = Coloured(f"  {member.scale_set.short}", TextColour.STRONG)
    size, available = plan_size_text(member.plan), available_text(member)
    line(name, f"  {member.region}  {size}, {available} available")
    for number, batch in enumerate(member.plan.batches, 1):
        ids = batch.instance_ids
        line(f"{number:>6}  {batch.row}  {len(ids)}: {list_ids(ids)}")


def _print_skipped(plan: CampaignPlan, line: Callable[..., None]) -> None:
    if not plan.left_out:
        return
    line()
    count = pluralize(len(plan.left_out), "scale set", "scale sets")
    line(Coloured(f"skipped  {count}", TextColour.STRONG))
    for group in left_out_groups(plan):
        _print_wrapped(f"{len(group.names):>4}  {group.text}", line)
        _print_wrapped(_INDENT + _names_text(group), line, TextColour.QUIET)


def _print_cautions(plan: CampaignPlan, line: Callable[..., None]) -> None:
    groups = caution_groups(plan)
    if plan.cautions or groups:
        line()
    for group in (*(NamedScaleSets(caution, ()) for caution in plan.cautions), *groups):
        _print_wrapped(f"caution  {group.text}", line, TextColour.UNHEALTHY)
        if group.names:
            _print_wrapped(_INDENT + _names_text(group), line, TextColour.QUIET)


def _waits_text(plan: CampaignPlan) -> str:
    """What the expected time leaves out."""
    waits = [
        *(["approvals"] if any(stage.approve for stage in plan.stages) else []),
        *(["start times"] if any(stage.start_at for stage in plan.stages) else []),
    ]
    return f", plus the wait for {' and '.join(waits)}" if waits else ""


def _names_text(group: NamedScaleSets) -> str:
    return shorten_list(group.names, MAX_LISTED_NAMES, separator=", ", rest=" and {more} more")


def _print_wrapped(text: str, line: Callable[..., None], colour: TextColour | None = None) -> None:
    """Passes a text to `line`: on a terminal in several lines with a hanging indent."""
    texts = [text]
    if sys.stdout.isatty():
        texts = textwrap.wrap(
            text,
            max(40, shutil.get_terminal_size().columns),
            subsequent_indent=_INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
    for part in texts:
        line(Coloured(part, colour))
