"""What a plan makes of phases, of changes that it cannot see, and of the set's own state."""

from tests.support.engine_world import SET, altered
from tests.support.plan_fleet import ALL_AT_ONCE, TEN, batch_ids, outdated_instance, reading_of
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import ProvisioningState, ScaleSet
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def test_phases_that_applications_report_order_the_batches() -> None:
    instances = (
        outdated_instance(0),
        altered(outdated_instance(1, 1), upgrade_phase=10),
        altered(outdated_instance(2), upgrade_phase=2),
        altered(outdated_instance(3), upgrade_phase=10),
    )
    plan = make_plan(reading_of(*instances), Selection(), ALL_AT_ONCE)
    assert batch_ids(plan) == [("2",), ("3",), ("1",), ("0",)]
    assert [batch.row for batch in plan.batches] == [
        "UD 0, phase 2",
        "UD 0, phase 10",
        "UD 1, phase 10",
        "UD 0, no phase",
    ]


def test_a_change_of_something_else_than_image_and_size_is_a_caution() -> None:
    image = Image(ImageKind.PLATFORM, "p", "o", "s", "1.0.0", exact_version="1.0.0")
    model = ScaleSet(id=SET, has_health_source=True, image=image, vm_size="S")
    same = altered(outdated_instance(0), image=image, vm_size="S")
    other = altered(outdated_instance(1), image=image, vm_size="T")
    plan = make_plan(reading_of(same, other, scale_set=model), Selection(), ALL_AT_ONCE)
    assert plan.other_changes == ("0",)
    (caution,) = plan.cautions
    assert caution.startswith("The model's image and size are on instance 0 already")
    assert "need a reimage" in caution


def test_a_set_that_failed_is_planned_with_a_caution() -> None:
    failed = ScaleSet(id=SET, has_health_source=True, provisioning=ProvisioningState.FAILED)
    (caution,) = make_plan(reading_of(*TEN, scale_set=failed), Selection(), Policy()).cautions
    assert caution == "The scale set's provisioning state is Failed; failed: no instance."
