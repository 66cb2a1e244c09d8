"""The quarantine: a failed instance is protected from scale-set actions, and the run goes on. Pure.

One instance at a time, between batches, while fewer instances have failed than halt the run. Only a
reading that shows the protection ends a quarantine with success: the answer to the write does not.
The write is idempotent; where no reading shows it within the settle window, it is sent a second
time, and no more. No batch waits for a quarantine, only the end of the run does.
"""

from uuid import NAMESPACE_OID, uuid5

from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine.instance_status import planned_instances
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.run.checks import Quarantine
from vmss_tui.upgrade.run.run import Member, Phase, Run, Stage

MAX_ATTEMPTS = 2
SHOWN = "a reading shows the protection"
NOT_SHOWN = "requested twice, and no reading shows the protection"


def next_quarantine(run: Run, reading: Reading, now: Moment) -> tuple[ev.AnyEvent, ...]:
    """What the reading shows of an earlier request, or `QuarantineIntent` for the next failed
    instance; empty where none is due. Nothing is requested while the run is paused."""
    plan = run.plan
    if plan is None or not plan.policy.quarantine or run.reverting:
        return ()
    may_send = run.phase is not Phase.PAUSED and reading.is_fresh(now)
    by_id = planned_instances(run, reading)
    for member in run.members.values():
        entry = run.quarantine.get(member.instance_id, Quarantine())
        instance = by_id.get(member.instance_id)
        if instance is None or entry.is_decided or not _is_failed(member):
            continue
        if instance.protected_from_actions:
            return (_ended(member.instance_id, ev.QuarantineOutcome.PROTECTED, SHOWN),)
        since = reading.begun_t - entry.requested_at
        if entry.outcome is not None and since < plan.policy.settle_window:
            continue  # goes on meanwhile: no batch waits for a quarantine
        if entry.attempts >= MAX_ATTEMPTS:
            return (_ended(member.instance_id, ev.QuarantineOutcome.NOT_SHOWN, NOT_SHOWN),)
        if may_send:
            return (_intent(run, member.instance_id, entry),)
    return ()


def awaits_protection(run: Run, reading: Reading) -> bool:
    """Whether a later reading may still show the effect of a request: the run does not end before
    that, nor before the settle window is over."""
    plan = run.plan
    if plan is None or not plan.policy.quarantine or run.reverting:
        return False
    by_id = planned_instances(run, reading)
    return any(
        entry.is_requested and reading.begun_t - entry.requested_at < plan.policy.settle_window
        for instance_id, entry in run.quarantine.items()
        if instance_id in by_id and _is_failed(run.members[instance_id])
    )


def _is_failed(member: Member) -> bool:
    """The run itself has upgraded it, and it has failed."""
    return member.stage is Stage.FAILED and bool(member.batch)


def _intent(run: Run, instance_id: str, entry: Quarantine) -> ev.QuarantineIntent:
    scale_set = run.plan.scale_set.key if run.plan else ""
    key = f"{scale_set}#{run.started_at}#quarantine#{instance_id}#{run.seq}"
    return ev.QuarantineIntent(
        instance_id=instance_id,
        client_request_id=str(uuid5(NAMESPACE_OID, key)),
        attempt=entry.attempts + 1,
    )


def _ended(instance_id: str, outcome: ev.QuarantineOutcome, message: str) -> ev.QuarantineEnded:
    return ev.QuarantineEnded(instance_id=instance_id, outcome=outcome, message=message)
