"""Operations planned: who is asked, who is left out and why, and what it means. Pure."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.support.fleets import NOON, instance, scale_set, web
from vmss_tui.fleet.instance_operation import (
    OperationKind,
    ProtectionPolicy,
    ProtectionScope,
    protection_policy,
)
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    Orchestration,
    PowerState,
    ProvisioningState,
)
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import ALREADY_DONE, OmissionReason, plan_operation, revalidate
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.report.az_commands import operation_commands

EVERYTHING = Selection(everything=True)


def fleet(*changes: dict[str, Any], **about: Any) -> Snapshot:
    """An instance for each set of changes, in two update domains."""
    made = [instance(n, current=True, domain=n % 2, fault=0) for n in range(len(changes))]
    odd = tuple(structs.replace(m, **c) for m, c in zip(made, changes, strict=True))
    return Snapshot(scale_set(capacity=len(changes), **about), odd, taken_at=NOON)


instances: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "provisioning": st.sampled_from(ProvisioningState),
        "power": st.sampled_from(PowerState),
        "health": st.none() | st.sampled_from(Health),
        "protected_from_actions": st.booleans(),
        "protected_from_scale_in": st.booleans(),
        "zone": st.sampled_from([None, "1", "2"]),
    }
)
snapshots = st.lists(instances, min_size=1, max_size=12).map(lambda parts: fleet(*parts))
verbs = st.sampled_from(OperationKind)
guards = st.sampled_from(ProtectionScope)


def _is_idle(instance: Instance) -> bool:
    """Settled, and not protected."""
    settled = (ProvisioningState.SUCCEEDED, ProvisioningState.FAILED)
    return instance.provisioning in settled and not instance.protected_from_actions


def in_target_state(instance: Instance, kind: OperationKind, scope: ProtectionScope) -> bool:
    """Is it so already, whatever was at work on it?"""
    settled = {
        OperationKind.START: (PowerState.RUNNING,),
        OperationKind.POWER_OFF: (PowerState.STOPPED, PowerState.DEALLOCATED),
        OperationKind.DEALLOCATE: (PowerState.DEALLOCATED,),
    }
    if kind.changes_protection:
        return protection_policy(instance) == protection_policy(instance).after(kind, scope)
    return instance.power in settled.get(kind, ())


@given(snapshots, verbs, guards)
def test_everyone_meant_is_asked_or_left_out_with_a_reason(
    snapshot: Snapshot, kind: OperationKind, scope: ProtectionScope
) -> None:
    try:
        plan = plan_operation(snapshot, kind, EVERYTHING, scope)
    except PlanError:
        plan = None
    if plan is None:
        askable = (PowerState.UNKNOWN,) if not kind.changes_protection else ()
        assert not any(i.power in askable and _is_idle(i) for i in snapshot.instances)
        return
    omitted_ids = [entry.instance_id for entry in plan.omitted]
    assert sorted([*plan.instance_ids, *omitted_ids]) == sorted(snapshot.by_id)
    for instance_id in plan.instance_ids:
        instance = snapshot.by_id[instance_id]
        assert kind.changes_protection or not instance.protected_from_actions
        if instance.provisioning in (ProvisioningState.SUCCEEDED, ProvisioningState.FAILED):
            assert not in_target_state(instance, kind, scope)
    assert plan.serving_during <= plan.serving
    assert kind.interrupts_service or plan.serving_during == plan.serving
    assert plan.is_disruptive or not kind.destructive
    if plan.nothing_to_do:
        assert {entry.reason for entry in plan.omitted} <= ALREADY_DONE


@given(snapshots, snapshots, verbs, guards)
def test_a_newer_reading_makes_a_plan_do_less_and_never_more(
    before: Snapshot, after: Snapshot, kind: OperationKind, scope: ProtectionScope
) -> None:
    try:
        plan = plan_operation(before, kind, EVERYTHING, scope)
    except PlanError:
        return
    revalidated = revalidate(plan, after)
    assert set(revalidated.instance_ids) <= set(plan.instance_ids) & after.by_id.keys()
    omitted_ids = [entry.instance_id for entry in revalidated.omitted]
    assert sorted([*revalidated.instance_ids, *omitted_ids]) == sorted(before.by_id)
    if after == before:
        assert revalidated.instance_ids == plan.instance_ids


@given(st.booleans(), st.booleans(), verbs.filter(lambda verb: verb.changes_protection), guards)
def test_no_protection_is_ever_wanted_that_azure_refuses(
    scale_in: bool, actions: bool, kind: OperationKind, scope: ProtectionScope
) -> None:
    after = ProtectionPolicy(scale_in or actions, actions).after(kind, scope)
    assert after.scale_in or not after.set_actions
    assert after == after.after(kind, scope)


@pytest.mark.parametrize(
    ("kind", "changes", "reason"),
    [
        (OperationKind.START, {}, OmissionReason.RUNNING),
        (OperationKind.POWER_OFF, {"power": PowerState.STOPPED}, OmissionReason.STOPPED),
        (OperationKind.POWER_OFF, {"power": PowerState.DEALLOCATED}, OmissionReason.DEALLOCATED),
        (OperationKind.DEALLOCATE, {"power": PowerState.DEALLOCATED}, OmissionReason.DEALLOCATED),
        (OperationKind.RESTART, {"power": PowerState.STOPPED}, OmissionReason.NOT_RUNNING),
        (OperationKind.RESTART, {"power": PowerState.DEALLOCATED}, OmissionReason.NOT_RUNNING),
        (OperationKind.REDEPLOY, {"power": PowerState.DEALLOCATED}, OmissionReason.NO_HOST),
        (
            OperationKind.DELETE,
            {"provisioning": ProvisioningState.DELETING},
            OmissionReason.DELETING,
        ),
        (OperationKind.REIMAGE, {"protected_from_actions": True}, OmissionReason.PROTECTED),
        (OperationKind.DELETE, {"protected_from_actions": True}, OmissionReason.PROTECTED),
        (OperationKind.RESTART, {"provisioning": ProvisioningState.UPDATING}, OmissionReason.BUSY),
        (OperationKind.START, {"power": PowerState.STOPPING}, OmissionReason.BUSY),
        (
            OperationKind.PROTECT,
            {"protected_from_scale_in": True},
            OmissionReason.ALREADY_PROTECTED,
        ),
        (OperationKind.UNPROTECT, {}, OmissionReason.ALREADY_UNPROTECTED),
    ],
)
def test_who_needs_or_may_not_have_it_is_left_out(
    kind: OperationKind, changes: dict[str, Any], reason: OmissionReason
) -> None:
    others: dict[OperationKind, dict[str, Any]] = {
        OperationKind.START: {"power": PowerState.STOPPED},
        OperationKind.UNPROTECT: {"protected_from_scale_in": True},
    }
    other = others.get(kind, {})
    plan = plan_operation(fleet(changes, other), kind, EVERYTHING)
    assert plan.instance_ids == ("1",)
    assert [(entry.instance_id, entry.reason) for entry in plan.omitted] == [("0", reason)]


@pytest.mark.parametrize("kind", [OperationKind.DELETE, OperationKind.DEALLOCATE])
def test_what_hangs_can_still_be_deleted_and_deallocated(kind: OperationKind) -> None:
    hangs = fleet({"provisioning": ProvisioningState.UPDATING})
    assert plan_operation(hangs, kind, EVERYTHING).instance_ids == ("0",)


def test_nothing_is_meant_by_default() -> None:
    with pytest.raises(PlanError, match="no default"):
        plan_operation(web(), OperationKind.RESTART, Selection())


def test_a_star_is_no_instance() -> None:
    with pytest.raises(PlanError, match=r"'\*' cannot be an instance ID"):
        plan_operation(web(), OperationKind.DELETE, Selection(instance_ids=("*",)))


def test_an_incomplete_reading_decides_nothing() -> None:
    snapshot = Snapshot(scale_set(), web().instances, taken_at=NOON, complete=False)
    with pytest.raises(PlanError, match="incomplete"):
        plan_operation(snapshot, OperationKind.RESTART, EVERYTHING)


def test_all_as_wanted_is_no_error_and_all_in_the_way_is_one() -> None:
    plan = plan_operation(fleet({}, {}), OperationKind.START, EVERYTHING)
    assert plan.nothing_to_do
    shielded = fleet({}, {"power": PowerState.STOPPED, "protected_from_actions": True})
    with pytest.raises(PlanError, match=r"already running; protected from"):
        plan_operation(shielded, OperationKind.START, EVERYTHING)


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (Selection(instance_ids=("3", "1")), ("1", "3")),
        (Selection(update_domains=(1,), fault_domain=1, zone="2"), ("3",)),
        (Selection(fault_domain=0), ("0", "2")),
        (Selection(zone="1"), ("0", "1")),
        (Selection(placement_group="aa"), ("0",)),
        (EVERYTHING, ("0", "1", "2", "3")),
    ],
)
def test_every_scope_contains_exactly_its_instances(
    selection: Selection, ids: tuple[str, ...]
) -> None:
    snapshot = fleet(
        {"zone": "1", "fault_domain": 0, "placement_group": "aa1"},
        {"zone": "1", "fault_domain": 1, "placement_group": "bb1"},
        {"zone": "2", "fault_domain": 0, "placement_group": "bb1"},
        {"zone": "2", "fault_domain": 1, "placement_group": "bb1"},
    )
    assert plan_operation(snapshot, OperationKind.RESTART, selection).instance_ids == ids


def test_deleting_lowers_the_capacity_and_says_so() -> None:
    plan = plan_operation(web(), OperationKind.DELETE, Selection(update_domains=(3,)))
    assert (plan.capacity, plan.capacity_after) == (100, 100 - len(plan.instance_ids))
    assert any("capacity of the scale set is reduced" in caution for caution in plan.cautions)


def test_restarting_some_takes_a_y_and_restarting_all_that_serve_does_not() -> None:
    some = plan_operation(web(odd=False), OperationKind.RESTART, Selection(update_domains=(0,)))
    everyone = plan_operation(web(odd=False), OperationKind.RESTART, EVERYTHING)
    assert (some.is_disruptive, some.serving, some.serving_during) == (False, 100, 80)
    assert (everyone.is_disruptive, everyone.serving_during) == (True, 0)
    assert any("downtime" in caution for caution in everyone.cautions)


def test_a_flexible_set_says_what_it_cannot_do_and_what_is_not_sure() -> None:
    flexible = fleet({}, {}, orchestration=Orchestration.FLEXIBLE)
    with pytest.raises(PlanError, match="cannot reimage all disks"):
        plan_operation(flexible, OperationKind.REIMAGE_ALL, EVERYTHING)
    assert any(
        "is unclear whether" in c
        for c in plan_operation(flexible, OperationKind.RESTART, EVERYTHING).cautions
    )
    deleting = plan_operation(flexible, OperationKind.DELETE, EVERYTHING)
    assert not any("is unclear whether" in caution for caution in deleting.cautions)


def test_attached_machines_are_named_before_their_disks_are_lost() -> None:
    flexible = fleet({"attached_reason": "its OS"}, {}, orchestration=Orchestration.FLEXIBLE)
    for kind in (OperationKind.REIMAGE, OperationKind.DELETE):
        cautions = plan_operation(flexible, kind, EVERYTHING).cautions
        assert any(
            "were attached to the scale set are included: instance" in caution
            for caution in cautions
        )
    restart = plan_operation(flexible, OperationKind.RESTART, EVERYTHING)
    assert not any("attached" in caution for caution in restart.cautions)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (OperationKind.START, "az vmss start -g web-rg -n web-vmss --instance-ids 4 7"),
        (OperationKind.RESTART, "az vmss restart -g web-rg -n web-vmss --instance-ids 4 7"),
        (OperationKind.POWER_OFF, "az vmss stop -g web-rg -n web-vmss --instance-ids 4 7"),
        (OperationKind.DEALLOCATE, "az vmss deallocate -g web-rg -n web-vmss --instance-ids 4 7"),
        (OperationKind.REIMAGE_ALL, "az vmss reimage -g web-rg -n web-vmss --instance-ids 4 7"),
        (OperationKind.DELETE, "az vmss delete-instances -g web-rg -n web-vmss --instance-ids 4 7"),
    ],
)
def test_the_az_line_does_the_same(kind: OperationKind, line: str) -> None:
    assert operation_commands(scale_set().id, kind, ProtectionScope.SCALE_IN, ("4", "7")) == (line,)


@pytest.mark.parametrize("kind", [OperationKind.REIMAGE, OperationKind.REDEPLOY])
def test_what_az_has_no_command_for_is_a_request(kind: OperationKind) -> None:
    (line,) = operation_commands(scale_set().id, kind, ProtectionScope.SCALE_IN, ("4", "7"))
    assert line.startswith("az rest --method post --url ")
    assert f"/web-vmss/{kind}?api-version=" in line
    assert line.endswith("""--body '{"instanceIds":["4","7"]}'""")


def test_protection_is_a_line_for_each_instance() -> None:
    lines = operation_commands(
        scale_set().id, OperationKind.PROTECT, ProtectionScope.SET_ACTIONS, ("4", "7")
    )
    tail = "--protect-from-scale-in true --protect-from-scale-set-actions true"
    assert [line.partition(" --instance-id ")[2] for line in lines] == [f"4 {tail}", f"7 {tail}"]
