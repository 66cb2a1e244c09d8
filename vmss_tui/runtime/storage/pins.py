"""Scale sets on the keys 1 to 9, in `<state>/pins.json`, for each cloud.

They are in the state folder and not in the settings because the program writes them; the
settings are a person's own file, comments and all.
"""

from pathlib import Path

import msgspec

from vmss_tui.errors import VmssError
from vmss_tui.fleet.scale_set_id import BadName, ScaleSetId, scale_set_id, split_scale_set
from vmss_tui.gateway import AzureContext
from vmss_tui.runtime.storage.state_folder import write_private

MAX_PINS = 9


class Pins:
    """The pinned scale sets of each cloud, in the order of their keys."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self, context: AzureContext) -> tuple[ScaleSetId, ...]:
        """The pinned scale sets; none where the file cannot be read."""
        scale_sets = []
        for resource_id in self._read().get(_cloud_key(context), ()):
            try:
                subscription, group, name = split_scale_set(resource_id)
                scale_sets.append(scale_set_id(subscription or "", group, name))
            except BadName:
                continue
        return tuple(scale_sets[:MAX_PINS])

    def key_number(self, context: AzureContext, scale_set: ScaleSetId) -> int | None:
        """The key of a scale set, from 1; None where it is not pinned."""
        pinned_keys = [pinned.key for pinned in self.all(context)]
        return pinned_keys.index(scale_set.key) + 1 if scale_set.key in pinned_keys else None

    def toggle(self, context: AzureContext, scale_set: ScaleSetId) -> int | None:
        """Pins a scale set, or unpins it; returns its key, or None. Raises `OSError`,
        `TooManyPins`."""
        pinned_sets = [pinned for pinned in self.all(context) if pinned.key != scale_set.key]
        is_added = len(pinned_sets) == len(self.all(context))
        if is_added and len(pinned_sets) >= MAX_PINS:
            raise TooManyPins
        if is_added:
            pinned_sets.append(scale_set)
        pins_by_cloud = self._read() | {
            _cloud_key(context): [pinned.resource_id for pinned in pinned_sets]
        }
        self._write(pins_by_cloud)
        return len(pinned_sets) if is_added else None

    def _read(self) -> dict[str, list[str]]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, list[str]])
        except (OSError, msgspec.MsgspecError):
            return {}

    def _write(self, pins_by_cloud: dict[str, list[str]]) -> None:
        write_private(self._path, msgspec.json.encode(pins_by_cloud))


class TooManyPins(VmssError):
    """All nine keys are in use."""

    def __init__(self) -> None:
        super().__init__("all nine keys are in use: unpin another scale set first")


def _cloud_key(context: AzureContext) -> str:
    """The endpoint; for a demo a constant, because its port changes."""
    return "demo" if context.demo else context.endpoint
