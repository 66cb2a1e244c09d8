"""Azure's own rolling upgrade: at work, over, or with no word of it."""

from collections.abc import Iterable

from tests.fault_table.fault import Done, Fault, Strike, When, error, on
from tests.fault_table.network import FOREIGN

UNREAD = "RollingUnread"


def _latest(times: int | None = None, **action: object) -> Strike:
    """Strikes what is asked after it; always, unless told otherwise."""
    return on("/rollingUpgrades/latest$", "GET", action, times=times)


def _says(code: object) -> dict[str, object]:
    progress = {"successfulInstanceCount": 8, "inProgressInstanceCount": 0}
    return {"properties": {"runningStatus": {"code": code}, "progress": progress}}


def _at_work() -> Iterable[Fault]:
    for code in ("RollingForward", "RollingBack"):
        yield Fault(
            name=f"{code} of Azure's own between two of its batches",
            when=When.BETWEEN,
            strike=_latest(status=200, body=_says(code)),
            ends="foreign",
            done=Done.FIRST_BATCH,
            posts=1,
            message=f"Azure's own is at work .{code}: 8 done, 0 at work",
        )
    yield Fault(
        name="RollingForward of Azure's own before the first request",
        strike=_latest(status=200, body=_says("RollingForward")),
        ends="foreign",
        done=Done.NOTHING,
        posts=0,
        message="Azure's own is at work",
    )
    for code in ("Completed", "Cancelled", "Faulted"):
        yield Fault(
            name=f"one of Azure's own that is {code}", strike=_latest(status=200, body=_says(code))
        )


def _unread(name: str, strike: Strike) -> Fault:
    """It decides nothing, is told, and the run goes on by what the instances show."""
    return Fault(name=f"word of Azure's own {name}", strike=strike, message=UNREAD)


def _unreadable() -> Iterable[Fault]:
    denied = error("AuthorizationFailed", "no right to 'rollingUpgrades/read'")
    yield _unread("never to be had", _latest(status=500))
    yield _unread("throttled for ever", _latest(status=429, headers={"Retry-After": "36000"}))
    yield _unread("forbidden", _latest(status=403, body=denied))
    yield _unread("a proxy page", _latest(html=True))
    yield _unread("a proxy page that says 404", _latest(status=404, body="<html>?</html>"))
    yield _unread("without a status", _latest(status=200, body={}))
    yield _unread("of an unknown status", _latest(status=200, body=_says("Pondering")))
    yield _unread("redirected to another host", _latest(redirect=FOREIGN))
    yield _unread("silent", _latest(times=3, hang=0.8))
    yield Fault(name="word of Azure's own late once", strike=_latest(times=1, status=503))


FAULTS = (*_at_work(), *_unreadable())
