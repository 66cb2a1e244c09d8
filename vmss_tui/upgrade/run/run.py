"""A run: what is true of it, its members and its open batch. Values only; `fold` makes them."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.phase import Phase as Phase


class Stage(StrEnum):
    """How far a planned instance has come."""

    WAITING = "waiting"
    REQUESTED = "asked"
    PROVISIONED = "provisioned"
    READY = "ready"
    UPGRADED = "upgraded"
    FAILED = "failed"
    GONE = "gone"
    SKIPPED = "skipped"


OPEN_STAGES = frozenset({Stage.REQUESTED, Stage.PROVISIONED, Stage.READY})


class ModelStage(StrEnum):
    """How far the run's own model edit has come."""

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
    requested_at: float | None = None
    since: float | None = None
    """When it came to its stage."""
    missing_since: float | None = None
    seen_in_progress: bool = False
    """Seen at work since it was asked; kept for instances that Azure leaves undecided."""
    had_failed: bool = False
    """Had failed already when it was asked last."""
    requested_before: bool = False
    """Waits once more (a retry, or the way back); what was asked before may still show."""
    unanswered: bool = False
    """Asked, and nobody knows whether Azure took it: whatever shows later is this run's doing."""
    message: str = ""


class OpenBatch(msgspec.Struct, frozen=True):
    """The one batch whose members are not all accounted for."""

    number: int
    row: str
    instance_ids: tuple[str, ...]
    client_request_id: str
    requested_at: float
    answered: bool = False
    """False until Azure said yes, or a member was seen to move; a lost answer stays False."""
    operation: str | None = None
    operation_status: str = ""
    operation_message: str = ""
    operation_ended_at: float | None = None


class Gate(msgspec.Struct, frozen=True):
    """The operator's command, asked about the next batch."""

    number: int
    instance_ids: tuple[str, ...]
    """Those it was told of; empty at the end of the run."""
    passed: bool = False


class Run(msgspec.Struct, frozen=True):
    """Everything that is true of a run after some prefix of its journal."""

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
    """Seq of the last settle or answer: a reading begun before it decides nothing."""
    barrier_at: float = 0.0
    settled_at: float | None = None
    wait_ended: bool = False
    retry_at: float | None = None
    refusals: int = 0
    """Answers of *not now* in a row."""
    last_refusal: tuple[str, str] = ("", "")
    """(code, words) of the last *not now*."""
    final_refusal: tuple[str, str] | None = None
    """(code, words) of a final no, until the engine has halted for it."""
    halted_ids: tuple[str, ...] = ()
    """Instances named by the halt that the run is in."""
    accepted_unhealthy: frozenset[str] = frozenset()
    """Instances that a halt named and a person resumed over: sick they do not halt it again."""
    accepted_failures: frozenset[str] = frozenset()
    """Those of them that had failed by then. One that only was unavailable may fail yet."""
    revert_pending: bool = False
    """A person wants the previous model back, and what is at work has not ended yet."""
    reverting: bool = False
    """The run leads back: its goal is the model that was there before its own edit."""
    forward_digest: str = ""
    """Of the model that the run had upgraded to before it turned."""
    gate: Gate | None = None
    gate_message: str = ""
    """What a gate said against going on, until the engine has halted for it."""
    batch_durations: tuple[tuple[int, float], ...] = ()
    """(instances, seconds from request to settled) of each batch so far."""
    last_batch: tuple[str, ...] = ()
    """Instances of the batch that settled last."""
    rolling_unknown_since: float | None = None
    """Since when it cannot be read whether Azure rolls an upgrade of its own, though a request is
    due; None once it was sent."""
    rolling_unknown_reason: str = ""
    """What was told of that last."""
    checkpoints_passed: tuple[int, ...] = ()
    intents_handled: int = 0
    """Lines of the run's intents that have been taken up."""
    workers: int = 0
    """Workers that have taken the run up so far."""

    @property
    def ended(self) -> bool:
        """Nothing will be sent until a person wants something new."""
        return self.phase in (Phase.COMPLETED, Phase.CANCELLED, Phase.FAULTED)

    @property
    def active_phase(self) -> Phase:
        """The phase in which it sends, in its present direction."""
        return (
            Phase.ROLLING_BACK if self.reverting or self.revert_pending else Phase.ROLLING_FORWARD
        )

    @property
    def total(self) -> int:
        """Planned instances."""
        return len(self.members)

    def count(self, *stages: Stage) -> int:
        """Members in any of these stages."""
        return sum(member.stage in stages for member in self.members.values())

    @property
    def settled(self) -> int:
        """Members that have come to an end, good or bad."""
        return self.count(Stage.UPGRADED, Stage.FAILED, Stage.GONE, Stage.SKIPPED)
