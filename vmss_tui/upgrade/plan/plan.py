"""Which instance goes in which batch, and why the others are left out. Pure.

A plan is what a person confirms: it names every instance that may be touched. The engine may do
less than a plan says (an instance is gone, or current by now), never more.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from vmss_tui.fleet.domains import Grouping, Row, build_grid
from vmss_tui.fleet.scale_set import (
    Health,
    Instance,
    MachineIdentity,
    PowerState,
    ProvisioningState,
    ScaleSet,
)
from vmss_tui.fleet.scale_set_id import ScaleSetId
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade.plan.latest_image import ImageLag, measure_image_lag
from vmss_tui.upgrade.plan.model_drift import model_parts
from vmss_tui.upgrade.plan.policy import Order, Policy, validate
from vmss_tui.upgrade.plan.selection import PlanError, Selection, select_instances

_GROUPINGS = {
    Order.DOMAIN: Grouping.UPDATE_DOMAIN,
    Order.FAULT_DOMAIN: Grouping.FAULT_DOMAIN,
    Order.ZONE: Grouping.ZONE,
}


def split_into_batches(
    members: Sequence[Instance], policy: Policy, running: int, all_instances: Sequence[Instance]
) -> list[tuple[str, tuple[str, ...]]]:
    """(row, ids) of each batch: one row after the other, a batch never crossing a row.

    No batch is larger than what may be unavailable at once: the run would take it in pieces. What
    is sick already takes room, too, but may be well by then: the run looks at that.
    Rows are called what they are called among `everyone`, as on the heatmap.
    """
    size, grouping = max_batch_size(policy, running), _GROUPINGS[policy.order]
    batches: list[tuple[str, tuple[str, ...]]] = []
    for panel in build_grid(members, grouping, build_grid(all_instances, grouping)).panels:
        for row in panel.rows:
            name = f"{row.key.label} ({panel.heading})" if panel.heading else row.key.label
            ids = _ordered_ids(row, policy)
            while ids:
                count = min(policy.canary, size) if policy.canary and not batches else size
                batches.append((name, tuple(ids[:count])))
                ids = ids[count:]
    return batches


def max_batch_size(policy: Policy, running: int) -> int:
    """Instances in a batch at most."""
    budget = policy.max_unhealthy_instance_percent.of(running)
    return min(policy.max_batch_instance_percent.of(running), budget)


def _ordered_ids(row: Row, policy: Policy) -> list[str]:
    instances = list(row.instances)
    if policy.prioritize_unhealthy_instances:
        instances.sort(key=lambda instance: instance.available)
    return [instance.instance_id for instance in instances]


TRANSITIONAL_STATES = (ProvisioningState.CREATING, ProvisioningState.UPDATING, ProvisioningState.DELETING)


class LeftOutReason(StrEnum):
    """Why an instance is not in any batch, in the words of the plan."""

    CURRENT = "already current"
    PROTECTED = "protected from scale set actions"
    NOT_RUNNING = "not running (--include-stopped takes it along)"
    UNDECIDED = "Azure does not say whether it is current: name it to include it"
    BUSY = "another operation is at work on it"


class LeftOutInstance(msgspec.Struct, frozen=True):
    """An instance that was asked for but will not be touched."""

    instance_id: str
    reason: LeftOutReason = msgspec.field(name="why")


class Batch(msgspec.Struct, frozen=True):
    """Instances to upgrade together, all of one row."""

    row: str
    """The row's words: `UD 3`, with its zone and placement group where there are several."""
    instance_ids: tuple[str, ...]


class ModelEdit(msgspec.Struct, frozen=True):
    """The run's first step where it edits the model: the PATCH and what puts it back."""

    body: dict[str, Any]
    undo: dict[str, Any]
    if_match: str
    lines: tuple[str, ...] = ()
    """The diff that was confirmed, `path: old -> new`."""
    rest_digest: str = msgspec.field(default="", name="beside")
    """Digest of the rest of the model, which the edit leaves alone; empty in older plans."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed intention, complete: what, how, where, and as whom."""

    subscription_id: str
    resource_group: str
    name: str
    batches: tuple[Batch, ...]
    left_out: tuple[LeftOutInstance, ...] = ()
    policy: Policy = Policy()
    edit: ModelEdit | None = None
    model_digest: str
    """Of the model the plan was made against, before the edit."""
    model_parts: dict[str, str] = {}  # msgspec copies defaults
    """The same path by path, to say what has moved; empty in older plans."""
    running_at_start: int
    baseline: tuple[str, ...] = ()
    """Instances that were sick already though running: they use the budget, not the failures."""
    powers: dict[str, PowerState] = {}  # msgspec copies defaults
    """Power state of each planned instance, to be returned to."""
    stopped: tuple[str, ...] = ()
    """Instances that were not running at the start and so never counted as serving."""
    present: tuple[str, ...] = ()
    """Every instance that was there; empty in the plans of older programs."""
    births: dict[str, MachineIdentity] = {}
    """Which machine each planned id names, where Azure says it: another one is not planned."""
    undecided: tuple[str, ...] = ()
    """Planned although Azure does not say whether they are current (Flexible)."""
    has_health_source: bool = False
    cautions: tuple[str, ...] = ()
    """What a person must agree to explicitly: one instance only, no health signal …"""
    made_at: datetime

    @property
    def scale_set(self) -> ScaleSetId:
        """Where the plan applies."""
        return ScaleSetId(self.subscription_id, self.resource_group, self.name)

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """Every instance the run may touch, in order."""
        return tuple(i for batch in self.batches for i in batch.instance_ids)

    @property
    def unavailable_budget(self) -> int:
        """How many instances may be unavailable at once by our choice."""
        return self.policy.max_unhealthy_instance_percent.of(self.running_at_start)

    def budget_among(self, instances: Iterable[Instance]) -> int:
        """The same by what is left of them: a set that was scaled in has less to spare, one that
        was scaled out keeps to what was confirmed. Whose power is not known makes no room."""
        running = min(_count_running(instances), self.running_at_start)
        return self.policy.max_unhealthy_instance_percent.of(running)


