"""Finds the scale sets that a strategy selects, and reads each of them.

The list may come from Azure's index and be a minute old. It only decides which scale sets are read;
everything else is decided by the readings.
"""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from vmss_tui.fleet.estate.row import EstateRow, instance_counts, listed_row
from vmss_tui.fleet.estate.where import Where
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.gateway import GatewayError, ReadCancelled
from vmss_tui.gateway.cancellation import Cancellation
from vmss_tui.gateway.failures import concerns_one_resource
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.observe.estate import EstateReader
from vmss_tui.runtime.observe.matching_sets import MatchingSets
from vmss_tui.runtime.observe.queries import Queries

T = TypeVar("T")
R = TypeVar("R")


class Listing(Struct, frozen=True):
    """The selected scale sets as they are listed, and what could not be listed."""

    rows: tuple[EstateRow, ...]
    damage: tuple[str, ...] = ()
    """A sentence for each subscription that could not be listed, or not completely."""
    notes: tuple[str, ...] = ()
    """Sentences about Azure's index."""


class Candidate(Struct, frozen=True):
    """A selected scale set, and what was read of it."""

    row: EstateRow
    """As read; as listed where it could not be read."""
    snapshot: Snapshot | None
    error: GatewayError | None = None
    """Why it could not be read; None where it was."""


class CandidateReader:
    """Lists and reads scale sets for one session. Blocks."""

    def __init__(
        self,
        estate: EstateReader,
        queries: Queries,
        cancellation: Cancellation,
        subscription_name: Callable[[str], str],
        is_live: Callable[[ScaleSetId], bool],
        images: Images,
    ) -> None:
        """`subscription_name` maps an id to its display name; `is_live`: a run is live on the set.
        Neither sends a request."""
        self._estate, self._queries, self._cancellation = estate, queries, cancellation
        self._sets = MatchingSets(images, cancellation, subscription_name, is_live)
        self._images = images

    def list_selected(
        self, where: Where, stages: Sequence[Where] = (), ids: Collection[ScaleSetId] | None = None
    ) -> Listing:
        """The scale sets that match `where`, by resource group and name; with `ids` only those of
        them.

        What only counted scale sets can match is decided by the readings, where the index has no
        counts. Reads the catalogue where a filter, also of `stages`, needs it. Raises a
        `GatewayError` where nothing can be listed."""
        reading = self._estate.read()
        keys = None if ids is None else frozenset(scale_set.key for scale_set in ids)
        rows = self._sets.select(reading, where, stages, keys)
        selected = [row for _, row in rows if row.counts is None or where.matches(row)]
        in_order = sorted(selected, key=lambda row: (row.id.short.lower(), row.id.key))
        return Listing(tuple(in_order), reading.damage, reading.notes)

    def read(self, row: EstateRow) -> Candidate:
        """One scale set with its instances. Raises a `GatewayError` after which the next read
        would fail, too."""
        try:
            snapshot = self._queries.observe(row.id)
        except GatewayError as error:
            if not concerns_one_resource(error):
                raise
            return Candidate(row, None, error)
        observed = replace(
            listed_row(snapshot.scale_set, row.subscription),
            counts=instance_counts(snapshot.instances),
            newer=self._images.versions_behind(snapshot.scale_set),
            is_live=row.is_live,
        )
        return Candidate(observed, snapshot)

    def in_parallel(
        self,
        work: Callable[[T], R],
        items: Sequence[T],
        report_progress: Callable[[int, int], None],
        is_cancelled: Callable[[], bool],
    ) -> list[R]:
        """As `MatchingSets.in_parallel`; raises `ReadCancelled` once `is_cancelled`, after the
        reads in progress."""

        def guarded(item: T) -> R:
            if is_cancelled() or self._cancellation.is_requested:
                raise ReadCancelled("Planning was cancelled.")
            return work(item)

        return self._sets.in_parallel(guarded, items, report_progress)
