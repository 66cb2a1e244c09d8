"""The manifest of a run, and its row in the list of runs."""

from dataclasses import dataclass

import msgspec

from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.gateway import AzureContext
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.phase import phase_label
from vmss_tui.upgrade.run.run import ENDED_PHASES, Phase, Run, Stage

WORKER_NOT_RUNNING = "Worker not running"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Content of `run.json`: the plan, and who confirmed it and where."""

    name: str
    plan: Plan
    context: AzureContext
    by: str
    made_at: str
    assumed_yes: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A row of the list of runs."""

    name: str
    scale_set: ScaleSetId
    phase: Phase
    reason: str
    message: str
    is_live: bool
    """A worker carries it out now."""
    settled: int
    total: int
    """`settled` of `total` instances are done: of the planned ones, or of those put back."""
    started_at: str
    demo: bool
    damage: str = ""
    worker_failure: str = ""
    """Why the last worker ended before the run did; empty while one carries it out."""
    owner: str = ""
    """Who carries it out and where, while it is live: `user@host`."""
    upgraded: int = 0
    failed: int = 0
    """Of the settled ones: upgraded (put back, in a revert), and failed."""

    @property
    def lacks_worker(self) -> bool:
        """Whether it goes on only once it is resumed: it has not ended, and its worker has."""
        return not self.is_live and self.phase not in ENDED_PHASES

    @property
    def status(self) -> str:
        """The state for a person: `Upgrading`, `Waiting for approval`, `Worker not running` …"""
        if self.lacks_worker and self.phase is not Phase.PAUSED:
            return WORKER_NOT_RUNNING
        return phase_label(self.phase, self.reason)


def run_summary(
    manifest: Manifest, run: Run, damage: str, *, worker_failure: str = "", owner: str = ""
) -> RunSummary:
    """The row of a run in the list; `owner` is the worker's `user@host` while it is live."""
    plan = manifest.plan
    return RunSummary(
        name=manifest.name,
        scale_set=plan.scale_set,
        phase=run.phase,
        reason=run.reason,
        message=run.message,
        is_live=bool(owner),
        settled=run.settled_targets,
        upgraded=run.count_targets(Stage.UPGRADED),
        failed=run.count_targets(Stage.FAILED),
        total=len(run.targets) if run.plan else len(plan.instance_ids),
        started_at=manifest.made_at,
        demo=manifest.context.demo,
        damage=damage,
        worker_failure=worker_failure,
        owner=owner,
    )