def make_plan(
    snapshot: Snapshot,
    selection: Selection,
    policy: Policy,
    *,
    edit: ModelEdit | None = None,
    touches_model: bool = False,
    newest: str = "",
) -> Plan:
    """Plans an upgrade of `selection` in `snapshot`; raises `PlanError` or `PolicyError`.

    With an edit that touches the model every selected instance becomes stale, so current ones
    are taken along too. `newest` is the image's newest version, where the catalogue has told it.
    """
    validate(policy)
    if not snapshot.complete:
        raise PlanError("the reading is incomplete: refresh before planning")
    scale_set = snapshot.scale_set
    selected = select_instances(snapshot, selection)
    left_out = [
        LeftOutInstance(instance.instance_id, reason)
        for instance in selected
        if (reason := _left_out_reason(instance, selection, policy, touches_model))
    ]
    left_out_ids = {entry.instance_id for entry in left_out}
    members = [instance for instance in selected if instance.instance_id not in left_out_ids]
    if selection.is_empty:
        left_out = [entry for entry in left_out if entry.reason is not LeftOutReason.CURRENT]
    if not members:
        raise PlanError(_nothing_to_do_message(scale_set, left_out, measure_image_lag(snapshot, newest)))
    running = _count_running(snapshot.instances)
    return Plan(
        subscription_id=scale_set.id.subscription_id,
        resource_group=scale_set.id.resource_group,
        name=scale_set.id.name,
        batches=tuple(Batch(*group) for group in split_into_batches(members, policy, running, snapshot.instances)),
        left_out=tuple(left_out),
        policy=policy,
        edit=edit,
        model_digest=scale_set.model_digest,
        model_parts=model_parts(scale_set.raw),
        running_at_start=running,
        baseline=tuple(i.instance_id for i in snapshot.instances if _is_unhealthy(i)),
        powers={i.instance_id: i.power for i in members},
        stopped=tuple(
            i.instance_id for i in snapshot.instances if i.power is not PowerState.RUNNING
        ),
        present=tuple(i.instance_id for i in snapshot.instances),
        births={i.instance_id: birth for i in members if (birth := i.machine_identity)},
        undecided=tuple(i.instance_id for i in members if i.latest_model_applied is None),
        has_health_source=scale_set.has_health_source,
        cautions=(
            *_cautions(scale_set, snapshot, None if touches_model else newest),
            *_canary_cautions(policy, running, len(members)),
        ),
        made_at=snapshot.taken_at,
    )


def _count_running(instances: Iterable[Instance]) -> int:
    return sum(instance.power is PowerState.RUNNING for instance in instances)


def _is_unhealthy(instance: Instance) -> bool:
    """Not serving though running, and not on its way: what only starts up may still fail anew."""
    on_its_way = instance.provisioning in TRANSITIONAL_STATES or instance.health is Health.INITIALIZING
    return instance.power is PowerState.RUNNING and not instance.available and not on_its_way


def _left_out_reason(
    instance: Instance, selection: Selection, policy: Policy, touches_model: bool
) -> LeftOutReason | None:
    if instance.protected_from_actions:
        return LeftOutReason.PROTECTED
    if not touches_model and instance.latest_model_applied is True:
        return LeftOutReason.CURRENT
    if instance.latest_model_applied is None and instance.instance_id not in selection.instance_ids:
        return LeftOutReason.UNDECIDED
    if instance.provisioning in TRANSITIONAL_STATES:
        return LeftOutReason.BUSY
    if policy.skip_not_running and instance.power is not PowerState.RUNNING:
        return LeftOutReason.NOT_RUNNING
    return None


def _nothing_to_do_message(scale_set: ScaleSet, left_out: list[LeftOutInstance], lag: ImageLag | None) -> str:
    if not left_out:
        if lag is not None:
            return f"{scale_set.id.short}: every instance has the latest model, but {lag.message}"
        return f"{scale_set.id.short}: nothing to do, every instance has the latest model"
    reasons = sorted({str(entry.reason) for entry in left_out})
    return f"{scale_set.id.short}: nothing to do, all are left out: {'; '.join(reasons)}"


def _canary_cautions(policy: Policy, running: int, members: int) -> Iterable[str]:
    limit = max_batch_size(policy, running)
    if policy.canary > limit and members > limit:
        requested = f"{policy.canary} were asked for"
        yield f"No canary goes first: {requested}, and a batch has {limit} at most."


def _cautions(scale_set: ScaleSet, snapshot: Snapshot, newest: str | None) -> Iterable[str]:
    lag = measure_image_lag(snapshot, newest) if newest is not None else None
    if lag is not None and lag.behind:
        yield f"{lag.message[0].upper()}{lag.message[1:]}."
    if len(snapshot.instances) == 1:
        yield "The set has one instance only: upgrading it means downtime."
    if not scale_set.has_health_source:
        yield ("The set has no health signal: running and provisioned is all that can be checked.")
    if scale_set.owner:
        yield f"The set belongs to {scale_set.owner}, which may undo or be harmed by changes."
    if scale_set.automatic_repairs:
        yield "Automatic repairs are on: Azure may replace instances while they are upgraded."
    if scale_set.automatic_os_upgrade:
        yield "Automatic OS upgrades are on: Azure may move the image by itself."
