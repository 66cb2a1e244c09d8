"""Views that lag behind the truth: a flag or a time-out is no evidence against what can be seen."""

import pytest
from msgspec.structs import replace

from tests.support.engine_harness import EngineHarness
from tests.support.engine_machine import Machine
from tests.support.engine_runs import PAIRS, events_of, run_cycles, sent_batches
from tests.support.engine_views import Past
from tests.support.engine_world import World, altered, small_set
from vmss_tui.fleet.scale_set import Instance
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.run.run import Phase, Stage


class WorldWithoutImages(World):
    """Its views name no image, so that only `latestModelApplied` says what an instance has."""

    def _view(self, machine: Machine, seen: list[Past]) -> Instance:
        return altered(super()._view(machine, seen), image=None)


def without_images(size: int) -> World:
    return WorldWithoutImages(small_set(size, domains=1).machines)


def test_after_an_edit_an_image_that_differs_counts_more_than_the_flag() -> None:
    world = small_set(4, domains=2, current="0123")
    world.lags, world.exact_versions = {"flag": 90.0}, False
    harness = EngineHarness(world, PAIRS, edit_to="1.0.9")
    assert harness.finish() is Phase.COMPLETED
    assert {m.version for m in world.machines.values()} == {"1.0.9"}
    assert sent_batches(harness) == [("0", "2"), ("1", "3")]
    assert not events_of(harness, ev.InstancesSkipped)


def test_where_no_image_is_reported_the_flag_is_waited_for() -> None:
    world = without_images(2)
    for machine in world.machines.values():
        machine.version = world.version
    world.lags = {"flag": 200.0}
    patient = replace(PAIRS, healthy_deadline=300.0)
    harness = EngineHarness(world, patient, edit_to="1.0.9")
    assert harness.finish() is Phase.COMPLETED
    assert {m.version for m in world.machines.values()} == {"1.0.9"}
    assert world.sent[0].at > 200.0


def test_where_the_flag_never_follows_the_edit_the_run_ends_as_not_done() -> None:
    world = without_images(2)
    for machine in world.machines.values():
        machine.version = world.version
    world.lags = {"flag": 100_000.0}
    harness = EngineHarness(world, PAIRS, edit_to="1.0.9")
    assert harness.finish() is Phase.FAULTED
    assert (harness.run.reason, sent_batches(harness)) == ("deadline", [])


def test_a_success_that_shows_a_minute_and_a_half_late_is_no_failure() -> None:
    world = small_set(2, domains=1)
    world.lags = {"flag": 90.0, "state": 90.0, "image": 90.0, "health": 90.0}
    harness = EngineHarness(world, replace(PAIRS, healthy_deadline=300.0))
    assert harness.finish() is Phase.COMPLETED
    assert not events_of(harness, ev.InstancesFailed)
    assert world.effects == {"0": 1, "1": 1}


def late(policy: Policy = PAIRS) -> EngineHarness:
    """A run that has given its instances up before their views showed the success."""
    world = small_set(2, domains=1)
    world.lags = {"flag": 300.0, "state": 300.0, "image": 300.0, "health": 300.0}
    harness = EngineHarness(world, policy)
    harness.finish(gap=6.0)
    assert harness.run.count(Stage.FAILED) == 2
    world.advance(300.0)
    return harness


@pytest.mark.parametrize("kind", [ev.IntentKind.RESUME, ev.IntentKind.RETRY])
def test_a_late_success_is_counted_once_the_run_goes_on(kind: ev.IntentKind) -> None:
    harness = late()
    assert (harness.run.phase, harness.run.reason) == (Phase.FAULTED, "failure")
    harness.send_intent(kind)
    assert run_cycles(harness) is Phase.COMPLETED
    assert harness.run.count(Stage.UPGRADED) == 2
    assert harness.world.effects == {"0": 1, "1": 1}


def test_a_late_success_is_counted_when_a_completed_run_is_retried() -> None:
    harness = late(replace(PAIRS, max_new_failures=9))
    assert harness.run.phase is Phase.COMPLETED_WITH_FAILURES
    harness.send_intent(ev.IntentKind.RETRY)
    assert run_cycles(harness) is Phase.COMPLETED
    assert harness.run.count(Stage.UPGRADED) == 2
    assert harness.world.effects == {"0": 1, "1": 1}


def test_a_failed_instance_that_recovers_before_the_end_is_no_failure() -> None:
    world = small_set(4, domains=2)
    world.outcome["0"] = "sick"
    harness = EngineHarness(world, replace(PAIRS, max_new_failures=9))
    while not harness.run.count(Stage.FAILED):
        harness.cycle()
    world.machines["0"].unhealthy = False
    assert run_cycles(harness) is Phase.COMPLETED
    assert harness.run.count(Stage.UPGRADED) == 4
