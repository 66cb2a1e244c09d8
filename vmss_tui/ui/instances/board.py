"""The state of the instance views: snapshot, filter, grouping, cursor and selection.

Cursor and selection are instance ids, so they survive a refresh; if the cursor's instance is gone,
the cursor moves to the nearest one. Knows no widget.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from vmss_tui.fleet.domains import Grid, Grouping, Row, RowKey, build_grid
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.drawing.glyphs import Appearance
from vmss_tui.ui.instances.arrangement import EMPTY, Arrangement
from vmss_tui.ui.instances.cell_modes import CellMode, StyledCells
from vmss_tui.ui.instances.cells.domain_batches import DomainBatches, domain_batches
from vmss_tui.ui.instances.cells.state_times import StateTimes
from vmss_tui.ui.instances.cursor import CursorMove, cells_between, cursor_after, next_cell_among
from vmss_tui.ui.instances.filter import Filter
from vmss_tui.upgrade.plan.latest_image import newest_known_version
from vmss_tui.upgrade.run.run import Run


class SelectionScope(StrEnum):
    """The instances that are selected together with the cursor's."""

    ROW = "row"
    ZONE = "zone"
    ALL = "all"


class Board:
    """State shared by the heatmap and the table, over the newest snapshot."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.cell_mode = CellMode.STATE
        self.grouping = Grouping.UPDATE_DOMAIN
        self.filter = Filter()
        self.problems_only = False
        self.cursor: str | None = None
        self.selected_ids: frozenset[str] = frozenset()
        self.range_start: str | None = None
        """The first instance of a range that is being selected."""
        self.batch_ids: frozenset[str] = frozenset()
        """Instances of the open batch of the live run."""
        self.operation_ids: frozenset[str] = frozenset()
        """Instances of operations in progress."""
        self.domain_batches: Mapping[RowKey, DomainBatches] = {}
        """What the run on screen does in each domain."""
        self._run: Run | None = None
        self._states = StateTimes()
        self.arrangement: Arrangement = EMPTY
        """Set by the heatmap or the table, which know their size."""
        self.newest_image_version = ""
        """The newest version of the model's image; empty until the catalogue has been read."""
        self.cells: StyledCells | None = None
        self._built_for: tuple[object, ...] = ()
        """The inputs that the grids and cell styles were last built from."""
        self.full_grid = build_grid(())
        """All instances, for the counts of the rows."""
        self.shown_grid = build_grid(())
        """The instances that pass the filter."""

    # Display

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Takes a newer snapshot; instances that are gone are removed from the selection."""
        self.snapshot = snapshot
        if self.cell_mode is not CellMode.SINCE_CHANGE and self._built_for == self._build_key(
            snapshot
        ):
            return  # only the time has changed
        self._states.update(snapshot)
        self.selected_ids &= snapshot.by_id.keys()
        if self.range_start not in snapshot.by_id:
            self.range_start = None
        self.rebuild()

    def _build_key(self, snapshot: Snapshot) -> tuple[object, ...]:
        display_choices = (
            self.cell_mode,
            self.newest_image_version,
            self.grouping,
            self.filter,
            self.problems_only,
        )
        return (*display_choices, snapshot.scale_set, snapshot.instances)

    def rebuild(self) -> None:
        """Builds grids and cell styles again, after a setting has changed."""
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
            self.shown_grid = build_grid(
                shown_instances, self.grouping, self.full_grid, self.shown_grid
            )
        if self.cursor not in self.shown_grid.row_keys:
            self.cursor = self._nearest_shown()
        self._update_batches()

    def show_run(self, run: Run | None) -> None:
        """Shows at each domain what a run does there, and at work what is in its open batch."""
        batch = run.open_batch if run else None
        self.batch_ids = frozenset(batch.instance_ids) if batch else frozenset()
        self._run = run if run is not None and not run.phase.is_over else None
        self._update_batches()

    def _update_batches(self) -> None:
        self.domain_batches = (
            domain_batches(self._run, self.full_grid.row_keys) if self._run else {}
        )

    @property
    def domains_at_work(self) -> frozenset[RowKey]:
        """Domains with instances of the open batch or of an operation."""
        keys = self.full_grid.row_keys
        return frozenset(keys[i] for i in self.batch_ids | self.operation_ids if i in keys)

    def since_text(self, instance_id: str, appearance: Appearance) -> str:
        """Since when an instance is in its state: `12:04`, `Tue` or `14 Oct`; empty if unknown."""
        since = self._states.since(instance_id)
        if since is None or self.snapshot is None:
            return ""
        return appearance.short_time(since, self.snapshot.taken_at)

    def row(self, key: RowKey) -> Row | None:
        """The unfiltered row of a key, for its counts."""
        return self.full_grid.by_key.get(key)

    @property
    def latest_image_version(self) -> str:
        """The version that `latest` refers to; empty where the model names an exact version."""
        image = self.snapshot.scale_set.image if self.snapshot else None
        if self.snapshot is None or image is None or not image.follows_latest:
            return ""
        return newest_known_version(self.snapshot, self.newest_image_version)

    @property
    def cursor_instance(self) -> Instance | None:
        """The cursor's instance."""
        if self.snapshot is None or self.cursor is None:
            return None
        return self.snapshot.by_id.get(self.cursor)

    @property
    def cursor_row(self) -> Row | None:
        """The unfiltered row that contains the cursor."""
        key = self.full_grid.row_keys.get(self.cursor) if self.cursor is not None else None
        return self.row(key) if key is not None else None

    @property
    def filter_text(self) -> str:
        """`filter ud:2 · problems only · 20 of 100 shown`; empty if nothing is filtered."""
        if self.snapshot is None or not (self.filter or self.problems_only):
            return ""
        parts = [f"filter {self.filter.text}"] if self.filter else []
        parts += ["problems only"] if self.problems_only else []
        return " · ".join(
            (*parts, f"{len(self.shown_grid.row_keys)} of {len(self.snapshot.instances)} shown")
        )

    def hidden_text(self, ids: Collection[str]) -> str:
        """A sentence about how many of these instances the filter hides; empty if none."""
        hidden_count = sum(i not in self.shown_grid.row_keys for i in ids)
        return (
            f"{hidden_count} of these {len(ids)} are not shown: {self.filter_text}"
            if hidden_count
            else ""
        )

    @property
    def selection_text(self) -> str:
        """`20 selected`, or `20 selected, 0 of them shown` if the filter hides some."""
        count, shown_count = (
            len(self.selected_ids),
            len(self.selected_ids & self.shown_grid.row_keys.keys()),
        )
        return f"{count} selected" + (
            f", {shown_count} of them shown" if shown_count < count else ""
        )

    def _is_shown(self, instance: Instance) -> bool:
        return self.filter.matches(instance) and (
            instance.needs_attention or not self.problems_only
        )

    def _nearest_shown(self) -> str | None:
        """The shown instance nearest to the cursor's previous position."""
        ids = self.shown_grid.row_keys
        order = self.arrangement.order
        if self.cursor in self.arrangement.positions and self.cursor is not None:
            index = order.index(self.cursor)
            for distance in range(1, len(order)):
                for candidate in (index + distance, index - distance):
                    if 0 <= candidate < len(order) and order[candidate] in ids:
                        return order[candidate]
        return next(iter(ids), None)

    # Cursor and selection

    def move_cursor(self, move: CursorMove, page: int) -> None:
        """Moves the cursor, and with it the end of a range; `page` is a number of lines."""
        self.set_cursor(cursor_after(self.arrangement, self.cursor, move, page))

    def set_cursor(self, instance_id: str | None) -> None:
        """Puts the cursor on an instance; extends the range that is being selected."""
        if instance_id is None:
            return
        self.cursor = instance_id
        if self.range_start is not None:
            self.selected_ids |= frozenset(
                cells_between(self.arrangement, self.range_start, instance_id)
            )

    def move_to_domain(self, step: int) -> bool:
        """Moves to the next (`step` 1) or previous (-1) domain, to the cell at the same place in
        it; False at the last one."""
        rows, cursor = self.shown_grid.rows, self.cursor
        key = self.shown_grid.row_keys.get(cursor) if cursor is not None else None
        if key is None:
            return False
        number = next(at for at, row in enumerate(rows) if row.key == key)
        if not 0 <= number + step < len(rows):
            return False
        here, there = rows[number].cell_order, rows[number + step].cell_order
        self.set_cursor(there[min(here.index(cursor or ""), len(there) - 1)])
        return True

    def move_to_problem(self, step: int) -> bool:
        """Moves to the next (`step` 1) or previous (-1) problem; False where there is none."""
        if self.snapshot is None:
            return False
        problem_ids = {i.instance_id for i in self.snapshot.instances if i.needs_attention}
        instance_id = next_cell_among(self.arrangement, self.cursor, problem_ids, step)
        self.set_cursor(instance_id)
        return instance_id is not None

    def toggle_selected(self) -> None:
        """Selects the cursor's instance, or deselects it."""
        if self.cursor is not None:
            self.selected_ids ^= {self.cursor}

    def toggle_range(self) -> None:
        """Starts a range at the cursor, or ends it."""
        self.range_start = None if self.range_start is not None else self.cursor
        if self.range_start is not None:
            self.selected_ids |= {self.range_start}

    def select(self, scope: SelectionScope) -> None:
        """Selects the shown instances of a scope; deselects them if all were selected."""
        ids = frozenset(self._ids_in(scope))
        self.selected_ids = (
            self.selected_ids - ids if ids <= self.selected_ids else self.selected_ids | ids
        )

    def select_domain(self) -> None:
        """Selects the cursor's domain and moves to the next one, so that doing it twice selects
        two; deselects a domain that is selected, and stays there."""
        ids = frozenset(self._ids_in(SelectionScope.ROW))
        is_selected = ids <= self.selected_ids
        self.select(SelectionScope.ROW)
        if not is_selected and self.range_start is None:
            self.move_to_domain(1)

    def clear_selection(self) -> None:
        """Deselects all instances."""
        self.selected_ids, self.range_start = frozenset(), None

    def selection(self) -> tuple[tuple[str, ...], str]:
        """The ids that a command applies to, and a text for them: the selected instances, or
        else those of the cursor's row."""
        if self.selected_ids:
            ids = tuple(i for i in self.full_grid.row_keys if i in self.selected_ids)
            return ids, self.selection_text
        row = self.cursor_row
        if row is None:
            return (), "nothing"
        return tuple(i.instance_id for i in row.instances), row.key.label

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
