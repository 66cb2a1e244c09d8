"""The limits of what the world stores."""

from tests.support.simulator_client import ClientFactory
from vmss_tui.simulator.world.throttle import TokenDraw


def test_ended_operations_deleted_instances_and_full_buckets_are_removed(
    make_client: ClientFactory,
) -> None:
    client = make_client(throttling=False)
    world = client.simulator.world
    (scale_set,) = world.scale_sets.values()
    for _ in range(6_000):
        world.start_operation("idle", scale_set).complete(world.now)
    assert len(world.operations) == 5_000
    for _ in range(4):
        client.post("/delete", [vm["instanceId"] for vm in client.list_instances("")[:3]])
        client.advance(1000)
    assert len(scale_set.deleted_instances) == 3
    for number in range(30_000):
        world.throttle.remaining_header([TokenDraw("GetVMScaleSetVMResource", str(number))], number)
    assert len(world.throttle._buckets) <= 10_001
