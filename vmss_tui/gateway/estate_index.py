"""Azure's index of all resources (Resource Graph), as far as scale sets are concerned.

The index may be a minute behind Azure. It serves lists and selections: its scale sets have neither
an etag nor a model, so a change of one requires a read of the scale set itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field

from vmss_tui.fleet.estate.row import InstanceCount
from vmss_tui.fleet.scale_set import ScaleSet


class IndexReading(Struct, frozen=True):
    """What the index knows at one moment."""

    read_at: datetime
    scale_sets: tuple[ScaleSet, ...]
    counts: Mapping[str, tuple[InstanceCount, ...]] = field(default_factory=dict)
    """The instances of a set, by its key. A key is missing where they could not be counted."""
    damage: tuple[str, ...] = ()
    """A sentence for each part that could not be read."""


class EstateIndex(Protocol):
    """The index. Thread-safe."""

    def read(self, subscription_ids: Sequence[str]) -> IndexReading:
        """All scale sets of the subscriptions, with counts of their instances: three queries, and
        more where Azure answers in parts. Ends within half a minute.

        A subscription that the caller cannot read has no rows, without an error. Raises
        `NotAllowed` or `Refused` where the index is not available, and any other `GatewayError`.
        """
