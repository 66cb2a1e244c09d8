"""The `--json` output of `campaign plan`, as plain values.

Field names are stable and documented in the README.
"""

import msgspec

from vmss_tui.campaign.events import CampaignConfirmed, CampaignRecord
from vmss_tui.campaign.plan import CampaignPlan, MemberPlan, StagePlan
from vmss_tui.campaign.plan_tree import expected_plan_time, expected_stage_time
from vmss_tui.cli.json_output import Json
from vmss_tui.cli.json_output.runs import plan_json
from vmss_tui.text import redact, redact_arguments
from vmss_tui.upgrade.plan.verdict import Verdict


def campaign_plan_json(plan: CampaignPlan) -> Json:
    """A campaign plan with the whole plan of each member's run."""
    expected = expected_plan_time(plan)
    return {
        "campaign": plan.name,
        "source": plan.source,
        "made_at": plan.made_at,
        "change": plan.change,
        "stages": [_stage_json(stage) for stage in plan.stages],
        "left_out": [
            {
                "scale_set": member.scale_set.resource_id,
                "region": member.region,
                "stage": member.stage or None,
                "kind": member.kind,
                "why": member.reason,
            }
            for member in plan.left_out
        ],
        "rules": plan.rules,
        "verdict": verdict_json(plan.verdict) if plan.verdict else None,
        "on_failure": plan.on_failure,
        "expected_seconds": expected.seconds,
        "measured": expected.is_measured,
        "cautions": plan.cautions,
        "notes": plan.notes,
    }


def campaign_event_json(campaign: str, record: CampaignRecord) -> Json:
    """An event of a campaign's journal, with the campaign's name and without secrets. A confirmed
    plan is as `campaign plan` prints it."""
    fields: Json = msgspec.to_builtins(record)
    if isinstance(record.body, CampaignConfirmed):
        fields["body"]["plan"] = campaign_plan_json(record.body.plan)
    return {"campaign": campaign, **fields}


def verdict_json(verdict: Verdict) -> Json:
    """A verdict without secrets; its metric as it is typed."""
    return {
        "command": redact_arguments(verdict.command),
        "url": redact(verdict.url),
        "metric": str(verdict.metric) if verdict.metric else "",
        "every": verdict.every,
        "timeout": verdict.timeout,
        "failures": verdict.failures,
        "samples": verdict.samples,
        "inconclusive": verdict.inconclusive,
        "on_failure": verdict.on_failure,
    }


def _stage_json(stage: StagePlan) -> Json:
    expected = expected_stage_time(stage)
    return {
        "name": stage.name,
        "concurrency": stage.concurrency,
        "max_failed_members": stage.max_failed_members,
        "bake": stage.bake,
        "approve": stage.approve,
        "start_at": stage.start_at,
        "expected_seconds": expected.seconds,
        "measured": expected.is_measured,
        "members": [_member_json(member) for member in stage.members],
    }


def _member_json(member: MemberPlan) -> Json:
    return {
        "region": member.region,
        "paired_region": member.paired_region or None,
        "expected_seconds": member.expected_seconds,
        "measured": member.is_measured,
        **plan_json(member.plan),
    }
