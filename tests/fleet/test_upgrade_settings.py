"""Edits of the upgrade and repair settings of a scale set."""

from typing import Any

import pytest

from tests.support.model_edits import GALLERY, edited_set
from vmss_tui.fleet.model_edit.change import change_from_edit
from vmss_tui.fleet.model_edit.diff import undo_body
from vmss_tui.fleet.model_edit.edit import Edit, InvalidEdit
from vmss_tui.fleet.model_edit.upgrade_settings import current_settings, parse_duration
from vmss_tui.fleet.scale_set import PolicyMode

ROLLING = "properties.upgradePolicy.rollingUpgradePolicy"
SETTING_EDITS: list[tuple[Edit, dict[str, Any]]] = [
    (Edit(policy_mode="rolling"), {"upgradePolicy": {"mode": "Rolling"}}),
    (
        Edit(max_batch_instance_percent="10%"),
        {"upgradePolicy": {"rollingUpgradePolicy": {"maxBatchInstancePercent": 10}}},
    ),
    (
        Edit(max_unhealthy_instance_percent="5", max_unhealthy_upgraded_instance_percent="0"),
        {
            "upgradePolicy": {
                "rollingUpgradePolicy": {
                    "maxUnhealthyInstancePercent": 5,
                    "maxUnhealthyUpgradedInstancePercent": 0,
                }
            }
        },
    ),
    (
        Edit(pause_time_between_batches="90"),
        {"upgradePolicy": {"rollingUpgradePolicy": {"pauseTimeBetweenBatches": "PT90S"}}},
    ),
    (
        Edit(prioritize_unhealthy_instances="on", enable_cross_zone_upgrade="off", max_surge="yes"),
        {
            "upgradePolicy": {
                "rollingUpgradePolicy": {
                    "prioritizeUnhealthyInstances": True,
                    "enableCrossZoneUpgrade": False,
                    "maxSurge": True,
                }
            }
        },
    ),
    (
        Edit(rollback_failed_instances="on"),
        {
            "upgradePolicy": {
                "rollingUpgradePolicy": {"rollbackFailedInstancesOnPolicyBreach": True}
            }
        },
    ),
    (
        Edit(automatic_os_upgrade="on", automatic_os_rollback="off"),
        {
            "upgradePolicy": {
                "automaticOSUpgradePolicy": {
                    "enableAutomaticOSUpgrade": True,
                    "disableAutomaticRollback": True,
                }
            }
        },
    ),
    (
        Edit(automatic_repairs="on", repairs_grace_period="30", repair_action="reimage"),
        {
            "automaticRepairsPolicy": {
                "enabled": True,
                "gracePeriod": "PT30M",
                "repairAction": "Reimage",
            }
        },
    ),
]


@pytest.mark.parametrize(("edit", "body"), SETTING_EDITS)
def test_a_setting_is_sent_alone_and_leaves_instances_current(
    edit: Edit, body: dict[str, Any]
) -> None:
    change = change_from_edit(edited_set(), edit)
    assert change.body == {"properties": body}
    assert not change.touches_model
    assert change.consequence
    assert all(line.old is None or line.path.endswith("mode") for line in change.lines)


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (Edit(max_batch_instance_percent="4"), "max_batch_instance_percent"),
        (Edit(max_batch_instance_percent="101"), "max_batch_instance_percent"),
        (Edit(max_unhealthy_upgraded_instance_percent="-1"),
         "max_unhealthy_upgraded_instance_percent"),
        (Edit(pause_time_between_batches="1.5"), "pause_time_between_batches"),
        (Edit(pause_time_between_batches="86401"), "pause_time_between_batches"),
        (Edit(max_surge="perhaps"), "max_surge"),
        (Edit(automatic_os_upgrade=""), "automatic_os_upgrade"),
        (Edit(repairs_grace_period="9"), "repairs_grace_period"),
        (Edit(repair_action="Kill"), "repair_action"),
        (Edit(image_id=f"{GALLERY}/versions/1.0\n"), "image_id"),
        (Edit(image_id="/sharedGalleries/a b/images/i"), "image_id"),
    ],
)  # fmt: skip
def test_an_impossible_setting_is_refused_with_its_field_and_what_would_be_right(
    edit: Edit, field: str
) -> None:
    with pytest.raises(InvalidEdit) as refused:
        change_from_edit(edited_set(), edit)
    assert refused.value.field == field
    assert "\n" not in str(refused.value)


