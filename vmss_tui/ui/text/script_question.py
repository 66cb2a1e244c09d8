"""The question before a run command: the whole script, and where it runs. Pure."""

from collections.abc import Sequence

from textual.content import Content

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.text import cell, clean
from vmss_tui.ui.text.common import labelled_line, target_lines


def describe_script(
    script: Sequence[str],
    ids: Sequence[str],
    scale_set: ScaleSetId,
    context: AzureContext,
    subscription: str,
) -> Content:
    """The instances, the script line by line, and the target."""
    count = pluralize(len(ids), "instance", "instances")
    lines = [
        labelled_line("instances", cell(f"{count}: {' '.join(ids)}", 600)),
        labelled_line("runs as", "root or System; it cannot be cancelled, at most 90 minutes"),
        Content(""),
        *(Content.assemble(("  ", "$quiet"), (clean(line), "bold")) for line in script),
        Content(""),
    ]
    return Content("\n").join([*lines, *target_lines(scale_set, context, subscription)])
