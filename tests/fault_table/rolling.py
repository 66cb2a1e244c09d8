"""Azure's own rolling upgrade: active, ended, or not readable."""

from collections.abc import Iterable

from tests.fault_table.fault import Fault, FaultMoment, Injection, Upgraded, error, on
from tests.fault_table.network import OTHER_HOST
from vmss_tui.upgrade import events as ev

UNREAD = ev.RollingUpgradeUnknown.__name__


def on_latest(times: int | None = None, **action: object) -> Injection:
    """A fault of the requests that read it; of all of them without `times`."""
    return on("/rollingUpgrades/latest$", "GET", action, times=times)


def latest_body(code: object) -> dict[str, object]:
    progress = {"successfulInstanceCount": 8, "inProgressInstanceCount": 0}
    return {"properties": {"runningStatus": {"code": code}, "progress": progress}}


def reported_faults() -> Iterable[Fault]:
    for code in ("RollingForward", "RollingBack"):
        yield Fault(
            name=f"{code} of Azure's own between two of its batches",
            moment=FaultMoment.BETWEEN,
            inject=on_latest(status=200, body=latest_body(code)),
            ends="foreign",
            upgraded=Upgraded.FIRST_BATCH,
            posts=1,
            message="Azure's own rolling upgrade is in progress "
            f".{code}: 8 successful, 0 in progress",
        )
    yield Fault(
        name="RollingForward of Azure's own before the first request",
        inject=on_latest(status=200, body=latest_body("RollingForward")),
        ends="foreign",
        upgraded=Upgraded.NOTHING,
        posts=0,
        message="Azure's own rolling upgrade is in progress",
    )
    for code in ("Completed", "Cancelled", "Faulted"):
        yield Fault(
            name=f"one of Azure's own that is {code}",
            inject=on_latest(status=200, body=latest_body(code)),
        )


def unread_fault(name: str, inject: Injection) -> Fault:
    """The failure is reported, and the run goes on by the state of the instances."""
    return Fault(name=f"word of Azure's own {name}", inject=inject, message=UNREAD)


def unread_faults() -> Iterable[Fault]:
    denied = error("AuthorizationFailed", "no right to 'rollingUpgrades/read'")
    yield unread_fault("never to be had", on_latest(status=500))
    yield unread_fault(
        "throttled for ever", on_latest(status=429, headers={"Retry-After": "36000"})
    )
    yield unread_fault("forbidden", on_latest(status=403, body=denied))
    yield unread_fault("a proxy page", on_latest(html=True))
    yield unread_fault("a proxy page that says 404", on_latest(status=404, body="<html>?</html>"))
    yield unread_fault("without a status", on_latest(status=200, body={}))
    yield unread_fault("of an unknown status", on_latest(status=200, body=latest_body("Pondering")))
    yield unread_fault("redirected to another host", on_latest(redirect=OTHER_HOST))
    yield unread_fault("silent", on_latest(times=3, hang=0.8))
    yield Fault(name="word of Azure's own late once", inject=on_latest(times=1, status=503))


FAULTS = (*reported_faults(), *unread_faults())
