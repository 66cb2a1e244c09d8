"""Compares the image that instances get with the catalogue, and with its replicas."""

import re
from collections.abc import Iterator

from vmss_tui.fleet.image import ImageKind
from vmss_tui.fleet.image_offers import ImageVersion, ImageVersions, SupportState
from vmss_tui.fleet.preflight.facts import Fact, ImageTraits, Replication, ReplicationState
from vmss_tui.fleet.preflight.result import Check, FindingLevel, PreflightFinding
from vmss_tui.fleet.preflight.subject import Subject
from vmss_tui.fleet.resource_name import CATALOGUE_PART

_NAME = re.compile(CATALOGUE_PART)
_SHOWN = 3
"""Versions that a message offers, at most."""


def check_image(
    subject: Subject,
    versions: Fact[ImageVersions],
    traits: Fact[ImageTraits],
    replication: Fact[Replication],
) -> Iterator[PreflightFinding]:
    """Whether the version exists, is not withdrawn, and is replicated to where the set is.

    `traits` decides for a managed image, which has no versions.
    """
    image = subject.target.image
    if image is None:
        return
    if image.kind is ImageKind.VHD:
        yield _finding(FindingLevel.NOT_KNOWN, "a VHD is in no catalogue", image.short_reference)
    elif image.kind is ImageKind.MANAGED:
        yield from _check_managed(subject, traits)
    elif versions.value is None:
        yield _finding(FindingLevel.NOT_KNOWN, versions.problem, image.version)
    else:
        yield from _check_version(subject, versions.value)
        yield from _check_replication(subject, versions.value, replication)


def target_version(subject: Subject, versions: ImageVersions | None) -> str:
    """The version that instances get: of `latest` the newest, where it is known."""
    image = subject.target.image
    if image is None:
        return ""
    if image.follows_latest:
        return versions.newest if versions else ""
    return image.version


def _check_managed(subject: Subject, traits: Fact[ImageTraits]) -> Iterator[PreflightFinding]:
    image = subject.target.image
    if image is None or traits.value is not None:
        return
    name = image.short_reference
    if traits.is_missing:
        yield _finding(FindingLevel.REFUSAL, f"{name} does not exist: choose another image", name)
    else:
        yield _finding(FindingLevel.NOT_KNOWN, traits.problem, name)


def _check_version(subject: Subject, versions: ImageVersions) -> Iterator[PreflightFinding]:
    image = subject.target.image
    if image is None:
        return
    title, region = subject.image_title, versions.region
    if not versions.versions:
        message = f"{title} is not offered in {region}: choose another image"
        yield _finding(FindingLevel.REFUSAL, message, title)
        return
    if image.follows_latest:
        if not versions.newest:
            message = f"{title} has no latest version in {region}: choose another image"
            yield _finding(FindingLevel.REFUSAL, message, title)
        return
    version = next((v for v in versions.versions if v.name == image.version), None)
    if version is None and not all(_NAME.fullmatch(v.name) for v in versions.versions):
        yield _finding(
            FindingLevel.NOT_KNOWN,
            f"the list of versions of {title} cannot be understood",
            image.version,
        )
        return
    if version is None:
        message = f"image version {image.version} is not offered in {region}"
        yield _finding(FindingLevel.REFUSAL, message + _offer(versions), image.version)
        return
    remarks = ", ".join(version.remarks(region, versions.taken_at))
    message = f"image version {version.name} is {remarks}{_offer(versions)}"
    if not version.usable:
        yield _finding(FindingLevel.REFUSAL, message, version.name)
    elif version.support is SupportState.ENDING or _is_past_end(version, versions):
        yield _finding(FindingLevel.CAUTION, message, version.name)


def _is_past_end(version: ImageVersion, versions: ImageVersions) -> bool:
    return version.ends_at is not None and version.ends_at <= versions.taken_at


def _check_replication(
    subject: Subject, versions: ImageVersions, replication: Fact[Replication]
) -> Iterator[PreflightFinding]:
    """A version is listed for a region as soon as its replication begins."""
    image, scale_set = subject.target.image, subject.target
    name = target_version(subject, versions)
    version = next((v for v in versions.versions if v.name == name), None)
    is_own = image is not None and image.kind is ImageKind.GALLERY
    if not is_own or version is None or not version.usable or scale_set.edge_zone:
        return
    if replication.value is None:
        yield _finding(FindingLevel.NOT_KNOWN, f"replication: {replication.problem}", name)
        return
    region = scale_set.location.replace(" ", "").lower()
    state, progress = replication.value.states.get(region, (ReplicationState.UNKNOWN, None))
    done = f" ({progress} %)" if progress is not None else ""
    place = f"image version {name} to {region}"
    if state is ReplicationState.REPLICATING:
        message = f"the replication of {place} is in progress{done}: wait until it is Completed"
        yield _finding(FindingLevel.REFUSAL, message, name)
    elif state is ReplicationState.FAILED:
        message = f"the replication of {place} has failed: repeat it, or choose another version"
        yield _finding(FindingLevel.REFUSAL, message, name)
    elif state is ReplicationState.UNKNOWN:
        yield _finding(
            FindingLevel.NOT_KNOWN, f"Azure does not report the replication of {place}", name
        )


def _offer(versions: ImageVersions) -> str:
    usable = [v.name for v in versions.versions if v.usable and not v.excluded_from_latest]
    if not usable:
        return ": no version of it can be used there"
    if len(usable) == 1:
        return f": the newest is {usable[0]}"
    return f": the newest is {usable[0]}, before it {', '.join(usable[1:_SHOWN])}"


def _finding(level: FindingLevel, message: str, resource: str) -> PreflightFinding:
    return PreflightFinding(Check.IMAGE, level, message, resource)
