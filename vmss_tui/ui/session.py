"""What all screens share: services, appearance, configured keys, and a clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from textual.screen import Screen

from vmss_tui.ui.drawing.glyphs import Appearance

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set import ScaleSet
    from vmss_tui.fleet.scale_set_id import ScaleSetId
    from vmss_tui.runtime.observe.health_history import HealthHistory
    from vmss_tui.runtime.operations.tracker import OperationTracker
    from vmss_tui.runtime.session import Services


def utc_now() -> datetime:
    """The time of the wall clock, in UTC."""
    return datetime.now(UTC)


@dataclass
class Session:
    """One session of the dashboard. It exists before every screen but the first frame."""

    appearance: Appearance
    services: "Services"
    now: Callable[[], datetime] = utc_now
    keys: Mapping[str, str] = field(default_factory=dict)
    """Configured keys by command id."""
    scale_sets: "tuple[ScaleSet, ...]" = ()
    """The list of scale sets as it was last read, in its order."""
    filtered_keys: frozenset[str] = frozenset()
    """Keys of the scale sets that match the filter of the list; empty where there is none."""
    palette_history: list[str] = field(default_factory=list)
    """Titles of what was run from the command palette, the newest last."""
    demo_hint: tuple[str, str] = ("", "")
    """Title of the demo's scenario and what to try; empty without a demo, and once hidden."""
    cell_mode: str = "state"
    """What the cells of the next screen show: the setting's name of a `CellMode`."""
    make_list: Callable[[], Screen[None]] | None = None
    """Makes the list of scale sets, which was not opened because it has a single one; None where
    it was, and where a scale set was named on the command line."""
    read_only_locked: bool = False
    """The session was started read-only, which cannot be switched off."""
    _histories: "dict[str, HealthHistory]" = field(default_factory=dict)

    def health_history(self, scale_set: "ScaleSetId") -> "HealthHistory":
        """The recent health of the instances of a scale set, as its screens have read it."""
        from vmss_tui.runtime.observe.health_history import HealthHistory

        return self._histories.setdefault(scale_set.resource_id.lower(), HealthHistory())

    @cached_property
    def operations(self) -> "OperationTracker":
        """The instance operations of the session, whichever screen started them."""
        from vmss_tui.runtime.operations.tracker import OperationTracker

        return OperationTracker(self.services.instance_operations)

    @property
    def read_only(self) -> bool:
        """The session does not write to Azure."""
        return self.services.read_only


class HasSession(Protocol):
    """What screens know about the app."""

    session: Session
