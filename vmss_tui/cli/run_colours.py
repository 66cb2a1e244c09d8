"""The colour of states, phases and events on the command line."""

from vmss_tui.cli.colour import Coloured, TextColour
from vmss_tui.fleet.state_groups import StateGroup
from vmss_tui.upgrade import events as ev
from vmss_tui.upgrade.run.phase import Phase, phase_label

GROUP_COLOURS = {
    StateGroup.LATEST_MODEL: TextColour.GOOD,
    StateGroup.UPGRADING: TextColour.MOVING,
    StateGroup.UNHEALTHY: TextColour.UNHEALTHY,
    StateGroup.FAILED: TextColour.FAILED,
    StateGroup.OUTDATED: TextColour.OUTDATED,
    StateGroup.STOPPED: TextColour.OFF,
    StateGroup.DEALLOCATED: TextColour.QUIET,
    StateGroup.UNKNOWN: TextColour.UNKNOWN,
}
PHASE_COLOURS = {
    Phase.ROLLING_FORWARD: TextColour.MOVING,
    Phase.ROLLING_BACK: TextColour.MOVING,
    Phase.PAUSED: TextColour.UNHEALTHY,
    Phase.COMPLETED: TextColour.GOOD,
    Phase.COMPLETED_WITH_FAILURES: TextColour.FAILED,
    Phase.ROLLED_BACK: TextColour.GOOD,
    Phase.CANCELLED: TextColour.OFF,
    Phase.FAULTED: TextColour.FAILED,
}
_EVENT_COLOURS: dict[type, TextColour] = {
    ev.Halted: TextColour.FAILED,
    ev.InstancesFailed: TextColour.FAILED,
    ev.GateFailed: TextColour.FAILED,
    ev.BatchRefused: TextColour.UNHEALTHY,
    ev.BatchUnknown: TextColour.UNHEALTHY,
    ev.ModelRefused: TextColour.UNHEALTHY,
    ev.ModelUnknown: TextColour.UNHEALTHY,
    ev.InstancesRelapsed: TextColour.UNHEALTHY,
    ev.InstancesSkipped: TextColour.UNHEALTHY,
    ev.InstancesGone: TextColour.UNHEALTHY,
    ev.Paused: TextColour.UNHEALTHY,
    ev.CheckpointReached: TextColour.UNHEALTHY,
    ev.Aborted: TextColour.UNHEALTHY,
    ev.BatchIntent: TextColour.MOVING,
    ev.ModelIntent: TextColour.MOVING,
    ev.RevertStarted: TextColour.MOVING,
    ev.InstancesUpgraded: TextColour.GOOD,
    ev.GatePassed: TextColour.GOOD,
    ev.InstancesProvisioned: TextColour.QUIET,
    ev.InstancesReady: TextColour.QUIET,
    ev.OperationEnded: TextColour.QUIET,
    ev.BatchAccepted: TextColour.QUIET,
    ev.ModelAccepted: TextColour.QUIET,
}


def event_colour(event: ev.AnyEvent) -> TextColour | None:
    """The colour of an event's sentence; None for plain text."""
    match event:
        case ev.BatchSettled(failed=failed):
            return TextColour.FAILED if failed else TextColour.GOOD
        case ev.Completed(failed=failed):
            return TextColour.FAILED if failed or event.unfinished else TextColour.GOOD
    return _EVENT_COLOURS.get(type(event))


def status_part(phase: Phase, reason: str) -> Coloured:
    """The status of a run, in its colour."""
    return Coloured(phase_label(phase, reason), PHASE_COLOURS[phase])
