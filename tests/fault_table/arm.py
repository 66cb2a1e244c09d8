"""Faults of Azure Resource Manager: busy, throttled, refused, lost or late replies."""

from collections.abc import Iterable

from tests.fault_table import altered_replies
from tests.fault_table.fault import (
    WAITS,
    Fault,
    FaultMoment,
    Injection,
    Upgraded,
    error,
    first_batch,
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
"""Busy or throttled replies in a row after which a run halts."""
CONFLICT = error("Conflict", "The request cannot be completed due to a concurrent request.")
LOCKED = error("ScopeLocked", "The scope cannot perform write operation: it is locked ('prod').")
POLICY = error("RequestDisallowedByPolicy", "Resource was disallowed by policy 'no-upgrades'.")
FORBIDDEN = error("AuthorizationFailed", "The client 'op' may not perform 'manualupgrade/action'.")
EXPIRED = error("ExpiredAuthenticationToken", "The access token has expired.")
THROTTLED = error("OperationNotAllowed", "Too many requests have been received.")
FOREIGN_PAGE = "https://management.example.com/subscriptions"


def operation_body(status: str, code: str = "", message: str = "") -> dict[str, object]:
    body: dict[str, object] = {"name": "1", "status": status}
    return body | ({"error": {"code": code, "message": message}} if code else {})


def accept_without_effect(status: str) -> Injection:
    """A 202 without an effect, and an operation that reports a status all the same."""

    def inject(bench: Bench) -> None:
        url = (
            f"{bench.gateway.context.endpoint}/subscriptions/{bench.simulator.subscription_id}/"
            "providers/Microsoft.Compute/locations/eastus/operations/1?api-version=2026-04-01"
        )
        headers = {"Azure-AsyncOperation": url}
        bench.fault("/manualupgrade$", {"status": 202, "headers": headers}, method="POST")
        on_operation(status=200, body=operation_body(status, "InternalError", "It broke."))(bench)

    return inject


def delete(*path: str) -> Injection:
    def inject(bench: Bench) -> None:
        caller = SimulatorClient(bench.simulator)
        assert caller.send("DELETE", caller.set_path + "".join(path)).status_code < 300

    return inject


def delete_one(bench: Bench) -> None:
    """Another operator deletes an instance of the first batch before the request for it."""
    delete(f"/virtualMachines/{first_batch(bench)[1]}")(bench)


def throttled_fault(retry_after: str | None, seconds: tuple[float, float]) -> Fault:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(
        name=f"throttled with {retry_after or 'no time'} to wait",
        inject=on_post(status=429, headers=headers, body=THROTTLED),
        posts=3,
        seconds_between_posts=seconds,
        reads_often=True,
    )


def operation_fault(name: str, inject: Injection) -> Fault:
    """The operation reports something wrong: the instances decide the result."""
    return Fault(name=f"operation {name}", inject=inject)


def refused_fault(name: str, status: int, body: dict[str, object], message: str) -> Fault:
    return Fault(
        name=name,
        inject=on_post(status=status, body=body),
        ends="refused",
        upgraded=Upgraded.NOTHING,
        posts=1,
        message=message,
    )


def write_faults() -> Iterable[Fault]:
    yield throttled_fault("17", (17.0, 30.0))
    yield throttled_fault(None, (10.0, 20.0))
    yield throttled_fault("inf", (10.0, 20.0))
    yield throttled_fault("36000", (300.0, 320.0))
    yield throttled_fault("-5", (10.0, 20.0))
    yield throttled_fault("soon", (10.0, 20.0))
    yield Fault(
        name="throttled without end",
        inject=on_post(times=None, status=429, body=THROTTLED),
        ends="throttled",
        upgraded=Upgraded.NOTHING,
        posts=BUSY_LIMIT,
    )
    yield Fault(name="500 after the effect", inject=on_post(status=500, done=True))
    yield Fault(
        name="500 without an effect",
        inject=on_post(status=500),
        posts=3,
        seconds_between_posts=(60, 80),
    )
    yield Fault(name="503 once without an effect", inject=on_post(status=503), posts=3)
    yield Fault(name="503 after the effect", inject=on_post(status=503, done=True))
    yield Fault(name="408 after the effect", inject=on_post(status=408, done=True))
    yield Fault(name="409 busy twice", inject=on_post(times=2, status=409, body=CONFLICT), posts=4)
    yield Fault(
        name="409 busy without end",
        inject=on_post(times=None, status=409, body=CONFLICT),
        ends="busy",
        upgraded=Upgraded.NOTHING,
        posts=BUSY_LIMIT,
    )
    yield refused_fault("409 locked", 409, LOCKED, "locked")
    yield refused_fault("403 by policy", 403, POLICY, "no-upgrades")
    yield refused_fault("403 not authorised", 403, FORBIDDEN, "manualupgrade/action")
    yield refused_fault("409 by policy", 409, POLICY, "no-upgrades")
    yield Fault(name="401 once", inject=on_post(status=401, body=EXPIRED), posts=3)
    yield Fault(
        name="412 to the model edit once",
        inject=on_patch(status=412, body=error("PreconditionFailed", "The etag is old.")),
        patches=2,
    )
    yield Fault(
        name="412 to the model edit without end",
        inject=on_patch(times=None, status=412, body=error("PreconditionFailed", "Old.")),
        ends="busy",
        upgraded=Upgraded.NOTHING,
        posts=0,
        patches=BUSY_LIMIT,
    )
    yield Fault(
        name="model edit refused by policy",
        inject=on_patch(status=403, body=POLICY),
        ends="refused",
        upgraded=Upgraded.NOTHING,
        posts=0,
        patches=1,
        message="no-upgrades",
    )
    yield Fault(
        name="id that is not active any more",
        moment=FaultMoment.AT_POST,
        inject=delete_one,
        without=("5",),
        posts=3,
        stages={Stage.GONE: 1},
    )


def operation_faults() -> Iterable[Fault]:
    yield operation_fault("not found", on_operation(status=404))
    yield operation_fault("gone", on_operation(status=410))
    yield operation_fault("failing to answer", on_operation(status=500))
    yield operation_fault("throttled", on_operation(status=429, headers={"Retry-After": "36000"}))
    yield operation_fault("a proxy page", on_operation(html=True))
    yield operation_fault("empty", on_operation(status=200, body=""))
    yield operation_fault("without a status", on_operation(status=200, body={}))
    yield operation_fault("of an unknown status", on_operation(body=operation_body("Pondering")))
    yield operation_fault("failed though it is done", on_operation(body=operation_body("Failed")))
    yield operation_fault(
        "preempted though it is done",
        on_operation(body=operation_body("Failed", "OperationPreempted", "A newer one took over.")),
    )
    yield operation_fault(
        "cancelled though it is done", on_operation(body=operation_body("Canceled"))
    )
    yield operation_fault("never over", on_operation(body=operation_body("InProgress")))
    yield operation_fault(
        "in progress long after it is done",
        on_operation(times=40, body=operation_body("InProgress")),
    )
    for status in ("Succeeded", "Failed", "Canceled"):
        yield Fault(
            name=f"operation {status} and every instance old",
            inject=accept_without_effect(status),
            ends="failure",
            upgraded=Upgraded.NOTHING,
            posts=1,
            message="still on the old model",
            stages={Stage.FAILED: 4},
        )
    yield Fault(
        name="operation never over and every instance old",
        inject=accept_without_effect("InProgress"),
        ends="failure",
        upgraded=Upgraded.NOTHING,
        posts=1,
        message="not complete within the batch timeout",
        stages={Stage.FAILED: 4},
    )


def read_faults() -> Iterable[Fault]:
    stale = on("", "GET", {"stale": 30}, times=None)
    yield Fault(name="readings thirty seconds old", inject=stale)
    yield Fault(name="readings thirty seconds old after an edit", inject=stale, patches=1)
    yield Fault(
        name="a list thirty seconds old now and then",
        inject=on("/virtualMachines$", "GET", {"stale": 30}, times=None, nth=2),
    )
    yield Fault(
        name="list throttled", inject=on_list(times=3, status=429, headers={"Retry-After": "17"})
    )
    yield Fault(name="list 503 once", inject=on_list(status=503))
    yield Fault(
        name="model 502 for a while", moment=FaultMoment.BETWEEN, inject=on_model(9, status=502)
    )
    yield Fault(name="sign-in lost for a while", inject=on_model(12, status=401, body=EXPIRED))
    yield Fault(
        name="sign-in lost in mid operation",
        moment=FaultMoment.BATCH_OPEN,
        inject=on_list(12, status=401, body=EXPIRED),
    )
    yield Fault(
        name="right to read lost",
        moment=FaultMoment.BATCH_OPEN,
        inject=on_model(status=403, body=FORBIDDEN),
        ends="refused",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
    )
    yield Fault(
        name="set deleted",
        moment=FaultMoment.BATCH_OPEN,
        inject=delete(),
        ends="gone",
        upgraded=Upgraded.FIRST_BATCH,
        posts=1,
        limit=900,
    )


def page_faults() -> Iterable[Fault]:
    def broken_list(name: str, inject: Injection) -> Fault:
        """An incomplete list decides nothing."""
        return Fault(
            name=name,
            inject=inject,
            ends=WAITS,
            upgraded=Upgraded.NOTHING,
            posts=0,
            pages=10,
            limit=300.0,
        )

    yield broken_list("pages that go round in a circle", set_next_page())
    yield broken_list("pages that lead to another host", set_next_page(FOREIGN_PAGE))
    yield broken_list(
        "second page broken always", on("skiptoken", "GET", {"html": True}, times=None)
    )
    yield Fault(
        name="second page broken for a while",
        inject=on("skiptoken", "GET", {"status": 500}, times=8),
        pages=10,
    )


def set_next_page(link: str = "") -> Injection:
    """Every page names this link as its next page; an empty link means the first page."""

    def inject(bench: Bench) -> None:
        named = link or bench.gateway.urls.instances(bench.set_id)
        altered_replies.alter_pages(altered_replies.with_value(named, "nextLink"))(bench)

    return inject


FAULTS = (*write_faults(), *operation_faults(), *read_faults(), *page_faults())
