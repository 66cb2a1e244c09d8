"""How long a plan may take: said from earlier runs, and honestly where there was none."""

import pytest
from msgspec.structs import replace

from tests.support.fleets import web
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import Selection
from vmss_tui.upgrade.report.estimate import (
    BatchPace,
    describe_expected_duration,
    measure_pace,
    newest_pace,
)
from vmss_tui.upgrade.run.run import Run

PACE = BatchPace(180.0, "web-vmss-7f3a")


def planned(**policy: object) -> Plan:
    """Five domains of a hundred, a batch each unless told otherwise."""
    return make_plan(web(), Selection(), replace(Policy(), **policy))


def test_without_an_earlier_run_only_the_least_is_said() -> None:
    assert describe_expected_duration(planned(), None) == "at least 50 s (refined after batch 1)"


def test_earlier_batches_and_the_pauses_make_the_estimate() -> None:
    assert (
        describe_expected_duration(planned(), PACE)
        == "about 15 min: 5 batches of 3 min each, as in web-vmss-7f3a"
    )
    paused = describe_expected_duration(planned(pause_time_between_batches=60.0), PACE)
    assert paused.startswith("about 19 min: 5 batches of 3 min each and 4 min of pauses")


def test_a_person_at_a_checkpoint_is_not_estimated() -> None:
    assert describe_expected_duration(planned(checkpoints=(50,)), PACE).endswith(
        ", plus the wait for each approval"
    )


@pytest.mark.parametrize(("batch", "minutes"), [(20, 15), (10, 30)])
def test_smaller_batches_take_longer(batch: int, minutes: int) -> None:
    plan = planned(max_batch_instance_percent=Amount(count=batch))
    assert len(plan.batches) * 3 == minutes
    assert describe_expected_duration(plan, PACE).startswith(f"about {minutes} min")


def test_a_pace_is_the_median_batch_of_the_newest_run_that_had_one() -> None:
    seen = Run(batch_durations=((10, 100.0), (10, 140.0), (10, 900.0)))
    assert measure_pace("a", Run()) is None
    assert newest_pace([measure_pace("b", Run()), measure_pace("a", seen)]) == BatchPace(140.0, "a")
    assert newest_pace([]) is None
