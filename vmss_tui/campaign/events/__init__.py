"""The events of a campaign, as its journal stores them. Data only.

A `CampaignIntent` is what an operator requests, a `CampaignEvent` is what has happened. Each JSON
object begins with its kind (`event`); its names never change, and new fields have defaults.
Members are named by their key, the lower-cased resource id of the scale set.
"""

import msgspec

from vmss_tui.campaign.events.base import CampaignEvent as CampaignEvent
from vmss_tui.campaign.events.course import CampaignAborted as CampaignAborted
from vmss_tui.campaign.events.course import CampaignCompleted as CampaignCompleted
from vmss_tui.campaign.events.course import CampaignConfirmed as CampaignConfirmed
from vmss_tui.campaign.events.course import CampaignHalted as CampaignHalted
from vmss_tui.campaign.events.course import CampaignIntentHandled as CampaignIntentHandled
from vmss_tui.campaign.events.course import CampaignPaused as CampaignPaused
from vmss_tui.campaign.events.course import CampaignResumed as CampaignResumed
from vmss_tui.campaign.events.course import CampaignRevertStarted as CampaignRevertStarted
from vmss_tui.campaign.events.course import CampaignWorkerStarted as CampaignWorkerStarted
from vmss_tui.campaign.events.member import MemberChanged as MemberChanged
from vmss_tui.campaign.events.member import MemberRequested as MemberRequested
from vmss_tui.campaign.events.member import MembersRetried as MembersRetried
from vmss_tui.campaign.events.member import MembersSkipped as MembersSkipped
from vmss_tui.campaign.events.member import MemberState as MemberState
from vmss_tui.campaign.events.member import RequestAbsent as RequestAbsent
from vmss_tui.campaign.events.member import RequestAccepted as RequestAccepted
from vmss_tui.campaign.events.member import RequestKind as RequestKind
from vmss_tui.campaign.events.member import RequestRefused as RequestRefused
from vmss_tui.campaign.events.operator import CampaignIntent as CampaignIntent
from vmss_tui.campaign.events.operator import CampaignIntentKind as CampaignIntentKind
from vmss_tui.campaign.events.stage import ApprovalRequired as ApprovalRequired
from vmss_tui.campaign.events.stage import StageApproved as StageApproved
from vmss_tui.campaign.events.stage import StageFinished as StageFinished
from vmss_tui.campaign.events.stage import StageOpened as StageOpened
from vmss_tui.campaign.events.stage import StagePassed as StagePassed
from vmss_tui.campaign.events.stage import StageVerdictSampled as StageVerdictSampled

AnyCampaignEvent = (
    CampaignConfirmed
    | CampaignWorkerStarted
    | CampaignPaused
    | CampaignResumed
    | CampaignHalted
    | CampaignAborted
    | CampaignRevertStarted
    | CampaignCompleted
    | CampaignIntentHandled
    | ApprovalRequired
    | StageApproved
    | StageOpened
    | StageFinished
    | StagePassed
    | StageVerdictSampled
    | MemberRequested
    | RequestAccepted
    | RequestAbsent
    | RequestRefused
    | MemberChanged
    | MembersSkipped
    | MembersRetried
)


class CampaignRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its sequence number and time in one campaign."""

    seq: int
    at: str
    """UTC, ISO 8601, for display only."""
    t: float
    """Seconds on the campaign's own clock since the plan was confirmed; never decreases."""
    body: AnyCampaignEvent
