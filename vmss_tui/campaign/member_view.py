"""What a campaign sees of a member's run, made of the run's folded journal; and its run's name."""

import hashlib

from msgspec import Struct

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.upgrade.engine.pin_model import hopeless_edit
from vmss_tui.upgrade.engine.revert import preview_retry, revert_unavailable_reason
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run, Stage

_NAME_DIGITS = 8


class MemberView(Struct, frozen=True, kw_only=True):
    """A member's run at one moment."""

    run: str
    """Name of the run; a view of another run than the member's newest is ignored."""
    phase: Phase
    reason: str = ""
    message: str = ""
    is_worker_live: bool = True
    """Whether a worker carries the run out now."""
    worker_failure: str = ""
    """Why the last worker ended before the run did; empty while there is one."""
    signed_out_at: str = ""
    """When its worker could not read for want of a sign-in, where it has not read since: UTC, ISO
    8601 with milliseconds, as times of records. Empty where its newest attempt has read."""
    paused_by: str = ""
    """Who requested its pause; empty where it is not paused, or paused by itself."""
    intents_handled: int = 0
    """Number of lines of the run's intents file that the run has handled."""
    reverting: bool = False
    """It rolls back, or has begun to before it stopped."""
    has_changes: bool = False
    """Whether it may have changed the model or an instance."""
    can_retry: bool = False
    """Whether instances of it have failed and may be retried."""
    can_resume: bool = False
    """Whether it is paused or halted, and may be resumed."""
    revert_refusal: str = ""
    """Why it cannot be rolled back; empty where it can."""
    total: int = 0
    upgraded: int = 0
    failed: int = 0
    rolled_back: int = 0

    @property
    def is_signed_out(self) -> bool:
        """Whether its worker waits for a sign-in."""
        return bool(self.signed_out_at)


def member_view(
    name: str,
    run: Run,
    *,
    is_worker_live: bool = True,
    worker_failure: str = "",
    signed_out_at: str = "",
) -> MemberView:
    """The view of the run `name`, folded from its journal; a run whose journal is still empty gives
    one, too."""
    upgraded = run.count(Stage.UPGRADED)
    back = sum(member.stage is Stage.UPGRADED for member in run.targets) if run.reverting else 0
    reverting = run.reverting or run.revert_pending
    stopped = run.phase in (Phase.PAUSED, Phase.FAULTED)
    return MemberView(
        run=name,
        phase=run.phase,
        reason=run.reason,
        message=run.message,
        is_worker_live=is_worker_live,
        worker_failure=worker_failure,
        signed_out_at=signed_out_at,
        paused_by=run.paused_by if run.phase is Phase.PAUSED else "",
        intents_handled=run.intents_handled,
        reverting=reverting,
        has_changes=run.batches_sent > 0 or reverting or _may_have_edited(run),
        can_retry=bool(preview_retry(run).instance_ids),
        can_resume=stopped and not hopeless_edit(run),
        revert_refusal=revert_unavailable_reason(run),
        total=run.total,
        upgraded=upgraded - back,
        failed=run.count(Stage.FAILED),
        rolled_back=back,
    )


def _may_have_edited(run: Run) -> bool:
    """Whether its own edit of the model was sent, and not refused."""
    has_edit = run.plan is not None and run.plan.edit is not None
    return has_edit and run.model is not ModelStage.UNPINNED


def campaign_operator(operator: str, campaign_id: str) -> str:
    """Who requests something of a member's run: the operator, on behalf of the campaign."""
    return f"{operator}, campaign {campaign_id}"


def is_by_campaign(by: str, campaign_id: str) -> bool:
    """Whether `by` is a `campaign_operator` of this campaign."""
    return by.endswith(campaign_operator("", campaign_id))


def member_run_name(campaign_id: str, scale_set: ScaleSetId, attempt: int) -> str:
    """The name of a member's run, the same for every worker of the campaign: `NAME-1f2e3d4c`.

    `attempt` counts from 1. The digits depend on the campaign, the scale set and the attempt, so
    that a start whose outcome is unknown is found by its name, or repeated under the same one."""
    text = f"{campaign_id}\n{scale_set.key}\n{attempt}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:_NAME_DIGITS]
    return f"{scale_set.name}-{digest}"
