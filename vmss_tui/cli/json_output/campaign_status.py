"""The `--json` output of `campaign status`, as plain values.

Field names are stable and documented in the README.
"""

from collections.abc import Mapping
from typing import Any

from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import FAILED_STATES, SETTLED_STATES, Campaign, CampaignMember
from vmss_tui.cli.json_output import Json
from vmss_tui.runtime.campaigns.campaign_store import CampaignSummary


def campaign_summary_json(summary: CampaignSummary) -> Json:
    """An entry of the list of campaigns."""
    campaign = summary.campaign
    return {
        "campaign": summary.name,
        **_phase_json(campaign, is_live=summary.is_live),
        "done": campaign.count(SETTLED_STATES),
        "failed": campaign.count(FAILED_STATES),
        "total": len(campaign.members),
        "started_at": summary.started_at,
        "demo": summary.demo,
        "damage": summary.damage,
        "worker_failure": summary.worker_failure,
    }


def campaign_status_json(
    name: str,
    campaign: Campaign,
    views: Mapping[str, MemberView],
    *,
    is_live: bool,
    damage: str = "",
    worker_failure: str = "",
) -> Json:
    """A campaign with its members; `views` are those of their newest runs by key. `damage` is what
    of its journal cannot be read, `worker_failure` why its last worker ended early."""
    current = campaign.current_stage
    counts = instance_counts(campaign)
    return {
        "campaign": name,
        **_phase_json(campaign, is_live=is_live),
        "stage": campaign.stage_plan(current).name if current is not None else None,
        "waits_for_approval": campaign.waits_for_approval,
        "members": [
            _member_json(member, views.get(member.key), campaign, counts.get(member.key, 0))
            for member in campaign.members.values()
        ],
        "damage": damage,
        "worker_failure": worker_failure,
    }


def instance_counts(campaign: Campaign) -> Mapping[str, int]:
    """Number of instances that the run of each member may change, by its key."""
    members = campaign.plan.members if campaign.plan is not None else ()
    return {member.key: member.instance_count for member in members}


def _phase_json(campaign: Campaign, *, is_live: bool) -> Json:
    return {
        "phase": campaign.phase,
        "reason": campaign.reason,
        "message": campaign.message,
        "live": is_live,
    }


def _member_json(
    member: CampaignMember, view: MemberView | None, campaign: Campaign, total: int
) -> Json:
    numbers: Any = member if view is None else view
    return {
        "scale_set": member.key,
        "stage": campaign.stage_plan(member.stage).name,
        "state": member.state,
        "reason": member.reason,
        "message": member.message,
        "run": member.run,
        "attempt": member.attempt,
        "upgraded": numbers.upgraded,
        "failed": numbers.failed,
        "rolled_back": numbers.rolled_back,
        "total": total,
    }
