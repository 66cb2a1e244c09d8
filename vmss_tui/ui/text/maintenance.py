"""Renders Azure-managed maintenance: the preview of an action, the history, repairs. Pure."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import AzureContext
from vmss_tui.operations.maintenance_preview import MaintenancePreview
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.common import command_content, labelled_line, target_lines


def describe_maintenance(
    preview: MaintenancePreview, context: AzureContext, subscription: str
) -> Content:
    """What an action would do, with cautions, `az` command and target."""
    lines = []
    for sentence in preview.sentences:
        lines += [Content(cell(sentence, 600)), Content("")]
    for caution in preview.cautions:
        lines.append(Content.styled(f"caution  {cell(caution, 300)}", "bold $tone-unhealthy"))
    if preview.cautions:
        lines.append(Content(""))
    lines += [command_content(preview.az), Content("")]
    return Content("\n").join([*lines, *target_lines(preview.scale_set, context, subscription)])


def describe_upgrade_history(history: Sequence[OsUpgrade], appearance: Appearance) -> Content:
    """Azure's OS upgrades, newest first."""
    if not history:
        message = "Azure remembers none. It keeps the last five, of the last two months."
        return Content.styled(message, "$quiet")
    return Content("\n\n").join(
        Content("\n").join(_upgrade_lines(entry, appearance)) for entry in history
    )


def describe_repairs(scale_set: ScaleSet, service: RepairsService) -> Content:
    """The settings of automatic repairs in the model, and the state of the service."""
    if not scale_set.automatic_repairs:
        message = "off in the model: E switches them on, with their grace period and action"
        return labelled_line("repairs", message)
    settings = current_settings(scale_set.raw)
    return Content("\n").join(
        [
            labelled_line("repairs", "on in the model"),
            labelled_line(
                "service", cell(service.raw_state, 60) or "Azure does not say whether it runs"
            ),
            labelled_line("action", cell(settings["repair_action"] or "Replace", 60)),
            labelled_line(
                "grace period", f"{cell(settings['repairs_grace_period'] or '?', 60)} minutes"
            ),
        ]
    )


def _upgrade_lines(entry: OsUpgrade, appearance: Appearance) -> Iterator[Content]:
    upgrade = entry.upgrade
    started = (
        appearance.day_and_clock(upgrade.started_at) if upgrade.started_at else "start not reported"
    )
    by = f"  by {cell(entry.started_by, 40)}" if entry.started_by else ""
    status = cell(upgrade.raw_code or upgrade.code, 40)
    yield Content.assemble((f"{started}  ", "bold"), (status, "bold $accent"), by)
    yield labelled_line(
        "to", cell(entry.target.title, 120) if entry.target else "image not reported"
    )
    yield labelled_line(
        "ended", appearance.day_and_clock(entry.ended_at) if entry.ended_at else "not reported"
    )
    yield labelled_line("instances", upgrade.counts_text)
    if entry.rolled_back or entry.not_rolled_back:
        done = pluralize(entry.rolled_back or 0, "instance", "instances")
        failed = f"{entry.not_rolled_back or 0} failed to roll back"
        yield labelled_line("rolled back", f"{done}, {failed}")
    if upgrade.error_message or upgrade.error_code:
        message = cell(f"{upgrade.error_code}: {upgrade.error_message}", 400)
        yield Content.styled(message, "$tone-unhealthy")
