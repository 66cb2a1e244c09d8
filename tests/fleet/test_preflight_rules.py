"""The rules of the checks before the first write, each against what it refuses and what it lets
pass."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from tests.support.fleets import web
from vmss_tui.fleet.image import Image, ImageKind
from vmss_tui.fleet.image_offers import ImageVersion, ImageVersions, SupportState
from vmss_tui.fleet.preflight.access_rules import (
    check_rights,
    check_state,
    check_terms,
    matches,
    missing_actions,
)
from vmss_tui.fleet.preflight.facts import (
    Fact,
    Grant,
    ImageTraits,
    Replication,
    ReplicationState,
    Sizes,
    SizeTraits,
    Usage,
)
from vmss_tui.fleet.preflight.image_rules import check_image
from vmss_tui.fleet.preflight.result import Check, FindingLevel, PreflightFinding, sorted_preflight
from vmss_tui.fleet.preflight.size_rules import check_compatibility, check_quota, check_size
from vmss_tui.fleet.preflight.subject import UPGRADE_ACTION, WRITE_ACTION, Subject
from vmss_tui.fleet.scale_set import PolicyMode, ScaleSet
from vmss_tui.fleet.states import ProvisioningState

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNREAD: Fact[Any] = Fact(problem="403 Forbidden")
GALLERY = Image(
    ImageKind.GALLERY,
    version="1.2.0",
    reference="/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/b"
    "/versions/1.2.0",
)
MANAGED = Image(ImageKind.MANAGED, reference="/subscriptions/s/images/own")


def subject(image: Image | None = None, **changes: Any) -> Subject:
    """The web set; `changes` are fields of the model as the run leaves it."""
    scale_set = replace(web().scale_set, location="eastus")
    target = replace(scale_set, image=image or scale_set.image, **changes)
    return Subject(scale_set, target, 10, writes_model=bool(image or changes))


def with_profile(scale_set: ScaleSet, **profile: Any) -> ScaleSet:
    return replace(scale_set, raw={"properties": {"virtualMachineProfile": profile}})


def levels(findings: Iterator[PreflightFinding]) -> list[tuple[FindingLevel, str]]:
    return [(finding.level, finding.message) for finding in findings]


def versions(image: Image, *offered: ImageVersion) -> Fact[ImageVersions]:
    return Fact(ImageVersions(image, offered, "eastus", AT))


def sizes(*offered: SizeTraits) -> Fact[Sizes]:
    return Fact({size.name.lower(): size for size in offered})


D4 = SizeTraits("Standard_D4s_v5", "standardDSv5Family", 4, ("V1", "V2"), "x64")
E4 = SizeTraits("Standard_E4s_v5", "standardESv5Family", 4, ("V2",), "x64")
D8 = structs.replace(D4, name="Standard_D8s_v5", cores=8)


@pytest.mark.parametrize(
    ("version", "level", "message"),
    [
        (ImageVersion("1.2.0"), None, ""),
        (
            ImageVersion("1.2.0", ready=False),
            FindingLevel.REFUSAL,
            "is not ready: the newest is 1.3.0",
        ),
        (
            ImageVersion("1.2.0", SupportState.WITHDRAWN),
            FindingLevel.REFUSAL,
            "1.2.0 is deprecated",
        ),
        (ImageVersion("1.2.0", in_region=False), FindingLevel.REFUSAL, "not replicated to eastus"),
        (
            ImageVersion("1.2.0", ends_at=AT),
            FindingLevel.CAUTION,
            "past its end of life 2026-11-22",
        ),
        (ImageVersion("1.2.0", SupportState.ENDING, AT), FindingLevel.CAUTION, "deprecated from"),
        (
            ImageVersion("1.1.0"),
            FindingLevel.REFUSAL,
            "1.2.0 is not offered in eastus: the newest is",
        ),
    ],
)
def test_an_image_version(version: ImageVersion, level: FindingLevel | None, message: str) -> None:
    offered = versions(GALLERY, ImageVersion("1.3.0"), version)
    done: Fact[Replication] = Fact(Replication({"eastus": (ReplicationState.COMPLETED, 100)}))
    results = levels(check_image(subject(GALLERY), offered, UNREAD, done))
    assert [result for result, _ in results] == ([level] if level else [])
    assert all(message in text for _, text in results)


def test_an_image_that_cannot_be_compared_is_not_known_and_a_missing_one_is_refused() -> None:
    unread, own = [*check_image(subject(GALLERY), UNREAD, UNREAD, UNREAD)], subject(MANAGED)
    assert levels(iter(unread)) == [(FindingLevel.NOT_KNOWN, "403 Forbidden")]
    none = check_image(subject(GALLERY), versions(GALLERY), UNREAD, UNREAD)
    assert levels(none)[0][0] is FindingLevel.REFUSAL
    latest = replace_version("latest")
    withdrawn = versions(latest, ImageVersion("1.2.0", SupportState.WITHDRAWN))
    assert (
        "no latest version" in levels(check_image(subject(latest), withdrawn, UNREAD, UNREAD))[0][1]
    )
    missing: Fact[ImageTraits] = Fact(problem="404", is_missing=True)
    assert "does not exist" in levels(check_image(own, UNREAD, missing, UNREAD))[0][1]
    assert levels(check_image(own, UNREAD, UNREAD, UNREAD))[0][0] is FindingLevel.NOT_KNOWN
    assert not levels(check_image(own, UNREAD, Fact(ImageTraits()), UNREAD))


def replace_version(version: str) -> Image:
    return Image(ImageKind.PLATFORM, "Canonical", "ubuntu", "22_04", version)


@pytest.mark.parametrize(
    ("state", "level", "message"),
    [
        (ReplicationState.REPLICATING, FindingLevel.REFUSAL, "in progress (40 %): wait until"),
        (ReplicationState.FAILED, FindingLevel.REFUSAL, "has failed"),
        (ReplicationState.UNKNOWN, FindingLevel.NOT_KNOWN, "does not report"),
    ],
)
def test_a_replication(state: ReplicationState, level: FindingLevel, message: str) -> None:
    offered = versions(GALLERY, ImageVersion("1.2.0", in_region=True))
    replicas = Fact(Replication({"eastus": (state, 40)}))
    [(result, text)] = levels(check_image(subject(GALLERY), offered, UNREAD, replicas))
    assert (result, message in text) == (level, True)


@pytest.mark.parametrize(
    ("image", "size", "security", "message"),
    [
        (ImageTraits("V2", "x64", "TrustedLaunchSupported"), D4, "TrustedLaunch", ""),
        (ImageTraits("V2", "x64"), D4, "Standard", ""),
        (ImageTraits("V1", "x64"), E4, "", "generation V1, and Standard_E4s_v5 supports V2"),
        (ImageTraits("V2", "Arm64"), D4, "", "choose an image for x64, or a size for Arm64"),
        (ImageTraits("V1", "x64"), D4, "TrustedLaunch", "the image is generation V1"),
        (ImageTraits("V2", "x64"), D4, "TrustedLaunch", "which the image does not support"),
        (
            ImageTraits("V2", "x64", "TrustedLaunchSupported"),
            structs.replace(D4, trusted_launch=False),
            "TrustedLaunch",
            "which Standard_D4s_v5 does not support",
        ),
        (
            ImageTraits("V2", "x64", "TrustedLaunchAndConfidentialVmSupported"),
            D4,
            "ConfidentialVM",
            "which Standard_D4s_v5 does not support",
        ),
    ],
)
def test_image_size_and_security_type(
    image: ImageTraits, size: SizeTraits, security: str, message: str
) -> None:
    tried = subject(vm_size=size.name)
    target = with_profile(tried.target, securityProfile={"securityType": security})
    tried = structs.replace(tried, target=target)
    results = levels(check_compatibility(tried, Fact(image), sizes(size)))
    assert [level for level, _ in results] == ([FindingLevel.REFUSAL] if message else [])
    assert all(message in text for _, text in results)


def test_an_image_or_size_without_facts_is_not_known() -> None:
    known = Fact(ImageTraits("V2", "x64"))
    for traits, offered in ((UNREAD, sizes(D4)), (known, UNREAD), (known, sizes())):
        [(level, reason)] = levels(check_compatibility(subject(), traits, offered))
        assert (level, bool(reason)) == (FindingLevel.NOT_KNOWN, True)
    shared = Fact(ImageTraits("V2", "x64", security_known=False))
    profile = with_profile(subject().target, securityProfile={"securityType": "TrustedLaunch"})
    trusted = structs.replace(subject(), target=replace(profile, vm_size=D4.name))
    assert levels(check_compatibility(trusted, shared, sizes(D4)))[0][0] is FindingLevel.NOT_KNOWN


def test_a_new_size_must_be_offered_in_region_and_zones() -> None:
    moved = structs.replace(subject(vm_size=E4.name, zones=("1", "2")), moved=10)
    assert not levels(check_size(moved, sizes(D4, E4)))
    assert "not offered in eastus" in levels(check_size(moved, sizes(D4)))[0][1]
    closed = sizes(structs.replace(E4, restriction="NotAvailableForSubscription"))
    assert "NotAvailableForSubscription" in levels(check_size(moved, closed))[0][1]
    for zones, level in ((("1",), FindingLevel.CAUTION), (("2", "1"), FindingLevel.REFUSAL)):
        partly = sizes(structs.replace(E4, closed_zones=zones))
        assert levels(check_size(moved, partly))[0][0] is level
    assert levels(check_size(moved, UNREAD))[0][0] is FindingLevel.NOT_KNOWN
    assert not levels(check_size(subject(), sizes())), "the present size is in use"


@pytest.mark.parametrize(
    ("new", "free", "priority", "message"),
    [
        (E4, {"standardESv5Family": 40, "cores": 0}, "", ""),
        (E4, {"standardESv5Family": 39, "cores": 0}, "", "40 more cores are needed in eastus"),
        (D8, {"standardDSv5Family": 40, "cores": 40}, "", ""),
        (D8, {"standardDSv5Family": 40, "cores": 39}, "", "request a quota of 100"),
        (D8, {"lowPriorityCores": 40}, "Spot", ""),
        (D8, {"lowPriorityCores": 39}, "Spot", "40 more cores"),
        (D8, {"cores": 40}, "", "does not report the quota standardDSv5Family"),
    ],
)
def test_a_resize_needs_cores(
    new: SizeTraits, free: dict[str, int], priority: str, message: str
) -> None:
    moved = subject(vm_size=new.name)
    scale_set = replace(moved.scale_set, vm_size=D4.name)
    target = with_profile(moved.target, **({"priority": priority} if priority else {}))
    moved = structs.replace(moved, scale_set=scale_set, target=target)
    usages = {name.lower(): Usage(name, name, 60, 60 + left) for name, left in free.items()}
    results = levels(check_quota(moved, sizes(D4, E4, D8), Fact(usages)))
    assert bool(results) == bool(message)
    assert all(message in text for _, text in results)
    assert levels(check_quota(moved, sizes(D4), UNREAD))[0][0] is FindingLevel.NOT_KNOWN


def test_max_surge_needs_cores_except_where_the_policy_is_manual() -> None:
    rolling = {"rollingUpgradePolicy": {"maxSurge": True, "maxBatchInstancePercent": 25}}
    raw = {"properties": {"upgradePolicy": rolling}}
    surging = subject(raw=raw, policy_mode=PolicyMode.ROLLING, capacity=10, vm_size=D4.name)
    surging = structs.replace(surging, scale_set=surging.target)
    usage = {"cores": Usage("cores", "cores", 0, 11), "standarddsv5family": Usage("f", "f", 0, 99)}
    assert surging.surge == 3
    assert "12 more cores" in levels(check_quota(surging, sizes(D4), Fact(usage)))[0][1]
    assert subject(raw=raw, policy_mode=PolicyMode.MANUAL).surge == 0


def test_rights_are_those_of_any_role_and_a_role_limits_itself_only() -> None:
    reader, all_sets = Grant(("*/read",)), Grant(("Microsoft.Compute/virtualMachineScaleSets/*",))
    limited = Grant(("*",), ("Microsoft.Compute/*/write",))
    both = (WRITE_ACTION, UPGRADE_ACTION)
    assert missing_actions(both, (reader, all_sets)) == ()
    assert missing_actions(both, (limited, reader)) == (WRITE_ACTION,)
    assert missing_actions(both, (limited, all_sets)) == ()
    [(level, text)] = levels(check_rights(subject(GALLERY), Fact((reader,)), "anna"))
    assert level is FindingLevel.REFUSAL
    assert text.startswith("anna has no right to Microsoft.Compute/virtualMachineScaleSets/write a")
    assert levels(check_rights(subject(), UNREAD, ""))[0] == (
        FindingLevel.NOT_KNOWN,
        "403 Forbidden",
    )
    assert not matches("a*a", "a"), "no character counts twice"
    assert not matches("*" * 40 + "x", "y" * 20_000)
    assert matches("A/*/c/*", "a/b/C/d")


def test_the_plan_of_an_image_is_that_of_the_set_with_accepted_terms() -> None:
    own = {"publisher": "contoso", "product": "router", "name": "gold"}
    bought = replace(subject().scale_set, raw={"plan": own})
    image = Fact(ImageTraits(plan="Contoso/router/gold"))
    with_plan = Subject(bought, bought)
    accept = "`az vm image terms accept --publisher Contoso --offer router --plan gold`"
    cases: list[tuple[Subject, Fact[ImageTraits], Fact[bool], FindingLevel | None, str]] = [
        (with_plan, image, Fact(True), None, ""),
        (with_plan, image, Fact(False), FindingLevel.REFUSAL, accept),
        (with_plan, image, UNREAD, FindingLevel.NOT_KNOWN, "403"),
        (with_plan, UNREAD, UNREAD, FindingLevel.NOT_KNOWN, "403"),
        (with_plan, Fact(ImageTraits()), UNREAD, FindingLevel.CAUTION, "the image needs none"),
        (subject(), image, UNREAD, FindingLevel.REFUSAL, "the scale set has none"),
        (subject(), Fact(ImageTraits()), UNREAD, None, ""),
    ]
    for tried, traits, terms, level, message in cases:
        results = levels(check_terms(tried, traits, terms))
        assert [result for result, _ in results] == ([level] if level else [])
        assert all(message in text for _, text in results)


def test_a_set_that_is_deleted_is_refused_and_a_failed_one_cautioned() -> None:
    for state, level in (
        (ProvisioningState.DELETING, FindingLevel.REFUSAL),
        (ProvisioningState.FAILED, FindingLevel.CAUTION),
    ):
        scale_set = replace(subject().scale_set, provisioning=state)
        assert levels(check_state(Subject(scale_set, scale_set)))[0][0] is level
    assert not levels(check_state(subject()))


def test_the_checks_of_a_preflight_have_passed_where_nothing_is_found() -> None:
    unknown = PreflightFinding(Check.RIGHTS, FindingLevel.NOT_KNOWN, "403")
    refusal = PreflightFinding(Check.SIZE, FindingLevel.REFUSAL, "not offered")
    result = sorted_preflight((Check.RIGHTS, Check.STATE, Check.SIZE), (unknown, refusal, refusal))
    assert result.findings == (refusal, unknown)
    assert result.passed == (Check.STATE,)
    assert (result.refusal_text, result.cautions) == ("not offered", ())
