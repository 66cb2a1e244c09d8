"""What happens to an instance in the course of an action.

Each kind of action is a script: steps at fractions of the action's duration. A step that
belongs to an action which another has taken over from does not happen.
"""

from collections.abc import Callable

from vmss_tui.simulator import endings
from vmss_tui.simulator.work import Work


def _upgrade(work: Work) -> None:
    state = work.instance.state
    off = state.power == "deallocated"
    renewed = work.build != state.build or work.model.image != state.model.image
    if renewed and not off:
        work.then(0.2, endings.power("stopped"))
        work.then(0.6, endings.booting)
    work.then(1.0, endings.finish_off if off else endings.finish)


def _reimage(work: Work) -> None:
    work.then(0.1, endings.power("stopped"))
    work.then(0.6, endings.booting)
    work.then(1.0, endings.finish)


def _redeploy(work: Work) -> None:
    if not _no_host(work):
        _reimage(work)


def _no_host(work: Work) -> bool:
    """Lets an action fail for want of a host, if a fault says so."""
    name = (work.scale_set.label, work.instance.instance_id)
    failure = work.world.faults.refused_host(*name, work.kind)
    if failure is None:
        return False

    def fail(_: Work, at: float) -> None:
        work.instance.become(
            at,
            provisioning="Failed",
            failure=failure,
            settled_at=at,
            power="deallocated",
            agent=None,
            health=None,
            etag=work.instance.state.etag + 1,
        )
        endings.release(work, at, failure)

    work.then(0.3, fail)
    return True


def _restart(work: Work) -> None:
    work.then(0.3, endings.booting)
    work.then(1.0, endings.finish)


def _reapply(work: Work) -> None:
    """Writes the state once more; the instance notices nothing."""
    work.then(1.0, endings.settle)


def _power_on(work: Work) -> None:
    if _no_host(work):
        return
    work.then(0.0, endings.power("starting"))
    work.then(0.5, endings.booting)
    work.then(1.0, endings.finish)


def _power_off(work: Work) -> None:
    work.then(0.0, endings.power("stopping"))
    work.then(1.0, endings.finish_stopped)


def _deallocate(work: Work) -> None:
    work.then(0.0, endings.power("deallocating"))
    work.then(1.0, endings.finish_deallocated)


def _delete(work: Work) -> None:
    work.then(1.0, endings.bury)


def _create(work: Work) -> None:
    if _no_host(work):
        return
    work.then(0.5, endings.booting)
    work.then(1.0, endings.finish)


SCRIPTS: dict[str, Callable[[Work], None]] = {
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
"""By kind of action; a script is called once, at the moment of acceptance."""
