"""What happens alongside a run of the harness: operations of its operator, the state of the set.

The worker knows both: it looks for requests of this machine before each write, and notes since when
the set says that it is being updated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.support.engine_world import World
from vmss_tui.fleet.scale_set import ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.operations.plan import allows_operations
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.run.run import ModelStage, Phase, Run


@dataclass
class OperatorWork:
    """Operations by the operator of one run, and what the worker knows of the set's state."""

    world: World
    name: str
    """The actor of the operations in the world."""
    sent_at: list[float] = field(default_factory=list)
    """When operations were sent, as `operations.jsonl` records it."""
    _updating_since: float | None = None

    def restart(self, instance_id: str, run: Run) -> None:
        """The operator restarts an instance, where a run allows that."""
        allowed = (run.ended and run.open_batch is None) or allows_operations(run)
        if allowed and self.world.foreign_work(instance_id, 50.0, self.name):
            self.sent_at.append(self.world.t)

    def seconds_to_wait(self, window: float, journal: Sequence[ev.Record]) -> float:
        """Until the effect of the last operation shows; the journal is that of the run."""
        del journal
        last = max(self.sent_at, default=-window)
        return max(0.0, last + window - self.world.t)

    def has_conflict(self, ids: Sequence[str], actor: str) -> bool:
        """Whether Azure refuses a request of `actor`: another operation is at work on one of them
        ("Conflict")."""
        machines = self.world.machines
        return any(i in machines and machines[i].actor not in ("", actor) for i in ids)

    def updating_since(self, snapshot: Snapshot, run: Run) -> float | None:
        """Since when the set says `Updating` without a request of the run."""
        updating = snapshot.scale_set.provisioning is ProvisioningState.UPDATING
        if not updating or run.open_batch is not None:
            self._updating_since = None
        elif self._updating_since is None:
            self._updating_since = self.world.t
        return self._updating_since


def follows_batch(run: Run, reading: Reading) -> bool:
    """Whether the engine follows an open batch by this reading and does nothing else."""
    at_work = run.phase in (Phase.ROLLING_FORWARD, Phase.ROLLING_BACK) and not run.revert_pending
    has_batch = run.open_batch is not None and run.model is ModelStage.PINNED
    return at_work and has_batch and engine._is_decisive(run, reading)
