"""Models whose image version is "latest", and instances that run an older one."""

import pytest

from tests.support.engine_world import SET, altered
from tests.support.plan_fleet import ALL_AT_ONCE, outdated_instance, reading_of
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.scale_set import (
    Instance,
    ScaleSet,
)
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.selection import PlanError, Selection


def test_a_model_at_latest_is_never_called_done() -> None:
    image = Image(ImageKind.PLATFORM, "P", "O", "S", "latest")
    following = ScaleSet(id=SET, image=image, model_digest="d")
    current = altered(outdated_instance(0), latest_model_applied=True)
    with pytest.raises(PlanError, match="pin a version"):
        make_plan(reading_of(current, scale_set=following), Selection(), ALL_AT_ONCE)


def _running(number: int, version: str | None, *, current: bool = True) -> Instance:
    image = Image(ImageKind.PLATFORM, "P", "O", "S", "latest", exact_version=version)
    return altered(outdated_instance(number), latest_model_applied=current, image=image)


def _at_latest() -> ScaleSet:
    image = Image(ImageKind.PLATFORM, "P", "O", "S", "latest")
    return ScaleSet(id=SET, has_health_source=True, image=image)


def test_instances_behind_latest_are_counted_and_the_version_to_pin_is_named() -> None:
    reading = reading_of(
        _running(0, "9.2"), _running(1, "10.1"), _running(2, None), scale_set=_at_latest()
    )
    with pytest.raises(PlanError) as error_info:
        make_plan(reading, Selection(), ALL_AT_ONCE)
    assert "1 of 3 instances run an older image than 10.1, not reported for 1" in str(
        error_info.value
    )
    assert "pin it (--image-version 10.1)" in str(error_info.value)
    with pytest.raises(PlanError, match=r"2 of 3 instances run an older image than 11\.0"):
        make_plan(reading, Selection(), ALL_AT_ONCE, newest_version="11.0")


def test_a_plan_over_the_stale_ones_says_how_many_others_are_behind_latest() -> None:
    reading = reading_of(
        _running(0, "9.2", current=False), _running(1, "9.2"), scale_set=_at_latest()
    )
    plan = make_plan(reading, Selection(), ALL_AT_ONCE, newest_version="10.1")
    assert any("2 of 2 instances run an older image" in caution for caution in plan.cautions)
    pinned = make_plan(reading, Selection(), ALL_AT_ONCE, touches_model=True, newest_version="10.1")
    assert not any("older image" in caution for caution in pinned.cautions)
