"""Reads all scale sets of the session's subscriptions, in as few requests as possible.

A few subscriptions with a few sets are listed, which is as fresh as Azure is; more of them are read
from Azure's index, with counts of all instances in three queries. Where the index is not available,
the subscriptions are listed after all, and the reading says so.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from vmss_tui.fleet.estate.row import EstateRow, InstanceCount, listed_row
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.gateway import Gateway, GatewayError, NotSignedIn, ReadCancelled
from vmss_tui.gateway.estate_index import IndexReading
from vmss_tui.runtime.observe.queries import Queries

LISTED_SUBSCRIPTIONS = 3
"""As many subscriptions are listed by as many requests as the index takes."""
LISTED_SETS = 50
"""As many sets are counted one by one: a page of the list."""
_PROBED_SUBSCRIPTIONS = 16
"""Subscriptions without a set in the index that are listed, to see whether they can be read."""


class EstateReading(Struct, frozen=True):
    """All scale sets, from the index or from lists."""

    scale_sets: tuple[ScaleSet, ...]
    """By resource group and name. Those of the index have no etag and no model."""
    damage: tuple[str, ...] = ()
    """A sentence for each subscription that could not be listed, or not completely."""
    notes: tuple[str, ...] = ()
    """Sentences about the index: why it could not be read, and what is missing in it."""
    indexed_at: datetime | None = None
    """When the index was read; None for lists."""
    counts: Mapping[str, tuple[InstanceCount, ...]] = field(default_factory=dict)
    """The instances of a set by its key, as far as the index counts them."""

    def is_indexed(self, scale_set: ScaleSet) -> bool:
        """Whether the set, or the count of its instances, was read from the index."""
        return not scale_set.raw or scale_set.id.key in self.counts

    def rows(
        self,
        subscription_name: Callable[[str], str],
        versions_behind: Callable[[ScaleSet], int | None] = lambda _: None,
    ) -> tuple[EstateRow, ...]:
        """A row for each set. Neither function sends a request; the first maps an id to a name."""
        return tuple(
            replace(
                listed_row(scale_set, subscription_name(scale_set.id.subscription_id)),
                counts=self.counts.get(scale_set.id.key),
                newer=versions_behind(scale_set),
                indexed_at=self.indexed_at if self.is_indexed(scale_set) else None,
            )
            for scale_set in self.scale_sets
        )


class EstateReader:
    """Reads the estate of one session. Blocks; thread-safe."""

    def __init__(self, gateway: Gateway, queries: Queries) -> None:
        self._gateway, self._queries = gateway, queries

    def read(self) -> EstateReading:
        """All scale sets that can be read; raises a `GatewayError` only where none can be.

        Where there are few subscriptions their lists are kept, with counts of the index.
        """
        ids = self._queries.subscription_ids()
        if len(ids) > LISTED_SUBSCRIPTIONS:
            return self._read_index(ids)
        listed = self._list(ids)
        if len(listed.scale_sets) <= LISTED_SETS:
            return listed
        try:
            reading = self._gateway.estate_index.read(ids)
        except (NotSignedIn, ReadCancelled):
            raise
        except GatewayError as error:
            reason = f"Azure's index cannot be read, so scale sets are counted one by one: {error}"
            return replace(listed, notes=(reason,))
        return replace(
            listed, notes=reading.damage, indexed_at=reading.read_at, counts=reading.counts
        )

    def _read_index(self, ids: Sequence[str]) -> EstateReading:
        try:
            reading = self._gateway.estate_index.read(ids)
        except (NotSignedIn, ReadCancelled):
            raise
        except GatewayError as error:
            listed = self._list(ids)
            reason = f"Azure's index cannot be read, so every subscription was listed: {error}"
            return replace(listed, notes=(reason,))
        return self._with_absent(reading, ids)

    def _with_absent(self, reading: IndexReading, ids: Sequence[str]) -> EstateReading:
        """Lists the subscriptions that have no scale set in the index: it reports no error for one
        that the caller may not read, and a list does."""
        present = {one.id.subscription_id.lower() for one in reading.scale_sets}
        absent = [one for one in ids if one.lower() not in present]
        notes, damage = list(reading.damage), list[str]()
        scale_sets = list(reading.scale_sets)
        if len(absent) > _PROBED_SUBSCRIPTIONS:
            notes.append(
                f"{len(absent):,} subscriptions have no scale set in Azure's index; whether they "
                "can be read was not checked"
            )
        elif absent:
            listed, damage = self._queries.list_each(absent)
            scale_sets += listed
        self._queries.record_owners(scale_sets)
        in_order = sorted(scale_sets, key=lambda one: one.id.key)
        return EstateReading(
            tuple(in_order), tuple(damage), tuple(notes), reading.read_at, reading.counts
        )

    def _list(self, ids: Sequence[str]) -> EstateReading:
        listing = self._queries.list_readable(ids)
        return EstateReading(listing.scale_sets, listing.damage)
