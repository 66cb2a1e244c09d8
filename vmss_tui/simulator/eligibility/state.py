"""The settings of quotas, sizes, purchase plans, replicas and roles; nothing is set at first."""

from dataclasses import dataclass, field

from vmss_tui.simulator.errors import Json

REPLICA_STATES = ("Completed", "Replicating", "Failed", "Unknown")


@dataclass(slots=True)
class Eligibility:
    """All keys are in lower case."""

    limits: dict[tuple[str, str], int] = field(default_factory=dict)
    """(region, name of a quota) -> its limit."""
    capabilities: dict[str, dict[str, str]] = field(default_factory=dict)
    """VM size -> capabilities that it has instead of the usual ones."""
    restrictions: dict[str, list[Json]] = field(default_factory=dict)
    """VM size -> its restrictions, as `skus` lists them."""
    plans: dict[str, Json] = field(default_factory=dict)
    """`publisher:offer:sku` -> the purchase plan that the image needs."""
    accepted: set[str] = field(default_factory=set)
    """`publisher/offer/plan` whose terms are accepted."""
    replicas: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """(id of a gallery image version, region) -> state and progress in percent."""
    roles: dict[str, list[str]] = field(default_factory=dict)
    """Id of a scope -> actions that a role on it allows beside the general one."""

    def replica(self, version_id: str, region: str) -> tuple[str, int]:
        """State and progress of a replica: completed unless set."""
        return self.replicas.get((version_id.lower(), region.lower()), ("Completed", 100))
