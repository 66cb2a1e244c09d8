"""Scale sets that match a filter, and reads of many of them at the same time.

For `list` and for campaigns. What only counted scale sets can match is decided by the caller, who
reads those that the list does not count.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from msgspec.structs import replace

from vmss_tui.fleet.estate.row import EstateRow
from vmss_tui.fleet.estate.where import Where
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.observe.estate import EstateReading

PARALLEL_READS = 8
"""Number of scale sets that are read at the same time."""
T = TypeVar("T")
R = TypeVar("R")


class MatchingSets:
    """For one session. Blocks."""

    def __init__(
        self,
        images: Images,
        cancellation: Cancellation,
        subscription_name: Callable[[str], str],
        is_live: Callable[[ScaleSetId], bool],
    ) -> None:
        """`subscription_name` maps an id to its display name; `is_live`: a run is live on the set.
        Neither sends a request."""
        self._images, self._cancellation = images, cancellation
        self._subscription_name, self._is_live = subscription_name, is_live

    def select(
        self,
        reading: EstateReading,
        where: Where,
        filters: Sequence[Where] = (),
        keys: frozenset[str] | None = None,
    ) -> list[tuple[ScaleSet, EstateRow]]:
        """The listed scale sets that may match, in their order, with their live runs and their
        newer images; with `keys` only those of them. Reads the catalogue where a filter, also of
        `filters`, needs it."""
        listed = zip(reading.scale_sets, reading.rows(self._subscription_name), strict=True)
        rows = [
            (scale_set, replace(row, is_live=self._is_live(row.id)))
            for scale_set, row in listed
            if keys is None or row.id.key in keys
        ]
        rows = [(scale_set, row) for scale_set, row in rows if where.may_match(row)]
        if any(filter_.needs_versions for filter_ in (where, *filters)):
            self._images.read_all_versions((one for one, _ in rows), self._cancellation)
        return [
            (scale_set, replace(row, newer=self._images.versions_behind(scale_set)))
            for scale_set, row in rows
        ]

    def in_parallel(
        self,
        work: Callable[[T], R],
        items: Sequence[T],
        report_progress: Callable[[int, int], None],
    ) -> list[R]:
        """The results of `work`, in order; at most `PARALLEL_READS` at the same time.

        `report_progress` gets the number of results and of items."""
        results: list[R] = []
        with ThreadPoolExecutor(PARALLEL_READS) as pool, self._cancellation.on_interrupt():
            for result in pool.map(work, items):
                results.append(result)
                report_progress(len(results), len(items))
        return results
