"""Pinned sets on the keys 1 to 9: what is said when one is pinned, taken off, or not there."""

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.pins import TooManyPins


def pinned(cockpit: Services, key: str) -> ScaleSetId | None:
    """The set on a key from 1 to 9."""
    found, at = cockpit.pins.all(cockpit.context), int(key) - 1
    return found[at] if at < len(found) else None


def no_pin_message(key: str) -> str:
    """What is said where a key has no set."""
    return f"No scale set is pinned on {key}: x or :, then pin"


def toggled(cockpit: Services, scale_set: ScaleSetId) -> str:
    """Pins a set or takes it off; what came of it."""
    try:
        number = cockpit.pins.toggle(cockpit.context, scale_set)
    except TooManyPins as error:
        return f"{scale_set.name} is not pinned: {error}"
    except OSError as error:
        return f"{scale_set.name} is not pinned: {error.strerror} (pins.json)"
    if number is None:
        return f"{scale_set.name} is not pinned any more"
    return f"{scale_set.name} is pinned on {number}"
