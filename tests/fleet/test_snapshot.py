"""The composite state of an instance, and the counts of a snapshot."""

from datetime import UTC, datetime

import pytest

from tests.support.engine_world import SET, altered
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    PowerState,
    ProvisioningState,
    ScaleSet,
    State,
)
from vmss_tui.fleet.snapshot import Snapshot, instance_sort_key

HEALTHY = Instance(
    "1",
    provisioning=ProvisioningState.SUCCEEDED,
    power=PowerState.RUNNING,
    latest_model_applied=True,
)
WORST_FIRST: list[tuple[State, dict[str, object]]] = [
    (State.FAILED, {"provisioning": ProvisioningState.FAILED}),
    (State.UNHEALTHY, {"health": Health.UNHEALTHY}),
    (State.UPDATING, {"provisioning": ProvisioningState.UPDATING}),
    (State.STOPPED, {"power": PowerState.STOPPED}),
    (State.STALE, {"latest_model_applied": False}),
]


def make_snapshot(*instances: Instance, digest: str = "d") -> Snapshot:
    scale_set = ScaleSet(id=SET, model_digest=digest)
    return Snapshot(scale_set, instances, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("state", "changes"), WORST_FIRST)
def test_each_condition_alone_gives_its_state(state: State, changes: dict[str, object]) -> None:
    assert altered(HEALTHY, **changes).state is state


def test_the_worst_of_two_states_is_the_one_shown() -> None:
    for at, (worse, changes) in enumerate(WORST_FIRST):
        for _, others in WORST_FIRST[at + 1 :]:
            both = others | changes
            if both.get("power") is PowerState.STOPPED and worse is State.UNHEALTHY:
                continue  # the health of a stopped machine is ignored
            assert altered(HEALTHY, **both).state is worse


@pytest.mark.parametrize(
    ("power", "state"),
    [
        (PowerState.STARTING, State.STARTING),
        (PowerState.STOPPING, State.STOPPING),
        (PowerState.STOPPED, State.STOPPED),
        (PowerState.DEALLOCATING, State.DEALLOCATING),
        (PowerState.DEALLOCATED, State.DEALLOCATED),
        (PowerState.UNKNOWN, State.UNKNOWN),
    ],
)
def test_power_is_shown_where_nothing_worse_is(power: PowerState, state: State) -> None:
    assert altered(HEALTHY, power=power).state is state


def test_a_model_state_that_azure_leaves_out_is_unknown_and_never_stale() -> None:
    silent = altered(HEALTHY, latest_model_applied=None)
    assert silent.state is State.UNDETERMINED
    assert not silent.needs_attention
    assert make_snapshot(silent).outdated == 0


def test_no_health_signal_is_not_bad_health_but_a_reported_unknown_is() -> None:
    assert HEALTHY.available
    assert not altered(HEALTHY, health=Health.UNKNOWN).available
    assert not altered(HEALTHY, health=Health.INITIALIZING).available
    assert altered(HEALTHY, health=Health.UNKNOWN).state is State.UNHEALTHY
    assert altered(HEALTHY, health=Health.INITIALIZING).state is State.UPDATING


def test_a_reading_counts_current_stale_and_problems() -> None:
    snapshot = make_snapshot(
        HEALTHY,
        altered(HEALTHY, instance_id="2", latest_model_applied=False),
        altered(HEALTHY, instance_id="3", provisioning=ProvisioningState.FAILED),
    )
    assert (snapshot.current, snapshot.outdated, snapshot.problems) == (2, 1, 1)
    assert snapshot.counts[State.FAILED] == 1


def test_ids_are_ordered_as_numbers_and_names_after_them() -> None:
    ids = [Instance(i) for i in ("10", "9", "web_b", "web_a", "0", "²")]
    assert [i.instance_id for i in sorted(ids, key=instance_sort_key)] == [
        "0",
        "9",
        "10",
        "web_a",
        "web_b",
        "²",
    ]
