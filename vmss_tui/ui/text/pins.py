"""Pinned scale sets on the keys 1 to 9, and the messages about them."""

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.runtime.session import Services
from vmss_tui.runtime.storage.pins import TooManyPins


def pinned_scale_set(services: Services, key: str) -> ScaleSetId | None:
    """The scale set on a key from 1 to 9; None if none is pinned there."""
    pins, index = services.pins.all(services.context), int(key) - 1
    return pins[index] if index < len(pins) else None


def no_pin_message(key: str) -> str:
    """The message for a key without a scale set."""
    return f"No scale set is pinned on {key}: pin one with : and then pin"


def toggle_pin(services: Services, scale_set: ScaleSetId) -> str:
    """Pins a scale set, or unpins it; returns a message about the result."""
    try:
        number = services.pins.toggle(services.context, scale_set)
    except TooManyPins as error:
        return f"{scale_set.name} is not pinned: {error}"
    except OSError as error:
        return f"{scale_set.name} is not pinned: {error.strerror} (pins.json)"
    if number is None:
        return f"{scale_set.name} is unpinned"
    return f"{scale_set.name} is pinned on {number}"
