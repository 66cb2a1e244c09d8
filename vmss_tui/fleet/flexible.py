"""Whether an instance of a Flexible set has the latest model, which Azure's lists leave out.

Derived by comparing the instance's image and size with the model's. Other parts of the model
(extensions, OS settings) are not in the lists and are not compared. Where image or size cannot be
compared, the instance stays unknown.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from vmss_tui.fleet.image import same_image
from vmss_tui.fleet.scale_set import Instance, Orchestration, ScaleSet


def fill_in_latest_model_applied(
    instances: Iterable[Instance], scale_set: ScaleSet
) -> tuple[Instance, ...]:
    """The instances; in a Flexible set a missing `latest_model_applied` is derived."""
    if scale_set.orchestration is not Orchestration.FLEXIBLE:
        return tuple(instances)
    return tuple(
        instance
        if instance.latest_model_applied is not None
        else replace(instance, latest_model_applied=has_latest_model(instance, scale_set))
        for instance in instances
    )


def has_latest_model(instance: Instance, scale_set: ScaleSet) -> bool | None:
    """Whether image and size equal the model's; None where that cannot be decided."""
    verdicts = (same_image(instance.image, scale_set.image), _same_size(instance, scale_set))
    if False in verdicts:
        return False
    return None if None in verdicts else True


def is_current(instance: Instance, scale_set: ScaleSet) -> bool:
    """Whether Azure calls it current, and neither image nor size contradicts that.

    After an edit of the model `latestModelApplied` may lag behind."""
    return (
        instance.latest_model_applied is True and has_latest_model(instance, scale_set) is not False
    )


def _same_size(instance: Instance, scale_set: ScaleSet) -> bool | None:
    if not instance.vm_size or not scale_set.vm_size:
        return None
    return instance.vm_size.lower() == scale_set.vm_size.lower()
