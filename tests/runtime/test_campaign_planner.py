"""Campaigns planned over the forty scale sets of scenario `fleet`: who takes part, and who not."""

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.bench import Bench, BenchFactory
from tests.support.fleets import web
from vmss_tui.campaign.left_out import LeftOutKind
from vmss_tui.campaign.plan import CampaignPlan, LeftOutMember
from vmss_tui.campaign.strategy import EstateSelection, Strategy, StrategyStage
from vmss_tui.fleet.estate.row import EstateRow, listed_row
from vmss_tui.fleet.estate.where import parse_where
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.preflight.subject import UPGRADE_ACTION
from vmss_tui.gateway import ReadCancelled
from vmss_tui.runtime.campaigns.candidates import Candidate
from vmss_tui.runtime.campaigns.member_planner import MemberPlanner
from vmss_tui.upgrade.plan.policy import Amount, Policy
from vmss_tui.upgrade.plan.selection import PlanError, Selection

POLICY = Policy(max_batch_instance_percent=Amount(count=2), min_healthy_time=60.0)


def strategy(*stages: StrategyStage, where: str = "*", **more: Any) -> Strategy:
    return Strategy(name="c", select=EstateSelection(where), stages=stages, policy=POLICY, **more)


def left_out(plan: CampaignPlan) -> dict[str, set[str]]:
    """Kind of a reason -> names of the scale sets that are left out for it."""
    names: dict[str, set[str]] = {}
    for member in plan.left_out:
        names.setdefault(member.kind, set()).add(member.name)
    return names


def members(plan: CampaignPlan) -> list[list[str]]:
    """The names of the members of each stage."""
    return [[member.scale_set.name for member in stage.members] for stage in plan.stages]


def reads_only(bench: Bench) -> bool:
    """Whether every request was a GET, or a query of Azure's index."""
    return all(
        request["method"] == "GET" or "ResourceGraph" in request["path"]
        for request in bench.control("GET", "ledger")["requests"]
    )


@pytest.fixture
def fleet(make_bench: BenchFactory) -> Bench:
    return make_bench("fleet")


def test_a_plan_freezes_stages_and_says_why_others_are_left_out(fleet: Bench) -> None:
    services, planner = fleet.services, fleet.services.campaign_planner
    ids = {row.id.name: row.id for row in services.queries.list_scale_sets()}
    for name, status, code in (("cache", 403, "No"), ("edge", 404, "ResourceNotFound")):
        body = {"error": {"code": code, "message": "no"}}
        fleet.fault(f"{name}-test", {"status": status, "body": body}, method="GET", times=None)
    services.permission._settings_protect = lambda scale_set: scale_set.name == "queue-test"
    snapshot = services.queries.observe(ids["api-test"])
    run = services.store.create_locked(
        services.planner.plan(snapshot, Selection(), POLICY), services.context, fleet.clock.wall()
    )
    assert run is not None
    counts: list[tuple[int, int]] = []
    plan = planner.plan(
        strategy(
            StrategyStage(name="canary", where="name:web-*", bake=600.0),
            StrategyStage(name="rest", where="tag:stage=test", concurrency=3, approve=True),
            StrategyStage(name="prod", where="name:*-prod,*-dev"),
        ),
        source="s.yaml",
        report_count=lambda done, total: counts.append((done, total)),
    )
    run.lock.release()
    teams = ("api", "auth", "batch", "cache", "edge", "ingest", "queue", "render", "search")
    assert members(plan) == [
        ["web-test"],
        ["auth-test", "batch-test", "ingest-test", "render-test"],
        [],
    ]
    assert left_out(plan) == {
        LeftOutKind.CURRENT: {f"{team}-prod" for team in teams},
        LeftOutKind.EMPTY: {"web-prod", "search-test"},
        LeftOutKind.LIVE: {"api-test"},
        LeftOutKind.POLICY: {f"{team}-dev" for team in (*teams, "web")} | {"web-dr"},
        LeftOutKind.PROTECTED: {"queue-test"},
        LeftOutKind.STAGE: {f"{team}-dr" for team in teams},
        LeftOutKind.GONE: {"edge-test"},
        LeftOutKind.UNREADABLE: {"cache-test"},
    }
    canary = plan.stages[0].members[0]
    observed = services.queries.observe(canary.scale_set)
    outdated = {i.instance_id for i in observed.instances if i.latest_model_applied is False}
    assert set(canary.plan.instance_ids) == outdated != set(observed.by_id)
    assert (canary.region, canary.paired_region) == ("westeurope", "northeurope")
    assert canary.expected_seconds == 60.0 * len(canary.plan.batches)
    assert max(len(batch.instance_ids) for batch in canary.plan.batches) <= 2
    assert counts[-1] == (40, 40)
    assert plan.cautions == ("Stage prod has no scale set.",)
    assert plan.notes[0].startswith("Checked before the first write, for 5 scale sets: ")
    chosen = planner.plan(strategy(StrategyStage(name="all")), ids=[ids["web-test"], ids["web-dr"]])
    assert (members(chosen), left_out(chosen)) == (
        [["web-test"]],
        {LeftOutKind.POLICY: {"web-dr"}},
    )
    with pytest.raises(PlanError, match="no scale set matches 'region:mars'"):
        planner.plan(strategy(StrategyStage(name="all"), where="region:mars"))
    with pytest.raises(ReadCancelled):
        planner.plan(strategy(StrategyStage(name="all")), is_cancelled=lambda: True)
    assert reads_only(fleet)


