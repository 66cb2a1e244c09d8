"""What the heatmap shows and what is chosen on it: filter, grouping, cursor and marks.

Cursor and marks are instance ids, so they survive every refresh; where the cursor's instance
is gone it goes to a neighbour. Knows no widget.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum

from vmss_tui.fleet.domains import Grid, Grouping, Row, RowKey, build_grid
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.instances.cell_modes import CellMode, StyledCells
from vmss_tui.ui.instances.cursor import CursorMove, cells_between, cursor_after, next_cell_among
from vmss_tui.ui.instances.filter import Filter
from vmss_tui.ui.instances.heatmap_layout import EMPTY, Arrangement
from vmss_tui.upgrade.plan.latest_image import newest_known


class SelectionScope(StrEnum):
    """What a mark takes along with the cursor's instance."""

    ROW = "row"
    ZONE = "zone"
    ALL = "all"


class Board:
    """The heatmap's own state over the newest snapshot."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.cell_mode = CellMode.STATE
        self.grouping = Grouping.UPDATE_DOMAIN
        self.filter = Filter()
        self.problems_only = False
        self.cursor: str | None = None
        self.selected_ids: frozenset[str] = frozenset()
        self.range_start: str | None = None
        """Where a range began, while one is being drawn."""
        self.batch_ids: frozenset[str] = frozenset()
        """The open batch of the live run."""
        self.operation_ids: frozenset[str] = frozenset()
        """Instances of operations that are still at work."""
        self.arrangement: Arrangement = EMPTY
        """Set by the heatmap, which knows how much room there is."""
        self.newest_image_version = ""
        """The newest version of the model's image, once somebody has asked the catalogue."""
        self.cells: StyledCells | None = None
        self._built_for: tuple[object, ...] = ()
        """What the grids and swatches were last worked out of."""
        self.full_grid = build_grid(())
        """Every instance, for the counts of the rows."""
        self.shown_grid = build_grid(())
        """The instances that the filter lets through."""

    # What is shown

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Takes a newer snapshot; marks on instances that are gone go with them."""
        self.snapshot = snapshot
        if self.cell_mode is not CellMode.SINCE_CHANGE and self._built_for == self._build_key(snapshot):
            return  # nothing but the time is new
        self.selected_ids &= snapshot.by_id.keys()
        if self.range_start not in snapshot.by_id:
            self.range_start = None
        self.rebuild()

    def _build_key(self, snapshot: Snapshot) -> tuple[object, ...]:
        display_choices = (self.cell_mode, self.newest_image_version, self.grouping, self.filter, self.problems_only)
        return (*display_choices, snapshot.scale_set, snapshot.instances)

    def rebuild(self) -> None:
        """Works the grids and swatches out again after a choice has changed."""
        if self.snapshot is None:
            return
        self._built_for = self._build_key(self.snapshot)
        instances = self.snapshot.instances
        self.cells = StyledCells(self.snapshot, self.cell_mode, self.newest_image_version)
        self.full_grid = build_grid(instances, self.grouping, previous=self.full_grid)
        is_filtered = bool(self.filter) or self.problems_only
        self.shown_grid = self.full_grid
        if is_filtered:
            shown_instances = filter(self._is_shown, instances)
            self.shown_grid = build_grid(shown_instances, self.grouping, self.full_grid, self.shown_grid)
        if self.cursor not in self.shown_grid.row_keys:
            self.cursor = self._nearest_shown()

    def row(self, key: RowKey) -> Row | None:
        """The whole row of a key, unfiltered, for its counts."""
        return self.full_grid.by_key.get(key)

    @property
    def latest_image_version(self) -> str:
        """What `latest` means now; empty where the model names an exact version."""
        image = self.snapshot.scale_set.image if self.snapshot else None
        if self.snapshot is None or image is None or not image.follows_latest:
            return ""
        return newest_known(self.snapshot, self.newest_image_version)

    @property
    def cursor_instance(self) -> Instance | None:
        """The cursor's instance."""
        if self.snapshot is None or self.cursor is None:
            return None
        return self.snapshot.by_id.get(self.cursor)

    @property
    def cursor_row(self) -> Row | None:
        """The whole row that the cursor stands in."""
        key = self.full_grid.row_keys.get(self.cursor) if self.cursor is not None else None
        return self.row(key) if key is not None else None

    @property
    def filter_text(self) -> str:
        """`filter ud:2 · problems only · 20 of 100 shown`; empty where all is shown."""
        if self.snapshot is None or not (self.filter or self.problems_only):
            return ""
        parts = [f"filter {self.filter.text}"] if self.filter else []
        parts += ["problems only"] if self.problems_only else []
        return " · ".join(
            (*parts, f"{len(self.shown_grid.row_keys)} of {len(self.snapshot.instances)} shown")
        )

    def hidden_text(self, ids: Collection[str]) -> str:
        """How many of these the filter hides, in words; empty where all of them are shown."""
        hidden_count = sum(i not in self.shown_grid.row_keys for i in ids)
        return f"{hidden_count} of these {len(ids)} are not shown: {self.filter_text}" if hidden_count else ""

    @property
    def selection_text(self) -> str:
        """`20 marked`, or `20 marked, 0 of them shown` where a filter hides any."""
        count, shown_count = len(self.selected_ids), len(self.selected_ids & self.shown_grid.row_keys.keys())
        return f"{count} marked" + (f", {shown_count} of them shown" if shown_count < count else "")

    def _is_shown(self, instance: Instance) -> bool:
        return self.filter.matches(instance) and (
            instance.needs_attention or not self.problems_only
        )

    def _nearest_shown(self) -> str | None:
        """What stands nearest to where the cursor was and is still shown."""
        ids = self.shown_grid.row_keys
        order = self.arrangement.order
        if self.cursor in self.arrangement.positions and self.cursor is not None:
            index = order.index(self.cursor)
            for distance in range(1, len(order)):
                for candidate in (index + distance, index - distance):
                    if 0 <= candidate < len(order) and order[candidate] in ids:
                        return order[candidate]
        return next(iter(ids), None)

    # Moving and marking

    def move_cursor(self, move: CursorMove, page: int) -> None:
        """Moves the cursor, and the end of a range with it."""
        self.set_cursor(cursor_after(self.arrangement, self.cursor, move, page))

    def set_cursor(self, instance_id: str | None) -> None:
        """Puts the cursor on an instance."""
        if instance_id is None:
            return
        self.cursor = instance_id
        if self.range_start is not None:
            self.selected_ids |= frozenset(cells_between(self.arrangement, self.range_start, instance_id))

    def move_to_problem(self, step: int) -> bool:
        """To the next or previous problem; False where there is none."""
        if self.snapshot is None:
            return False
        problem_ids = {i.instance_id for i in self.snapshot.instances if i.needs_attention}
        instance_id = next_cell_among(self.arrangement, self.cursor, problem_ids, step)
        self.set_cursor(instance_id)
        return instance_id is not None

    def toggle_selected(self) -> None:
        """Marks the cursor's instance, or takes its mark off."""
        if self.cursor is not None:
            self.selected_ids ^= {self.cursor}

    def toggle_range(self) -> None:
        """Begins a range at the cursor, or ends it."""
        self.range_start = None if self.range_start is not None else self.cursor
        if self.range_start is not None:
            self.selected_ids |= {self.range_start}

    def select(self, scope: SelectionScope) -> None:
        """Marks all shown in the cursor's row or zone, or all; unmarks where all were marked."""
        ids = frozenset(self._ids_in(scope))
        self.selected_ids = self.selected_ids - ids if ids <= self.selected_ids else self.selected_ids | ids

    def clear_selection(self) -> None:
        """Takes every mark off."""
        self.selected_ids, self.range_start = frozenset(), None

    def selection(self) -> tuple[tuple[str, ...], str]:
        """Ids that a change would concern, and in words: the marks, else the cursor's row."""
        if self.selected_ids:
            ids = tuple(i for i in self.full_grid.row_keys if i in self.selected_ids)
            return ids, self.selection_text
        row = self.cursor_row
        if row is None:
            return (), "nothing"
        return tuple(i.instance_id for i in row.instances), f"row {row.key.label}"

    def _ids_in(self, scope: SelectionScope) -> Iterable[str]:
        grid: Grid = self.shown_grid
        if scope is SelectionScope.ALL or self.cursor is None:
            return grid.row_keys
        cursor_key = grid.row_keys.get(self.cursor)
        if cursor_key is None:
            return ()
        if scope is SelectionScope.ROW:
            return (i for i, key in grid.row_keys.items() if key == cursor_key)
        return (i for i, key in grid.row_keys.items() if key.zone == cursor_key.zone)
