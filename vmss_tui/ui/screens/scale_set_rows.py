"""Columns, cells, order and totals of the list of scale sets. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from vmss_tui.fleet.estate.row import EstateRow, listed_row
from vmss_tui.fleet.image_offers import ImageVersion, SupportState
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.text import cell
from vmss_tui.ui.background.outdated_count import OutdatedCount
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.lists.list_columns import Cell, ListColumn
from vmss_tui.ui.lists.state_bar import state_bar
from vmss_tui.upgrade.run.phase import Phase
from vmss_tui.upgrade.run.run import Run

COLUMNS = (
    ListColumn("name", "Name", 8, 40, growth=1, keeps_end=True),
    ListColumn("subscription", "Subscription", 12, 30, drop_order=8, growth=4),
    ListColumn("group", "Resource group", 14, 40, drop_order=5, growth=3, keeps_end=True),
    ListColumn("region", "Region", 10, 24, drop_order=6, growth=2),
    ListColumn("orchestration", "Orchestration", 13, drop_order=9),
    ListColumn("policy", "Upgrade policy", 14, drop_order=3),
    ListColumn("capacity", "Capacity", 8, drop_order=2, right=True, descending=True),
    ListColumn("bar", "Latest model", 12, 24, growth=7, descending=True),
    ListColumn("outdated", "Outdated", 8, 9, growth=2, descending=True),
    ListColumn("image", "Image version", 13, 24, drop_order=4, growth=0),
    ListColumn("newer", "Newer", 9, 24, growth=6, descending=True),
    ListColumn("ends", "End of life", 11, drop_order=11, growth=8),
    ListColumn("changed", "Last change", 12, drop_order=10, descending=True),
)
_PROBLEM_GROUPS = ((StateGroup.FAILED, "problem"), (StateGroup.UNHEALTHY, "unhealthy"))
_PHASE_SIGNS = {
    Phase.PAUSED: "paused",
    Phase.FAULTED: "problem",
    Phase.ROLLING_BACK: "back",
}


class ScaleSetRow(Struct, frozen=True, dict=True):
    """What the list knows of a scale set."""

    scale_set: ScaleSet
    subscription: str
    """Display name of its subscription."""
    count: OutdatedCount | None = None
    """The newest count of its instances; None before the first one."""
    run: Run | None = None
    """Its live run."""
    newer: int | None = None
    """The number of newer image versions; None where that is not known."""
    group: str = ""
    """Its resource group, in the spelling of the scale set itself once that has been read: lists
    of a whole subscription may return it in capitals."""
    ends: ImageVersion | None = None
    """Of the versions that its model names or its instances run, the one whose support ends first;
    None where no end is known."""

    @cached_property
    def facts(self) -> EstateRow:
        """What the filter looks at."""
        count = self.count
        return replace(
            listed_row(self.scale_set, self.subscription),
            counts=count.counts if count else None,
            newer=self.newer,
            is_live=self.is_live,
            indexed_at=count.taken_at if count and count.is_indexed else None,
        )

    @cached_property
    def groups(self) -> Mapping[StateGroup, int]:
        """The number of instances in each group of states; empty before the first count."""
        return self.count.groups if self.count else {}

    @property
    def outdated(self) -> int | None:
        """The number of outdated instances; None where that is not known."""
        return self.count.outdated if self.count else None

    @property
    def problems(self) -> int:
        """The number of failed and unhealthy instances."""
        return sum(self.groups.get(group, 0) for group, _ in _PROBLEM_GROUPS)

    @property
    def is_behind(self) -> bool:
        """Whether an instance is outdated, or the image has a newer version."""
        return bool(self.outdated) or bool(self.newer)

    @property
    def is_live(self) -> bool:
        """Whether a run, or Azure itself, changes instances now."""
        return self.run is not None or self.is_upgraded_by_azure

    @property
    def is_upgraded_by_azure(self) -> bool:
        """Whether Azure changes instances of a set that it upgrades by itself."""
        is_manual = self.scale_set.policy_mode is PolicyMode.MANUAL
        return not is_manual and bool(self.groups.get(StateGroup.UPGRADING))

    @property
    def refusal(self) -> str:
        """Why a run on this set would be refused; empty where it would not."""
        mode = self.scale_set.policy_mode
        if mode is PolicyMode.MANUAL:
            return ""
        if mode is PolicyMode.UNKNOWN:
            return "upgrade policy unknown: no run can be started"
        return f"{mode} upgrade policy: a run would be refused"

    @property
    def image_version(self) -> str:
        """The version of the model's image, or the image's name where it has none."""
        image = self.scale_set.image
        return (image.version or image.short_reference) if image else "no image"


class Look(Struct, frozen=True):
    """How cells are drawn: glyphs and clocks, whether there are colours, and the present time."""

    appearance: Appearance
    has_colours: bool
    now: datetime


def draw_cell(row: ScaleSetRow, column: str, width: int, look: Look) -> Cell:
    """A cell of the list."""
    scale_set = row.scale_set
    quiet = "dim" if row.refusal else "quiet"
    match column:
        case "name":
            return _name_cell(row)
        case "subscription":
            return ((cell(row.subscription, 40), quiet),)
        case "group":
            return ((cell(row.group, 90), quiet),)
        case "region":
            return ((cell(scale_set.place, 40), quiet),)
        case "orchestration":
            return ((str(scale_set.orchestration), quiet),)
        case "policy":
            return ((str(scale_set.policy_mode), "dim" if row.refusal else ""),)
        case "capacity":
            capacity = scale_set.capacity
            return (("?" if capacity is None else f"{capacity:,}", quiet if row.refusal else ""),)
        case "bar":
            return _bar_cell(row, width, look)
        case "outdated":
            return _outdated_cell(row, look)
        case "image":
            return ((cell(row.image_version, 40), quiet),)
        case "newer" | "ends":
            is_newer = column == "newer"
            return _newer_cell(row, width, look) if is_newer else end_cell(row.ends, look)
    return _changed_cell(row.count, look)


def _name_cell(row: ScaleSetRow) -> Cell:
    name = (cell(row.scale_set.name, 64), "quiet" if row.refusal else "bold")
    alarm = row.scale_set.alarming_state
    return (name, (f" {alarm}", "bold tone-failed")) if alarm else (name,)


def _bar_cell(row: ScaleSetRow, width: int, look: Look) -> Cell:
    count = row.count
    if count is None:
        return (("…", "quiet"),)
    if not count.groups:
        return (("cannot read" if count.error else "no instances", "quiet"),)
    if count.error or count.is_expired(look.now):
        return ((f"at {look.appearance.clock(count.taken_at)[:5]}", "quiet"),)
    if not sum(count.groups.values()):
        return (("no instances", "dim"),)
    return state_bar(count.groups, width, look.appearance, has_colours=look.has_colours)


def _outdated_cell(row: ScaleSetRow, look: Look) -> Cell:
    """`  522 ✖3`; `…` before the first count, `?` where it is not known."""
    count = row.count
    if count is None:
        return ((f"{'…':>5}", "quiet"),)
    is_old = bool(count.error) or count.is_expired(look.now)
    text = "?" if count.outdated is None else f"{count.outdated:,}"
    style = "quiet" if is_old or row.refusal else "bold" if count.outdated else "dim"
    return ((f"{text:>5}", style), *problem_pieces(row.groups, look))


def problem_pieces(groups: Mapping[StateGroup, int], look: Look) -> Cell:
    """` ✖3`, the number of failed instances, else of unhealthy ones; empty where there are none."""
    for group, sign in _PROBLEM_GROUPS:
        if number := groups.get(group, 0):
            tone = "failed" if group is StateGroup.FAILED else "unhealthy"
            return ((f" {look.appearance.sign(sign)}{number:,}", f"bold tone-{tone}"),)
    return ()


def _newer_cell(row: ScaleSetRow, width: int, look: Look) -> Cell:
    """A live run `▶ 27/96`, `▶ Azure`, `2 newer`, `–` for the newest; empty where not known."""
    if row.run is not None:
        run = row.run
        sign = look.appearance.sign(_PHASE_SIGNS.get(run.phase, "live"))
        counts = f"{run.settled_targets:,}/{len(run.targets):,}"
        tone = "bold tone-failed" if run.phase is Phase.FAULTED else "bold tone-moving"
        full = f"{sign} {run.phase.label} {counts}"
        if len(full) <= width:
            return ((full, tone),)
        return ((f"{sign} {counts}" if len(counts) + 2 <= width else sign + counts, tone),)
    if row.is_upgraded_by_azure:
        return ((f"{look.appearance.sign('live')} Azure", "bold tone-moving"),)
    if row.newer is None:
        return ()
    return ((f"{row.newer} newer", "tone-unhealthy"),) if row.newer else (("–", "dim"),)


def end_cell(version: ImageVersion | None, look: Look) -> Cell:
    """`2027-03-31`, `deprecated`, `scheduled` where the day is not known; empty without an end."""
    if version is None:
        return ()
    if version.support is SupportState.WITHDRAWN:
        return (("deprecated", "tone-failed"),)
    if version.ends_at is None:
        return (("scheduled", "tone-unhealthy"),)
    is_past = version.ends_at <= look.now
    return ((f"{version.ends_at:%Y-%m-%d}", "tone-failed" if is_past else "tone-unhealthy"),)


def _changed_cell(count: OutdatedCount | None, look: Look) -> Cell:
    """`13 Nov 22:04`, when Azure last completed a change of an instance."""
    if count is None:
        return (("…", "quiet"),)
    if count.is_transitioning:
        return (("in progress", "tone-moving"),)
    if count.changed_at is None:
        return ()
    return ((look.appearance.day_and_clock(count.changed_at), "quiet"),)


def text_widths(rows: Collection[ScaleSetRow]) -> dict[str, int]:
    """The width of each column's longest text, of all rows whether they are shown or not."""
    total = len(f"{len(rows):,} scale sets")
    widths = {"name": total, "bar": 24, "newer": 24, "changed": 12, "outdated": 9}
    for row in rows:
        scale_set, alarm = row.scale_set, row.scale_set.alarming_state
        for column, length in (
            ("name", len(scale_set.name) + (len(alarm) + 1 if alarm else 0)),
            ("subscription", len(row.subscription)),
            ("group", len(row.group)),
            ("region", len(scale_set.place)),
            ("image", len(row.image_version)),
        ):
            if length > widths.get(column, 0):
                widths[column] = length
    return widths
