"""What happened in a run, in words that the journal can keep. Data only.

`Intent`s are what people want, `Event`s what is true, `Command`s what Azure is to be asked.
The first field of each JSON record is its kind; fields are only ever added.
"""

from typing import Any

import msgspec

from vmss_tui.upgrade.gate_events import GateFailed as GateFailed
from vmss_tui.upgrade.gate_events import GatePassed as GatePassed
from vmss_tui.upgrade.gate_events import GateStarted as GateStarted
from vmss_tui.upgrade.plan import Plan
from vmss_tui.upgrade.sightings import Happening, Members
from vmss_tui.upgrade.sightings import InstancesFailed as InstancesFailed
from vmss_tui.upgrade.sightings import InstancesFound as InstancesFound
from vmss_tui.upgrade.sightings import InstancesGone as InstancesGone
from vmss_tui.upgrade.sightings import InstancesMissing as InstancesMissing
from vmss_tui.upgrade.sightings import InstancesMoving as InstancesMoving
from vmss_tui.upgrade.sightings import InstancesProvisioned as InstancesProvisioned
from vmss_tui.upgrade.sightings import InstancesReady as InstancesReady
from vmss_tui.upgrade.sightings import InstancesRelapsed as InstancesRelapsed
from vmss_tui.upgrade.sightings import InstancesReopened as InstancesReopened
from vmss_tui.upgrade.sightings import InstancesSkipped as InstancesSkipped
from vmss_tui.upgrade.sightings import InstancesUpgraded as InstancesUpgraded
from vmss_tui.upgrade.wishes import Intent as Intent
from vmss_tui.upgrade.wishes import Want as Want


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


class ModelIntent(Happening, frozen=True, tag="model_intent"):
    """The model edit is about to be sent."""

    body: dict[str, Any]
    if_match: str
    client_request_id: str
    attempt: int


class ModelAccepted(Happening, frozen=True, tag="model_accepted"):
    """Azure took the model edit, or the model was found as wanted after a lost answer."""

    operation: str | None = None
    seen: bool = False


class ModelRefused(Happening, frozen=True, tag="model_refused"):
    """Azure did not take the model edit; nothing changed."""

    code: str
    words: str
    retry_after: float | None = None
    """Seconds after which looking and asking again may succeed; None where it is final."""
    parked: bool = False
    """It waits for a person or for this machine, not for Azure: that is not counted."""


class ModelUnknown(Happening, frozen=True, tag="model_unknown"):
    """The answer to the model edit was lost."""

    words: str


class ModelPinned(Happening, frozen=True, tag="model_pinned"):
    """From here on the run upgrades to this model and to no other."""

    digest: str
    image: str = ""
    exact_version: str = ""
    """The model's image version where it is an exact one."""


class BatchIntent(Happening, frozen=True, tag="batch_intent"):
    """These instances are about to be asked to upgrade."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    client_request_id: str
    attempt: int = 1


class BatchAccepted(Happening, frozen=True, tag="batch_accepted"):
    """Azure took the request."""

    number: int
    operation: str | None = None
    correlation_id: str = ""


class BatchRefused(Happening, frozen=True, tag="batch_refused"):
    """Azure did not take it and nothing happened. Retryable ones wait and are asked again."""

    number: int
    code: str
    words: str
    retry_after: float | None = None
    """Seconds after which asking again may succeed; None where it is final."""
    gone: tuple[str, ...] = ()
    """Ids that Azure named as not active."""
    parked: bool = False
    """It waits for a person or for this machine, not for Azure: that is not counted."""


class BatchUnknown(Happening, frozen=True, tag="batch_unknown"):
    """The answer was lost: it may have happened."""

    number: int
    words: str


class OperationEnded(Happening, frozen=True, tag="operation_ended"):
    """Azure's own word on the batch's operation; the instances decide all the same."""

    number: int
    status: str
    code: str = ""
    words: str = ""


class BatchSettled(Happening, frozen=True, tag="batch_settled"):
    """Every member of the batch has come to its end."""

    number: int
    upgraded: int
    failed: int
    gone: int
    reopened: int = 0


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


class Retried(Members, frozen=True, tag="retried"):
    """A person wants these failed instances asked again; they wait, and count anew."""

    by: str


class RevertAsked(Happening, frozen=True, tag="revert_asked"):
    """A person wants the previous model back. What Azure is at work on ends first."""

    by: str


class TurnedBack(Members, frozen=True, tag="turned_back"):
    """From here on the run leads back: these are the instances that it had changed."""


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
