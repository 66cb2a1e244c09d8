"""Rule 14: a reading that is worse leads to no request that the true one would not lead to.

Worse is older, incomplete, or less certain of one instance.
"""

from typing import Any

from tests.support.engine_evidence import check
from tests.support.engine_world import altered
from vmss_tui.fleet.scale_set import Health, Instance, PowerState, ProvisioningState
from vmss_tui.fleet.snapshot import Snapshot
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.engine import step as engine
from vmss_tui.upgrade.engine.observation import Moment, Reading
from vmss_tui.upgrade.run import fold
from vmss_tui.upgrade.run.run import Run


def check_worse_readings(
    run: Run, decision: engine.Decision, reading: Reading, now: Moment, turn: int
) -> None:
    """Compares a decision with those over worse readings; `turn` chooses the instance and how its
    data are worse."""
    snapshot = reading.snapshot
    requested = _ids_in_the_end(run, decision, reading, now)
    partial = _copy(snapshot, complete=False)
    check(14, not _ids(run, partial, reading, now), "an incomplete reading asks nothing")
    old = _copy(snapshot, begun=snapshot.begun - 99, ended=snapshot.ended - 99)
    check(14, not _ids(run, old, reading, now), "an old reading asks nothing")
    if not snapshot.instances:
        return
    count = len(snapshot.instances)
    victim = snapshot.instances[turn % count]
    worse = _worse(victim, turn // count)
    others = tuple(worse if i is victim else i for i in snapshot.instances)
    ids = _ids(run, _worse_snapshot(snapshot, others), reading, now)
    free = {i.instance_id for i in others if not i.available}
    check(14, ids <= requested | free, f"a worse reading asks {ids - requested}")


def _copy(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """A copy with the same instances, and with what is derived of them; faster than `replace`."""
    made = object.__new__(Snapshot)
    made.__dict__.update(snapshot.__dict__, **changes)
    return made


def _worse_snapshot(snapshot: Snapshot, instances: tuple[Instance, ...]) -> Snapshot:
    """A copy with other instances."""
    return Snapshot(
        snapshot.scale_set,
        instances,
        snapshot.taken_at,
        snapshot.begun,
        snapshot.ended,
        snapshot.complete,
        snapshot.looked_at,
    )


def _worse(instance: Instance, turn: int) -> Instance:
    """The instance with less certain data; one of four ways in turn."""
    match turn % 4:
        case 0:
            return altered(instance, health=Health.UNKNOWN)
        case 1 if instance.provisioning is not ProvisioningState.UPDATING:
            return altered(instance, provisioning=ProvisioningState.UNKNOWN)
        case 2:
            return altered(instance, power=PowerState.UNKNOWN)
        case _:
            return altered(instance, latest_model_applied=None)


def _ids_in_the_end(run: Run, decision: engine.Decision, reading: Reading, now: Moment) -> set[str]:
    """Ids that this very reading leads to, once the skipped and missing ones are left out."""
    while decision.events and all(
        isinstance(event, ev.InstancesSkipped | ev.InstancesGone) for event in decision.events
    ):
        for event in decision.events:
            run = fold.apply(run, ev.Record(seq=run.seq, at="", t=run.t, body=event))
        decision = engine.step(run, reading, now)
    command = decision.command
    return set(command.instance_ids) if isinstance(command, ev.BatchIntent) else set()


def _ids(run: Run, snapshot: Snapshot, reading: Reading, now: Moment) -> set[str]:
    worse = Reading(
        snapshot,
        reading.begun_seq,
        reading.begun_t,
        reading.operation_status,
        updating_since=reading.updating_since,
        observation=reading.observation,
    )
    command = engine.step(run, worse, now).command
    return set(command.instance_ids) if isinstance(command, ev.BatchIntent) else set()