def test_an_image_is_compared_with_the_catalogue_and_checked_before_the_first_write(
    fleet: Bench,
) -> None:
    listed = fleet.services.queries.list_scale_sets()
    (auth,) = (one.id for one in listed if one.name == "auth-prod")
    fleet.control("POST", "rights", {"refuse": [UPGRADE_ACTION]})
    allowed = {auth.resource_id: ["Microsoft.Compute/virtualMachineScaleSets/*"]}
    fleet.control("POST", "eligibility", {"roles": allowed})
    plan = fleet.services.campaign_planner.plan(
        strategy(
            StrategyStage(name="all", start_at=fleet.clock.wall()),
            where="name:api-*,auth-* policy:Manual",
            change=Edit(image_version="22.04.202601010"),
        )
    )
    assert members(plan) == [["auth-prod"]]
    member = plan.stages[0].members[0]
    assert member.plan.edit is not None
    assert "22.04.202601010" in str(member.plan.target_image)
    assert plan.change == ("image version 22.04.202601010",)
    reasons = {member.name: (member.kind, member.reason) for member in plan.left_out}
    kind, reason = reasons.pop("api-prod")
    assert kind == LeftOutKind.PREFLIGHT
    assert "Microsoft.Compute/virtualMachineScaleSets" in reason
    assert [*reasons] == ["api-test", "auth-test"]
    assert all(
        kind == LeftOutKind.IMAGE and "22.04.202601010" in reason
        for kind, reason in reasons.values()
    )
    assert "the stage does not wait for it" in plan.cautions[0]
    assert reads_only(fleet)


def row(**facts: Any) -> EstateRow:
    listed = listed_row(dataclasses.replace(web(10).scale_set, **facts), "Contoso")
    return replace(listed, newer=0)


@pytest.mark.parametrize(
    ("listed", "read", "kind"),
    [
        (row(location="eastus"), row(location="westus"), LeftOutKind.CHANGED),
        (row(location="westus"), row(location="westus"), None),
        (row(), row(owner="Azure Batch"), LeftOutKind.OWNED),
    ],
    ids=["moved since the index", "never matched", "managed by a service"],
)
def test_what_was_read_decides_and_not_the_list(
    listed: EstateRow, read: EstateRow, kind: str | None
) -> None:
    planner = MemberPlanner(*[Nothing()] * 4)  # type: ignore[arg-type]
    decision = planner.decide(
        strategy(StrategyStage(name="all"), where="region=eastus"),
        [parse_where("*")],
        listed,
        Candidate(read, web(10)),
    )
    assert (decision.kind if isinstance(decision, LeftOutMember) else decision) == kind


class Nothing:
    """A service that must not be used."""
