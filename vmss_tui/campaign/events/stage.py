"""Events of stages and of the verdict. Part of `campaign.events`. `stage` is an index from 0."""

from vmss_tui.campaign.events.base import CampaignEvent
from vmss_tui.upgrade.plan.verdict import Sample


class ApprovalRequired(CampaignEvent, frozen=True, tag="approval_required"):
    """The stage is next, and waits for an operator."""

    stage: int


class StageApproved(CampaignEvent, frozen=True, tag="stage_approved"):
    """An operator approved the stage."""

    stage: int
    by: str


class StageOpened(CampaignEvent, frozen=True, tag="stage_opened"):
    """Every gate of the stage is passed: its members may start."""

    stage: int


class StageFinished(CampaignEvent, frozen=True, tag="stage_finished"):
    """Every member of the stage is upgraded, skipped or failed; its bake begins. Numbers of
    members."""

    stage: int
    upgraded: int = 0
    failed: int = 0
    skipped: int = 0


class StagePassed(CampaignEvent, frozen=True, tag="stage_passed"):
    """The bake of the stage is over and its verdict passed: the next stage may begin."""

    stage: int


class StageVerdictSampled(CampaignEvent, frozen=True, tag="verdict_sampled"):
    """A sample of the campaign's verdict, taken for this stage."""

    stage: int
    sample: Sample
