"""Whether an instance of a Flexible set has the latest model, which Azure's lists leave out.

Derived by comparing the instance's image and size with the model's. Other parts of the model
(OS settings, passwords, custom data) are not in the lists and are not compared. Where image or
size cannot be compared, the instance stays unknown.

A Flexible set may also contain virtual machines that were attached to it. No field says so; the
signs are those of "Attach or detach a virtual machine" (Virtual Machine Scale Sets).
"""

from collections.abc import Iterable

from msgspec.structs import replace

from vmss_tui.fleet.image import same_image
from vmss_tui.fleet.scale_set import Instance, Orchestration, PowerState, ScaleSet

COMPARED = (
    "by image and size: Azure does not report custom data, passwords and network settings of "
    "Flexible instances"
)
"""What `has_latest_model` is decided by, and what it cannot show."""


def fill_in_latest_model_applied(
    instances: Iterable[Instance], scale_set: ScaleSet
) -> tuple[Instance, ...]:
    """The instances; in a Flexible set a missing `latest_model_applied` is derived.

    An attached machine keeps None: the model was never applied to it, so it is not outdated.
    """
    if scale_set.orchestration is not Orchestration.FLEXIBLE:
        return tuple(instances)
    return tuple(_fill_in(instance, scale_set) for instance in instances)


def _fill_in(instance: Instance, scale_set: ScaleSet) -> Instance:
    if reason := attachment_reason(instance, scale_set):
        return replace(instance, attached_reason=reason)
    if instance.latest_model_applied is not None:
        return instance
    return replace(instance, latest_model_applied=has_latest_model(instance, scale_set))


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


def missing_extensions(instance: Instance, scale_set: ScaleSet) -> tuple[str, ...]:
    """Extensions of the model that the agent of a Flexible VM does not report.

    Shown only: an agent reports extensions minutes after an upgrade, so that their absence does
    not decide whether the instance has the model.
    """
    agent_reports = instance.agent is not None and instance.power is PowerState.RUNNING
    is_compared = scale_set.orchestration is Orchestration.FLEXIBLE and not instance.attached_reason
    if not (agent_reports and is_compared):
        return ()
    reported = {extension.name.lower() for extension in instance.extensions}
    return tuple(name for name in scale_set.extensions if name.lower() not in reported)


def attachment_reason(instance: Instance, scale_set: ScaleSet) -> str:
    """What shows that a Flexible VM was not created from the set's model; empty for others."""
    if not scale_set.has_profile:
        return "the scale set has no VM profile"
    systems = (instance.os_type.lower(), scale_set.os_type.lower())
    if all(systems) and systems[0] != systems[1]:
        return f"its OS is {instance.os_type}, the model's {scale_set.os_type}"
    if instance.os_disk_attached:
        return "its OS disk was attached and has no image"
    if instance.created_at and scale_set.created_at and instance.created_at < scale_set.created_at:
        return "it is older than the scale set"
    prefixes = (f"{scale_set.name}_", scale_set.name_prefix or f"{scale_set.name}_")
    if instance.name and not instance.name.lower().startswith(tuple(map(str.lower, prefixes))):
        return f"its name does not begin as Azure names instances ({prefixes[0]}…)"
    return ""


def _same_size(instance: Instance, scale_set: ScaleSet) -> bool | None:
    """In an instance mix Azure chooses the size of each new instance, and an upgrade keeps it."""
    if scale_set.is_mix:
        return True
    if not instance.vm_size or not scale_set.vm_size:
        return None
    return instance.vm_size.lower() == scale_set.vm_size.lower()
