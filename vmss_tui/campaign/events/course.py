"""Events that start, pause, halt, revert or end a campaign. Part of `campaign.events`."""

from vmss_tui.campaign.events.base import CampaignEvent
from vmss_tui.campaign.plan import CampaignPlan


class CampaignConfirmed(CampaignEvent, frozen=True, tag="campaign_confirmed"):
    """An operator confirmed exactly this plan. The first event of a campaign."""

    id: str
    """Unique name of the campaign; the names of its members' runs derive from it."""
    plan: CampaignPlan
    by: str
    assumed_yes: bool = False
    """Confirmed by `--yes` instead of an answer."""


class CampaignWorkerStarted(CampaignEvent, frozen=True, tag="campaign_worker_started"):
    """A worker process took over the campaign."""

    pid: int
    host: str
    resumed: bool = False


class CampaignPaused(CampaignEvent, frozen=True, tag="campaign_paused"):
    """No run starts until resumed, and live runs are paused before their next batch.

    `reason` is `requested` or `inconclusive` (a sample of the verdict)."""

    reason: str
    message: str = ""
    by: str = ""


class CampaignResumed(CampaignEvent, frozen=True, tag="campaign_resumed"):
    """An operator resumed the campaign: members that have failed so far are accepted."""

    by: str


class CampaignHalted(CampaignEvent, frozen=True, tag="campaign_halted"):
    """The campaign stopped itself. No run starts until an operator resumes it.

    `reason` is `failure` (members failed over the limit), `verdict`, `foreign` (other work on a
    member), `drift` (its model was changed), `not signed in` or `worker` (a member's worker ends
    again and again)."""

    reason: str
    message: str
    members: tuple[str, ...] = ()
    """Keys of the members that caused it."""
    safe_next: str = ""


class CampaignAborted(CampaignEvent, frozen=True, tag="campaign_aborted"):
    """An operator ended the campaign: no run starts, live runs are aborted."""

    by: str


class CampaignRevertStarted(CampaignEvent, frozen=True, tag="campaign_revert_started"):
    """From here on members are rolled back: live ones at once, then those that are done, in reverse
    order of the stages. Members that never started stay as they are."""

    by: str = ""
    """The operator; empty where the plan says so (`on_failure: revert`)."""
    reason: str = ""
    """`requested`, `failure` or `verdict`."""
    message: str = ""


class CampaignCompleted(CampaignEvent, frozen=True, tag="campaign_completed"):
    """Nothing is left to do: numbers of members."""

    upgraded: int = 0
    failed: int = 0
    skipped: int = 0
    rolled_back: int = 0
    not_rolled_back: int = 0
    reverted: bool = False
    """The campaign was rolled back."""


class CampaignIntentHandled(CampaignEvent, frozen=True, tag="campaign_intent_handled"):
    """The intent in line `number` of the intents file was applied, or does not apply (any more)."""

    number: int
    kind: str
    by: str
