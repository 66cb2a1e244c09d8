"""Whether an instance id still names the machine that was planned: missing data is no answer."""

from datetime import UTC, datetime

import pytest

from tests.support.engine_harness import EngineHarness
from tests.support.engine_machine import Machine
from tests.support.engine_runs import TWO_AT_ONCE, events_of, run_cycles, sent_batches
from tests.support.engine_views import Past
from tests.support.engine_world import World, altered, small_set
from vmss_tui.fleet.scale_set import Instance, MachineIdentity
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.run import Phase, Stage

EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


class WorldWithoutDates(World):
    """Azure does not report `timeCreated` of its instances."""

    nameless: frozenset[str] = frozenset()
    """Instances whose `vmId` is not reported either."""

    def _view(self, machine: Machine, seen: list[Past]) -> Instance:
        view = altered(super()._view(machine, seen), created_at=None)
        return altered(view, vm_id="") if machine.instance_id in self.nameless else view


@pytest.mark.parametrize(
    ("vm_id", "created_at", "replaced"),
    [
        ("a", EARLY, False),
        ("b", LATE, True),
        ("b", EARLY, False),
        ("a", LATE, False),
        ("a", None, False),
        ("b", None, True),
        ("", EARLY, False),
        ("", LATE, True),
        ("", None, None),
    ],
)
def test_another_machine_differs_in_all_that_is_reported(
    vm_id: str, created_at: datetime | None, replaced: bool | None
) -> None:
    instance = Instance("0", vm_id=vm_id, created_at=created_at)
    assert instance.replaces_machine(MachineIdentity("a", EARLY)) is replaced


def test_a_reused_id_is_recognised_by_its_vm_id_alone() -> None:
    world = WorldWithoutDates(small_set(3, domains=3).machines)
    harness = EngineHarness(world, TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    world.give_its_id_to_another("2")
    world.machines["2"].version = "0.9"
    assert run_cycles(harness) is Phase.COMPLETED
    assert harness.run.members["2"].stage is Stage.GONE
    assert sent_batches(harness) == [("0",), ("1",)]


def test_an_id_of_which_nothing_is_reported_any_more_is_left_out_and_named() -> None:
    world = WorldWithoutDates(small_set(3, domains=3).machines)
    harness = EngineHarness(world, TWO_AT_ONCE)
    while not harness.requested:
        harness.cycle()
    world.nameless = frozenset({"2"})
    assert run_cycles(harness) is Phase.COMPLETED_WITH_FAILURES
    assert sent_batches(harness) == [("0",), ("1",)]
    reason = "Azure does not report whether it is still the planned VM"
    assert events_of(harness, ev.InstancesSkipped) == [
        ev.InstancesSkipped(instance_ids=("2",), message=reason)
    ]
