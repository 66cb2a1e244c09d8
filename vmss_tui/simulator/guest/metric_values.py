"""The values of a scale set's metrics."""

from vmss_tui.simulator.world.scale_set import ScaleSet

UNITS = {
    "Percentage CPU": "Percent",
    "Available Memory Bytes": "Bytes",
    "VmAvailabilityMetric": "Count",
}
"""The metrics that are known, with their units ("Supported metrics for
Microsoft.Compute/virtualMachineScaleSets")."""
_DEFAULTS = {"Percentage CPU": 22.5, "Available Memory Bytes": 5.4e9, "VmAvailabilityMetric": 1.0}


class MetricValues:
    """What was set; a default for the rest."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, str], float | None] = {}

    def set(self, scale_set: ScaleSet, name: str, value: float | None) -> None:
        """From now on the metric has this value; None for no data."""
        self._values[_key(scale_set, name)] = value

    def value(self, scale_set: ScaleSet, name: str) -> float | None:
        """The value of a known metric."""
        return self._values.get(_key(scale_set, name), _DEFAULTS[name])


def _key(scale_set: ScaleSet, name: str) -> tuple[str, str, str]:
    return scale_set.group.lower(), scale_set.name.lower(), name.lower()
