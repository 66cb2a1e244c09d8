"""Compares image, VM size and security type, and the cores that a run needs with the quota.

Sources: "Generation 2 VMs", "Trusted Launch for Azure virtual machines", "Resource Skus - List",
"Usage - List".
"""

from collections.abc import Iterator

from vmss_tui.fleet.preflight.facts import (
    Fact,
    ImageTraits,
    Sizes,
    SizeTraits,
    Usage,
    Usages,
)
from vmss_tui.fleet.preflight.result import Check, FindingLevel, PreflightFinding
from vmss_tui.fleet.preflight.subject import Subject

_REGIONAL = "cores"
_SPOT = "lowprioritycores"


def check_compatibility(
    subject: Subject, traits: Fact[ImageTraits], sizes: Fact[Sizes]
) -> Iterator[PreflightFinding]:
    """Whether generation, architecture and security type of image, size and set fit."""
    if traits.value is None:
        if not traits.is_missing:
            yield _unknown(Check.COMPATIBILITY, traits.problem)
        return
    image = traits.value
    yield from _check_security(subject, image)
    if subject.sizes and sizes.value is None:
        yield _unknown(Check.COMPATIBILITY, sizes.problem)
    for name in subject.sizes if sizes.value is not None else ():
        size = (sizes.value or {}).get(name.lower())
        if size is None:
            if not subject.is_resize:  # else `check_size` refuses it
                reason = f"{name} is not among the VM sizes of {subject.target.location}"
                yield _unknown(Check.COMPATIBILITY, reason)
            continue
        yield from _check_pair(image, size)
        yield from _check_size_security(subject, size)


def _check_pair(image: ImageTraits, size: SizeTraits) -> Iterator[PreflightFinding]:
    generation = image.generation.upper()
    if generation and size.generations and generation not in size.generations:
        supported = " and ".join(size.generations)
        yield _misfit(
            f"the image is generation {generation}, and {size.name} supports {supported}: choose "
            f"an image of generation {size.generations[-1]}, or a size that supports {generation}",
            size.name,
        )
    architecture = image.architecture
    if architecture and size.architecture and architecture.lower() != size.architecture.lower():
        yield _misfit(
            f"the image is {architecture}, and {size.name} is {size.architecture}: choose an "
            f"image for {size.architecture}, or a size for {architecture}",
            size.name,
        )


def _check_security(subject: Subject, image: ImageTraits) -> Iterator[PreflightFinding]:
    security_type, feature = subject.security_type.lower(), image.security.lower()
    if not security_type and feature in ("trustedlaunch", "confidentialvm"):
        message = (
            f"the image is made for security type {image.security}, and the scale set has the "
            "standard one: choose an image that supports both"
        )
        yield PreflightFinding(Check.COMPATIBILITY, FindingLevel.CAUTION, message, image.security)
    if security_type not in ("trustedlaunch", "confidentialvm"):
        return
    if security_type in feature:
        return
    if image.generation.upper() == "V1":
        reason = f"the scale set is {subject.security_type}, and the image is generation V1"
        yield _misfit(f"{reason}: choose one of generation V2 that supports it", "")
    elif image.security_known:
        reason = f"the scale set is {subject.security_type}, which the image does not support"
        yield _misfit(f"{reason}: choose one that does", "")
    else:
        reason = f"Azure does not report whether the image supports {subject.security_type}"
        yield _unknown(Check.COMPATIBILITY, reason)


def _check_size_security(subject: Subject, size: SizeTraits) -> Iterator[PreflightFinding]:
    security_type = subject.security_type.lower()
    is_trusted = security_type == "trustedlaunch" and not size.trusted_launch
    if is_trusted or (security_type == "confidentialvm" and not size.confidential):
        reason = f"the scale set is {subject.security_type}, which {size.name} does not support"
        yield _misfit(f"{reason}: choose a size that does", size.name)


def check_size(subject: Subject, sizes: Fact[Sizes]) -> Iterator[PreflightFinding]:
    """Whether a new VM size is offered to the subscription in the region and zones of the set."""
    if not subject.is_resize:
        return
    if sizes.value is None:
        yield _unknown(Check.SIZE, sizes.problem)
        return
    region = subject.target.location
    for name in subject.sizes:
        size = sizes.value.get(name.lower())
        if size is None:
            message = f"{name} is not offered in {region}: choose another size"
            yield PreflightFinding(Check.SIZE, FindingLevel.REFUSAL, message, name)
        elif size.restriction:
            message = (
                f"{name} is not available to the subscription in {region} ({size.restriction}): "
                "choose another size, or request access to it"
            )
            yield PreflightFinding(Check.SIZE, FindingLevel.REFUSAL, message, name)
        elif closed := sorted(set(size.closed_zones) & set(subject.target.zones)):
            is_all = len(closed) == len(subject.target.zones)
            message = f"{name} is not available in zone {', '.join(closed)}: choose another size"
            level = FindingLevel.REFUSAL if is_all else FindingLevel.CAUTION
            yield PreflightFinding(Check.SIZE, level, message, name)


def check_quota(
    subject: Subject, sizes: Fact[Sizes], usages: Fact[Usages]
) -> Iterator[PreflightFinding]:
    """Whether the region has the cores that a resize, or `maxSurge`, needs.

    An instance gives back the cores of its old size before it gets the new ones.
    """
    if not subject.needs_quota:
        return
    if sizes.value is None or usages.value is None:
        yield _unknown(Check.QUOTA, sizes.problem or usages.problem)
        return
    if subject.target.is_mix or subject.scale_set.is_mix:
        yield _unknown(Check.QUOTA, "Azure chooses the sizes of an instance mix by itself")
        return
    new = sizes.value.get((subject.target.vm_size or "").lower())
    old = sizes.value.get((subject.scale_set.vm_size or "").lower())
    if new is None or new.cores is None or old is None or old.cores is None:
        name = subject.target.vm_size if new is None else subject.scale_set.vm_size
        yield _unknown(Check.QUOTA, f"the number of cores of {name} is not reported")
        return
    for quota, needed in _needed_cores(subject, old, new):
        if needed <= 0:
            continue
        usage = usages.value.get(quota.lower())
        if usage is None:
            yield _unknown(Check.QUOTA, f"Azure does not report the quota {quota}")
        elif needed > usage.free:
            yield _excess(subject, usage, needed)


def _needed_cores(subject: Subject, old: SizeTraits, new: SizeTraits) -> Iterator[tuple[str, int]]:
    """Each quota with the number of cores that are needed beyond those in use."""
    before, after = (old.cores or 0) * subject.moved, (new.cores or 0) * subject.moved
    added = (new.cores or 0) * subject.surge
    if subject.is_spot:
        yield _SPOT, after - before + added
        return
    is_same = old.family.lower() == new.family.lower()
    yield new.family, after - (before if is_same else 0) + added
    yield _REGIONAL, after - before + added


def _excess(subject: Subject, usage: Usage, needed: int) -> PreflightFinding:
    message = (
        f"{needed} more cores are needed in {subject.target.location} ({usage.title}), and "
        f"{usage.free} of {usage.limit} are free: request a quota of {usage.used + needed}"
    )
    return PreflightFinding(Check.QUOTA, FindingLevel.REFUSAL, message, usage.name)


def _misfit(message: str, resource: str) -> PreflightFinding:
    return PreflightFinding(Check.COMPATIBILITY, FindingLevel.REFUSAL, message, resource)


def _unknown(check: Check, reason: str) -> PreflightFinding:
    return PreflightFinding(check, FindingLevel.NOT_KNOWN, reason)
