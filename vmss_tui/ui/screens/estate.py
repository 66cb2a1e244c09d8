"""The state of the list of scale sets: rows, counts, selection and totals. Knows no widget."""

from collections.abc import Callable, Collection
from datetime import datetime

from vmss_tui.fleet.estate.where import BadWhere, Where, parse_where
from vmss_tui.fleet.image_offers import ImageVersion
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.runtime.observe.estate import EstateReading
from vmss_tui.ui.background.outdated_count import OutdatedCount, indexed_count, running_versions
from vmss_tui.ui.background.outdated_counter import CountArrived
from vmss_tui.ui.lists.list_columns import ListOrder
from vmss_tui.ui.screens.estate_totals import EstateTotals
from vmss_tui.ui.screens.scale_set_order import sort_rows, sort_scale_sets
from vmss_tui.ui.screens.scale_set_rows import ScaleSetRow


class Estate:
    """All scale sets that can be read, with what is known of each."""

    def __init__(
        self,
        subscription_name: Callable[[str], str],
        versions_behind: Callable[[ScaleSet], int | None],
        next_end: Callable[[ScaleSet, Collection[str]], ImageVersion | None],
    ) -> None:
        """`subscription_name` maps an id to its display name, the others compare with what the
        catalogue has read; none of them sends a request."""
        self._next_end = next_end
        self._subscription_name, self._versions_behind = subscription_name, versions_behind
        self._counts: dict[str, CountArrived] = {}
        self._indexed: dict[str, OutdatedCount] = {}
        """Counts by Azure's index."""
        self.indexed_at: datetime | None = None
        """When the index was read; None where the sets were listed."""
        self.rows: dict[str, ScaleSetRow] = {}
        """By key, in the order of subscriptions and names."""
        self.where = Where()
        """The filter."""
        self.shown: tuple[ScaleSetRow, ...] = ()
        """The rows that match the filter, sorted."""
        self.in_order: tuple[ScaleSetRow, ...] = ()
        """All rows, sorted."""
        self.selected: frozenset[str] = frozenset()
        self.listed_at: datetime | None = None
        """When the list was read; None before the first reply."""

    @property
    def totals(self) -> EstateTotals:
        """Sums over all scale sets."""
        return EstateTotals(tuple(self.rows.values()))

    @property
    def subscription_count(self) -> int:
        """The number of subscriptions with a scale set."""
        return len({row.scale_set.id.subscription_id.lower() for row in self.rows.values()})

    @property
    def indexed_keys(self) -> frozenset[str]:
        """Keys of the sets that the index counts, so that nothing needs to be read for it."""
        return frozenset(self._indexed)

    def set_reading(self, reading: EstateReading, read_at: datetime) -> None:
        """Takes a new reading; scale sets that are gone are removed from the selection."""
        self.listed_at, self.indexed_at = read_at, reading.indexed_at
        self._indexed = {
            key: indexed_count(counts, reading.indexed_at or read_at)
            for key, counts in reading.counts.items()
        }
        in_order = sort_scale_sets(reading.scale_sets, self._subscription_name)
        self.rows = {scale_set.id.key: self._row(scale_set) for scale_set in in_order}
        self.selected &= self.rows.keys()

    def set_count(self, message: CountArrived) -> None:
        """Takes a new count, or the progress of a live run."""
        self._counts[message.key] = message
        if message.key in self.rows:
            self.rows[message.key] = self._row(self.rows[message.key].scale_set)

    def update_versions(self) -> None:
        """Compares all scale sets with the versions that the catalogue has read by now."""
        self.rows = {key: self._row(row.scale_set) for key, row in self.rows.items()}

    def arrange(self, filter_text: str, order: ListOrder) -> str:
        """Filters and sorts the rows. Returns what is wrong with the filter, where it is invalid
        and all rows are shown; else an empty text."""
        problem, shown = "", list(self.rows.values())
        try:
            keywords = {"selected": lambda row: row.id.key in self.selected}
            self.where = parse_where(filter_text, keywords)
            shown = [row for row in shown if self.where.matches(row.facts)]
        except BadWhere as error:
            self.where = Where()
            problem = str(error)
        self.in_order = tuple(sort_rows(self.rows.values(), order))
        self.shown = self.in_order
        if len(shown) < len(self.rows):
            keys = {row.scale_set.id.key for row in shown}
            self.shown = tuple(row for row in self.in_order if row.scale_set.id.key in keys)
        return problem

    def neighbours(self, filter_text: str) -> frozenset[str]:
        """Keys through which `[` and `]` go: of several selected ones, else of those that the
        filter shows; empty for all."""
        if len(self.selected) > 1:
            return self.selected
        keys = (row.scale_set.id.key for row in self.shown)
        return frozenset(keys) if filter_text else frozenset()

    def _row(self, scale_set: ScaleSet) -> ScaleSetRow:
        latest = self._counts.get(scale_set.id.key)
        count, indexed = latest.count if latest else None, self._indexed.get(scale_set.id.key)
        if indexed is not None and (count is None or count.taken_at < indexed.taken_at):
            count = indexed
        group = count.group if count else ""
        return ScaleSetRow(
            scale_set,
            self._subscription_name(scale_set.id.subscription_id),
            count,
            latest.run if latest else None,
            self._versions_behind(scale_set),
            group or scale_set.id.group_label,
            self._next_end(scale_set, running_versions(count)),
        )
