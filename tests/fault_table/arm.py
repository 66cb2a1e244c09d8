"""Azure itself: busy, throttling, refusing, forgetful, late."""

from collections.abc import Iterable

from tests.fault_table import altered_replies
from tests.fault_table.fault import (
    WAITS,
    Done,
    Fault,
    Strike,
    When,
    error,
    first,
    on,
    on_list,
    on_model,
    on_operation,
    on_patch,
    on_post,
)
from tests.support.bench import Bench
from tests.support.simulator_client import SimulatorClient
from vmss_tui.upgrade.run.run import Stage

BUSY_LIMIT = 40
"""Answers of *not now* in a row that a run bears."""
CONFLICT = error("Conflict", "The request cannot be completed due to a concurrent request.")
LOCKED = error("ScopeLocked", "The scope cannot perform write operation: it is locked ('prod').")
POLICY = error("RequestDisallowedByPolicy", "Resource was disallowed by policy 'no-upgrades'.")
FORBIDDEN = error("AuthorizationFailed", "The client 'op' may not perform 'manualupgrade/action'.")
EXPIRED = error("ExpiredAuthenticationToken", "The access token has expired.")
THROTTLED = error("OperationNotAllowed", "Too many requests have been received.")
FOREIGN_PAGE = "https://management.example.com/subscriptions"


def _operation(status: str, code: str = "", message: str = "") -> dict[str, object]:
    body: dict[str, object] = {"name": "1", "status": status}
    return body | ({"error": {"code": code, "message": message}} if code else {})


def _accepted_without_effect(status: str) -> Strike:
    """A 202 for nothing, and an operation that says so or not."""

    def strike(bench: Bench) -> None:
        url = (
            f"{bench.gateway.context.endpoint}/subscriptions/{bench.simulator.subscription_id}/"
            "providers/Microsoft.Compute/locations/eastus/operations/1?api-version=2026-04-01"
        )
        headers = {"Azure-AsyncOperation": url}
        bench.fault("/manualupgrade$", {"status": 202, "headers": headers}, method="POST")
        on_operation(status=200, body=_operation(status, "InternalError", "It broke."))(bench)

    return strike


def _deleted(*path: str) -> Strike:
    def strike(bench: Bench) -> None:
        caller = SimulatorClient(bench.simulator)
        assert caller.send("DELETE", caller.set_path + "".join(path)).status_code < 300

    return strike


def _one_deleted(bench: Bench) -> None:
    """Somebody deletes an instance of the first batch, just before it is asked for."""
    _deleted(f"/virtualMachines/{first(bench)[1]}")(bench)


def _throttled(retry_after: str | None, seconds: tuple[float, float]) -> Fault:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(
        name=f"throttled with {retry_after or 'no time'} to wait",
        strike=on_post(status=429, headers=headers, body=THROTTLED),
        posts=3,
        apart=seconds,
    )


def _operation_says(name: str, strike: Strike) -> Fault:
    """Whatever an operation says or does not: the instances decide."""
    return Fault(name=f"operation {name}", strike=strike)


def _refused(name: str, status: int, body: dict[str, object], message: str) -> Fault:
    return Fault(
        name=name,
        strike=on_post(status=status, body=body),
        ends="refused",
        done=Done.NOTHING,
        posts=1,
        message=message,
    )


def _writes() -> Iterable[Fault]:
    yield _throttled("17", (17.0, 30.0))
    yield _throttled(None, (10.0, 20.0))
    yield _throttled("inf", (10.0, 20.0))
    yield _throttled("36000", (300.0, 320.0))
    yield _throttled("-5", (10.0, 20.0))
    yield _throttled("soon", (10.0, 20.0))
    yield Fault(
        name="throttled without end",
        strike=on_post(times=None, status=429, body=THROTTLED),
        ends="throttled",
        done=Done.NOTHING,
        posts=BUSY_LIMIT,
    )
    yield Fault(name="500 after the effect", strike=on_post(status=500, done=True))
    yield Fault(name="500 without an effect", strike=on_post(status=500), posts=3, apart=(60, 80))
    yield Fault(name="503 once without an effect", strike=on_post(status=503), posts=3)
    yield Fault(name="503 after the effect", strike=on_post(status=503, done=True))
    yield Fault(name="408 after the effect", strike=on_post(status=408, done=True))
    yield Fault(name="409 busy twice", strike=on_post(times=2, status=409, body=CONFLICT), posts=4)
    yield Fault(
        name="409 busy without end",
        strike=on_post(times=None, status=409, body=CONFLICT),
        ends="busy",
        done=Done.NOTHING,
        posts=BUSY_LIMIT,
    )
    yield _refused("409 locked", 409, LOCKED, "locked")
    yield _refused("403 by policy", 403, POLICY, "no-upgrades")
    yield _refused("403 not authorised", 403, FORBIDDEN, "manualupgrade/action")
    yield _refused("409 by policy", 409, POLICY, "no-upgrades")
    yield Fault(name="401 once", strike=on_post(status=401, body=EXPIRED), posts=3)
    yield Fault(
        name="412 to the model edit once",
        strike=on_patch(status=412, body=error("PreconditionFailed", "The etag is old.")),
        patches=2,
    )
    yield Fault(
        name="412 to the model edit without end",
        strike=on_patch(times=None, status=412, body=error("PreconditionFailed", "Old.")),
        ends="busy",
        done=Done.NOTHING,
        posts=0,
        patches=BUSY_LIMIT,
    )
    yield Fault(
        name="model edit refused by policy",
        strike=on_patch(status=403, body=POLICY),
        ends="refused",
        done=Done.NOTHING,
        posts=0,
        patches=1,
        message="no-upgrades",
    )
    yield Fault(
        name="id that is not active any more",
        when=When.AT_POST,
        strike=_one_deleted,
        without=("5",),
        posts=3,
        stages={Stage.GONE: 1},
    )


