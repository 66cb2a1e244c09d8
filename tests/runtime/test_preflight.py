"""The checks before the first write over HTTP, against the simulator."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from tests.support.bench import NEWEST, Bench, BenchFactory
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.preflight.result import Check, FindingLevel, Preflight
from vmss_tui.fleet.preflight.subject import UPGRADE_ACTION, WRITE_ACTION, Subject
from vmss_tui.gateway import ReadCancelled
from vmss_tui.runtime.preflight.checker import PreflightChecker, plan_subject
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import Selection


def check(bench: Bench, edit: Edit | None = None) -> Preflight:
    """The checks of a run over all outdated instances, by a new session."""
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(), Policy(), edit, anyway=True)
    checker = PreflightChecker(bench.gateway, bench.services.images)
    return checker.check(plan_subject(snapshot.scale_set, plan))


def summary(preflight: Preflight) -> list[tuple[Check, FindingLevel, str]]:
    return [(f.check, f.level, f.message) for f in preflight.findings]


def test_all_is_well_with_four_requests_which_are_not_repeated(make_bench: BenchFactory) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    plan = bench.services.planner.plan(snapshot, Selection(), Policy(), Edit(image_version=NEWEST))
    subject, before = plan_subject(snapshot.scale_set, plan), len(bench.requests("GET"))
    result = bench.services.preflight.check(subject)
    assert summary(result) == []
    assert result.passed == (Check.STATE, Check.IMAGE, Check.COMPATIBILITY, Check.RIGHTS)
    assert len(bench.requests("GET")) - before == 4
    others = [
        structs.replace(subject, scale_set=other, target=other)
        for name in ("a", "b", "c")
        for other in [replace(subject.target, id=structs.replace(subject.target.id, name=name))]
    ]
    assert not any(r.findings for r in bench.services.preflight.check_many(others).values())
    assert len(bench.requests("GET")) - before == 4, "what sets have in common is read once"


def test_what_azure_would_refuse_is_refused_and_read_again(make_bench: BenchFactory) -> None:
    bench = make_bench()
    sku = "canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2"
    purchase = {"publisher": "contoso", "name": "gold", "product": "router"}
    bench.control("POST", "rights", {"refuse": [WRITE_ACTION, UPGRADE_ACTION]})
    settings: dict[str, Any] = {
        "limits": {"eastus": {"standardESv5Family": 7}},
        "capabilities": {"Standard_E4s_v5": {"HyperVGenerations": "V1"}},
        "restrictions": {"Standard_E4s_v5": [{"type": "Location", "reasonCode": "QuotaId"}]},
        "plans": {sku: purchase},
    }
    bench.control("POST", "eligibility", settings)
    snapshot = bench.services.queries.observe(bench.set_id)
    edit = Edit(image_version="9.9.9", vm_size="Standard_E4s_v5")
    plan = bench.services.planner.plan(snapshot, Selection(), Policy(), edit, anyway=True)
    subject = plan_subject(snapshot.scale_set, plan)
    refused = bench.services.preflight.check(subject)
    assert {f.check for f in refused.refusals} == {
        Check.IMAGE,
        Check.SIZE,
        Check.QUOTA,
        Check.RIGHTS,
    }
    assert "400 more cores are needed in eastus" in refused.refusal_text
    known = structs.replace(subject, target=replace(subject.target, image=snapshot.scale_set.image))
    refused = bench.services.preflight.check(known)
    assert {f.check for f in refused.refusals} >= {Check.COMPATIBILITY, Check.TERMS}
    bench.control("DELETE", "rights")
    role = {bench.set_id.resource_id: ["Microsoft.Compute/*"]}
    bench.control(
        "POST", "eligibility", {"limits": {"eastus": {"standardESv5Family": 400}}, "roles": role}
    )
    again = {f.check for f in bench.services.preflight.check(known).refusals}
    assert not again & {Check.QUOTA, Check.RIGHTS}, "facts that refuse are read again"
    bench.edit(plan=purchase)
    assert "az vm image terms accept" in check(bench).refusal_text
    bench.control("POST", "eligibility", {"accepted": ["contoso/router/gold"]})
    assert Check.TERMS in check(bench).passed


def test_a_role_on_the_set_itself_counts(make_bench: BenchFactory) -> None:
    bench = make_bench()
    bench.control("POST", "rights", {"refuse": [UPGRADE_ACTION]})
    roles = {bench.set_id.resource_id: ["Microsoft.Compute/virtualMachineScaleSets/*"]}
    bench.control("POST", "eligibility", {"roles": roles})
    assert Check.RIGHTS in check(bench).passed
    assert len(bench.requests("GET", "Microsoft.Authorization/permissions")) == 2


def test_a_gallery_version_must_be_replicated_completely(make_bench: BenchFactory) -> None:
    bench = make_bench("windows-gallery")
    assert summary(check(bench)) == []
    image = bench.services.queries.observe(bench.set_id).scale_set.image
    assert image is not None
    replica = {"version": image.reference, "region": "eastus", "state": "Replicating"}
    bench.control("POST", "eligibility", {"replicas": [{**replica, "progress": 40}]})
    assert "in progress (40 %)" in check(bench).refusal_text


def test_what_cannot_be_read_is_not_known_and_the_rest_is_checked(make_bench: BenchFactory) -> None:
    bench = make_bench()
    refused = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}}
    for path in ("/skus$", "permissions", "/versions/"):
        bench.fault(path, refused, times=None)
    result = check(bench)
    assert {f.check for f in result.unknown} == {Check.RIGHTS, Check.COMPATIBILITY}
    assert all(f.message for f in result.unknown)
    assert result.passed == (Check.STATE, Check.IMAGE)
    assert not result.refusals


def test_the_checks_end_with_the_session(make_bench: BenchFactory) -> None:
    bench = make_bench()
    snapshot = bench.services.queries.observe(bench.set_id)
    bench.gateway.cancellation.cancel()
    subject = Subject(snapshot.scale_set, snapshot.scale_set)
    with pytest.raises(ReadCancelled):
        bench.services.preflight.check(subject)
