"""The consequences of Azure's own upgrades, by the policy that the set has."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.fleets import scale_set
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.model_edit.rolling_policy import (
    automatic_os_sentences,
    rolling_policy_sentences,
)
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet
from vmss_tui.operations.maintenance import MaintenanceAction, MaintenanceState
from vmss_tui.operations.maintenance_preview import build_preview


def with_policy(
    rolling: dict[str, Any], automatic: dict[str, Any] | None = None, **fields: Any
) -> ScaleSet:
    policy = {"rollingUpgradePolicy": rolling, "automaticOSUpgradePolicy": automatic or {}}
    return replace(scale_set(), raw={"properties": {"upgradePolicy": policy}}, **fields)


def test_max_surge_makes_new_machines_and_needs_quota() -> None:
    surging = with_policy({"maxSurge": True, "maxBatchInstancePercent": 10}, capacity=42)
    text = " ".join(rolling_policy_sentences(surging))
    assert "creates new VMs, with new ids, names and addresses, and deletes the old ones" in text
    assert "capacity for 5 more instances" in text
    assert "max surge" not in " ".join(rolling_policy_sentences(with_policy({})))


@pytest.mark.parametrize(
    ("crosses", "sentence"), [(True, "several zones at once"), (False, "one zone after the other")]
)
def test_the_order_of_zones_is_told_for_a_set_in_zones(crosses: bool, sentence: str) -> None:
    policy = {"enableCrossZoneUpgrade": crosses}
    assert sentence in " ".join(rolling_policy_sentences(with_policy(policy, zones=("1", "2"))))
    assert "zone" not in " ".join(rolling_policy_sentences(with_policy(policy, zones=())))


def test_what_is_put_back_depends_on_the_policy() -> None:
    on = with_policy({"rollbackFailedInstancesOnPolicyBreach": True})
    assert "failed instances are rolled back" in " ".join(rolling_policy_sentences(on))
    assert "nothing is rolled back" in " ".join(rolling_policy_sentences(with_policy({})))


def test_an_automatic_os_upgrade_may_ignore_the_policy_and_may_be_deferred() -> None:
    own = " ".join(automatic_os_sentences(with_policy({"maxSurge": True})))
    assert "useRollingUpgradePolicy is off" in own
    assert "max surge" not in own
    automatic = {
        "useRollingUpgradePolicy": True,
        "osRollingUpgradeDeferral": True,
        "disableAutomaticRollback": True,
    }
    text = " ".join(automatic_os_sentences(with_policy({"maxSurge": True}, automatic)))
    assert "max surge" in text
    assert "until its upgrade is approved" in text
    assert "not rolled back" in text


def test_an_edit_under_a_rolling_policy_and_a_start_by_hand_say_it() -> None:
    surging = with_policy({"maxSurge": True}, policy_mode=PolicyMode.ROLLING)
    change = change_from_edit(surging, Edit(vm_size="Standard_D8s_v5"))
    assert "creates new VMs" in change.consequence
    state = MaintenanceState(surging)
    sentences = " ".join(build_preview(MaintenanceAction.START_OS, state).sentences)
    assert "creates new VMs" in sentences
    assert "does not roll back failed OS disks" in sentences
