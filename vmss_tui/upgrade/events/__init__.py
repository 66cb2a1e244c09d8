"""The events of an upgrade run, as the journal stores them. Data only.

An `Intent` is what an operator requests of a run, an `Event` is what has happened. Each JSON
object begins with its kind (`event`); its names never change, and new fields have defaults.
"""

import msgspec

from vmss_tui.upgrade.events.base import Event as Event
from vmss_tui.upgrade.events.base import InstanceEvent as InstanceEvent
from vmss_tui.upgrade.events.batch import BatchAccepted as BatchAccepted
from vmss_tui.upgrade.events.batch import BatchIntent as BatchIntent
from vmss_tui.upgrade.events.batch import BatchRefused as BatchRefused
from vmss_tui.upgrade.events.batch import BatchSettled as BatchSettled
from vmss_tui.upgrade.events.batch import BatchUnknown as BatchUnknown
from vmss_tui.upgrade.events.batch import LateEffectDetected as LateEffectDetected
from vmss_tui.upgrade.events.batch import OperationEnded as OperationEnded
from vmss_tui.upgrade.events.control import Aborted as Aborted
from vmss_tui.upgrade.events.control import CheckpointReached as CheckpointReached
from vmss_tui.upgrade.events.control import Completed as Completed
from vmss_tui.upgrade.events.control import Halted as Halted
from vmss_tui.upgrade.events.control import IntentHandled as IntentHandled
from vmss_tui.upgrade.events.control import Paused as Paused
from vmss_tui.upgrade.events.control import PlanConfirmed as PlanConfirmed
from vmss_tui.upgrade.events.control import Resumed as Resumed
from vmss_tui.upgrade.events.control import RetryRequested as RetryRequested
from vmss_tui.upgrade.events.control import RevertRequested as RevertRequested
from vmss_tui.upgrade.events.control import RevertStarted as RevertStarted
from vmss_tui.upgrade.events.control import RollingUpgradeUnknown as RollingUpgradeUnknown
from vmss_tui.upgrade.events.control import TakenOver as TakenOver
from vmss_tui.upgrade.events.control import WaitEnded as WaitEnded
from vmss_tui.upgrade.events.control import WorkerStarted as WorkerStarted
from vmss_tui.upgrade.events.evidence import Author as Author
from vmss_tui.upgrade.events.evidence import EvidenceRecorded as EvidenceRecorded
from vmss_tui.upgrade.events.evidence import InstanceEvidence as InstanceEvidence
from vmss_tui.upgrade.events.gate import GateFailed as GateFailed
from vmss_tui.upgrade.events.gate import GatePassed as GatePassed
from vmss_tui.upgrade.events.gate import GateStarted as GateStarted
from vmss_tui.upgrade.events.instances import InstancesFailed as InstancesFailed
from vmss_tui.upgrade.events.instances import InstancesGone as InstancesGone
from vmss_tui.upgrade.events.instances import InstancesInProgress as InstancesInProgress
from vmss_tui.upgrade.events.instances import InstancesMissing as InstancesMissing
from vmss_tui.upgrade.events.instances import InstancesProvisioned as InstancesProvisioned
from vmss_tui.upgrade.events.instances import InstancesReady as InstancesReady
from vmss_tui.upgrade.events.instances import InstancesReappeared as InstancesReappeared
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
from vmss_tui.upgrade.events.quarantine import QuarantineEnded as QuarantineEnded
from vmss_tui.upgrade.events.quarantine import QuarantineIntent as QuarantineIntent
from vmss_tui.upgrade.events.quarantine import QuarantineOutcome as QuarantineOutcome
from vmss_tui.upgrade.events.verdict import BakeStarted as BakeStarted
from vmss_tui.upgrade.events.verdict import VerdictSampled as VerdictSampled

AnyEvent = (
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
    | LateEffectDetected
    | OperationEnded
    | InstancesProvisioned
    | InstancesMissing
    | InstancesReappeared
    | InstancesInProgress
    | InstancesReady
    | InstancesRelapsed
    | InstancesUpgraded
    | InstancesFailed
    | InstancesGone
    | InstancesSkipped
    | InstancesReopened
    | BatchSettled
    | RollingUpgradeUnknown
    | CheckpointReached
    | Paused
    | Resumed
    | WaitEnded
    | Aborted
    | RetryRequested
    | RevertRequested
    | RevertStarted
    | GateStarted
    | GatePassed
    | GateFailed
    | TakenOver
    | IntentHandled
    | Halted
    | Completed
    | EvidenceRecorded
    | BakeStarted
    | VerdictSampled
    | QuarantineIntent
    | QuarantineEnded
)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its sequence number and time in one run."""

    seq: int
    at: str
    """UTC, ISO 8601, for display only."""
    t: float
    """Seconds on the run's own clock since the plan was confirmed; never decreases."""
    body: AnyEvent
