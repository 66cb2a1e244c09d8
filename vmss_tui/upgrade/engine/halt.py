"""The conditions that halt a run: drift, failures, unhealthy instances, a gate, no budget. Pure.

Each halt has a reason, a message, the affected instances and a safe next step.
"""

from collections.abc import Mapping
from typing import Any

from vmss_tui.fleet.phrases import pluralize
from vmss_tui.fleet.scale_set import Health, PolicyMode, ScaleSet
from vmss_tui.text import single_line
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.plan.model_drift import describe_changes, restore_command
from vmss_tui.upgrade.plan.plan import Plan
from vmss_tui.upgrade.run.run import OPEN_STAGES, Run, Stage


def check_model_drift(run: Run, reading: Reading) -> ev.Halted | None:
    """A halt where the model or the policy mode is no longer the one of this run."""
    scale_set = reading.snapshot.scale_set
    if scale_set.model_digest != run.pinned_digest:
        command = restore_command(run.pinned_parts, scale_set.raw, scale_set.id)
        changes, seen = describe_drift(run.pinned_parts, scale_set), reading.snapshot.taken_at
        return ev.Halted(
            reason="drift",
            message="the scale set's model is not the one this run upgrades to: "
            f"it was changed outside this run{changes}, seen at {seen:%H:%M:%S} UTC"
            f"{_in_flight_text(run)}",
            safe_next="check the model; plan a new run against it, or restore it and resume"
            + (f": {command}" if command else ""),
        )
    if scale_set.policy_mode is not PolicyMode.MANUAL:
        return ev.Halted(
            reason="drift",
            message=f"the scale set's upgrade policy is now {scale_set.policy_mode}: Azure may "
            "upgrade "
            "instances by itself",
            safe_next="set the upgrade policy back to Manual and resume, or abort",
        )
    return None


def _in_flight_text(run: Run) -> str:
    """`; 16 instances are in flight, and Azure continues them`; empty without any."""
    count = run.count(*OPEN_STAGES)
    if not count:
        return ""
    verb, pronoun = ("is", "it") if count == 1 else ("are", "them")
    instances = pluralize(count, "instance", "instances")
    return f"; {instances} {verb} in flight, and Azure continues {pronoun}"


def describe_drift(
    before: Mapping[str, str], scale_set: ScaleSet, own: Mapping[str, Any] | None = None
) -> str:
    """` (path: old → new)`, or the present image where the old model is not known.

    `own` is the PATCH body of the run's own edit, whose paths are left out."""
    image = scale_set.image.title if scale_set.image else "no image"
    return f" ({describe_changes(before, scale_set.raw, own or {}) or f'image now: {image}'})"


def check_failures(run: Run) -> ev.Halted | None:
    """A halt where too many instances have failed since the start or the last resume."""
    plan = run.plan
    if plan is None:
        return None
    failed = [m for m in run.members.values() if m.stage is Stage.FAILED]
    known_failures = run.accepted_failures.union(plan.unhealthy_at_start)
    new_failures = sum(member.instance_id not in known_failures for member in failed)
    if new_failures < plan.policy.max_new_failures:
        return None
    problem = single_line(failed[-1].message)
    return ev.Halted(
        reason="failure",
        message=f"{len(failed)} of {len(run.targets)} instances failed: {problem}",
        instance_ids=tuple(member.instance_id for member in failed),
        safe_next=f"check the failed instances; {_ways_on(run, plan)}",
    )


def _ways_on(run: Run, plan: Plan) -> str:
    """What an operator can do after a failure, the safest first."""
    can_revert = plan.edit is not None and plan.edit.undo and not run.reverting
    revert = "revert rolls back what it changed, " if can_revert else ""
    retry = "retry requests the failed ones once more and continues"
    return f"abort sends nothing more, {revert}{retry}, resume continues with the others"


def gate_halt(run: Run) -> ev.Halted:
    """The halt after a failed gate."""
    return ev.Halted(
        reason="gate",
        message=f"the gate command failed: {run.gate_message}",
        safe_next="read its output (`vmss-tui report`), then resume: the command is run again",
    )


def check_upgraded_health(run: Run, plan: Plan, reading: Reading) -> ev.Halted | None:
    """A halt where too many upgraded instances are unhealthy by now."""
    upgraded = [i for i, m in run.members.items() if m.stage is Stage.UPGRADED]
    by_id = planned_instances(run, reading)
    unhealthy = tuple(
        i for i in upgraded if i in by_id and by_id[i].health in (Health.UNHEALTHY, Health.UNKNOWN)
    )
    if run.accepted_unhealthy.issuperset(unhealthy):
        return None
    if not plan.policy.max_unhealthy_upgraded_instance_percent.exceeded(
        len(unhealthy), len(upgraded)
    ):
        return None
    return ev.Halted(
        reason="budget",
        message=f"{len(unhealthy)} of {len(upgraded)} upgraded instances are unhealthy now",
        instance_ids=unhealthy,
        safe_next="the new model may be faulty: check these instances before resuming",
    )


def wait_or_halt(
    run: Run, plan: Plan, reading: Reading, now: Moment, not_ready: list[str]
) -> tuple[ev.AnyEvent, ...]:
    """Waits for budget or for instances that are not ready, and halts when that takes too long."""
    policy = plan.policy
    pause = 0.0 if run.wait_ended else policy.pause_time_between_batches
    since = max(run.barrier_at, (run.settled_at or 0.0) + pause, run.retry_at or 0.0)
    if now.t - since < (policy.batch_deadline if not_ready else policy.healthy_deadline):
        return ()
    if not_ready:
        return (
            ev.Halted(
                reason="deadline",
                message=f"{len(not_ready)} of the next batch did not become ready: still "
                "updating, or "
                "Azure does not report their state",
                instance_ids=tuple(not_ready),
                safe_next="check these instances, then resume",
            ),
        )
    instances = reading.snapshot.instances
    unavailable_ids = tuple(i.instance_id for i in instances if not i.available)
    return (
        ev.Halted(
            reason="budget",
            message=f"unavailability limit reached: {len(unavailable_ids)} unavailable, the "
            "limit is "
            f"{plan.budget_among(instances)}: no further instance may be upgraded",
            instance_ids=unavailable_ids,
            safe_next="recover them, or raise max_unhealthy_instance_percent in a new plan",
        ),
    )
