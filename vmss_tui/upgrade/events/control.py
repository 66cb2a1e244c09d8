"""What operators and the run's own rules decide: pauses, halts, ends. Part of `events`."""

import msgspec

from vmss_tui.upgrade.events.base import Event, InstanceEvent
from vmss_tui.upgrade.plan.plan import Plan


class PlanConfirmed(Event, frozen=True, tag="plan_confirmed"):
    """Somebody said yes to exactly this plan."""

    plan: Plan
    by: str
    assumed_yes: bool = False
    """`--yes` stood for the questions."""


class WorkerStarted(Event, frozen=True, tag="worker_started"):
    """A worker took the run up; what was watched without a gap before is watched anew."""

    pid: int
    host: str
    resumed: bool = False


class RollingUpgradeUnknown(Event, frozen=True, tag="rolling_unread"):
    """A request is due, and it cannot be read whether Azure rolls an upgrade of its own."""

    message: str = msgspec.field(name="words")


class CheckpointReached(Event, frozen=True, tag="checkpoint_reached"):
    """So much of the plan is done; a person lets it go on."""

    percent: int


class Paused(Event, frozen=True, tag="paused"):
    """No new batch until resumed. `reason` is `asked`, `checkpoint` or `foreign`."""

    reason: str
    message: str = msgspec.field(name="words")
    by: str = ""


class Resumed(Event, frozen=True, tag="resumed"):
    """A person let it go on."""

    by: str


class WaitEnded(Event, frozen=True, tag="wait_ended"):
    """A person cut the pause between batches short."""

    by: str


class Aborted(Event, frozen=True, tag="aborted"):
    """A person ended it. What Azure has accepted goes on by itself."""

    by: str


class RetryRequested(InstanceEvent, frozen=True, tag="retried"):
    """A person wants these failed instances asked again; they wait, and count anew."""

    by: str


class RevertRequested(Event, frozen=True, tag="revert_asked"):
    """A person wants the previous model back. What Azure is at work on ends first."""

    by: str


class RevertStarted(InstanceEvent, frozen=True, tag="turned_back"):
    """From here on the run leads back: these are the instances that it had changed."""


class TakenOver(Event, frozen=True, tag="taken_over"):
    """A person typed the id of the run at work and ended its worker, so that this one could go."""

    by: str
    previous_worker: str = msgspec.field(name="words")
    """Whose worker it was: run, user, host, pid."""


class IntentHandled(Event, frozen=True, tag="intent_heard"):
    """The wish in this line of the run's intents was taken up (or made no sense any more)."""

    number: int
    kind: str = msgspec.field(name="want")
    by: str


class Halted(Event, frozen=True, tag="halted"):
    """The run stopped itself. Nothing is sent until a new intent."""

    reason: str
    message: str = msgspec.field(name="words")
    instance_ids: tuple[str, ...] = ()
    safe_next: str = ""


class Completed(Event, frozen=True, tag="completed"):
    """Every planned instance is accounted for."""

    upgraded: int
    failed: int
    gone: int
    skipped: int
