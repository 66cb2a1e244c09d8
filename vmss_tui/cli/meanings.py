"""The colour of states, phases and events on the command line."""

from vmss_tui.cli.colour import Coloured, Meaning
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.phase import Phase, phase_label

GROUP_MEANINGS = {
    StateGroup.LATEST_MODEL: Meaning.GOOD,
    StateGroup.UPGRADING: Meaning.MOVING,
    StateGroup.UNHEALTHY: Meaning.UNHEALTHY,
    StateGroup.FAILED: Meaning.FAILED,
    StateGroup.OUTDATED: Meaning.OUTDATED,
    StateGroup.STOPPED: Meaning.OFF,
    StateGroup.DEALLOCATED: Meaning.QUIET,
    StateGroup.UNKNOWN: Meaning.UNKNOWN,
}
PHASE_MEANINGS = {
    Phase.ROLLING_FORWARD: Meaning.MOVING,
    Phase.ROLLING_BACK: Meaning.MOVING,
    Phase.PAUSED: Meaning.UNHEALTHY,
    Phase.COMPLETED: Meaning.GOOD,
    Phase.COMPLETED_WITH_FAILURES: Meaning.FAILED,
    Phase.ROLLED_BACK: Meaning.GOOD,
    Phase.CANCELLED: Meaning.OFF,
    Phase.FAULTED: Meaning.FAILED,
}
_EVENT_MEANINGS: dict[type, Meaning] = {
    ev.Halted: Meaning.FAILED,
    ev.InstancesFailed: Meaning.FAILED,
    ev.GateFailed: Meaning.FAILED,
    ev.BatchRefused: Meaning.UNHEALTHY,
    ev.BatchUnknown: Meaning.UNHEALTHY,
    ev.ModelRefused: Meaning.UNHEALTHY,
    ev.ModelUnknown: Meaning.UNHEALTHY,
    ev.InstancesRelapsed: Meaning.UNHEALTHY,
    ev.InstancesSkipped: Meaning.UNHEALTHY,
    ev.InstancesGone: Meaning.UNHEALTHY,
    ev.Paused: Meaning.UNHEALTHY,
    ev.CheckpointReached: Meaning.UNHEALTHY,
    ev.Aborted: Meaning.UNHEALTHY,
    ev.BatchIntent: Meaning.MOVING,
    ev.ModelIntent: Meaning.MOVING,
    ev.RevertStarted: Meaning.MOVING,
    ev.InstancesUpgraded: Meaning.GOOD,
    ev.GatePassed: Meaning.GOOD,
    ev.InstancesProvisioned: Meaning.QUIET,
    ev.InstancesReady: Meaning.QUIET,
    ev.OperationEnded: Meaning.QUIET,
    ev.BatchAccepted: Meaning.QUIET,
    ev.ModelAccepted: Meaning.QUIET,
}


def event_meaning(event: ev.AnyEvent) -> Meaning | None:
    """The colour of an event's sentence; None for plain text."""
    match event:
        case ev.BatchSettled(failed=failed):
            return Meaning.FAILED if failed else Meaning.GOOD
        case ev.Completed(failed=failed):
            return Meaning.FAILED if failed or event.unfinished else Meaning.GOOD
    return _EVENT_MEANINGS.get(type(event))


def status_part(phase: Phase, reason: str) -> Coloured:
    """The status of a run, in its colour."""
    return Coloured(phase_label(phase, reason), PHASE_MEANINGS[phase])
