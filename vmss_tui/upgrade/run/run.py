"""The state of a run: its members, its open batch, its model. Values only; `fold` makes them."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from vmss_tui.fleet.phrases import Term
from vmss_tui.upgrade.events.evidence import EvidenceRecorded
from vmss_tui.upgrade.events.quarantine import QuarantineOutcome
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.checks import Quarantine, TakenSample
from vmss_tui.upgrade.run.phase import Phase as Phase
from vmss_tui.upgrade.run.phase import phase_label


class Stage(StrEnum):
    """The progress of a planned instance. The values are written as JSON."""

    WAITING = "waiting"
    REQUESTED = "asked"
    PROVISIONED = "provisioned"
    READY = "ready"
    UPGRADED = "upgraded"
    FAILED = "failed"
    GONE = "gone"
    SKIPPED = "skipped"
    ROLLED_BACK = "rolled back"
    """In reports only: `UPGRADED`, to the previous model."""

    @property
    def label(self) -> str:
        """The stage for a person."""
        return _STAGE_LABELS.get(self, self.value)


_STAGE_LABELS = {
    Stage.REQUESTED: Term.UPGRADE_REQUESTED,
    Stage.PROVISIONED: Term.MODEL_APPLIED,
    Stage.READY: Term.OBSERVING,
    Stage.GONE: Term.DELETED,
    Stage.SKIPPED: Term.NOT_UPGRADED,
}

_FINAL_STAGES = (Stage.UPGRADED, Stage.FAILED, Stage.GONE, Stage.SKIPPED)
OPEN_STAGES = frozenset({Stage.REQUESTED, Stage.PROVISIONED, Stage.READY})


ENDED_PHASES = frozenset({Phase.FAULTED, *(phase for phase in Phase if phase.is_over)})
"""Phases in which nothing is sent until an operator requests something."""


def batch_label(number: int, forward_batches: int | None) -> str:
    """`batch 3`, or `roll-back batch 1`: numbers go on after the `forward_batches` that were sent
    before the roll-back, and the plan has other batches of these numbers. None: no roll-back."""
    is_back = forward_batches is not None and number > forward_batches
    return f"roll-back batch {number - (forward_batches or 0)}" if is_back else f"batch {number}"


class ModelStage(StrEnum):
    """The progress of the run's own model edit."""

    UNPINNED = "unpinned"
    REQUESTED = "asked"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    PINNED = "pinned"


class Member(msgspec.Struct, frozen=True, gc=False):
    """One planned instance. Times are seconds on the run's clock."""

    instance_id: str
    row: str
    stage: Stage = Stage.WAITING
    attempts: int = 0
    batch: int = 0
    """Number of the batch of its last request; 0 before the first."""
    requested_at: float | None = None
    since: float | None = None
    """When the instance reached its stage."""
    missing_since: float | None = None
    seen_in_progress: bool = False
    """Seen in a transitional state since its request; only for instances whose
    `latestModelApplied` is not reported."""
    had_failed: bool = False
    """It was failed already when its last request was sent."""
    requested_before: bool = False
    """It waits again after a retry or for the revert; an earlier request may still take effect."""
    unanswered: bool = False
    """A request was sent and it is not known whether Azure accepted it: a later effect is ours."""
    message: str = ""
    recovered: bool = False
    """Its success showed after it had failed, and it was followed again. Once only until a request
    or a resume: an instance that is healthy now and then would be followed for ever."""


class OpenBatch(msgspec.Struct, frozen=True):
    """The one batch with members that have not reached a final stage."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    client_request_id: str
    requested_at: float
    answered: bool = False
    """True once Azure accepted the request or a member shows its effect."""
    operation: str | None = None
    operation_status: str = ""
    operation_message: str = ""
    operation_ended_at: float | None = None


class Gate(msgspec.Struct, frozen=True):
    """The operator's command that is run before the next batch."""

    number: int
    instance_ids: tuple[str, ...]
    """The instances of that batch; empty at the end of the run."""
    passed: bool = False


