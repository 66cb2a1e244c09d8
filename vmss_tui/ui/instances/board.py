"""What the heatmap shows and what is chosen on it: filter, grouping, cursor and marks.

Cursor and marks are instance ids, so they survive every refresh; where the cursor's instance
is gone it goes to a neighbour. Knows no widget.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum

from vmss_tui.fleet.domains import Grid, Grouping, Row, RowKey, build_grid
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.ui.instances.cell_modes import CellMode, Scene
from vmss_tui.ui.instances.cursor import Move, between, moved, next_of
from vmss_tui.ui.instances.filter import Filter
from vmss_tui.ui.instances.heatmap_layout import EMPTY, Arrangement
from vmss_tui.upgrade.plan.latest_image import newest_known


class Reach(StrEnum):
    """What a mark takes along with the cursor's instance."""

    ROW = "row"
    ZONE = "zone"
    ALL = "all"


class Board:
    """The heatmap's own state over the newest snapshot."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.meaning = CellMode.STATE
        self.grouping = Grouping.UPDATE_DOMAIN
        self.filter = Filter()
        self.problems_only = False
        self.cursor: str | None = None
        self.marks: frozenset[str] = frozenset()
        self.anchor: str | None = None
        """Where a range began, while one is being drawn."""
        self.batch: frozenset[str] = frozenset()
        """The open batch of the live run."""
        self.asked: frozenset[str] = frozenset()
        """Instances of operations that are still at work."""
        self.placed: Arrangement = EMPTY
        """Set by the heatmap, which knows how much room there is."""
        self.newest = ""
        """The newest version of the model's image, once somebody has asked the catalogue."""
        self.scene: Scene | None = None
        self._arranged: tuple[object, ...] = ()
        """What the grids and swatches were last worked out of."""
        self.full = build_grid(())
        """Every instance, for the counts of the rows."""
        self.shown = build_grid(())
        """The instances that the filter lets through."""

    # What is shown

    def show(self, snapshot: Snapshot) -> None:
        """Takes a newer snapshot; marks on instances that are gone go with them."""
        self.snapshot = snapshot
        if self.meaning is not CellMode.SINCE_CHANGE and self._arranged == self._chosen(snapshot):
            return  # nothing but the time is new
        self.marks &= snapshot.by_id.keys()
        if self.anchor not in snapshot.by_id:
            self.anchor = None
        self.rearrange()

    def _chosen(self, snapshot: Snapshot) -> tuple[object, ...]:
        choices = (self.meaning, self.newest, self.grouping, self.filter, self.problems_only)
        return (*choices, snapshot.scale_set, snapshot.instances)

    def rearrange(self) -> None:
        """Works the grids and swatches out again after a choice has changed."""
        if self.snapshot is None:
            return
        self._arranged = self._chosen(self.snapshot)
        instances = self.snapshot.instances
        self.scene = Scene(self.snapshot, self.meaning, self.newest)
        self.full = build_grid(instances, self.grouping, previous=self.full)
        narrowed = bool(self.filter) or self.problems_only
        self.shown = self.full
        if narrowed:
            passing = filter(self._passes, instances)
            self.shown = build_grid(passing, self.grouping, self.full, self.shown)
        if self.cursor not in self.shown.row_keys:
            self.cursor = self._neighbour()

    def row(self, key: RowKey) -> Row | None:
        """The whole row of a key, unfiltered, for its counts."""
        return self.full.by_key.get(key)

    @property
    def latest(self) -> str:
        """What `latest` means now; empty where the model names an exact version."""
        image = self.snapshot.scale_set.image if self.snapshot else None
        if self.snapshot is None or image is None or not image.follows_latest:
            return ""
        return newest_known(self.snapshot, self.newest)

    @property
    def instance(self) -> Instance | None:
        """The cursor's instance."""
        if self.snapshot is None or self.cursor is None:
            return None
        return self.snapshot.by_id.get(self.cursor)

    @property
    def cursor_row(self) -> Row | None:
        """The whole row that the cursor stands in."""
        key = self.full.row_keys.get(self.cursor) if self.cursor is not None else None
        return self.row(key) if key is not None else None

    @property
    def narrowed(self) -> str:
        """`filter ud:2 · problems only · 20 of 100 shown`; empty where all is shown."""
        if self.snapshot is None or not (self.filter or self.problems_only):
            return ""
        words = [f"filter {self.filter.text}"] if self.filter else []
        words += ["problems only"] if self.problems_only else []
        return " · ".join(
            (*words, f"{len(self.shown.row_keys)} of {len(self.snapshot.instances)} shown")
        )

    def unseen(self, ids: Collection[str]) -> str:
        """How many of these the filter hides, in words; empty where all of them are shown."""
        hidden = sum(i not in self.shown.row_keys for i in ids)
        return f"{hidden} of these {len(ids)} are not shown: {self.narrowed}" if hidden else ""

    @property
    def marked(self) -> str:
        """`20 marked`, or `20 marked, 0 of them shown` where a filter hides any."""
        many, seen = len(self.marks), len(self.marks & self.shown.row_keys.keys())
        return f"{many} marked" + (f", {seen} of them shown" if seen < many else "")

    def _passes(self, instance: Instance) -> bool:
        return self.filter.matches(instance) and (
            instance.needs_attention or not self.problems_only
        )

    def _neighbour(self) -> str | None:
        """What stands nearest to where the cursor was and is still shown."""
        ids = self.shown.row_keys
        old = self.placed.order
        if self.cursor in self.placed.positions and self.cursor is not None:
            place = old.index(self.cursor)
            for distance in range(1, len(old)):
                for near in (place + distance, place - distance):
                    if 0 <= near < len(old) and old[near] in ids:
                        return old[near]
        return next(iter(ids), None)

    # Moving and marking

    def move(self, move: Move, page: int) -> None:
        """Moves the cursor, and the end of a range with it."""
        self.go(moved(self.placed, self.cursor, move, page))

    def go(self, instance_id: str | None) -> None:
        """Puts the cursor on an instance."""
        if instance_id is None:
            return
        self.cursor = instance_id
        if self.anchor is not None:
            self.marks |= frozenset(between(self.placed, self.anchor, instance_id))

    def problem(self, step: int) -> bool:
        """To the next or previous problem; False where there is none."""
        if self.snapshot is None:
            return False
        sick = {i.instance_id for i in self.snapshot.instances if i.needs_attention}
        found = next_of(self.placed, self.cursor, sick, step)
        self.go(found)
        return found is not None

    def toggle_mark(self) -> None:
        """Marks the cursor's instance, or takes its mark off."""
        if self.cursor is not None:
            self.marks ^= {self.cursor}

    def toggle_range(self) -> None:
        """Begins a range at the cursor, or ends it."""
        self.anchor = None if self.anchor is not None else self.cursor
        if self.anchor is not None:
            self.marks |= {self.anchor}

    def mark(self, reach: Reach) -> None:
        """Marks all shown in the cursor's row or zone, or all; unmarks where all were marked."""
        ids = frozenset(self._within(reach))
        self.marks = self.marks - ids if ids <= self.marks else self.marks | ids

    def clear(self) -> None:
        """Takes every mark off."""
        self.marks, self.anchor = frozenset(), None

    def chosen(self) -> tuple[tuple[str, ...], str]:
        """Ids that a change would concern, and in words: the marks, else the cursor's row."""
        if self.marks:
            ids = tuple(i for i in self.full.row_keys if i in self.marks)
            return ids, self.marked
        row = self.cursor_row
        if row is None:
            return (), "nothing"
        return tuple(i.instance_id for i in row.instances), f"row {row.key.label}"

    def _within(self, reach: Reach) -> Iterable[str]:
        shown: Grid = self.shown
        if reach is Reach.ALL or self.cursor is None:
            return shown.row_keys
        here = shown.row_keys.get(self.cursor)
        if here is None:
            return ()
        if reach is Reach.ROW:
            return (i for i, key in shown.row_keys.items() if key == here)
        return (i for i, key in shown.row_keys.items() if key.zone == here.zone)