def test_settings_are_shown_as_a_person_writes_them() -> None:
    raw = {
        "properties": {
            "upgradePolicy": {
                "mode": "Rolling",
                "rollingUpgradePolicy": {
                    "maxBatchInstancePercent": 20,
                    "pauseTimeBetweenBatches": "PT1M30S",
                    "prioritizeUnhealthyInstances": True,
                },
                "automaticOSUpgradePolicy": {"disableAutomaticRollback": False},
            },
            "automaticRepairsPolicy": {"enabled": False, "gracePeriod": "PT1H30M"},
        }
    }
    settings = current_settings(raw)
    given = {field: text for field, text in settings.items() if text}
    assert given == {
        "policy_mode": "Rolling",
        "max_batch_instance_percent": "20",
        "pause_time_between_batches": "90",
        "prioritize_unhealthy_instances": "on",
        "automatic_os_rollback": "on",
        "automatic_repairs": "off",
        "repairs_grace_period": "90",
    }
    assert current_settings({})["policy_mode"] == ""
    assert parse_duration("P1DT1S") == 86_401
    assert parse_duration("soon") is None


def test_the_consequence_for_a_rolling_set_has_its_limits() -> None:
    edit = Edit(image_version="2.0.0", max_batch_instance_percent="10")
    consequence = change_from_edit(edited_set(mode=PolicyMode.ROLLING), edit).consequence
    assert (
        "Azure starts its own rolling upgrade at once, over every instance (3 of them)"
        in consequence
    )
    assert "batches of 10%, 0 s between them, stopping above 20% unhealthy" in consequence
    assert "no health probe" in consequence


@pytest.mark.parametrize(
    ("mode", "edit", "acts"),
    [
        (PolicyMode.MANUAL, Edit(image_version="2.0.0"), False),
        (PolicyMode.MANUAL, Edit(policy_mode="Automatic"), True),
        (PolicyMode.MANUAL, Edit(policy_mode="Rolling"), True),
        (PolicyMode.MANUAL, Edit(automatic_os_upgrade="on"), True),
        (PolicyMode.MANUAL, Edit(automatic_repairs="on"), True),
        (PolicyMode.MANUAL, Edit(automatic_repairs="off", capacity=2), False),
        (PolicyMode.AUTOMATIC, Edit(image_version="2.0.0"), True),
        (PolicyMode.AUTOMATIC, Edit(vm_size="Standard_D8s_v5"), True),
        (PolicyMode.AUTOMATIC, Edit(capacity=9), False),
        (PolicyMode.AUTOMATIC, Edit(policy_mode="Manual"), False),
        (PolicyMode.AUTOMATIC, Edit(policy_mode="Manual", image_version="2.0.0"), False),
        (PolicyMode.ROLLING, Edit(image_version="2.0.0"), True),
        (PolicyMode.ROLLING, Edit(max_batch_instance_percent="10"), True),
        (PolicyMode.ROLLING, Edit(capacity=9), False),
        (PolicyMode.UNKNOWN, Edit(image_version="2.0.0"), True),
    ],
)
def test_an_edit_knows_whether_azure_then_acts_by_itself(
    mode: PolicyMode, edit: Edit, acts: bool
) -> None:
    assert change_from_edit(edited_set(mode=mode), edit).azure_acts is acts


def test_a_setting_that_was_absent_cannot_be_restored() -> None:
    change = change_from_edit(
        edited_set(), Edit(max_batch_instance_percent="10", policy_mode="Rolling")
    )
    assert undo_body(edited_set(), change.body) == {
        "properties": {"upgradePolicy": {"mode": "Manual"}}
    }
