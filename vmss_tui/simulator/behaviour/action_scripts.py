"""The script of each kind of action: which steps an instance goes through, and when."""

from collections.abc import Callable

from vmss_tui.simulator.behaviour.action_steps import (
    InstanceAction,
    boot,
    finish_allocation_failed,
    finish_deallocated,
    finish_deleted,
    finish_running,
    finish_stopped,
    finish_unchanged,
    finish_upgrade_deallocated,
    set_power,
)


def _upgrade(action: InstanceAction) -> None:
    state = action.instance.state
    deallocated = state.power == "deallocated"
    new_image = action.model.image_reference != state.model.image_reference
    new_disk = action.build != state.build or new_image
    if new_disk and not deallocated:
        action.schedule(0.2, set_power("stopped"))
        action.schedule(0.6, boot)
    action.schedule(1.0, finish_upgrade_deallocated if deallocated else finish_running)


def _reimage(action: InstanceAction) -> None:
    action.schedule(0.1, set_power("stopped"))
    action.schedule(0.6, boot)
    action.schedule(1.0, finish_running)


def _redeploy(action: InstanceAction) -> None:
    if not _fails_allocation(action):
        _reimage(action)


def _fails_allocation(action: InstanceAction) -> bool:
    """Whether a fault refuses a host; if so, schedules the failure."""
    failure = action.world.faults.allocation_failure(
        action.scale_set.label, action.instance.instance_id, action.kind
    )
    if failure is None:
        return False
    action.schedule(0.3, finish_allocation_failed(failure))
    return True


def _restart(action: InstanceAction) -> None:
    action.schedule(0.3, boot)
    action.schedule(1.0, finish_running)


def _reapply(action: InstanceAction) -> None:
    action.schedule(1.0, finish_unchanged)


def _power_on(action: InstanceAction) -> None:
    if _fails_allocation(action):
        return
    action.schedule(0.0, set_power("starting"))
    action.schedule(0.5, boot)
    action.schedule(1.0, finish_running)


def _power_off(action: InstanceAction) -> None:
    action.schedule(0.0, set_power("stopping"))
    action.schedule(1.0, finish_stopped)


def _deallocate(action: InstanceAction) -> None:
    action.schedule(0.0, set_power("deallocating"))
    action.schedule(1.0, finish_deallocated)


def _delete(action: InstanceAction) -> None:
    action.schedule(1.0, finish_deleted)


def _create(action: InstanceAction) -> None:
    if _fails_allocation(action):
        return
    action.schedule(0.5, boot)
    action.schedule(1.0, finish_running)


SCRIPTS: dict[str, Callable[[InstanceAction], None]] = {
    "upgrade": _upgrade,
    "rollback": _upgrade,
    "reimage": _reimage,
    "reimageall": _reimage,
    "restart": _restart,
    "redeploy": _redeploy,
    "reapply": _reapply,
    "start": _power_on,
    "poweroff": _power_off,
    "deallocate": _deallocate,
    "delete": _delete,
    "create": _create,
}
"""By kind of action; a script is called once, when the action is accepted."""
