"""Plans a run from a snapshot, and measures how long batches of earlier runs took.

Adds to `upgrade.plan` what depends on this machine: the path of the gate's program, the newest
image version that was read, and earlier runs. Sends no request to Azure.
"""

from itertools import islice

import msgspec

from vmss_tui.fleet.model_edit.change import change_from_edit, edited_scale_set
from vmss_tui.fleet.model_edit.diff import undo_body
from vmss_tui.fleet.model_edit.digest import digest_outside_edit
from vmss_tui.fleet.model_edit.edit import Edit
from vmss_tui.fleet.scale_set import ScaleSet
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.runtime.images import Images
from vmss_tui.runtime.offers import Offers
from vmss_tui.runtime.permission import require_manual_policy
from vmss_tui.runtime.runs.gates import resolve_command
from vmss_tui.runtime.storage.port import RunStore
from vmss_tui.upgrade.plan.plan import ModelEdit, Plan
from vmss_tui.upgrade.plan.plan_builder import make_plan
from vmss_tui.upgrade.plan.policy import Policy
from vmss_tui.upgrade.plan.selection import PlanError, Selection
from vmss_tui.upgrade.report.estimate import BatchPace, measure_pace, newest_pace

_MAX_EARLIER_RUNS = 5
"""Earlier runs whose journals are read for the pace of batches, at most."""


class Planner:
    """Makes plans, and starts no run."""

    def __init__(self, store: RunStore, images: Images, offers: Offers) -> None:
        self._store, self._images, self._offers = store, images, offers

    def plan(
        self,
        snapshot: Snapshot,
        selection: Selection,
        policy: Policy,
        edit: Edit | None = None,
        *,
        anyway: bool = False,
    ) -> Plan:
        """Plans a run; raises `PlanError`, `PolicyError`, `InvalidEdit` or `RunRefused`.

        An edit to what the catalogue, as far as it was read, does not offer is invalid, except
        `anyway`.
        """
        scale_set = snapshot.scale_set
        require_manual_policy(scale_set)
        policy = _resolve_commands(policy)
        model_edit = _model_edit(scale_set, edit) if edit else None
        if edit and model_edit is not None and not anyway:
            self._offers.check(scale_set, edit)
        return make_plan(
            snapshot,
            selection,
            policy,
            edit=model_edit,
            touches_model=model_edit is not None,
            edited_model=edited_scale_set(scale_set, model_edit.body) if model_edit else None,
            newest_version=self._images.newest_version(scale_set),
        )

    def read_pace(self, scale_set: ScaleSetId) -> BatchPace | None:
        """The pace of batches in the newest of the scale set's last runs that has one."""
        latest_runs = islice(self._store.of_scale_set(scale_set), _MAX_EARLIER_RUNS)
        return newest_pace(
            measure_pace(folder.name, folder.read_run()[0]) for folder in latest_runs
        )


def _resolve_commands(policy: Policy) -> Policy:
    """The policy with absolute paths of its commands; raises `PolicyError`."""
    verdict = policy.verdict
    if verdict is not None and verdict.command:
        command = resolve_command(verdict.command, "verdict")
        verdict = msgspec.structs.replace(verdict, command=command)
    return msgspec.structs.replace(policy, gate=resolve_command(policy.gate), verdict=verdict)


def _model_edit(scale_set: ScaleSet, edit: Edit) -> ModelEdit | None:
    """The edit as a run's first step; None where the model has these values already."""
    change = change_from_edit(scale_set, edit)
    if not change:
        return None
    if not change.touches_model:
        raise PlanError("a run may change the image or the VM size only")
    return ModelEdit(
        body=msgspec.to_builtins(change.body),
        undo=undo_body(scale_set, change.body),
        if_match=scale_set.etag or "*",
        lines=tuple(f"{li.path}: {li.old or '–'} → {li.new or '–'}" for li in change.lines),
        rest_digest=digest_outside_edit(scale_set.raw, change.body),
    )
