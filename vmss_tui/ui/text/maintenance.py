"""What is said of Azure's own upkeep: a question before it, its history, repairs. Pure."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from vmss_tui.fleet.azure_maintenance import OsUpgrade, RepairsService
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import AzureContext
from vmss_tui.operations.maintenance_preview import MaintenancePreview
from vmss_tui.text import cell
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.text.common import labelled_line, target_lines


def prospect_words(wanted: MaintenancePreview, context: AzureContext, subscription: str) -> Content:
    """What it would do, in Azure's hands, complete enough to say yes to."""
    lines = []
    for sentence in wanted.sentences:
        lines += [Content(cell(sentence, 600)), Content("")]
    for caution in wanted.cautions:
        lines.append(Content.styled(f"caution  {cell(caution, 300)}", "bold $tone-unhealthy"))
    if wanted.cautions:
        lines.append(Content(""))
    lines += [Content.styled(cell(wanted.az, 600), "$quiet"), Content("")]
    return Content("\n").join([*lines, *target_lines(wanted.scale_set, context, subscription)])


def history_words(history: Sequence[OsUpgrade], look: Appearance) -> Content:
    """Upgrades of the OS, newest first."""
    if not history:
        words = "Azure remembers none. It keeps the last five, of the last two months."
        return Content.styled(words, "$quiet")
    return Content("\n\n").join(Content("\n").join(_entry(each, look)) for each in history)


def repairs_words(scale_set: ScaleSet, service: RepairsService) -> Content:
    """What the model wants of repairs, and what the service does."""
    if not scale_set.automatic_repairs:
        words = "off in the model: E switches them on, with their grace period and action"
        return labelled_line("repairs", words)
    now = current_settings(scale_set.raw)
    return Content("\n").join(
        [
            labelled_line("repairs", "on in the model"),
            labelled_line(
                "service", cell(service.raw_state, 60) or "Azure does not say whether it runs"
            ),
            labelled_line("action", cell(now["repair_action"] or "Replace", 60)),
            labelled_line(
                "grace period", f"{cell(now['repairs_grace_period'] or '?', 60)} minutes"
            ),
        ]
    )


def _entry(each: OsUpgrade, look: Appearance) -> Iterator[Content]:
    upgrade = each.upgrade
    begun = look.day_and_clock(upgrade.started_at) if upgrade.started_at else "at no known time"
    by = f"  by {cell(each.started_by, 40)}" if each.started_by else ""
    status = cell(upgrade.raw_code or upgrade.code, 40)
    yield Content.assemble((f"{begun}  ", "bold"), (status, "bold $accent"), by)
    yield labelled_line("to", cell(each.target.title, 120) if each.target else "an image not told")
    yield labelled_line("ended", look.day_and_clock(each.ended_at) if each.ended_at else "not told")
    yield labelled_line("instances", upgrade.counts_text)
    if each.rolled_back or each.not_rolled_back:
        counts = f"{each.rolled_back or 0}, and {each.not_rolled_back or 0} that could not be"
        yield labelled_line("rolled back", counts)
    if upgrade.error_message or upgrade.error_code:
        words = cell(f"{upgrade.error_code}: {upgrade.error_message}", 400)
        yield Content.styled(words, "$tone-unhealthy")
