"""The quarantine: a failed instance is protected from scale-set actions, and the run goes on. Pure.

One instance at a time, between batches, while fewer instances have failed than halt the run. The
write is idempotent; where nothing shows that it happened, it is sent a second time, and no more.
"""

from uuid import NAMESPACE_OID, uuid5

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.run.checks import Quarantine
from vmss_tui.upgrade.run.run import Run, Stage

MAX_ATTEMPTS = 2
NOT_SHOWN = "requested twice, and no reading shows the protection"


def next_quarantine(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
    """`QuarantineIntent` for the next failed instance, or what the reading shows of an earlier one;
    empty where none is due."""
    plan = run.plan
    if plan is None or not plan.policy.quarantine or run.reverting or not reading.is_fresh(now):
        return ()
    by_id = planned_instances(run, reading)
    for member in run.members.values():
        entry = run.quarantine.get(member.instance_id, Quarantine())
        instance = by_id.get(member.instance_id)
        if instance is None or entry.is_decided:
            continue
        if member.stage is not Stage.FAILED or not member.batch:
            continue
        if instance.protected_from_actions:
            return (_ended(member.instance_id, ev.QuarantineOutcome.PROTECTED),)
        since = reading.begun_t - entry.requested_at
        if entry.outcome is not None and since < plan.policy.settle_window:
            continue  # goes on meanwhile: no batch waits for a quarantine
        if entry.attempts >= MAX_ATTEMPTS:
            return (_ended(member.instance_id, ev.QuarantineOutcome.REFUSED, NOT_SHOWN),)
        key = f"{plan.scale_set.key}#{run.started_at}#quarantine#{member.instance_id}#{run.seq}"
        return (
            ev.QuarantineIntent(
                instance_id=member.instance_id,
                client_request_id=str(uuid5(NAMESPACE_OID, key)),
                attempt=entry.attempts + 1,
            ),
        )
    return ()


def _ended(
    instance_id: str, outcome: ev.QuarantineOutcome, message: str = ""
) -> ev.QuarantineEnded:
    return ev.QuarantineEnded(instance_id=instance_id, outcome=outcome, message=message)
