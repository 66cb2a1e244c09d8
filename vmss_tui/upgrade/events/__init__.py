"""What happened in a run, in words that the journal can keep. Data only.

`Intent`s are what people want, `Event`s what is true, `Command`s what Azure is to be asked.
The first field of each JSON record is its kind; fields are only ever added.
"""

import msgspec

from vmss_tui.upgrade.events.batch import BatchAccepted as BatchAccepted
from vmss_tui.upgrade.events.batch import BatchIntent as BatchIntent
from vmss_tui.upgrade.events.batch import BatchLanded as BatchLanded
from vmss_tui.upgrade.events.batch import BatchRefused as BatchRefused
from vmss_tui.upgrade.events.batch import BatchSettled as BatchSettled
from vmss_tui.upgrade.events.batch import BatchUnknown as BatchUnknown
from vmss_tui.upgrade.events.batch import OperationEnded as OperationEnded
from vmss_tui.upgrade.events.gate import GateFailed as GateFailed
from vmss_tui.upgrade.events.gate import GatePassed as GatePassed
from vmss_tui.upgrade.events.gate import GateStarted as GateStarted
from vmss_tui.upgrade.events.instances import Happening, InstanceEvent
from vmss_tui.upgrade.events.instances import InstancesFailed as InstancesFailed
from vmss_tui.upgrade.events.instances import InstancesFound as InstancesFound
from vmss_tui.upgrade.events.instances import InstancesGone as InstancesGone
from vmss_tui.upgrade.events.instances import InstancesMissing as InstancesMissing
from vmss_tui.upgrade.events.instances import InstancesMoving as InstancesMoving
from vmss_tui.upgrade.events.instances import InstancesProvisioned as InstancesProvisioned
from vmss_tui.upgrade.events.instances import InstancesReady as InstancesReady
from vmss_tui.upgrade.events.instances import InstancesRelapsed as InstancesRelapsed
from vmss_tui.upgrade.events.instances import InstancesReopened as InstancesReopened
from vmss_tui.upgrade.events.instances import InstancesSkipped as InstancesSkipped
from vmss_tui.upgrade.events.instances import InstancesUpgraded as InstancesUpgraded
from vmss_tui.upgrade.events.intents import Intent as Intent
from vmss_tui.upgrade.events.intents import IntentKind as IntentKind
from vmss_tui.upgrade.events.model import ModelAccepted as ModelAccepted
from vmss_tui.upgrade.events.model import ModelIntent as ModelIntent
from vmss_tui.upgrade.events.model import ModelPinned as ModelPinned
from vmss_tui.upgrade.events.model import ModelRefused as ModelRefused
from vmss_tui.upgrade.events.model import ModelUnknown as ModelUnknown
from vmss_tui.upgrade.plan.plan import Plan


class PlanConfirmed(Happening, frozen=True, tag="plan_confirmed"):
    """Somebody said yes to exactly this plan."""

    plan: Plan
    by: str
    assumed_yes: bool = False
    """`--yes` stood for the questions."""


class WorkerStarted(Happening, frozen=True, tag="worker_started"):
    """A worker took the run up; what was watched without a gap before is watched anew."""

    pid: int
    host: str
    resumed: bool = False


class RollingUnread(Happening, frozen=True, tag="rolling_unread"):
    """A request is due, and it cannot be read whether Azure rolls an upgrade of its own."""

    words: str


class CheckpointReached(Happening, frozen=True, tag="checkpoint_reached"):
    """So much of the plan is done; a person lets it go on."""

    percent: int


class Paused(Happening, frozen=True, tag="paused"):
    """No new batch until resumed. `reason` is `asked`, `checkpoint` or `foreign`."""

    reason: str
    words: str
    by: str = ""


class Resumed(Happening, frozen=True, tag="resumed"):
    """A person let it go on."""

    by: str


class WaitEnded(Happening, frozen=True, tag="wait_ended"):
    """A person cut the pause between batches short."""

    by: str


class Aborted(Happening, frozen=True, tag="aborted"):
    """A person ended it. What Azure has accepted goes on by itself."""

    by: str


class Retried(InstanceEvent, frozen=True, tag="retried"):
    """A person wants these failed instances asked again; they wait, and count anew."""

    by: str


class RevertAsked(Happening, frozen=True, tag="revert_asked"):
    """A person wants the previous model back. What Azure is at work on ends first."""

    by: str


class TurnedBack(InstanceEvent, frozen=True, tag="turned_back"):
    """From here on the run leads back: these are the instances that it had changed."""


class TakenOver(Happening, frozen=True, tag="taken_over"):
    """A person typed the id of the run at work and ended its worker, so that this one could go."""

    by: str
    words: str
    """Whose worker it was: run, user, host, pid."""


class IntentHeard(Happening, frozen=True, tag="intent_heard"):
    """The wish in this line of the run's intents was taken up (or made no sense any more)."""

    number: int
    want: str
    by: str


class Halted(Happening, frozen=True, tag="halted"):
    """The run stopped itself. Nothing is sent until a new intent."""

    reason: str
    words: str
    instance_ids: tuple[str, ...] = ()
    safe_next: str = ""


class Completed(Happening, frozen=True, tag="completed"):
    """Every planned instance is accounted for."""

    upgraded: int
    failed: int
    gone: int
    skipped: int


Event = (
    PlanConfirmed
    | WorkerStarted
    | ModelIntent
    | ModelAccepted
    | ModelRefused
    | ModelUnknown
    | ModelPinned
    | BatchIntent
    | BatchAccepted
    | BatchRefused
    | BatchUnknown
    | BatchLanded
    | OperationEnded
    | InstancesProvisioned
    | InstancesMissing
    | InstancesFound
    | InstancesMoving
    | InstancesReady
    | InstancesRelapsed
    | InstancesUpgraded
    | InstancesFailed
    | InstancesGone
    | InstancesSkipped
    | InstancesReopened
    | BatchSettled
    | RollingUnread
    | CheckpointReached
    | Paused
    | Resumed
    | WaitEnded
    | Aborted
    | Retried
    | RevertAsked
    | TurnedBack
    | GateStarted
    | GatePassed
    | GateFailed
    | TakenOver
    | IntentHeard
    | Halted
    | Completed
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its place and time in one run."""

    seq: int
    at: str
    """UTC, ISO 8601, for people."""
    t: float
    """Seconds on the run's own clock since the plan was confirmed; never goes back."""
    body: Event