class Run(msgspec.Struct, frozen=True):
    """The state of a run after any prefix of its journal."""

    plan: Plan | None = None
    phase: Phase = Phase.ROLLING_FORWARD
    reason: str = ""
    message: str = ""
    seq: int = 0
    t: float = 0.0
    """The run's clock at its last event."""
    started_at: str = ""
    changed_at: str = ""
    by: str = ""
    members: Mapping[str, Member] = msgspec.field(default_factory=dict)
    open_batch: OpenBatch | None = None
    batches_sent: int = 0
    model: ModelStage = ModelStage.UNPINNED
    model_attempts: int = 0
    model_if_match: str = ""
    pinned_digest: str = ""
    pinned_parts: Mapping[str, str] = msgspec.field(default_factory=dict)
    pinned_version: str = ""
    pinned_at: float = 0.0
    barrier_seq: int = 0
    """`seq` of the last settled batch or reply; a reading that began before it is ignored."""
    barrier_at: float = 0.0
    settled_at: float | None = None
    wait_ended: bool = False
    retry_at: float | None = None
    refusals: int = 0
    """Number of temporary refusals in a row."""
    unclear_refusals: int = 0
    """Number of those of which Azure does not say whether they pass."""
    last_refusal: tuple[str, str] = ("", "")
    """(code, message) of the last temporary refusal."""
    final_refusal: tuple[str, str] | None = None
    """(code, message) of a final refusal, until the engine has halted for it."""
    edit_refusal: tuple[str, str] | None = None
    """(code, message) of the final refusal of the run's model edit; kept when it is resumed."""
    halted_ids: tuple[str, ...] = ()
    """Instances of the halt that the run is in."""
    accepted_unhealthy: frozenset[str] = frozenset()
    """Instances of an earlier halt that an operator resumed: unhealthy, they do not halt again."""
    accepted_failures: frozenset[str] = frozenset()
    """Those of them that had failed by then; one that was only unavailable may still fail."""
    revert_pending: bool = False
    """An operator requested a revert, and the open batch has not ended yet."""
    reverting: bool = False
    """The target is the model from before the run's own edit."""
    forward_batches: int | None = None
    """How many batches were sent before the roll-back; None where the run does not roll back."""
    revert_ids: tuple[str, ...] = ()
    """The instances that the revert puts back."""
    revert_cause: str = ""
    """Why it rolls back, where the verdict failed; empty where an operator requested it."""
    forward_digest: str = ""
    """Digest of the model that the run had upgraded to before the revert."""
    revert_version: str = ""
    """The exact image version of the revert, where the previous model says `latest`."""
    gate: Gate | None = None
    gate_message: str = ""
    """Why the gate failed, until the engine has halted for it."""
    batch_durations: tuple[tuple[int, float], ...] = ()
    """(instances, seconds from request to settled) of each batch so far."""
    last_batch: tuple[str, ...] = ()
    """Instances of the batch that settled last."""
    rolling_unknown_since: float | None = None
    """Since when the status of Azure's own rolling upgrade cannot be read although a request is
    due; None once a request was sent."""
    rolling_unknown_reason: str = ""
    """The last reason for that."""
    collisions: int = 0
    """How often another operator's work was seen while a batch of this run was open."""
    paused_by: str = ""
    """Who requested the pause; empty where the run paused by itself."""
    resume_wait: float = 0.0
    """Run seconds to wait once the present pause ends."""
    stopped_at: str = ""
    """When it was aborted or halted last: what was in flight then is not observed any more."""
    checkpoints_passed: tuple[int, ...] = ()
    samples: tuple[TakenSample, ...] = ()
    """The newest samples of the verdict, oldest first."""
    judged_seq: int = 0
    """Samples up to this `seq` do not count any more: an operator resumed after them."""
    inconclusive: str = ""
    """Why the newest sample pauses the run, until it is resumed."""
    sample_waived: bool = False
    """An operator resumed the bake time although a sample was inconclusive."""
    quarantine: Mapping[str, Quarantine] = msgspec.field(default_factory=dict)
    """Id of a failed instance -> what is known of its quarantine."""
    bake_at: float | None = None
    """The run's clock when its bake time began; None before, and after another request."""
    intents_handled: int = 0
    """Number of lines of the intents file that have been handled."""
    evidence: tuple[EvidenceRecorded, ...] = ()
    """What explains its halts and pauses, oldest first, the newest for each."""
    workers: int = 0
    """Number of workers that the run has had so far."""

    @property
    def ended(self) -> bool:
        """Whether nothing will be sent until an operator requests something."""
        return self.phase in ENDED_PHASES

    @property
    def status_label(self) -> str:
        """The phase for a person: `Upgrading`, `Waiting for approval`, `Halted` …"""
        return "Bake time" if self.is_baking else phase_label(self.phase, self.reason)

    @property
    def is_baking(self) -> bool:
        """Whether all batches are complete and the run is only observed before it ends."""
        return self.bake_at is not None and self.phase is Phase.ROLLING_FORWARD

    def batch_label(self, number: int) -> str:
        """`batch 3`, or `roll-back batch 1`."""
        return batch_label(number, self.forward_batches)

    @property
    def quarantined_ids(self) -> tuple[str, ...]:
        """Failed instances that are protected from scale-set actions."""
        return tuple(
            i for i, q in self.quarantine.items() if q.outcome is QuarantineOutcome.PROTECTED
        )

    @property
    def active_phase(self) -> Phase:
        """The phase in which requests are sent, forward or back."""
        return (
            Phase.ROLLING_BACK if self.reverting or self.revert_pending else Phase.ROLLING_FORWARD
        )

    @property
    def total(self) -> int:
        """Number of planned instances."""
        return len(self.members)

    def count(self, *stages: Stage) -> int:
        """Number of members in any of these stages."""
        return sum(member.stage in stages for member in self.members.values())

    @property
    def settled_count(self) -> int:
        """Number of members in a final stage."""
        return self.count(*_FINAL_STAGES)

    @property
    def targets(self) -> tuple[Member, ...]:
        """The instances that the run works on: all planned ones, or those that are put back."""
        if not self.reverting:
            return tuple(self.members.values())
        return tuple(self.members[i] for i in self.revert_ids if i in self.members)

    def count_targets(self, *stages: Stage) -> int:
        """Number of targets in any of these stages."""
        return sum(member.stage in stages for member in self.targets)

    @property
    def settled_targets(self) -> int:
        """Number of targets in a final stage."""
        return self.count_targets(*_FINAL_STAGES)
