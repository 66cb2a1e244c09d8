"""Events that start, pause, halt, revert or end a run. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import Event, InstanceEvent
from vmss_tui.upgrade.plan.plan import Plan

VERDICT = "the verdict"
"""Who requested a revert, where no person did."""


class PlanConfirmed(Event, frozen=True, tag="plan_confirmed"):
    """An operator confirmed exactly this plan."""

    plan: Plan
    by: str
    assumed_yes: bool = False
    """Confirmed by `--yes` instead of an answer."""


class WorkerStarted(Event, frozen=True, tag="worker_started"):
    """A worker process took over the run; continuous health has to be observed from here."""

    pid: int
    host: str
    resumed: bool = False


class RollingUpgradeUnknown(Event, frozen=True, tag="rolling_unread"):
    """Before a request, the status of Azure's own rolling upgrade could not be read."""

    message: str = msgspec.field(name="words")


class CheckpointReached(Event, frozen=True, tag="checkpoint_reached"):
    """This share of the plan is done; the run waits for an operator."""

    percent: int


class Paused(Event, frozen=True, tag="paused"):
    """No new batch until resumed. `reason` is `asked`, `checkpoint`, `foreign` (other work on
    the scale set) or `inconclusive` (a sample of the verdict)."""

    reason: str
    message: str = msgspec.field(name="words")
    by: str = ""
    wait: float = 0.0
    """Run seconds that the run waits after it is resumed, because another run may be resumed at
    the same moment."""


class Resumed(Event, frozen=True, tag="resumed"):
    """An operator resumed the run."""

    by: str


class WaitEnded(Event, frozen=True, tag="wait_ended"):
    """An operator ended the pause between two batches."""

    by: str


class Aborted(Event, frozen=True, tag="aborted"):
    """An operator ended the run. Azure finishes the requests that it has accepted."""

    by: str


class RetryRequested(InstanceEvent, frozen=True, tag="retried"):
    """An operator requested another attempt for these failed instances; they wait again."""

    by: str


class RevertRequested(Event, frozen=True, tag="revert_asked"):
    """An operator, or a failed verdict, requested the previous model; the open batch ends first."""

    by: str
    """A user, or `VERDICT`."""
    message: str = ""
    """Why, where the verdict failed; empty for an operator."""


class RevertStarted(InstanceEvent, frozen=True, tag="turned_back"):
    """From here on the run restores the previous model on the instances that it had changed."""

    image_version: str = ""
    """The exact version that is pinned where the previous model says `latest`; else empty."""


class TakenOver(Event, frozen=True, tag="taken_over"):
    """An operator confirmed the other run's id and ended its worker, so that this run can write."""

    by: str
    previous_worker: str = msgspec.field(name="words")
    """Run, user, host and pid of the worker that was ended."""


class IntentHandled(Event, frozen=True, tag="intent_heard"):
    """The intent in line `number` of the intents file was applied, or no longer applied."""

    number: int
    kind: str = msgspec.field(name="want")
    by: str


class Halted(Event, frozen=True, tag="halted"):
    """The run stopped itself. Nothing is sent until an operator resumes it."""

    reason: str
    message: str = msgspec.field(name="words")
    instance_ids: tuple[str, ...] = ()
    safe_next: str = ""


class Completed(Event, frozen=True, tag="completed"):
    """Every planned instance has reached a final stage."""

    upgraded: int
    failed: int
    gone: int
    skipped: int
    unfinished: tuple[str, ...] = ()
    """Skipped instances that are not on the model, or not healthy."""
    reverted: bool = False
    """The model is the previous one: `upgraded` counts the instances that are on it again."""
