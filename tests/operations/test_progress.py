"""What became of an operation, as readings show it. Pure."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.support.fleets import NOON, web
from vmss_tui.fleet.instance_operation import OperationKind
from vmss_tui.fleet.scale_set import PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import plan_operation
from vmss_tui.operations.progress import (
    MAX_IDLE,
    SETTLE_WINDOW,
    Outcome,
    Progress,
    outcome_counts_text,
    start_progress,
    update_progress,
)
from vmss_tui.upgrade.plan.selection import Selection

TWO = Selection(instance_ids=("3", "4"))
MOVING: dict[str, Any] = {"provisioning": ProvisioningState.UPDATING}
SETTLED: dict[str, Any] = {"provisioning": ProvisioningState.SUCCEEDED}
FAILED: dict[str, Any] = {"provisioning": ProvisioningState.FAILED}


def world(**changes: Any) -> Snapshot:
    """Instances 3 and 4 of a sound set, otherwise."""
    before = web(odd=False)
    odd = [structs.replace(i, **changes) if i.instance_id in "34" else i for i in before.instances]
    return replace(before, instances=tuple(odd))


def begun(
    kind: OperationKind = OperationKind.RESTART, *, answered: bool = True, **changes: Any
) -> Progress:
    before = world(**changes)
    return start_progress(plan_operation(before, kind, TWO), before, 0.0, answered=answered)


def outcomes(progress: Progress) -> set[Outcome]:
    return {member.outcome for member in progress.members.values()}


def test_what_ends_where_it_began_is_done_only_after_a_change() -> None:
    progress = update_progress(begun(), world(), 10.0, "Succeeded")
    assert outcomes(progress) == {Outcome.WAITING}
    progress = update_progress(progress, world(**MOVING), 20.0)
    assert outcomes(progress) == {Outcome.IN_PROGRESS}
    assert outcomes(update_progress(progress, world(**SETTLED), 30.0)) == {Outcome.DONE}


def test_a_later_time_of_settling_proves_it_where_nobody_saw_it_move() -> None:
    assert outcomes(update_progress(begun(), world(changed_at=NOON), 10.0)) == {Outcome.DONE}


def test_the_operations_success_settles_nothing_and_ends_the_hope_after_a_while() -> None:
    progress = update_progress(begun(OperationKind.POWER_OFF), world(), 10.0, "Succeeded")
    assert not progress.is_over
    progress = update_progress(progress, world(), 10.0 + SETTLE_WINDOW)
    assert outcomes(progress) == {Outcome.UNSETTLED}
    assert progress.answered
    assert not progress.is_unknown


def test_one_that_is_still_at_work_is_waited_for_until_nothing_changes_any_more() -> None:
    progress = update_progress(begun(), world(**MOVING), 10.0, "Succeeded")
    progress = update_progress(progress, world(**MOVING), 10.0 + 2 * SETTLE_WINDOW)
    assert not progress.is_over
    assert outcomes(update_progress(progress, world(**MOVING), 10.0 + MAX_IDLE)) == {
        Outcome.UNSETTLED
    }


def test_a_lost_answer_is_found_by_what_moves_and_given_up_where_nothing_does() -> None:
    lost = begun(answered=False)
    assert update_progress(lost, world(**MOVING), 10.0).answered
    given_up = update_progress(lost, world(), SETTLE_WINDOW)
    assert given_up.is_unknown
    assert outcomes(given_up) == {Outcome.UNSETTLED}


def test_another_operation_at_work_proves_nothing_of_a_lost_one() -> None:
    lost = begun(OperationKind.DELETE, answered=False, **MOVING)
    assert not update_progress(lost, world(**MOVING), 10.0).answered


def test_an_old_failure_is_no_new_one() -> None:
    progress = begun(OperationKind.REIMAGE, **FAILED)
    assert outcomes(update_progress(progress, world(**FAILED), 10.0)) == {Outcome.WAITING}
    progress = update_progress(progress, world(**MOVING), 20.0)
    assert outcomes(update_progress(progress, world(**FAILED), 30.0)) == {Outcome.FAILED}
    assert outcomes(update_progress(begun(), world(**FAILED), 10.0)) == {Outcome.FAILED}


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(OperationKind.DELETE, Outcome.DONE), (OperationKind.RESTART, Outcome.GONE)],
)
def test_absence_counts_in_whole_readings_only(kind: OperationKind, outcome: Outcome) -> None:
    rest = tuple(i for i in web(odd=False).instances if i.instance_id not in "34")
    without = replace(world(), instances=rest)
    assert outcomes(update_progress(begun(kind), replace(without, complete=False), 5.0)) == {
        Outcome.WAITING
    }
    assert outcomes(update_progress(begun(kind), without, 5.0)) == {outcome}


changes = st.fixed_dictionaries(
    {
        "provisioning": st.sampled_from(ProvisioningState),
        "power": st.sampled_from(PowerState),
        "changed_at": st.sampled_from([None, NOON]),
    }
)


@settings(deadline=None)
@given(
    kind=st.sampled_from(
        [
            OperationKind.RESTART,
            OperationKind.POWER_OFF,
            OperationKind.DEALLOCATE,
            OperationKind.DELETE,
        ]
    ),
    readings=st.lists(st.tuples(changes, st.booleans(), st.floats(0.1, 900)), max_size=12),
    answered=st.booleans(),
)
def test_counts_add_up_what_ended_stays_so_and_everything_ends(
    kind: OperationKind, readings: list[tuple[dict[str, Any], bool, float]], answered: bool
) -> None:
    progress, now = begun(kind, answered=answered), 0.0
    for odd, complete, seconds in readings:
        now += seconds
        newer = update_progress(progress, replace(world(**odd), complete=complete), now)
        for instance_id, member in progress.members.items():
            if instance_id not in progress.open_ids:
                assert newer.members[instance_id] == member
        assert newer.answered or not progress.answered
        progress = newer
        assert sum(len(progress.ids(outcome)) for outcome in Outcome) == 2
        assert outcome_counts_text(progress).startswith(f"{len(progress.ids(Outcome.DONE))} of 2 ")
    last = world(**(readings[-1][0] if readings else {}))
    progress = update_progress(
        update_progress(progress, last, now + 1.0), last, now + 1.0 + MAX_IDLE
    )
    assert progress.is_over
