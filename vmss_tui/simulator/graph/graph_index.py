"""How far the index is behind, and what it leaves out."""

from dataclasses import dataclass, field

LAG = 60.0
"""Simulated seconds that a resource may be behind; documented: usually within minutes."""
COLUMNS = ("latestModelApplied", "exactVersion", "provisioningState", "powerState")
"""Columns of instances that can be left out."""


@dataclass(slots=True)
class GraphIndex:
    """Set by the control interface."""

    lag: float = LAG
    """The most that a resource is behind; each has its own share of it."""
    missing: frozenset[str] = field(default_factory=frozenset)
    """Columns that instances do not have, of `COLUMNS`."""
    absent_tables: frozenset[str] = field(default_factory=frozenset)
    """Tables that this cloud does not have, in lower case."""
