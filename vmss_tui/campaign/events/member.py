"""Events of members: requests to their runs, the outcomes, and what became of the runs.

A request is journaled before it is carried out (`MemberRequested`), exactly one outcome follows
it. A worker that dies in between leaves a request without outcome; the next worker looks whether
it was carried out, by the name of the run or the id of the intent, before anything else is done
with the member. Part of `campaign.events`.
"""

from enum import StrEnum

from vmss_tui.campaign.events.base import CampaignEvent


class RequestKind(StrEnum):
    """What the campaign requests for a member."""

    START = "start"
    """Start its run, by the derived name."""
    PAUSE = "pause"
    RESUME = "resume"
    """Resume its paused or halted run."""
    RETRY = "retry"
    """Retry the failed instances of its run."""
    ABORT = "abort"
    REVERT = "revert"
    WAKE = "wake"
    """Start a worker for its run, which has none and has not ended. Needs no lookup: the lock of
    the scale set admits one worker."""


class MemberState(StrEnum):
    """The progress of a member."""

    WAITING = "waiting"
    """Not started, or to be retried."""
    STARTING = "starting"
    """The start of its run was journaled, and its outcome is not known yet."""
    RUNNING = "running"
    PAUSED = "paused"
    """Its run is paused: by the campaign, by an operator, at a checkpoint, or for other work on the
    scale set."""
    UPGRADED = "upgraded"
    FAILED = "failed"
    """Its run halted, completed with failures or was rolled back on its own, or could not be
    started."""
    ABORTED = "aborted"
    """Its run was aborted; counts as failed."""
    SKIPPED = "skipped"
    REVERTING = "reverting"
    REVERTED = "reverted"
    NOT_REVERTED = "not reverted"
    """Its rollback failed or is impossible: it may have new and old instances."""


class MemberRequested(CampaignEvent, frozen=True, tag="member_requested"):
    """This request is about to be carried out."""

    member: str
    """Key of the member."""
    kind: RequestKind
    run: str
    """Name of the member's run."""
    id: str
    """Id of the intent in the run's intents file, unique in the campaign."""
    attempt: int = 0
    """For a start: which run of the member it is, from 1."""


class RequestAccepted(CampaignEvent, frozen=True, tag="member_request_accepted"):
    """The run exists, or the intent is in the run's intents file."""

    member: str
    id: str
    observed: bool = False
    """Its outcome was unknown, and it was looked up."""
    line: int = 0
    """Number of the intent's line in the run's intents file, from 1; 0 for a start or a wake."""


class RequestAbsent(CampaignEvent, frozen=True, tag="member_request_absent"):
    """Its outcome was unknown, and a lookup shows that it was not carried out: it may be repeated,
    with the same run name."""

    member: str
    id: str


class RequestRefused(CampaignEvent, frozen=True, tag="member_request_refused"):
    """It was not carried out."""

    member: str
    id: str
    message: str
    reason: str = ""
    """`foreign` (another run or operation has the scale set), `not signed in`, `drift`, or another
    word for the cause."""
    retry_after: float | None = None
    """Campaign seconds after which it may be repeated; None where the refusal is final. A pause, a
    resume or an abort is refused finally only where the run has ended."""


class MemberChanged(CampaignEvent, frozen=True, tag="member_changed"):
    """A member has another state: as its run shows, or because there is nothing to roll back."""

    member: str
    state: MemberState
    reason: str = ""
    """Reason of the run's halt or pause."""
    message: str = ""
    by: str = ""
    """Who paused the run; empty where it is not paused, or paused by itself."""
    upgraded: int = 0
    """Numbers of instances, as in the run."""
    failed: int = 0
    rolled_back: int = 0


class MembersSkipped(CampaignEvent, frozen=True, tag="members_skipped"):
    """An operator took these members out: waiting ones never start, failed ones no longer count."""

    members: tuple[str, ...]
    by: str


class MembersRetried(CampaignEvent, frozen=True, tag="members_retried"):
    """An operator requested another attempt for these failed members; they wait again."""

    members: tuple[str, ...]
    by: str
