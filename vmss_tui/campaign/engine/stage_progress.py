"""The gates of stages: approval, start time, members, bake and verdict. Pure.

A stage opens once the stage before has passed, an operator approved it and its start time is
reached. It is finished when every member is settled. It passes when its bake is over and, with a
verdict, the last sample was a success that was taken after the bake.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from vmss_tui.campaign import events as ce
from vmss_tui.campaign.engine.halt import stage_samples
from vmss_tui.campaign.events.member import MemberState
from vmss_tui.campaign.member_view import MemberView
from vmss_tui.campaign.state import (
    FAILED_STATES,
    SETTLED_STATES,
    Campaign,
    CampaignMoment,
    CampaignPhase,
)
from vmss_tui.upgrade.plan.verdict import SampleResult


class StageWaitKind(StrEnum):
    """What the current stage waits for."""

    APPROVAL = "approval"
    START_TIME = "start time"
    MEMBERS = "members"
    BAKE = "bake"
    VERDICT = "verdict"


class StageWait(Struct, frozen=True):
    """What the current stage waits for, for screens and the command line."""

    stage: int
    kind: StageWaitKind
    seconds: float | None = None
    """Campaign seconds that are left; None where it does not depend on time alone."""
    until: datetime | None = None
    """The start time, UTC."""


def stage_wait(campaign: Campaign, now: CampaignMoment) -> StageWait | None:
    """What the current stage waits for; None without one."""
    index = campaign.current_stage
    if index is None or campaign.plan is None:
        return None
    stage, plan = campaign.stages[index], campaign.stage_plan(index)
    if stage.finished_at is not None:
        remaining = bake_end(campaign, index) - now.t
        if remaining > 0:
            return StageWait(index, StageWaitKind.BAKE, remaining)
        return StageWait(index, StageWaitKind.VERDICT)
    if stage.opened_at is None and plan.approve and not stage.approved:
        return StageWait(index, StageWaitKind.APPROVAL)
    if stage.opened_at is None and plan.start_at is not None and now.wall < plan.start_at:
        seconds = (plan.start_at - now.wall).total_seconds()
        return StageWait(index, StageWaitKind.START_TIME, seconds, plan.start_at)
    return StageWait(index, StageWaitKind.MEMBERS)


def bake_end(campaign: Campaign, index: int) -> float:
    """When the bake of a finished stage ends; a stage in which nothing started has none."""
    bake = campaign.stage_plan(index).bake if _was_started(campaign, index) else 0.0
    return (campaign.stages[index].finished_at or 0.0) + bake


def advance_stage(
    campaign: Campaign, views: Mapping[str, MemberView], now: CampaignMoment
) -> tuple[ce.AnyCampaignEvent, ...]:
    """The event of the next gate that is passed, or the end of the campaign."""
    index = campaign.current_stage
    if index is None:
        return () if campaign.live else (completed(campaign),)
    stage = campaign.stages[index]
    members = campaign.of_stage(index)
    if stage.finished_at is not None:
        return (ce.StagePassed(stage=index),) if _passes(campaign, index, now) else ()
    if all(m.state in SETTLED_STATES and m.pending is None for m in members):
        return (
            ce.StageFinished(
                stage=index,
                upgraded=campaign.count((MemberState.UPGRADED,), index),
                failed=campaign.count(FAILED_STATES, index),
                skipped=campaign.count((MemberState.SKIPPED,), index),
            ),
        )
    if stage.opened_at is not None:
        return ()
    wait = stage_wait(campaign, now)
    if wait is not None and wait.kind is StageWaitKind.APPROVAL:
        return () if stage.approval_required else (ce.ApprovalRequired(stage=index),)
    is_open = wait is None or wait.kind is not StageWaitKind.START_TIME
    return (ce.StageOpened(stage=index),) if is_open else ()


def due_sample(campaign: Campaign, now: CampaignMoment) -> int | None:
    """The index of the stage for which a sample of the verdict is due; None where none is."""
    index, verdict = campaign.current_stage, campaign.plan.verdict if campaign.plan else None
    if verdict is None or index is None or campaign.phase is not CampaignPhase.UPGRADING:
        return None
    if not _was_started(campaign, index):
        return None
    last = campaign.sampled_at
    if last is None or now.t >= last + verdict.every:
        return index
    is_finished = campaign.stages[index].finished_at is not None
    end = bake_end(campaign, index)
    return index if is_finished and last < end <= now.t else None


def _was_started(campaign: Campaign, index: int) -> bool:
    return any(member.attempt > 0 for member in campaign.of_stage(index))


def _passes(campaign: Campaign, index: int, now: CampaignMoment) -> bool:
    end = bake_end(campaign, index)
    if now.t < end:
        return False
    if campaign.plan is None or campaign.plan.verdict is None or not _was_started(campaign, index):
        return True
    samples = stage_samples(campaign)
    last = samples[-1] if samples else None
    return last is not None and last.began_at >= end and last.sample.result is SampleResult.SUCCESS


def completed(campaign: Campaign) -> ce.CampaignCompleted:
    """The end of a campaign, forward or rolled back."""
    return ce.CampaignCompleted(
        upgraded=campaign.count((MemberState.UPGRADED,)),
        failed=campaign.count(FAILED_STATES),
        skipped=campaign.count((MemberState.SKIPPED,)),
        rolled_back=campaign.count((MemberState.REVERTED,)),
        not_rolled_back=campaign.count((MemberState.NOT_REVERTED,)),
        reverted=campaign.reverting,
    )
