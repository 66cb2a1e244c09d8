"""What all screens share: the cockpit, the looks, and a clock that tests can hold still."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from vmss_tui.ui.drawing.glyphs import Appearance

if TYPE_CHECKING:
    from vmss_tui.fleet.scale_set import ScaleSet
    from vmss_tui.runtime.operations.tracker import OperationTracker
    from vmss_tui.runtime.session import Services


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass
class Session:
    """One sitting. `cockpit` is there before any screen that needs it."""

    appearance: Appearance
    services: "Services"
    now: Callable[[], datetime] = utc_now
    keys: Mapping[str, str] = field(default_factory=dict)
    scale_sets: "tuple[ScaleSet, ...]" = ()
    filtered_keys: frozenset[str] = frozenset()
    """Keys of those that the list's filter shows; empty where it shows all."""
    """As the list last showed them, for going from one to its neighbour."""
    demo_hint: tuple[str, str] = ("", "")
    """Of the demo: the title of its story, and what to try; empty once it was hidden."""
    cell_mode: str = "state"
    """What cells mean on a screen that is opened: as the settings say, or `m` after them."""
    read_only_locked: bool = False
    """Read-only was asked for at the start and cannot be switched off."""

    @cached_property
    def operations(self) -> "OperationTracker":
        """The operations of this sitting, whichever screen they were begun on."""
        from vmss_tui.runtime.operations.tracker import OperationTracker

        return OperationTracker(self.services.instance_operations)

    @property
    def read_only(self) -> bool:
        """This session only looks."""
        return self.services.read_only


class HasSession(Protocol):
    """What screens know of the app."""

    session: Session
