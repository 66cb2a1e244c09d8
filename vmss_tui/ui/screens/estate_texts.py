"""Texts around the list of scale sets: title, legend, selection, result of the filter. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from textual.content import Content

from vmss_tui.fleet.estate.row import VersionUse
from vmss_tui.fleet.image_offers import SupportState
from vmss_tui.fleet.phrases import pluralize
from vmss_tui.gateway import AzureContext
from vmss_tui.text import capitalize_sentence, cell
from vmss_tui.ui.commands.bindings import command_key
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.screens.estate import Estate
from vmss_tui.ui.screens.estate_totals import EstateTotals
from vmss_tui.ui.screens.scale_set_rows import ScaleSetRow
from vmss_tui.ui.widgets.header import Part
from vmss_tui.ui.widgets.summary_bar import SHORT_NAMES, group_glyph, group_style

_NAMED_REGIONS = 2
"""The most regions that are named and not counted."""
_WIDE = 100
"""Columns from which the lower edge has room for the name of a subscription."""


def title_parts(
    estate: Estate,
    context: AzureContext,
    appearance: Appearance,
    calls_left: tuple[int, int] | None,
    *,
    is_filtered: bool,
    read_only: bool,
) -> tuple[list[Part], list[Part]]:
    """Left and right parts of the title line; `calls_left` are the API calls left, of how many."""
    listed = appearance.clock(estate.listed_at)[:5] if estate.listed_at else ""
    calls = f"API calls left {calls_left[0]}/{calls_left[1]}" if calls_left else ""
    return [
        Part("DEMO" if context.demo else "", "bold $key", 1),
        Part(" read-only " if read_only else "", "bold reverse $key", 0),
        Part(_count_text(estate, is_filtered=is_filtered), "bold", 0),
        *_end_parts(estate.totals),
    ], [
        Part(cell(context.principal, 40), "$quiet", 9),
        *_age_parts(estate, listed),
        Part(calls, "$quiet", 5),
    ]


def _age_parts(estate: Estate, listed: str) -> list[Part]:
    if estate.indexed_at is None or not listed:
        return [Part(f"listed {listed}" if listed else "", "$quiet", 6)]
    return [
        Part(f"indexed {listed}", "$quiet", 4),
        Part("up to a minute old", "$quiet", 6),
    ]


def version_texts(uses: Sequence[VersionUse]) -> list[Content]:
    """`22.04.202510010  4,671 instances in 50 scale sets, eastus and westus` of each, in
    columns."""
    versions = [cell(use.version, 40) for use in uses]
    instances = [f"{use.instances:,}" for use in uses]
    widths = [max(map(len, texts), default=0) for texts in (versions, instances)]
    return [
        Content(f"{version:<{widths[0]}}  {number:>{widths[1]}} {_use_text(use)}")
        for use, version, number in zip(uses, versions, instances, strict=True)
    ]


def _use_text(use: VersionUse) -> str:
    few = len(use.regions) <= _NAMED_REGIONS
    regions = " and ".join(use.regions) if few else f"{len(use.regions)} regions"
    scale_sets = pluralize(use.scale_sets, "scale set", "scale sets")
    return f"{'instance' if use.instances == 1 else 'instances'} in {scale_sets}, {regions}"


def _end_parts(totals: EstateTotals) -> list[Part]:
    """`next end of life 2027-03-31`, and where there is room `22.04.202509110 in 3 scale sets`;
    empty where none is known."""
    if totals.next_end is None:
        return []
    version, number = totals.next_end
    day = f" {version.ends_at:%Y-%m-%d}" if version.ends_at else ""
    text = f"next end of life{day}"
    if version.support is SupportState.WITHDRAWN:
        text = "deprecated version"
    place = f"{cell(version.name, 40)} in {pluralize(number, 'scale set', 'scale sets')}"
    return [Part(text, "$tone-unhealthy", 4), Part(place, "$tone-unhealthy", 7)]


def _count_text(estate: Estate, *, is_filtered: bool) -> str:
    if estate.listed_at is None:
        return "reading …"
    count = pluralize(len(estate.rows), "scale set", "scale sets")
    if is_filtered:
        count = f"{len(estate.shown):,} of {count}"
    subscriptions = estate.subscription_count
    return f"{count} in {subscriptions} subscriptions" if subscriptions > 1 else count


def filter_result(estate: Estate, filter_text: str) -> str:
    """`14 of 40 scale sets, 9 not read yet`; empty without a filter."""
    if not filter_text:
        return ""
    text = f"{len(estate.shown):,} of {pluralize(len(estate.rows), 'scale set', 'scale sets')}"
    uncounted = estate.totals.uncounted  # of all: any of them may match
    if uncounted and estate.where.needs_counts:
        text += f", {uncounted:,} not read yet"
    return text


def legend_line(
    totals: EstateTotals,
    appearance: Appearance,
    width: int,
    *,
    has_colours: bool,
    next_read: float | None = None,
) -> Content:
    """The groups of states with their glyphs and counts; at the end the sets not read yet, and in
    how many seconds the next of them is read, where that has to wait for API calls."""
    wait = f", next in {next_read:.0f} s" if next_read else ""
    unread = Content(f"  {totals.uncounted:,} not read yet{wait}" if totals.uncounted else "")
    line, room = Content(""), width - unread.cell_length
    for names, gap in (({}, "  "), (SHORT_NAMES, " ")):
        parts = [
            Content.assemble(
                (f"{group_glyph(group, appearance):<2}",
                 group_style(group, is_plain=not has_colours)),
                (f" {count:,}", "bold"), (f" {names.get(group, group)}", "$quiet"),
            )
            for group, count in totals.all_groups.items()
            if count
        ]  # fmt: skip
        line = Content.assemble(" " * bool(parts), Content(gap).join(parts))
        if line.cell_length <= room:
            break
    while parts and line.cell_length > room:
        line = Content.assemble(" ", Content(gap).join(parts := parts[:-1]))
    return Content.assemble(line, (unread.plain, "$quiet"))


def empty_text(estate: Estate, keys: Mapping[str, str]) -> str:
    """What to do where there are no rows; `keys` are those of the settings by command id."""
    if estate.listed_at is None:
        return "reading …"
    if estate.rows:
        return f"No scale set matches the filter: {command_key('back', keys)} shows all"
    refresh = command_key("refresh", keys)
    text = "No scale sets that this account can read: check subscription and role, then press"
    return f"{text} {refresh}"


def edge_left(estate: Estate, row: ScaleSetRow | None, width: int) -> Content:
    """The selection, and why a run on the cursor's set would be refused or it is not read; beside
    a selection in a narrow list without its details. Else the cursor's set, whose name the list may
    cut."""
    parts = list(_selection_parts(estate))
    reason = ""
    if row is not None:
        reason = row.refusal or (row.count.error if row.count else "")
    if parts and width < _WIDE:
        reason = reason.partition(":")[0]
    if reason:
        parts.append(Content.styled(cell(capitalize_sentence(reason), 90), "$quiet"))
    if row is not None and not parts:
        place = cell(f"{row.group}/{row.scale_set.name} {row.scale_set.place}", 90)
        parts.append(Content.styled(place, "$quiet"))
    return Content("  ").join(parts)


def edge_right(estate: Estate, row: ScaleSetRow | None, position: str, width: int) -> Content:
    """The subscription of the cursor's set where there are several and there is room, and the rows
    in view."""
    name = ""
    if row is not None and estate.subscription_count > 1 and width >= _WIDE:
        name = cell(row.subscription, 30)
    return Content.styled(" · ".join(filter(None, (name, position))), "$quiet")


def _selection_parts(estate: Estate) -> Iterator[Content]:
    """`4 selected, 222 outdated`, and how many of them a run would refuse or the filter hides."""
    rows = [estate.rows[key] for key in estate.selected]
    if not rows:
        return
    totals = EstateTotals(tuple(rows))
    at_least = "at least " if totals.uncounted else ""
    rest = f", {at_least}{totals.outdated:,} outdated"
    if refused := sum(bool(row.refusal) for row in rows):
        rest += f", {refused:,} not Manual"
    if hidden := len(estate.selected - {row.scale_set.id.key for row in estate.shown}):
        rest += f", {hidden:,} hidden by the filter"
    yield Content.assemble((f"{len(rows):,} selected", "bold $foreground"), (rest, "$quiet"))
