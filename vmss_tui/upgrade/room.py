"""How many instances of a set there are that could serve. Pure."""

from collections.abc import Iterable

from vmss_tui.fleet.scale_set import Instance, PowerState

_OFF = (
    PowerState.STOPPING,
    PowerState.STOPPED,
    PowerState.DEALLOCATING,
    PowerState.DEALLOCATED,
)


def not_off(instances: Iterable[Instance]) -> int:
    """Without those that are known to be off. What is not known is there, and not available."""
    return sum(instance.power not in _OFF for instance in instances)
