"""Spot instances taken away: what the platform does when it wants its capacity back."""

from collections.abc import Sequence

from vmss_tui.simulator import lifecycle
from vmss_tui.simulator.instances import Instance
from vmss_tui.simulator.scale_set import ScaleSet
from vmss_tui.simulator.world import World


def evict(
    world: World,
    scale_set: ScaleSet,
    members: Sequence[Instance],
    at: float,
    client_request_id: str | None = None,
) -> None:
    """Deallocates or deletes instances, as the model's eviction policy has it."""
    living = [each for each in members if each.deleted_at is None]
    policy = scale_set.state.model.profile.get("evictionPolicy", "Deallocate")
    kind = "delete" if policy == "Delete" else "deallocate"
    operation = world.begin("eviction", scale_set, at)
    world.note(at, "evict", scale_set, living, operation, client_request_id)
    lifecycle.join(world, scale_set, kind, living, operation, client_request_id, at=at)
    if not living:
        operation.settle(at)
