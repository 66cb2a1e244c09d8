"""Small plans of campaigns: members of two instances, without a scale set behind them."""

from datetime import UTC, datetime, timedelta

from vmss_tui.campaign.plan import CampaignPlan, MemberPlan, StagePlan
from vmss_tui.campaign.strategy import CampaignRules
from vmss_tui.upgrade.plan.plan import Batch, ModelEdit, Plan
from vmss_tui.upgrade.plan.verdict import OnFailure, Verdict

CAMPAIGN_ID = "ubuntu-1"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
BEGIN = datetime(2026, 1, 15, 22, 0, tzinfo=UTC)
PAIRS = {"northeurope": "westeurope", "westeurope": "northeurope"}


def member(name: str, region: str = "northeurope") -> MemberPlan:
    """A member with two batches of one instance each, and an edit that can be undone."""
    plan = Plan(
        subscription_id=SUBSCRIPTION,
        resource_group="rg",
        name=name,
        batches=(Batch("UD 0", ("0",)), Batch("UD 1", ("1",))),
        edit=ModelEdit({"new": 1}, {"old": 1}, "etag", ("version: 1.0.0 → 1.0.1",)),
        model_digest="digest",
        running_at_start=2,
        made_at=BEGIN,
    )
    return MemberPlan(plan=plan, region=region, paired_region=PAIRS.get(region, ""))


def campaign_plan(
    *stages: StagePlan,
    verdict: Verdict | None = None,
    rules: CampaignRules = CampaignRules(),  # noqa: B008
    on_failure: OnFailure = OnFailure.HALT,
) -> CampaignPlan:
    """A plan of these stages."""
    return CampaignPlan(
        name="ubuntu",
        stages=stages,
        verdict=verdict,
        rules=rules,
        on_failure=on_failure,
        change=("version: 1.0.0 → 1.0.1",),
        made_at=BEGIN,
    )


def stamp(t: float) -> str:
    """The time of records and readings `t` seconds after the begin."""
    return (BEGIN + timedelta(seconds=t)).isoformat(timespec="milliseconds")


def key(name: str) -> str:
    """The key of the member with this name."""
    return member(name).key
