"""A fault of views: parts of what a response shows of an instance are behind the truth.

`{"instance":"view_lag","scale_set":"rg/name","instance_ids":["1"],"seconds":{"power":[10,40]}}`,
where everything but the kind is optional. Each field of `seconds` is a number of simulated seconds
or a range of them; in a range every instance has a value of its own, which stays the same. What
is not named is not behind. Without `seconds` every field has the range from 0 to 120.
"""

from dataclasses import dataclass, field
from typing import Any

from vmss_tui.simulator.errors import Json
from vmss_tui.simulator.world.seeded_random import SeededRandom

MAX_SECONDS = 120.0
FIELDS = {
    "latestModelApplied": "latest_model",
    "provisioningState": "provisioning",
    "model": "model",
    "power": "power",
    "health": "health",
}
"""Name in a definition → attribute of `ViewLag`."""


@dataclass(frozen=True, slots=True)
class ViewLag:
    """How many simulated seconds each part of one instance's view is behind."""

    latest_model: float = 0.0
    provisioning: float = 0.0
    model: float = 0.0
    """Image, size and disks."""
    power: float = 0.0
    """The power state, and what the VM agent reports of itself."""
    health: float = 0.0

    @property
    def longest(self) -> float:
        """The seconds of the part that is furthest behind."""
        return max(self.latest_model, self.provisioning, self.model, self.power, self.health)


@dataclass(slots=True)
class ViewLagFault:
    """The fault; None in `scale_set` and `instance_ids` matches everything."""

    scale_set: str | None
    instance_ids: frozenset[str] | None
    ranges: dict[str, tuple[float, float]]
    """Attribute of `ViewLag` → lowest and highest seconds."""
    drawn: dict[tuple[str, str], ViewLag] = field(default_factory=dict)
    """(scale set, instance id) → its lag, drawn at the first view."""

    def lag(self, random: SeededRandom, scale_set: str, instance_id: str) -> ViewLag | None:
        """The lag of an instance; None where the fault does not apply to it."""
        if self.scale_set is not None and self.scale_set.lower() != scale_set.lower():
            return None
        if self.instance_ids is not None and instance_id not in self.instance_ids:
            return None
        lag = self.drawn.get((scale_set, instance_id))
        if lag is None:
            seconds = {
                name: low + (high - low) * random.fraction("lag", scale_set, instance_id, name)
                for name, (low, high) in self.ranges.items()
            }
            lag = self.drawn[scale_set, instance_id] = ViewLag(**seconds)
        return lag


def view_lag_fault(definition: Json) -> ViewLagFault:
    """The fault of a definition. Raises ValueError with a message for an invalid one."""
    seconds: Any = definition.get("seconds", dict.fromkeys(FIELDS, (0.0, MAX_SECONDS)))
    if not isinstance(seconds, dict) or not seconds:
        raise ValueError(f"the seconds of a view lag are an object of: {', '.join(FIELDS)}")
    unknown = set(seconds) - set(FIELDS)
    if unknown:
        raise ValueError(f"a view has no {', '.join(sorted(unknown))}: {', '.join(FIELDS)}")
    ids: Any = definition.get("instance_ids")
    return ViewLagFault(
        scale_set=definition.get("scale_set"),
        instance_ids=None if ids is None else frozenset(str(instance_id) for instance_id in ids),
        ranges={FIELDS[name]: _range(name, value) for name, value in seconds.items()},
    )


def _range(name: str, value: Any) -> tuple[float, float]:
    low, high = value if isinstance(value, list | tuple) else (value, value)
    if not 0 <= float(low) <= float(high) <= MAX_SECONDS:
        raise ValueError(f"the lag of {name} is from 0 to {MAX_SECONDS:.0f} seconds, not {value}")
    return float(low), float(high)