def _operations() -> Iterable[Fault]:
    yield _operation_says("not found", on_operation(status=404))
    yield _operation_says("gone", on_operation(status=410))
    yield _operation_says("failing to answer", on_operation(status=500))
    yield _operation_says("throttled", on_operation(status=429, headers={"Retry-After": "36000"}))
    yield _operation_says("a proxy page", on_operation(html=True))
    yield _operation_says("empty", on_operation(status=200, body=""))
    yield _operation_says("without a status", on_operation(status=200, body={}))
    yield _operation_says("of an unknown status", on_operation(body=_operation("Pondering")))
    yield _operation_says("failed though it is done", on_operation(body=_operation("Failed")))
    yield _operation_says(
        "preempted though it is done",
        on_operation(body=_operation("Failed", "OperationPreempted", "A newer one took over.")),
    )
    yield _operation_says("cancelled though it is done", on_operation(body=_operation("Canceled")))
    yield _operation_says("never over", on_operation(body=_operation("InProgress")))
    yield _operation_says(
        "in progress long after it is done", on_operation(times=40, body=_operation("InProgress"))
    )
    for status in ("Succeeded", "Failed", "Canceled"):
        yield Fault(
            name=f"operation {status} and every instance old",
            strike=_accepted_without_effect(status),
            ends="failure",
            done=Done.NOTHING,
            posts=1,
            message="still has the old model",
            stages={Stage.FAILED: 4},
        )
    yield Fault(
        name="operation never over and every instance old",
        strike=_accepted_without_effect("InProgress"),
        ends="failure",
        done=Done.NOTHING,
        posts=1,
        message="batch deadline",
        stages={Stage.FAILED: 4},
    )


def _reads() -> Iterable[Fault]:
    stale = on("", "GET", {"stale": 30}, times=None)
    yield Fault(name="readings thirty seconds old", strike=stale)
    yield Fault(name="readings thirty seconds old after an edit", strike=stale, patches=1)
    yield Fault(
        name="a list thirty seconds old now and then",
        strike=on("/virtualMachines$", "GET", {"stale": 30}, times=None, nth=2),
    )
    yield Fault(
        name="list throttled", strike=on_list(times=3, status=429, headers={"Retry-After": "17"})
    )
    yield Fault(name="list 503 once", strike=on_list(status=503))
    yield Fault(name="model 502 for a while", when=When.BETWEEN, strike=on_model(9, status=502))
    yield Fault(name="sign-in lost for a while", strike=on_model(12, status=401, body=EXPIRED))
    yield Fault(
        name="sign-in lost in mid operation",
        when=When.BATCH_OPEN,
        strike=on_list(12, status=401, body=EXPIRED),
    )
    yield Fault(
        name="right to read lost",
        when=When.BATCH_OPEN,
        strike=on_model(status=403, body=FORBIDDEN),
        ends="refused",
        done=Done.FIRST_BATCH,
        posts=1,
    )
    yield Fault(
        name="set deleted",
        when=When.BATCH_OPEN,
        strike=_deleted(),
        ends="gone",
        done=Done.FIRST_BATCH,
        posts=1,
        limit=900,
    )


def _pages() -> Iterable[Fault]:
    def broken(name: str, strike: Strike) -> Fault:
        """A part of a list decides nothing."""
        return Fault(
            name=name,
            strike=strike,
            ends=WAITS,
            done=Done.NOTHING,
            posts=0,
            pages=10,
            limit=300.0,
        )

    yield broken("pages that go round in a circle", _next_page())
    yield broken("pages that lead to another host", _next_page(FOREIGN_PAGE))
    yield broken("second page broken always", on("skiptoken", "GET", {"html": True}, times=None))
    yield Fault(
        name="second page broken for a while",
        strike=on("skiptoken", "GET", {"status": 500}, times=8),
        pages=10,
    )


def _next_page(link: str = "") -> Strike:
    """Every page names this as the next one; nothing means the first."""

    def strike(bench: Bench) -> None:
        named = link or bench.gateway.paths.instances(bench.set_id)
        altered_replies.pages(altered_replies.says(named, "nextLink"))(bench)

    return strike


FAULTS = (*_writes(), *_operations(), *_reads(), *_pages())
