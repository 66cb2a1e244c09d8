"""The end of a run: no instance waits, and all upgraded instances are still healthy.

The last settled batch does not complete a run: one more reading must show every upgraded instance
on the model and not unhealthy, and the bake time must be over. Until then too many unhealthy ones
halt the run, as between batches; a single one has the time to recover. A quarantine that was
requested must show, or have had the time to.
"""

from collections.abc import Mapping

from vmss_tui.fleet.scale_set import TRANSITIONAL_PROVISIONING, Health, Instance, ProvisioningState
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.bake import bake_end, bake_event
from vmss_tui.upgrade.engine.halt import check_upgraded_health
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Reading
from vmss_tui.upgrade.engine.quarantine import awaits_protection
from vmss_tui.upgrade.run.run import Run, Stage


def finish_run(run: Run, reading: Reading) -> tuple[ev.AnyEvent, ...]:
    """`Completed`, or the events of this reading that prevent it; empty while it has to wait."""
    plan, reading_t = run.plan, reading.begun_t
    if plan is None:
        return ()
    by_id = planned_instances(run, reading)
    upgraded = [m for m in run.members.values() if m.stage is Stage.UPGRADED]
    absent = [m for m in upgraded if m.instance_id not in by_id]
    if newly_missing := tuple(m.instance_id for m in absent if m.missing_since is None):
        return (ev.InstancesMissing(instance_ids=newly_missing),)
    if absent:
        gone = tuple(
            m.instance_id
            for m in absent
            if m.missing_since is not None
            and reading_t - m.missing_since >= max(1.0, plan.policy.min_healthy_time)
        )
        return (ev.InstancesGone(instance_ids=gone),) if gone else ()
    end = bake_end(run, plan)
    if end is not None and reading_t < end:
        halt = check_upgraded_health(run, plan, reading)
        return () if halt is None else (halt,)
    unhealthy = tuple(m.instance_id for m in upgraded if _is_unhealthy(by_id[m.instance_id]))
    since = max(run.barrier_at, run.settled_at or 0.0, end or 0.0)
    may_recover = reading_t - since < plan.policy.healthy_deadline
    if may_recover and (unhealthy or _has_unhealthy_skipped(run, by_id)):
        return ()
    if unhealthy:
        message = "upgraded, but unhealthy at the end of the run"
        return (ev.InstancesFailed(instance_ids=unhealthy, message=message),)
    gate_passed = run.gate is not None and run.gate.passed and not run.gate.instance_ids
    if plan.policy.gate and run.batches_sent and not gate_passed:
        number = run.batches_sent + 1
        return (ev.GateStarted(number=number, finished=run.last_batch),)
    bake = bake_event(run, plan, reading_t)
    if bake is not None:
        return bake
    return () if awaits_protection(run, reading) else (_completed(run, by_id),)


def _is_unhealthy(instance: Instance) -> bool:
    """Failed, unhealthy, in progress or on an old model again. Stopped by others is no failure."""
    return (
        instance.provisioning is ProvisioningState.FAILED
        or instance.provisioning in TRANSITIONAL_PROVISIONING
        or instance.latest_model_applied is False
        or instance.health in (Health.UNHEALTHY, Health.UNKNOWN, Health.INITIALIZING)
    )


def _skipped(run: Run, by_id: Mapping[str, Instance]) -> list[Instance]:
    return [by_id[i] for i, m in run.members.items() if m.stage is Stage.SKIPPED and i in by_id]


def _has_unhealthy_skipped(run: Run, by_id: Mapping[str, Instance]) -> bool:
    """Whether an instance that got the model from others is not healthy yet."""
    return any(
        instance.latest_model_applied is True and _is_unfinished(run, instance)
        for instance in _skipped(run, by_id)
    )


def _completed(run: Run, by_id: Mapping[str, Instance]) -> ev.Completed:
    return ev.Completed(
        upgraded=run.count(Stage.UPGRADED),
        failed=run.count(Stage.FAILED),
        gone=run.count(Stage.GONE),
        skipped=run.count(Stage.SKIPPED),
        reverted=run.reverting,
        unfinished=tuple(i.instance_id for i in _skipped(run, by_id) if _is_unfinished(run, i)),
    )


def _is_unfinished(run: Run, instance: Instance) -> bool:
    """Whether a skipped instance is not on the model, or not healthy.

    In a revert those that the run had not changed were skipped before it, and are no part of it."""
    skipped_at = run.members[instance.instance_id].since or 0.0
    if run.reverting and skipped_at < run.pinned_at:
        return False
    return instance.latest_model_applied is not True or _is_unhealthy(instance)
